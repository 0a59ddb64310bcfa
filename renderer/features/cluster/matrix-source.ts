/**
 * What the cells of the matrix look up by themselves. Numbers change many times a second, so nothing of them goes through
 * the matrix or a row as a property: a cell that looks something up is painted again when that changed, and nobody else.
 *
 * Each row shows a snapshot of its own: of many rows a few in each frame get the new one, so that a matrix of two hundred
 * partitions never has to be painted within one frame.
 */
import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue';
import type { AccumulatorView, ProducerView } from '../../../engine/contract/clients.ts';
import type { GroupView } from '../../../engine/contract/groups.ts';
import type { BrokerView, LabSnapshot, PartitionView } from '../../../engine/contract/snapshot.ts';
import { brokersById } from '../../model/broker.ts';
import {
  groupsOf,
  ownersOf,
  partitionKey,
  totalLag,
  type GroupOwners,
  type Ownership,
  type TotalLag,
} from '../../model/ownership.ts';
import { staleAfterMs } from '../../model/replica.ts';
import type { Share } from './accumulator.ts';

export interface MatrixSource {
  /** The newest numbers of a partition, at the pace of the screen. */
  live(partition: number): PartitionView | undefined;
  /** When a broker's numbers were last sampled. */
  brokerSampledMs(node: number): number | null;
  /** They are so old that the cells have to say so. */
  isStale(node: number): boolean;
  /** Brokers by id: their states, not their samples. */
  brokers(): ReadonlyMap<number, BrokerView>;
  /** Producers of a topic. */
  producers(topic: string): readonly ProducerView[];
  /** Of the producers that are shown of a topic. */
  shares(at: LabSnapshot, topic: string, partition: number): readonly Share[];
  /** The same at the pace of the screen. */
  liveShares(topic: string, partition: number): readonly Share[];
  groups(topic: string): readonly GroupView[];
  /** The group that is shown of a topic; undefined without one. */
  group(topic: string): GroupView | undefined;
  owner(at: LabSnapshot, topic: string, partition: number): Ownership | undefined;
  lag(group: GroupView, topic: string): TotalLag;
  /** The snapshot that a row shows. */
  at(row: string): LabSnapshot;
  /** The row left the page. */
  forget(row: string): void;
}

/** Which producer and which group of a topic the reader wants to see; what is not in it is chosen by itself. */
export interface MatrixChoices {
  readonly producers: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, string>;
}

export function matrixSource(
  calm: () => LabSnapshot,
  live: () => LabSnapshot,
  nowMs: () => number,
  choices: () => MatrixChoices,
): MatrixSource & { readonly pace: () => void } {
  const livePartitions = computed(() => new Map(live().partitions.map((each) => [each.id, each])));
  const brokers = computed<ReadonlyMap<number, BrokerView>>((was) => brokerStates(was, calm()));
  const liveProducers = computed(() => producersByTopic(live().producers));
  const lags = computed(() => lagsOf(calm()));
  const lagOfGroup = (group: GroupView, topic: string): TotalLag =>
    lags.value.get(`${group.id} ${topic}`) ?? { records: 0, unknown: 0 };
  const stale = new Map<number, ComputedRef<boolean>>();
  const sampledMs = (node: number): number | null => indexOf(calm()).brokers.get(node)?.sampledMs ?? null;
  // Chosen once by the worst lag and then kept: a column that jumps from group to group cannot be read.
  const kept = new Map<string, string>();

  function group(topic: string): GroupView | undefined {
    const all = groupsOf(calm().groups, topic);
    const wanted = choices().groups.get(topic) ?? kept.get(topic);
    const known = all.find((each) => each.id === wanted);
    if (known !== undefined || all.length === 0) return known;
    const worst = all.reduce((a, b) => (lagOfGroup(b, topic).records > lagOfGroup(a, topic).records ? b : a));
    kept.set(topic, worst.id);
    return worst;
  }
  const groupOfTopic = computed(() => new Map(calm().topics.map((topic) => [topic.name, group(topic.name)])));

  function sharesOf(all: ReadonlyMap<string, readonly ProducerView[]>, topic: string, partition: number) {
    const chosen = choices().producers.get(topic);
    const producers = all.get(topic) ?? none;
    const shown = chosen === undefined ? producers : producers.filter((each) => each.id === chosen);
    return (shown.length > 0 ? shown : producers).map((producer): Share => ({
      producer,
      accumulator: accumulatorsOf(producer).get(partitionKey(topic, partition)),
    }));
  }

  const paced = pacedRows(calm);
  return {
    live: (partition) => livePartitions.value.get(partition),
    brokerSampledMs: sampledMs,
    isStale(node) {
      const known = stale.get(node) ?? computed(() => nowMs() - (sampledMs(node) ?? nowMs()) > staleAfterMs);
      stale.set(node, known);
      return known.value;
    },
    brokers: () => brokers.value,
    producers: (topic) => indexOf(calm()).producers.get(topic) ?? none,
    shares: (at, topic, partition) => sharesOf(indexOf(at).producers, topic, partition),
    liveShares: (topic, partition) => sharesOf(liveProducers.value, topic, partition),
    groups: (topic) => groupsOf(calm().groups, topic),
    group: (topic) => groupOfTopic.value.get(topic),
    owner: (at, topic, partition) => {
      const shown = groupOfTopic.value.get(topic);
      return shown === undefined ? undefined : indexOf(at).owners.get(shown.id)?.of(topic, partition);
    },
    lag: lagOfGroup,
    ...paced,
  };
}

