/** From a node's parsed configs to the settings of each module, by Kafka's names throughout. */
import { defaultControllerConfig, type ControllerConfig } from '../controller/index.ts';
import type { GroupCoordinatorConfig } from '../coordinator/index.ts';
import { KafkaConfigRules, type BrokerConfig } from '../metadata/config/index.ts';
import { defaultRaftConfig, type RaftConfig } from '../raft/index.ts';
import { defaultReplicationSettings, type ReplicationSettings } from '../replication/index.ts';

/** Not one of Kafka's: see `RaftConfig.firstElectionTimeoutMs`. Absent, a voter waits as Kafka's does. */
const firstElectionTimeout = 'brokerlab.quorum.first.election.timeout.ms';

export function raftSettings(config: BrokerConfig, configs: ReadonlyMap<string, string>): RaftConfig {
  const first = configs.get(firstElectionTimeout);
  return {
    ...defaultRaftConfig,
    firstElectionTimeoutMs: first === undefined ? null : Number(first),
    electionTimeoutMs: config.controllerQuorumElectionTimeoutMs,
    fetchTimeoutMs: config.controllerQuorumFetchTimeoutMs,
    electionBackoffMaxMs: config.controllerQuorumElectionBackoffMaxMs,
    requestTimeoutMs: config.controllerQuorumRequestTimeoutMs,
    retryBackoffMs: config.controllerQuorumRetryBackoffMs,
    appendLingerMs: config.controllerQuorumAppendLingerMs,
    fetchMaxBytes: config.controllerQuorumFetchMaxBytes,
    segmentBytes: config.metadataLogSegmentBytes,
    segmentMs: config.metadataLogSegmentMs,
    batchMaxBytes: config.internalMetadataMaxBatchSizeInBytes,
    retentionMaxMs: config.metadataMaxRetentionMs,
    retentionMaxBytes: config.metadataMaxRetentionBytes,
  };
}

export function controllerSettings(config: BrokerConfig, configs: ReadonlyMap<string, string>): ControllerConfig {
  return {
    ...defaultControllerConfig,
    brokerSessionTimeoutMs: config.brokerSessionTimeoutMs,
    metadataMaxIdleIntervalMs: config.metadataMaxIdleIntervalMs,
    snapshotBytes: config.metadataLogMaxRecordBytesBetweenSnapshots,
    snapshotIntervalMs: config.metadataLogMaxSnapshotIntervalMs,
    defaultPartitions: config.numPartitions,
    defaultReplicationFactor: config.defaultReplicationFactor,
    leaderRebalance: config.autoLeaderRebalanceEnable,
    leaderImbalanceCheckMs: config.leaderImbalanceCheckIntervalSeconds * 1000,
    uncleanElectionCheckMs: config.uncleanLeaderElectionIntervalMs,
    configRules: new KafkaConfigRules(configs),
  };
}

export function replicationSettings(config: BrokerConfig): ReplicationSettings {
  return {
    ...defaultReplicationSettings,
    lagTimeMaxMs: config.replicaLagTimeMaxMs,
    fetchWaitMaxMs: config.replicaFetchWaitMaxMs,
    fetchMinBytes: config.replicaFetchMinBytes,
    fetchMaxBytes: config.replicaFetchMaxBytes,
    fetchResponseMaxBytes: config.replicaFetchResponseMaxBytes,
    fetchBackoffMs: config.replicaFetchBackoffMs,
    socketTimeoutMs: config.replicaSocketTimeoutMs,
    highWatermarkCheckpointIntervalMs: config.replicaHighWatermarkCheckpointIntervalMs,
    fetchSessionSlots: config.maxIncrementalFetchSessionCacheSlots,
    fetchMaxBytesPerRequest: config.fetchMaxBytes,
  };
}

export function coordinatorSettings(config: BrokerConfig): GroupCoordinatorConfig {
  return {
    groupMinSessionTimeoutMs: config.groupMinSessionTimeoutMs,
    groupMaxSessionTimeoutMs: config.groupMaxSessionTimeoutMs,
    groupInitialRebalanceDelayMs: config.groupInitialRebalanceDelayMs,
    groupMaxSize: config.groupMaxSize,
    offsetMetadataMaxBytes: config.offsetMetadataMaxBytes,
    offsetsRetentionMs: config.offsetsRetentionMinutes * 60_000,
    offsetsRetentionCheckIntervalMs: config.offsetsRetentionCheckIntervalMs,
    offsetsCommitTimeoutMs: config.offsetsCommitTimeoutMs,
    offsetsTopicPartitions: config.offsetsTopicNumPartitions,
    offsetsLoadBufferSize: config.offsetsLoadBufferSize,
  };
}
