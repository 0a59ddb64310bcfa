/**
 * The one sentence above the matrix: what happened, what will end it and when, and how to take it back. Derived from the
 * picture alone, so that a window opened in the middle of a fault tells the same. It leaves ten seconds after its end.
 */
import { isOver, type FaultView } from '../../engine/contract/faults.ts';
import type { BrokerView, LabSnapshot, PartitionView } from '../../engine/contract/snapshot.ts';
import type { GlyphName } from '../design/glyphs.ts';
import { awaitsFencing, brokersById, fencedInMs } from './broker.ts';
import { leftMs } from './faults.ts';
import { isSilent, partitionHealth } from './replica.ts';

/** How long a moment stays after its end. */
export const lingerMs = 10_000;

export type MomentKind =
  | 'killed'
  | 'crashed'
  | 'paused'
  | 'fenced'
  | 'shutting-down'
  | 'stopped'
  | 'no-controller'
  | 'offline-partitions'
  | 'back'
  /** A disk, a clock, a link or a client that was broken on purpose. */
  | 'fault';

export interface Moment {
  readonly kind: MomentKind;
  readonly tone: 'fault' | 'amber' | 'calm';
  readonly glyph: GlyphName;
  /** The broker it is about; null when it is the cluster's. */
  readonly node: number | null;
  readonly sinceMs: number;
  /** Partitions whose leader does not answer. */
  readonly unreachable: number;
  /** Partitions whose high watermark waits for a silent member of the ISR. */
  readonly standing: number;
  /** Partitions that this broker led and that somebody else leads now. */
  readonly moved: number;
  /** Partitions with fewer replicas in the ISR than assigned. */
  readonly shrunk: number;
  readonly offline: number;
  /** Partitions that this broker leads by metadata. */
  readonly leads: number;
  /** Until the controller fences it; null when nothing is counted down. */
  readonly fencedInMs: number | null;
  /** From its silence to its fencing: high watermarks stood for so long. Null where that is not so. */
  readonly stoodMs: number | null;
  readonly undo: 'startBroker' | 'resumeBroker' | 'liftFault' | null;
  /** The newest that stands, or is over since a moment ago; null for what is none. */
  readonly fault: FaultView | null;
  /** Until it is lifted by itself. */
  readonly liftedInMs: number | null;
  /** Other faults that stand at the same time. */
  readonly others: number;
}

const severity: readonly MomentKind[] = [
  'no-controller',
  'killed',
  'crashed',
  'paused',
  'offline-partitions',
  'shutting-down',
  'fenced',
  'stopped',
  'fault',
  'back',
];

export function momentOf(snapshot: LabSnapshot, nowMs: number): Moment | null {
  if (snapshot.lab.state === 'starting') return null;
  const found = [
    ...snapshot.brokers.map((broker) => brokerMoment(snapshot, broker, nowMs)),
    clusterMoment(snapshot, nowMs),
    faultMoment(snapshot, nowMs),
  ];
  const moments = found.filter((each) => each !== null);
  moments.sort((a, b) => severity.indexOf(a.kind) - severity.indexOf(b.kind) || b.sinceMs - a.sinceMs);
  const first = moments[0];
  if (first === undefined) return null;
  const others = moments.slice(1).filter((each) => each.tone !== 'calm' && each.kind !== 'fault').length;
  const faults = snapshot.faults.filter(({ spec, state }) => state === 'active' && !threadKinds.has(spec.kind)).length;
  const told = first.kind === 'fault' && first.undo !== null ? 1 : 0;
  return { ...first, others: others + faults - told };
}

function brokerMoment(snapshot: LabSnapshot, broker: BrokerView, nowMs: number): Moment | null {
  const since = broker.processSinceMs;
  const registered = broker.registration;
  /** Counted only where there is something to tell: this is asked ten times a second for each broker. */
  const base = () => ({
    node: broker.id,
    ...countPartitions(snapshot, broker.id),
    fencedInMs: fencedInMs(broker, nowMs),
    stoodMs: null,
    others: 0,
    fault: null,
    liftedInMs: null,
  });
  if (awaitsFencing(broker)) {
    if (broker.process === 'paused') {
      return { ...base(), kind: 'paused', tone: 'amber', glyph: 'paused', sinceMs: since, undo: 'resumeBroker' };
    }
    const kind = broker.process === 'killed' ? 'killed' : 'crashed';
    return { ...base(), kind, tone: 'fault', glyph: 'flag', sinceMs: since, undo: 'startBroker' };
  }
  if (broker.process === 'shutting-down') {
    return { ...base(), kind: 'shutting-down', tone: 'calm', glyph: 'starting', sinceMs: since, undo: null };
  }
  if (broker.process === 'stopped' && nowMs - since < lingerMs && since > snapshot.lab.startedMs) {
    return { ...base(), kind: 'stopped', tone: 'amber', glyph: 'stop', sinceMs: since, undo: 'startBroker' };
  }
  if (registered === null || nowMs - registered.sinceMs >= lingerMs) return null;
  if (
    registered.fenced &&
    (broker.process === 'killed' || broker.process === 'failed' || broker.process === 'paused')
  ) {
    const undo = broker.process === 'paused' ? 'resumeBroker' : 'startBroker';
    const stoodMs = Math.max(0, registered.sinceMs - since);
    return { ...base(), kind: 'fenced', tone: 'amber', glyph: 'fenced', sinceMs: registered.sinceMs, stoodMs, undo };
  }
  // Its first registration after the lab's start is no return.
  const returned =
    !registered.fenced && broker.process === 'running' && broker.processSinceMs > snapshot.lab.startedMs + lingerMs;
  if (!returned) return null;
  return { ...base(), kind: 'back', tone: 'calm', glyph: 'in-sync', sinceMs: registered.sinceMs, undo: null };
}