/** So few rows get a new snapshot at once. */
const rowsAtOnce = 24;
/** Of more than that, so many in each frame. */
const rowsPerFrame = 8;

function pacedRows(calm: () => LabSnapshot) {
  const rows = new Map<string, ShallowRef<LabSnapshot>>();
  let waiting: ShallowRef<LabSnapshot>[] = [];
  let frame: number | null = null;

  function some(): void {
    frame = null;
    const newest = calm();
    for (const row of waiting.splice(0, rowsPerFrame)) row.value = newest;
    if (waiting.length > 0) frame = requestAnimationFrame(some);
  }
  return {
    at(id: string): LabSnapshot {
      let row = rows.get(id);
      if (row === undefined) {
        row = shallowRef(calm());
        rows.set(id, row);
      }
      return row.value;
    },
    forget: (id: string) => void rows.delete(id),
    /** A new snapshot for all rows, those first that have waited longest. */
    pace(): void {
      const newest = calm();
      if (rows.size <= rowsAtOnce) {
        for (const row of rows.values()) row.value = newest;
        return;
      }
      const late = new Set(waiting);
      waiting = [...waiting, ...[...rows.values()].filter((row) => !late.has(row))];
      frame ??= requestAnimationFrame(some);
    },
  };
}

const none: readonly ProducerView[] = [];

interface SnapshotIndex {
  readonly partitions: ReadonlyMap<number, PartitionView>;
  readonly brokers: ReadonlyMap<number, BrokerView>;
  readonly producers: ReadonlyMap<string, readonly ProducerView[]>;
  readonly owners: ReadonlyMap<string, GroupOwners>;
}
const indexes = new WeakMap<LabSnapshot, SnapshotIndex>();

/** Of one snapshot by name and id, made once. */
export function indexOf(snapshot: LabSnapshot): SnapshotIndex {
  const known = indexes.get(snapshot);
  if (known !== undefined) return known;
  const fresh = {
    partitions: new Map(snapshot.partitions.map((each) => [each.id, each])),
    brokers: brokersById(snapshot),
    producers: producersByTopic(snapshot.producers),
    owners: ownersOf(snapshot),
  };
  indexes.set(snapshot, fresh);
  return fresh;
}

function lagsOf(snapshot: LabSnapshot): ReadonlyMap<string, TotalLag> {
  const found = new Map<string, TotalLag>();
  const partitions = Map.groupBy(snapshot.partitions, (each) => each.topic);
  for (const group of snapshot.groups) {
    const { owners, brokers } = indexOf(snapshot);
    const own = owners.get(group.id);
    for (const topic of group.topics) {
      if (own !== undefined) found.set(`${group.id} ${topic}`, totalLag(own, partitions.get(topic) ?? [], brokers));
    }
  }
  return found;
}

function producersByTopic(producers: readonly ProducerView[]): ReadonlyMap<string, readonly ProducerView[]> {
  return Map.groupBy(producers, (each) => each.settings.topic);
}

const accumulators = new WeakMap<readonly AccumulatorView[], ReadonlyMap<string, AccumulatorView>>();
function accumulatorsOf(producer: ProducerView): ReadonlyMap<string, AccumulatorView> {
  const known = accumulators.get(producer.accumulators);
  if (known !== undefined) return known;
  const fresh = new Map(producer.accumulators.map((each) => [partitionKey(each.topic, each.partition), each]));
  accumulators.set(producer.accumulators, fresh);
  return fresh;
}

/** A computed value that stays the same object for as long as its fields do, so that nobody paints it again. */
export function keepSame<T extends object | null | undefined>(was: T | undefined, now: T): T {
  if (!was || !now) return now;
  const before = new Map(Object.entries(was));
  return Object.entries(now).every(([key, value]) => Object.is(before.get(key), value)) ? was : now;
}

/** Brokers by id: the same map for as long as no state of any of them changed, whatever their samples do. */
export function brokerStates(
  was: ReadonlyMap<number, BrokerView> | undefined,
  snapshot: LabSnapshot,
): ReadonlyMap<number, BrokerView> {
  const same =
    was?.size === snapshot.brokers.length &&
    snapshot.brokers.every((broker) => {
      const before = was.get(broker.id);
      return (
        before?.process === broker.process &&
        before.processSinceMs === broker.processSinceMs &&
        before.registration === broker.registration
      );
    });
  return same ? was : brokersById(snapshot);
}
