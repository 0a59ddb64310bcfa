/** Space-time diagrams of what a run is about: its elections and rebalances, as they went over the wire. */
import type { LabEvent } from '../../contract/events.ts';
import type { SpaceTime, SpaceTimeAbout } from '../../contract/wire.ts';
import type { ReportDiagram } from './report.ts';
import type { RunFacts } from './run-facts.ts';
import type { RunSource } from './run-source.ts';
import { clock } from './words.ts';

/** Of each kind; a report is read. */
const electionsMax = 3;
const rebalancesMax = 3;
/** Elections within this time have one cause: the first one is drawn. */
const oneCauseMs = 3_000;

interface Wanted {
  readonly title: string;
  readonly about: SpaceTimeAbout;
}

export function reportDiagrams(source: RunSource, facts: RunFacts): ReportDiagram[] {
  const beganMs = facts.first.sampledMs;
  return [
    ...drawn(source, elections(facts.elections, beganMs), electionsMax),
    ...drawn(source, rebalances(facts.rebalances), rebalancesMax),
  ];
}

function drawn(source: RunSource, wanted: readonly Wanted[], max: number): ReportDiagram[] {
  const found: ReportDiagram[] = [];
  for (const { title, about } of wanted) {
    if (found.length >= max) break;
    const data = spaceTimeOf(source, about);
    if (data !== null && data.calls.length > 0) found.push({ title, data });
  }
  return found;
}

/** Null where the journal has nothing of it: it was before the wire was recorded, or has been dropped. */
function spaceTimeOf(source: RunSource, about: SpaceTimeAbout): SpaceTime | null {
  try {
    const answer = source.reader.answer({ name: 'spaceTime', input: { about } });
    return answer.ok && 'calls' in answer.value ? answer.value : null;
  } catch {
    return null;
  }
}

/** Of the elections that something led to: not those in which the lab came up. */
function elections(events: readonly LabEvent[], beganMs: number): Wanted[] {
  const wanted: Wanted[] = [];
  let lastMs = -Infinity;
  for (const { kind, atMs, args, change } of events) {
    if (atMs <= beganMs || atMs - lastMs < oneCauseMs) continue;
    const about = kind === 'quorum-leader' ? quorum(args) : partition(args, atMs);
    if (about === null) continue;
    lastMs = atMs;
    const name = kind === 'quorum-leader' ? 'the quorum' : `${args['topic']}-${args['partition']}`;
    const moved = change === null ? '' : `, ${change.was} → ${change.now}`;
    wanted.push({ title: `${clock(atMs)} election of ${name}${moved}`, about });
  }
  return wanted;
}

function partition({ topic, partition: index, epoch }: LabEvent['args'], atMs: number): SpaceTimeAbout | null {
  if (typeof topic !== 'string' || index === undefined) return null;
  const about = { kind: 'election' as const, topic, partition: Number(index), atMs };
  return epoch === undefined ? about : { ...about, epoch: Number(epoch) };
}

function quorum({ epoch }: LabEvent['args']): SpaceTimeAbout {
  const about = { kind: 'election' as const, topic: '__cluster_metadata', partition: 0 };
  return epoch === undefined ? about : { ...about, epoch: Number(epoch) };
}

function rebalances(events: readonly LabEvent[]): Wanted[] {
  return events.flatMap(({ atMs, args: { group, number } }) =>
    typeof group === 'string' && number !== undefined
      ? [
          {
            title: `${clock(atMs)} rebalance ${number} of ${group}`,
            about: { kind: 'rebalance' as const, group, number: Number(number) },
          },
        ]
      : [],
  );
}