/** What a broker's thread suffers is that broker's moment. */
const threadKinds: ReadonlySet<string> = new Set(['stop', 'kill', 'power-loss', 'pause']);

function faultMoment({ faults }: LabSnapshot, nowMs: number): Moment | null {
  const shown = faults.filter(({ spec, state, endedMs }) => {
    if (threadKinds.has(spec.kind) || state === 'armed') return false;
    return state === 'active' || (endedMs !== null && nowMs - endedMs < lingerMs);
  });
  const newest = shown.findLast((each) => each.state === 'active') ?? shown.at(-1);
  if (newest === undefined) return null;
  const over = isOver(newest);
  return {
    ...nothing,
    kind: 'fault',
    tone: over ? 'calm' : 'amber',
    glyph: over ? 'flag-lifted' : 'flag',
    sinceMs: over ? (newest.endedMs ?? nowMs) : newest.activeMs,
    undo: over ? null : 'liftFault',
    fault: newest,
    liftedInMs: leftMs(newest, nowMs),
    others: 0,
  };
}

const nothing = {
  node: null,
  unreachable: 0,
  standing: 0,
  moved: 0,
  shrunk: 0,
  offline: 0,
  leads: 0,
  fencedInMs: null,
  stoodMs: null,
} as const;

function clusterMoment(snapshot: LabSnapshot, nowMs: number): Moment | null {
  const none = {
    node: null,
    unreachable: 0,
    standing: 0,
    moved: 0,
    shrunk: 0,
    leads: 0,
    fencedInMs: null,
    stoodMs: null,
    undo: null,
    others: 0,
    fault: null,
    liftedInMs: null,
  };
  const { quorum, brokers } = snapshot;
  const voters = brokers.filter((broker) => broker.roles.includes('controller'));
  const alive = voters.filter((broker) => !isSilent(broker) && broker.process !== 'starting');
  const offline = snapshot.partitions.filter((partition) => partition.leader < 0).length;
  const leader =
    quorum?.leader === null || quorum === null ? undefined : brokers.find((each) => each.id === quorum.leader);
  if (voters.length > 0 && (alive.length * 2 <= voters.length || isSilent(leader))) {
    const sinceMs = Math.max(0, ...voters.filter((each) => isSilent(each)).map((each) => each.processSinceMs));
    return { ...none, kind: 'no-controller', tone: 'fault', glyph: 'bad', sinceMs: sinceMs || nowMs, offline };
  }
  if (offline === 0) return null;
  return { ...none, kind: 'offline-partitions', tone: 'fault', glyph: 'bad', sinceMs: nowMs, offline };
}

function countPartitions(snapshot: LabSnapshot, node: number) {
  const brokers = brokersById(snapshot);
  const counts = { unreachable: 0, standing: 0, moved: 0, shrunk: 0, offline: 0, leads: 0 };
  for (const partition of snapshot.partitions) {
    if (partition.leader < 0) counts.offline += 1;
    if (partition.leader === node) counts.leads += 1;
    if (movedFrom(partition, node, snapshot.sampledMs)) counts.moved += 1;
    if (!partition.replicas.includes(node)) continue;
    if (partition.isr.length < partition.replicas.length) counts.shrunk += 1;
    const { state, silent } = partitionHealth(partition, brokers, null);
    if (state === 'unreachable' && partition.leader === node) counts.unreachable += 1;
    else if (state === 'stands' && silent.includes(node)) counts.standing += 1;
  }
  return counts;
}

function movedFrom(partition: PartitionView, node: number, nowMs: number): boolean {
  const { leaderMovedMs, leaderWas } = partition;
  return leaderMovedMs !== null && leaderWas === node && nowMs - leaderMovedMs < lingerMs * 2;
}
