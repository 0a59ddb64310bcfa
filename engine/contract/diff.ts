/**
 * The delta between two snapshots, for a host that rebuilds its projection and asks what to send. Parts that are the same
 * object cost nothing; others are compared by value. `applyDelta(was, diffSnapshots(was, now))` equals `now` with the
 * delta's `seq`.
 */
import type { ProducerView } from './clients.ts';
import type { BrokerPatch, LabDelta, PartitionPatch, ProducerPatch, ReplicaSample } from './delta.ts';
import type { LabSnapshot, PartitionView, ReplicaLog } from './snapshot.ts';

/** Null when nothing but the clock moved. `now.seq` is not looked at. */
export function diffSnapshots(was: LabSnapshot, now: LabSnapshot): LabDelta | null {
  const parts = {
    ...(same(was.lab, now.lab) ? {} : { lab: now.lab }),
    ...diffBrokers(was, now),
    ...(same(was.quorum, now.quorum) ? {} : { quorum: now.quorum }),
    ...diffTopics(was, now),
    ...diffPartitions(was, now),
    ...diffProducers(was, now),
    ...named('consumers', 'consumersRemoved', diffById(was.consumers, now.consumers)),
    ...named('groups', 'groupsRemoved', diffById(was.groups, now.groups)),
    ...diffEvents(was, now),
    ...(same(was.problems, now.problems) ? {} : { problems: now.problems }),
  };
  if (Object.keys(parts).length === 0) return null;
  return { seq: was.seq + 1, sampledMs: now.sampledMs, ...parts };
}

/** The delta that says only that the host lives and what time it is. */
export function heartbeatDelta(was: LabSnapshot, sampledMs: number): LabDelta {
  return { seq: was.seq + 1, sampledMs };
}

/** Values are plain data: compared as such, by identity first. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((each, index) => same(each, b[index]));
  }
  return sameFields(a as Fields, b as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

function sameFields(a: Fields, b: Fields): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

/** The fields of `now` that differ from `was`, with `id`; null when none does. */
function patchOf<T extends { readonly id: number | string }>(was: T, now: T): (Partial<T> & Pick<T, 'id'>) | null {
  if (was === now) return null;
  const before: Fields = was;
  const changed = Object.entries(now).filter(([key, value]) => !same(before[key], value));
  if (changed.length === 0) return null;
  return { ...(Object.fromEntries(changed) as Partial<T>), id: now.id };
}

function diffBrokers(was: LabSnapshot, now: LabSnapshot): Pick<LabDelta, 'brokers' | 'brokersRemoved'> {
  if (was.brokers === now.brokers) return {};
  const before = new Map(was.brokers.map((broker) => [broker.id, broker]));
  const brokers: BrokerPatch[] = [];
  for (const broker of now.brokers) {
    const old = before.get(broker.id);
    const patch = old === undefined ? broker : patchOf(old, broker);
    if (patch !== null) brokers.push(patch);
    before.delete(broker.id);
  }
  return {
    ...(brokers.length > 0 ? { brokers } : {}),
    ...(before.size > 0 ? { brokersRemoved: [...before.keys()] } : {}),
  };
}

function diffTopics(was: LabSnapshot, now: LabSnapshot): Pick<LabDelta, 'topics' | 'topicsRemoved'> {
  if (was.topics === now.topics) return {};
  const before = new Map(was.topics.map((topic) => [topic.name, topic]));
  const removed: string[] = [];
  const topics = now.topics.filter((topic) => {
    const old = before.get(topic.name);
    before.delete(topic.name);
    // Deleted and made again under the same name: the old partitions go first.
    if (old !== undefined && old.topicId !== topic.topicId) removed.push(topic.name);
    return old === undefined || !same(old, topic);
  });
  removed.push(...before.keys());
  return { ...(topics.length > 0 ? { topics } : {}), ...(removed.length > 0 ? { topicsRemoved: removed } : {}) };
}

