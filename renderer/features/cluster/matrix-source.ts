/** What the cells of the matrix look up by themselves: values that change many times a second. */
import { computed } from 'vue';
import type { BrokerView, LabSnapshot, PartitionView } from '../../../engine/contract/snapshot.ts';
import { brokersById } from '../../model/broker.ts';

export interface MatrixSource {
  /** The newest numbers of a partition, at the pace of the screen. */
  live(partition: number): PartitionView | undefined;
  /** When a broker's numbers were last sampled. */
  sampledMs(node: number): number | null;
}

export function matrixSource(calm: () => LabSnapshot, live: () => LabSnapshot): MatrixSource {
  const partitions = computed(() => new Map(live().partitions.map((each) => [each.id, each])));
  const brokers = computed(() => brokersById(calm()));
  return {
    live: (partition) => partitions.value.get(partition),
    sampledMs: (node) => brokers.value.get(node)?.sampledMs ?? null,
  };
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
