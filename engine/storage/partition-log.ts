/** The log of one partition. */
import type { LeaderEpoch, Offset, PartitionIndex, TimestampMs, TopicName, Uuid } from '../base/ids.ts';
import type { LogConfig } from './log-config.ts';
import type {
  ActiveProducer,
  AppendOrigin,
  AppendResult,
  EpochEndOffset,
  EpochEntry,
  FetchIsolation,
  LogContext,
  LogOffsetSnapshot,
  OffsetMetadata,
  ReadResult,
  TimestampAndOffset,
} from './log-types.ts';

export interface PartitionLogOptions {
  readonly context: LogContext;
  /** Directory of the partition, `<log dir>/<topic>-<partition>`. Made when absent. */
  readonly path: string;
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** Null: take the one in `partition.metadata`, if any. */
  readonly topicId: Uuid | null;
  readonly config: LogConfig;
  /** From the checkpoint files. */
  readonly logStartOffset?: Offset;
  readonly recoveryPoint?: Offset;
  /** The last stop was clean: nothing is scanned. A new, empty directory is clean too. */
  readonly hadCleanShutdown: boolean;
  readonly producerIdExpirationMs?: number;
}

export interface LogListener {
  onHighWatermarkUpdated?(highWatermark: Offset): void;
}

export declare class PartitionLog {
  /** Opens or creates; recovers when `hadCleanShutdown` is false. */
  static open(options: PartitionLogOptions): PartitionLog;
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly name: string;
  get path(): string;
  get topicId(): Uuid | null;
  /** Throws InconsistentTopicIdError when another one is on disk. */
  assignTopicId(topicId: Uuid): void;
  get config(): LogConfig;
  updateConfig(config: LogConfig): void;
  setListener(listener: LogListener | null): void;

  get logStartOffset(): Offset;
  get logEndOffset(): Offset;
  get logEndOffsetMetadata(): OffsetMetadata;
  get highWatermark(): Offset;
  get lastStableOffset(): Offset;
  get recoveryPoint(): Offset;
  get sizeInBytes(): number;
  get segmentCount(): number;
  /** Offsets with their positions, for fetch and for followers' progress. */
  offsetSnapshot(): LogOffsetSnapshot;
  offsetMetadata(offset: Offset): OffsetMetadata | null;

  /** Assigns offsets and epoch in the given bytes, in place, and appends them. */
  appendAsLeader(records: Uint8Array, leaderEpoch: LeaderEpoch, origin?: AppendOrigin): AppendResult;
  /** Batches that carry their offsets. Throws UnexpectedAppendOffsetError, CorruptRecordError. */
  appendAsFollower(records: Uint8Array): AppendResult;
  read(startOffset: Offset, maxBytes: number, isolation: FetchIsolation, minOneMessage: boolean): ReadResult;
  fetchOffsetByTimestamp(timestamp: TimestampMs): TimestampAndOffset | null;

  /** Bounded by log start and log end; for a leader's start and for checkpoints. Returns the new one. */
  updateHighWatermark(offset: Offset): Offset;
  /** Leader: forward only. Returns the old one when it moved. */
  maybeIncrementHighWatermark(newHighWatermark: OffsetMetadata): OffsetMetadata | null;
  /** Follower: bounded as above. Returns the new one when it changed. */
  maybeUpdateHighWatermark(offset: Offset): Offset | null;
  /** False: not larger than before. `out-of-range`: above the high watermark. */
  maybeIncrementLogStartOffset(offset: Offset, reason: string): boolean | 'out-of-range';

  get latestEpoch(): LeaderEpoch | null;
  get epochEntries(): readonly EpochEntry[];
  assignEpochStartOffset(epoch: LeaderEpoch, startOffset: Offset): void;
  /** The largest epoch not above `epoch` and its end; null when there is none. */
  endOffsetForEpoch(epoch: LeaderEpoch): EpochEndOffset | null;

  activeProducers(): ActiveProducer[];

  /** True when something was removed. */
  truncateTo(offset: Offset): boolean;
  truncateFullyAndStartAt(newOffset: Offset, logStartOffset?: Offset): void;
  roll(): void;
  flush(options?: { forceFlushActiveSegment?: boolean }): void;
  /** Retention by time, size and log start offset. Number of segments removed. */
  deleteOldSegments(): number;
  close(): void;
}