function diffPartitions(was: LabSnapshot, now: LabSnapshot): Pick<LabDelta, 'partitions' | 'replicas'> {
  if (was.partitions === now.partitions) return {};
  const before = new Map(was.partitions.map((partition) => [partition.id, partition]));
  const partitions: PartitionPatch[] = [];
  const replicas: ReplicaSample[] = [];
  for (const partition of now.partitions) {
    const old = before.get(partition.id);
    if (old === partition) continue;
    if (old === undefined || !same(nodesOf(old), nodesOf(partition))) {
      partitions.push(partition);
      continue;
    }
    const patch = patchOf({ ...old, logs: partition.logs }, partition);
    if (patch !== null) partitions.push(patch);
    replicas.push(...samplesOf(old, partition));
  }
  return { ...(partitions.length > 0 ? { partitions } : {}), ...(replicas.length > 0 ? { replicas } : {}) };
}

const nodesOf = (partition: PartitionView): readonly number[] => partition.logs.map((log) => log.node);

function samplesOf(was: PartitionView, now: PartitionView): ReplicaSample[] {
  return now.logs.filter((log, index) => !same(was.logs[index], log)).map((log) => sampleOf(now.id, log));
}

function sampleOf(partition: number, log: ReplicaLog): ReplicaSample {
  return [
    partition,
    log.node,
    log.logStartOffset ?? -1,
    log.logEndOffset ?? -1,
    log.highWatermark ?? -1,
    log.caughtUpMs ?? -1,
  ];
}

function diffEvents(was: LabSnapshot, now: LabSnapshot): Pick<LabDelta, 'events' | 'eventCount'> {
  if (was.events === now.events && was.eventCount === now.eventCount) return {};
  const lastId = was.events.at(-1)?.id ?? 0;
  const events = now.events.filter((event) => event.id > lastId);
  return {
    ...(events.length > 0 ? { events } : {}),
    ...(was.eventCount === now.eventCount ? {} : { eventCount: now.eventCount }),
  };
}

interface ListDiff<T extends { readonly id: string }> {
  readonly patches: readonly (Partial<T> & Pick<T, 'id'>)[];
  readonly removed: readonly string[];
}

function diffById<T extends { readonly id: string }>(was: readonly T[], now: readonly T[]): ListDiff<T> {
  if (was === now) return { patches: [], removed: [] };
  const before = new Map(was.map((each) => [each.id, each]));
  const patches: (Partial<T> & Pick<T, 'id'>)[] = [];
  for (const each of now) {
    const old = before.get(each.id);
    before.delete(each.id);
    const patch = old === undefined ? each : patchOf(old, each);
    if (patch !== null) patches.push(patch);
  }
  return { patches, removed: [...before.keys()] };
}

/** The two parts of a list's difference under their names in a delta; empty ones are left out. */
function named<P extends string, R extends string, T extends { readonly id: string }>(
  patches: P,
  removed: R,
  diff: ListDiff<T>,
): { readonly [K in P]?: ListDiff<T>['patches'] } & { readonly [K in R]?: readonly string[] } {
  return {
    ...(diff.patches.length > 0 ? { [patches]: diff.patches } : {}),
    ...(diff.removed.length > 0 ? { [removed]: diff.removed } : {}),
  } as { readonly [K in P]?: ListDiff<T>['patches'] } & { readonly [K in R]?: readonly string[] };
}

function diffProducers(was: LabSnapshot, now: LabSnapshot): Pick<LabDelta, 'producers' | 'producersRemoved'> {
  if (was.producers === now.producers) return {};
  const diff = diffById(was.producers, now.producers);
  const before = new Map(was.producers.map((each) => [each.id, each]));
  const patches = diff.patches.map((patch) => withChangedAccumulators(before.get(patch.id), patch));
  return named('producers', 'producersRemoved', { patches, removed: diff.removed });
}

/** Of the accumulators only those that changed, unless one went. */
function withChangedAccumulators(
  was: ProducerView | undefined,
  patch: Partial<ProducerView> & Pick<ProducerView, 'id'>,
): ProducerPatch {
  const now = patch.accumulators;
  if (was === undefined || now === undefined) return patch;
  const key = (each: { topic: string; partition: number }): string => `${each.topic}-${each.partition}`;
  const before = new Map(was.accumulators.map((each) => [key(each), each]));
  const changed = now.filter((each) => {
    const old = before.get(key(each));
    before.delete(key(each));
    return old === undefined || !same(old, each);
  });
  if (before.size > 0) return { ...patch, accumulatorsWhole: true };
  return { ...patch, accumulators: changed };
}
