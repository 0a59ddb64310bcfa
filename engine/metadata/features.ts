/** The features of Kafka 4.3.1 and the levels of them that this build supports, as brokers and controllers register them. */
import type { SupportedFeature } from './image.ts';

/** `metadata.version` 30 is 4.3-IV0; 7 is 3.3-IV3, the oldest that Kafka 4 reads. */
export const supportedFeatures: readonly SupportedFeature[] = [
  { name: 'group.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'kraft.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 },
  { name: 'share.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'streams.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'transaction.version', minSupportedVersion: 0, maxSupportedVersion: 2 },
  { name: 'eligible.leader.replicas.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
];

/** What a new cluster of 4.3.1 finalizes, in the order written. */
export const bootstrapFeatures: readonly { readonly name: string; readonly level: number }[] = [
  { name: 'metadata.version', level: 30 },
  { name: 'eligible.leader.replicas.version', level: 1 },
  { name: 'group.version', level: 1 },
  { name: 'share.version', level: 1 },
  { name: 'streams.version', level: 1 },
  { name: 'transaction.version', level: 2 },
];
