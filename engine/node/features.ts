/**
 * The feature levels that a node of this build supports, as Kafka 4.3 registers them: what is not listed is supported at
 * level 0 only.
 */
import type { SupportedFeature } from '../metadata/index.ts';

export const supportedFeatures: readonly SupportedFeature[] = [
  { name: 'eligible.leader.replicas.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'group.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'kraft.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 },
  { name: 'share.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'streams.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'transaction.version', minSupportedVersion: 0, maxSupportedVersion: 2 },
];
