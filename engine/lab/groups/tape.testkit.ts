/** Recorded telemetry of real rebalances, played into a {@link LabGroups} as the lab's host would. */
import { readFileSync } from 'node:fs';
import type { TelemetryEvent } from '../../base/telemetry.ts';
import type { ConsumerView } from '../../contract/clients.ts';
import { consumerView } from '../../contract/snapshot.testkit.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import type { RebalanceView, MemberAssignment } from '../../contract/groups.ts';
import type { NodeSample } from '../../node/sample.ts';
import { LabGroups } from './lab-groups.ts';

export type TapeEntry =
  | readonly ['event', node: number, atMs: number, event: TelemetryEvent]
  | readonly ['sample', node: number, atMs: number, groups: Pick<NodeSample, 'groups' | 'groupsGone'>]
  | readonly ['consumers', atMs: number, views: readonly RecordedConsumer[]];

/** What a group takes from a consumer's view. */
type RecordedConsumer = Pick<ConsumerView, 'id' | 'state' | 'stateSinceMs' | 'callbacks'> & {
  readonly instanceId: string | null;
};

export function readTape(name: string): readonly TapeEntry[] {
  const lines = readFileSync(new URL(name, import.meta.url), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as TapeEntry);
}

export interface Played {
  readonly groups: LabGroups;
  readonly lines: readonly LabEventDraft[];
}

/** `until`: stops before the first entry that it is true for. */
export function play(tape: readonly TapeEntry[], until: (entry: TapeEntry) => boolean = () => false): Played {
  const groups = new LabGroups();
  const lines: LabEventDraft[] = [];
  for (const entry of tape) {
    if (until(entry)) break;
    if (entry[0] === 'event') groups.applyEvent(entry[1], entry[2], entry[3]);
    else if (entry[0] === 'sample') lines.push(...groups.applySample(sampleOf(entry[1], entry[2], entry[3])));
    else groups.applyConsumers(entry[2].map(viewOf));
  }
  return { groups, lines };
}

function viewOf({ instanceId, ...recorded }: RecordedConsumer): ConsumerView {
  const view = consumerView(recorded.id, recorded);
  return { ...view, settings: { ...view.settings, instanceId } };
}

export function sampleOf(
  nodeId: number,
  atMs: number,
  groups: Pick<NodeSample, 'groups' | 'groupsGone'> = { groups: [], groupsGone: [] },
): NodeSample {
  return {
    nodeId,
    atMs,
    lifecycle: 'running',
    brokerEpoch: 1,
    quorum: {
      role: 'leader',
      epoch: 1,
      leaderId: 1,
      highWatermark: 0,
      logEndOffset: 0,
      voters: [],
      observers: [],
    },
    replicas: [],
    heartbeats: [],
    diskBytes: 0,
    traffic: { bytesIn: 0, bytesOut: 0, recordsIn: 0, requests: 0, connections: 0 },
    ...groups,
  };
}

/** Times relative to the start, in ms; ids of members as labels. */
export function told(story: RebalanceView) {
  const at = (ms: number | null): number | null => (ms === null ? null : ms - story.startedMs);
  return {
    generations: `${story.fromGeneration} → ${story.toGeneration}`,
    protocol: story.protocol,
    tookMs: at(story.endedMs),
    phases: story.phases.map(({ state, generation, toMs }) => `${state} ${generation} until ${at(toMs)}`),
    members: story.members.map(({ label, state, atMs }) => `${label} ${state} ${at(atMs)}`),
    before: written(story.before),
    planned: story.planned && written(story.planned),
    after: story.after && written(story.after),
    messages: story.messages.map(({ atMs, label, api, version, error, detail }) =>
      [at(atMs), label, `${api} v${version}`, error ?? '', detail.replace(/-[0-9a-f]{8}-[0-9a-f-]{27}/g, '')].join(
        ' | ',
      ),
    ),
    gaps: story.gaps.map(
      ({ topic, partition, from, to, fromMs, toMs }) =>
        `${topic}-${partition} ${from} → ${to}: ${at(fromMs)} to ${at(toMs)}`,
    ),
  };
}

function written(assignments: readonly MemberAssignment[]): string {
  return assignments
    .map(({ label, partitions }) => `${label}: ${partitions.map((each) => each.partitions.join(' ')).join('; ')}`)
    .join(', ');
}
