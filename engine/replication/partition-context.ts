/** What a partition needs of its broker. */
import type { BrokerEpoch, DurationMs, NodeId } from '../base/ids.ts';
import type { Clock, Tracer } from '../env/index.ts';
import { isActiveBroker } from '../metadata/index.ts';
import type { MetadataImage } from '../metadata/index.ts';
import type { AlterPartitionSender } from './alter-partition.ts';
import type { Partition } from './partition.ts';

export interface PartitionContext {
  readonly nodeId: NodeId;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly lagTimeMaxMs: DurationMs;
  readonly alterPartition: AlterPartitionSender;
  /** The metadata as last applied. */
  readonly image: () => MetadataImage;
  readonly brokerEpoch: () => BrokerEpoch;
  /** Something that delayed operations wait for has happened; they are checked soon. */
  readonly wake: (partition: Partition) => void;
}

/** The epoch of a registered, unfenced broker (`KRaftMetadataCache.getAliveBrokerEpoch`). */
export function aliveBrokerEpoch(image: MetadataImage, broker: NodeId): BrokerEpoch | null {
  const registration = image.cluster.brokers.get(broker);
  return registration === undefined || registration.fenced ? null : registration.epoch;
}

/**
 * Whether a follower may join an ISR: active by the metadata, and the same incarnation that fetched (KIP-903). A fetch
 * without an epoch (-1) passes.
 */
export function isIsrEligible(image: MetadataImage, broker: NodeId, fetchedEpoch: BrokerEpoch | null): boolean {
  if (fetchedEpoch === null || !isActiveBroker(image, broker)) return false;
  return fetchedEpoch === -1 || fetchedEpoch === aliveBrokerEpoch(image, broker);
}
