/**
 * Deltas between snapshots and how they are applied, alike by the host's tests and by the window. A delta names only
 * what changed; the numbers of replicas, which change all the time, are bare tuples. Applying is pure, keeps the identity
 * of what did not change, and refuses a delta that does not follow (`DeltaGapError`): the reader then takes a new snapshot.
 */
import type { GroupId, NodeId, Offset, TimestampMs, TopicName } from '../base/ids.ts';
import type { AccumulatorView, ClientName, ConsumerView, ProducerView } from './clients.ts';
import type { LabEvent } from './events.ts';
import type { GroupView } from './groups.ts';
import {
  eventTailMax,
  type BrokerView,
  type LabInfo,
  type LabProblem,
  type LabSnapshot,
  type PartitionView,
  type QuorumView,
  type ReplicaLog,
  type TopicView,
} from './snapshot.ts';

/** The numbers of one replica: partition id, node, log start, log end, high watermark, caught up at. -1 is unknown. */
export type ReplicaSample = readonly [
  partition: number,
  node: NodeId,
  logStartOffset: Offset,
  logEndOffset: Offset,
  highWatermark: Offset,
  caughtUpMs: TimestampMs,
];

/** For an id that is not known yet, a patch is the whole thing. */
export type BrokerPatch = Partial<BrokerView> & Pick<BrokerView, 'id'>;
export type PartitionPatch = Partial<PartitionView> & Pick<PartitionView, 'id'>;
export type ConsumerPatch = Partial<ConsumerView> & Pick<ConsumerView, 'id'>;
export type GroupPatch = Partial<GroupView> & Pick<GroupView, 'id'>;
/** `accumulators` holds those that changed; with `accumulatorsWhole` they are all that there are. */
export type ProducerPatch = Partial<ProducerView> & Pick<ProducerView, 'id'> & { readonly accumulatorsWhole?: true };

export interface LabDelta {
  /** One more than the delta or snapshot before. */
  readonly seq: number;
  readonly sampledMs: TimestampMs;
  readonly lab?: LabInfo;
  readonly brokers?: readonly BrokerPatch[];
  readonly brokersRemoved?: readonly NodeId[];
  readonly quorum?: QuorumView | null;
  readonly topics?: readonly TopicView[];
  /** With all their partitions. */
  readonly topicsRemoved?: readonly TopicName[];
  readonly partitions?: readonly PartitionPatch[];
  readonly replicas?: readonly ReplicaSample[];
  /** New ones come last. */
  readonly producers?: readonly ProducerPatch[];
  readonly producersRemoved?: readonly ClientName[];
  readonly consumers?: readonly ConsumerPatch[];
  readonly consumersRemoved?: readonly ClientName[];
  readonly groups?: readonly GroupPatch[];
  readonly groupsRemoved?: readonly GroupId[];
  /** Appended. */
  readonly events?: readonly LabEvent[];
  readonly eventCount?: number;
  /** All that stand, when any changed. */
  readonly problems?: readonly LabProblem[];
  /** The following are whole, when anything in them changed. */
  readonly time?: LabSnapshot['time'];
  readonly faults?: LabSnapshot['faults'];
  readonly shown?: LabSnapshot['shown'];
  readonly scenario?: LabSnapshot['scenario'];
  readonly recording?: LabSnapshot['recording'];
  readonly jobs?: LabSnapshot['jobs'];
}

export class DeltaGapError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DeltaGapError';
  }
}

