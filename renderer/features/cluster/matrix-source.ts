/**
 * What the cells of the matrix look up by themselves: values that change many times a second. A cell that looks something
 * up is painted again when that changed, its row and the matrix are not.
 */
import { computed, type InjectionKey } from 'vue';
import type { AccumulatorView, ProducerView } from '../../../engine/contract/clients.ts';
import type { GroupView } from '../../../engine/contract/groups.ts';
import type { BrokerView, LabSnapshot, PartitionView } from '../../../engine/contract/snapshot.ts';
import { brokersById } from '../../model/broker.ts';
import { groupsOf, ownersOf, partitionKey, totalLag, type Ownership, type TotalLag } from '../../model/ownership.ts';
import type { Share } from './accumulator.ts';

export interface MatrixSource {
  /** When the picture was put together. */
  sampledMs(): number;
  /** The newest numbers of a partition, at the pace of the screen. */
  live(partition: number): PartitionView | undefined;
  /** When a broker's numbers were last sampled. */
  brokerSampledMs(node: number): number | null;
  /** Brokers by id: their states, not their samples. */
  brokers(): ReadonlyMap<number, BrokerView>;
  /** Producers of a topic. */
  producers(topic: string): readonly ProducerView[];
  /** Of the producers that are shown of a topic. */
  shares(topic: string, partition: number): readonly Share[];
  /** The same at the pace of the screen. */
  liveShares(topic: string, partition: number): readonly Share[];
  groups(topic: string): readonly GroupView[];
  /** The group that is shown of a topic; undefined without one. */
  group(topic: string): GroupView | undefined;
  owner(topic: string, partition: number): Ownership | undefined;
  lag(group: GroupView, topic: string): TotalLag;
}

export const matrixSourceKey: InjectionKey<MatrixSource> = Symbol('matrix source');

/** Which producer and which group of a topic the reader wants to see; what is not in it is chosen by itself. */
export interface MatrixChoices {
  readonly producers: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, string>;
}

export function matrixSource(
  calm: () => LabSnapshot,
  live: () => LabSnapshot,
  choices: () => MatrixChoices,
): MatrixSource {
  const livePartitions = computed(() => new Map(live().partitions.map((each) => [each.id, each])));
  const calmBrokers = computed(() => brokersById(calm()));
  const brokers = computed<ReadonlyMap<number, BrokerView>>((was) => brokerStates(was, calm()));
  const calmProducers = computed(() => producersByTopic(calm().producers));
  const liveProducers = computed(() => producersByTopic(live().producers));
  const owners = computed(() => ownersOf(calm()));
  const partitions = computed(() => Map.groupBy(calm().partitions, (each) => each.topic));
  const lags = computed(() => {
    const found = new Map<string, TotalLag>();
    for (const group of calm().groups) {
      const known = owners.value.get(group.id);
      for (const topic of group.topics) {
        if (known === undefined) continue;
        found.set(`${group.id} ${topic}`, totalLag(known, partitions.value.get(topic) ?? []));
      }
    }
    return found;
  });
  const lagOfGroup = (group: GroupView, topic: string): TotalLag =>
    lags.value.get(`${group.id} ${topic}`) ?? { records: 0, unknown: 0 };
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

  return {
    sampledMs: () => calm().sampledMs,
    live: (partition) => livePartitions.value.get(partition),
    brokerSampledMs: (node) => calmBrokers.value.get(node)?.sampledMs ?? null,
    brokers: () => brokers.value,
    producers: (topic) => calmProducers.value.get(topic) ?? none,
    shares: (topic, partition) => sharesOf(calmProducers.value, topic, partition),
    liveShares: (topic, partition) => sharesOf(liveProducers.value, topic, partition),
    groups: (topic) => groupsOf(calm().groups, topic),
    group: (topic) => groupOfTopic.value.get(topic),
    owner: (topic, partition) => {
      const shown = groupOfTopic.value.get(topic);
      return shown === undefined ? undefined : owners.value.get(shown.id)?.of(topic, partition);
    },
    lag: lagOfGroup,
  };
}

const none: readonly ProducerView[] = [];

function producersByTopic(producers: readonly ProducerView[]): ReadonlyMap<string, readonly ProducerView[]> {
  return Map.groupBy(producers, (each) => each.settings.topic);
}

const indexed = new WeakMap<readonly AccumulatorView[], ReadonlyMap<string, AccumulatorView>>();
function accumulatorsOf({ accumulators }: ProducerView): ReadonlyMap<string, AccumulatorView> {
  const known = indexed.get(accumulators);
  if (known !== undefined) return known;
  const fresh = new Map(accumulators.map((each) => [partitionKey(each.topic, each.partition), each]));
  indexed.set(accumulators, fresh);
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
