/**
 * The delta between two snapshots, for a host that rebuilds its projection and asks what to send. Parts that are the same
 * object cost nothing; others are compared by value. `applyDelta(was, diffSnapshots(was, now))` equals `now` with the
 * delta's `seq`.
 */
import type { AccumulatorView, ProducerView } from './clients.ts';
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
    ...(same(was.time, now.time) ? {} : { time: now.time }),
    ...(same(was.faults, now.faults) ? {} : { faults: now.faults }),
    ...(same(was.shown, now.shown) ? {} : { shown: now.shown }),
    ...(same(was.scenario, now.scenario) ? {} : { scenario: now.scenario }),
    ...(same(was.recording, now.recording) ? {} : { recording: now.recording }),
    ...(same(was.jobs, now.jobs) ? {} : { jobs: now.jobs }),
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
  let fields = 0;
  for (const key in a) {
    if (a[key] !== b[key] && !same(a[key], b[key])) return false;
    if (!(key in b)) return false;
    fields += 1;
  }
  for (const _key in b) fields -= 1;
  return fields === 0;
}

/** The fields of `now` that differ from `was`, with `id`; null when none does. `apart` is compared by somebody else. */
function patchOf<T extends { readonly id: number | string }>(
  was: T,
  now: T,
  apart: keyof T | null = null,
): (Partial<T> & Pick<T, 'id'>) | null {
  if (was === now) return null;
  let patch: Partial<T> | null = null;
  for (const key in now) {
    if (key === apart || same(was[key], now[key])) continue;
    patch ??= {};
    patch[key] = now[key];
  }
  return patch === null ? null : { ...patch, id: now.id };
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
    if (old === undefined || !sameNodes(old.logs, partition.logs)) {
      partitions.push(partition);
      continue;
    }
    const patch = patchOf(old, partition, 'logs');
    if (patch !== null) partitions.push(patch);
    addSamples(old, partition, replicas);
  }
  return { ...(partitions.length > 0 ? { partitions } : {}), ...(replicas.length > 0 ? { replicas } : {}) };
}

function sameNodes(was: readonly ReplicaLog[], now: readonly ReplicaLog[]): boolean {
  return was.length === now.length && now.every((log, index) => was[index]?.node === log.node);
}

function addSamples(was: PartitionView, now: PartitionView, samples: ReplicaSample[]): void {
  for (const [index, log] of now.logs.entries()) {
    const old = was.logs[index];
    if (old === undefined || (old !== log && !same(old, log))) samples.push(sampleOf(now.id, log));
  }
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
  const before = new Map(was.producers.map((each) => [each.id, each]));
  const patches: ProducerPatch[] = [];
  for (const producer of now.producers) {
    const old = before.get(producer.id);
    before.delete(producer.id);
    const patch = old === undefined ? producer : producerPatch(old, producer);
    if (patch !== null) patches.push(patch);
  }
  return named('producers', 'producersRemoved', { patches, removed: [...before.keys()] });
}

/** Of the accumulators only those that changed, unless one went. */
function producerPatch(was: ProducerView, now: ProducerView): ProducerPatch | null {
  const patch = patchOf(was, now, 'accumulators');
  if (was.accumulators === now.accumulators) return patch;
  const { changed, gone } = diffAccumulators(was.accumulators, now.accumulators);
  if (gone) return { ...patch, id: now.id, accumulators: now.accumulators, accumulatorsWhole: true };
  return changed.length === 0 ? patch : { ...patch, id: now.id, accumulators: changed };
}

/** Both are in the order of topic and partition. */
function diffAccumulators(
  was: readonly AccumulatorView[],
  now: readonly AccumulatorView[],
): { readonly changed: readonly AccumulatorView[]; readonly gone: boolean } {
  const changed: AccumulatorView[] = [];
  let at = 0;
  for (const each of now) {
    const old = was[at];
    const isSame = old !== undefined && old.partition === each.partition && old.topic === each.topic;
    if (isSame) at += 1;
    if (!isSame || !same(old, each)) changed.push(each);
  }
  return { changed, gone: at < was.length };
}
