/** One `log.dirs` entry: its lock, identity, partitions and checkpoints. */
import type { BrokerEpoch, NodeId, Offset, PartitionIndex, TopicName, TopicPartitionKey, Uuid } from '../base/ids.ts';
import type { LogConfig } from './log-config.ts';
import type { LogContext } from './log-types.ts';
import type { PartitionLog } from './partition-log.ts';

/** `meta.properties`, version 1. */
export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly directoryId: Uuid;
}

export interface LogDirectoryOptions {
  readonly context: LogContext;
  readonly path: string;
  /** Config of each partition found on disk, by topic. */
  readonly configOf: (topic: TopicName) => LogConfig;
  readonly flushSchedulerIntervalMs?: number;
  readonly retentionCheckIntervalMs?: number;
  readonly recoveryPointCheckpointIntervalMs?: number;
  readonly logStartOffsetCheckpointIntervalMs?: number;
  readonly producerIdExpirationMs?: number;
  readonly producerIdExpirationCheckIntervalMs?: number;
  /** Partition directories whose log belongs to somebody else (`__cluster_metadata-0`). */
  readonly ignoredTopics?: readonly TopicName[];
}

/** Another process holds the directory, or it belongs to another cluster or node: tells which and what to do. */
export declare class LogDirectoryError extends Error {}

export declare class LogDirectory {
  /** Locks the directory and reads its identity; null when it has none yet. Does not load logs. */
  static open(options: LogDirectoryOptions): LogDirectory;
  readonly path: string;
  get metaProperties(): MetaProperties | null;
  /** Writes `meta.properties` (what `kafka-storage format` does). */
  format(meta: MetaProperties): void;
  /** Throws LogDirectoryError unless the directory is of this cluster and node. */
  verify(expected: { clusterId: string; nodeId: NodeId }): MetaProperties;
  /** `brokerEpoch` in the clean shutdown file, -1 when there is none; valid before and after {@link load}. */
  get cleanShutdownBrokerEpoch(): BrokerEpoch;
  get hadCleanShutdown(): boolean;
  /** Loads every partition, recovering where needed; takes the clean shutdown file away. */
  load(): void;
  log(key: TopicPartitionKey): PartitionLog | null;
  logs(): IterableIterator<PartitionLog>;
  createLog(topic: TopicName, partition: PartitionIndex, topicId: Uuid, config: LogConfig): PartitionLog;
  /** Renames to `<topic>-<partition>.<32 hex>-delete` now, removes after `file.delete.delay.ms`. */
  deleteLog(key: TopicPartitionKey): void;
  /** A directory found on load whose topic id nobody knows: renamed to `-stray`. */
  removeStray(key: TopicPartitionKey): void;
  /** Flush, retention and checkpoints on the clock until {@link close}. */
  startPeriodicWork(): void;
  /** `replication-offset-checkpoint`. */
  readHighWatermarks(): ReadonlyMap<TopicPartitionKey, Offset>;
  writeHighWatermarks(highWatermarks: ReadonlyMap<TopicPartitionKey, Offset>): void;
  checkpointRecoveryPoints(): void;
  checkpointLogStartOffsets(): void;
  get sizeInBytes(): number;
  /** Clean: flushes and closes all logs, writes checkpoints and `.kafka_cleanshutdown`, unlocks. */
  close(options: { brokerEpoch: BrokerEpoch }): void;
}