export function applyDelta(snapshot: LabSnapshot, delta: LabDelta): LabSnapshot {
  if (delta.seq !== snapshot.seq + 1) throw new DeltaGapError(`delta ${delta.seq} does not follow ${snapshot.seq}`);
  const topics = applyTopics(snapshot.topics, delta);
  return {
    seq: delta.seq,
    sampledMs: delta.sampledMs,
    lab: delta.lab ?? snapshot.lab,
    brokers: applyBrokers(snapshot.brokers, delta),
    quorum: delta.quorum === undefined ? snapshot.quorum : delta.quorum,
    topics,
    partitions: applyPartitions(snapshot.partitions, topics, delta),
    producers: applyProducers(snapshot.producers, delta),
    consumers: applyById(snapshot.consumers, delta.consumers, delta.consumersRemoved, isWholeConsumer, 'consumer'),
    groups: applyGroups(snapshot.groups, delta),
    events: delta.events === undefined ? snapshot.events : [...snapshot.events, ...delta.events].slice(-eventTailMax),
    eventCount: delta.eventCount ?? snapshot.eventCount,
    problems: delta.problems ?? snapshot.problems,
    time: delta.time ?? snapshot.time,
    faults: delta.faults ?? snapshot.faults,
    shown: delta.shown ?? snapshot.shown,
    scenario: delta.scenario === undefined ? snapshot.scenario : delta.scenario,
    recording: delta.recording === undefined ? snapshot.recording : delta.recording,
    jobs: delta.jobs ?? snapshot.jobs,
  };
}

