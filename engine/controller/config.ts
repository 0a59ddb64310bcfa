/** The controller's settings by Kafka's names (`KRaftConfigs`, `ReplicationConfigs`, `ServerLogConfigs`), parsed by whoever reads the node's configuration. */
import type { DurationMs } from '../base/ids.ts';
import { bootstrapFeatures } from '../metadata/index.ts';
import type { ConfigRules } from './config-rules.ts';

export interface ControllerConfig {
  /** `broker.session.timeout.ms`: silence after which a broker is fenced. */
  readonly brokerSessionTimeoutMs: DurationMs;
  /** `metadata.max.idle.interval.ms`: a NoOpRecord each; 0 switches it off. */
  readonly metadataMaxIdleIntervalMs: DurationMs;
  /** `metadata.log.max.record.bytes.between.snapshots` */
  readonly snapshotBytes: number;
  /** `metadata.log.max.snapshot.interval.ms`; 0 switches snapshots by time off. */
  readonly snapshotIntervalMs: DurationMs;
  /** `num.partitions` */
  readonly defaultPartitions: number;
  /** `default.replication.factor` */
  readonly defaultReplicationFactor: number;
  /** `auto.leader.rebalance.enable` */
  readonly leaderRebalance: boolean;
  /** `leader.imbalance.check.interval.seconds`, in ms. */
  readonly leaderImbalanceCheckMs: DurationMs;
  /** `unclean.leader.election.interval.ms` */
  readonly uncleanElectionCheckMs: DurationMs;
  /** What config keys mean: validation, defaults, synonyms. */
  readonly configRules: ConfigRules;
  /** Features finalized when the log is empty, in the order written; `metadata.version` comes first. */
  readonly bootstrapFeatures: readonly { readonly name: string; readonly level: number }[];
}

export const defaultControllerConfig: Omit<ControllerConfig, 'configRules'> = {
  brokerSessionTimeoutMs: 9_000,
  metadataMaxIdleIntervalMs: 500,
  snapshotBytes: 20 * 1024 * 1024,
  snapshotIntervalMs: 3_600_000,
  defaultPartitions: 1,
  defaultReplicationFactor: 1,
  leaderRebalance: true,
  leaderImbalanceCheckMs: 300_000,
  uncleanElectionCheckMs: 300_000,
  bootstrapFeatures,
};