function applyBrokers(brokers: readonly BrokerView[], delta: LabDelta): readonly BrokerView[] {
  if (delta.brokers === undefined && delta.brokersRemoved === undefined) return brokers;
  const byId = new Map(brokers.map((broker) => [broker.id, broker]));
  for (const id of delta.brokersRemoved ?? []) byId.delete(id);
  for (const patch of delta.brokers ?? []) {
    const was = byId.get(patch.id);
    if (was !== undefined) byId.set(patch.id, { ...was, ...patch });
    else if (isWholeBroker(patch)) byId.set(patch.id, patch);
    else throw new DeltaGapError(`broker ${patch.id} is not known and its patch is not whole`);
  }
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

function isWholeBroker(patch: BrokerPatch): patch is BrokerView {
  return patch.process !== undefined && patch.roles !== undefined && patch.steps !== undefined;
}

function applyTopics(topics: readonly TopicView[], delta: LabDelta): readonly TopicView[] {
  if (delta.topics === undefined && delta.topicsRemoved === undefined) return topics;
  const byName = new Map(topics.map((topic) => [topic.name, topic]));
  for (const name of delta.topicsRemoved ?? []) byName.delete(name);
  for (const topic of delta.topics ?? []) byName.set(topic.name, topic);
  return [...byName.values()].sort(compareTopics);
}

/** The order of topics in a snapshot: by name, internal topics last. */
export function compareTopics(a: TopicView, b: TopicView): number {
  return Number(a.internal) - Number(b.internal) || (a.name < b.name ? -1 : Number(a.name > b.name));
}

function applyPartitions(partitions: readonly PartitionView[], topics: readonly TopicView[], delta: LabDelta) {
  const { partitions: patches, replicas, topicsRemoved } = delta;
  if (patches === undefined && replicas === undefined && topicsRemoved === undefined) return partitions;
  const byId = new Map(partitions.map((partition) => [partition.id, partition]));
  if (topicsRemoved !== undefined) {
    for (const each of partitions) if (topicsRemoved.includes(each.topic)) byId.delete(each.id);
  }
  for (const patch of patches ?? []) {
    const was = byId.get(patch.id);
    if (was !== undefined) byId.set(patch.id, { ...was, ...patch });
    else if (isWholePartition(patch)) byId.set(patch.id, patch);
    else throw new DeltaGapError(`partition ${patch.id} is not known and its patch is not whole`);
  }
  for (const sample of replicas ?? []) {
    const was = byId.get(sample[0]);
    if (was === undefined) throw new DeltaGapError(`partition ${sample[0]} is not known`);
    byId.set(was.id, { ...was, logs: was.logs.map((log) => (log.node === sample[1] ? replicaLog(sample) : log)) });
  }
  const order = new Map(topics.map((topic, index) => [topic.name, index]));
  const rank = (partition: PartitionView): number => order.get(partition.topic) ?? topics.length;
  return [...byId.values()].sort((a, b) => rank(a) - rank(b) || a.partition - b.partition);
}

function isWholePartition(patch: PartitionPatch): patch is PartitionView {
  return (
    patch.topic !== undefined && patch.partition !== undefined && patch.logs !== undefined && patch.isr !== undefined
  );
}

function replicaLog([, node, logStartOffset, logEndOffset, highWatermark, caughtUpMs]: ReplicaSample): ReplicaLog {
  const known = (value: number): number | null => (value === -1 ? null : value);
  return {
    node,
    logStartOffset: known(logStartOffset),
    logEndOffset: known(logEndOffset),
    highWatermark: known(highWatermark),
    caughtUpMs: known(caughtUpMs),
  };
}

/** Patches by id onto a list that keeps its order; what is new comes last. */
function applyById<T extends { readonly id: string }>(
  list: readonly T[],
  patches: readonly (Partial<T> & Pick<T, 'id'>)[] | undefined,
  removed: readonly string[] | undefined,
  isWhole: (patch: Partial<T> & Pick<T, 'id'>) => patch is T,
  what: string,
): readonly T[] {
  if (patches === undefined && removed === undefined) return list;
  const byId = new Map(list.map((each) => [each.id, each]));
  for (const id of removed ?? []) byId.delete(id);
  for (const patch of patches ?? []) {
    const was = byId.get(patch.id);
    if (was !== undefined) byId.set(patch.id, { ...was, ...patch });
    else if (isWhole(patch)) byId.set(patch.id, patch);
    else throw new DeltaGapError(`${what} ${patch.id} is not known and its patch is not whole`);
  }
  return [...byId.values()];
}

function isWholeConsumer(patch: ConsumerPatch): patch is ConsumerView {
  return patch.settings !== undefined && patch.state !== undefined && patch.partitions !== undefined;
}

function isWholeGroup(patch: GroupPatch): patch is GroupView {
  return patch.state !== undefined && patch.members !== undefined && patch.offsets !== undefined;
}

function isWholeProducer(patch: Partial<ProducerView> & Pick<ProducerView, 'id'>): patch is ProducerView {
  return patch.settings !== undefined && patch.state !== undefined && patch.accumulators !== undefined;
}

function applyProducers(producers: readonly ProducerView[], delta: LabDelta): readonly ProducerView[] {
  const patches = delta.producers?.map(({ accumulatorsWhole, ...patch }) => {
    const was = producers.find((each) => each.id === patch.id);
    if (was === undefined || patch.accumulators === undefined || accumulatorsWhole === true) return patch;
    return { ...patch, accumulators: mergeAccumulators(was.accumulators, patch.accumulators) };
  });
  return applyById(producers, patches, delta.producersRemoved, isWholeProducer, 'producer');
}

/** Both in their order. */
function mergeAccumulators(was: readonly AccumulatorView[], changed: readonly AccumulatorView[]): AccumulatorView[] {
  const merged: AccumulatorView[] = [];
  let at = 0;
  for (const each of changed) {
    for (let old = was[at]; old !== undefined && compareAccumulators(old, each) < 0; old = was[++at]) merged.push(old);
    const replaced = was[at];
    if (replaced !== undefined && compareAccumulators(replaced, each) === 0) at += 1;
    merged.push(each);
  }
  return merged.concat(was.slice(at));
}

/** The order of accumulators in a snapshot: by topic and partition. */
export function compareAccumulators(a: AccumulatorView, b: AccumulatorView): number {
  if (a.topic === b.topic) return a.partition - b.partition;
  return a.topic < b.topic ? -1 : 1;
}

function applyGroups(groups: readonly GroupView[], delta: LabDelta): readonly GroupView[] {
  const now = applyById(groups, delta.groups, delta.groupsRemoved, isWholeGroup, 'group');
  return now === groups ? groups : [...now].sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
}
