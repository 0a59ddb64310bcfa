/** The values that go in and out of a consumer. Names are those of the Java client's classes. */
import type {
  LeaderEpoch,
  MemberId,
  Offset,
  PartitionIndex,
  TimestampMs,
  TopicName,
  TopicPartition,
} from '../../base/ids.ts';
import type { RecordHeader } from '../../record/index.ts';

export interface ConsumerRecord {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly offset: Offset;
  readonly timestamp: TimestampMs;
  readonly timestampType: 'create-time' | 'log-append-time';
  /** Of the batch that carried it; null when the batch tells none. */
  readonly leaderEpoch: LeaderEpoch | null;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

export interface OffsetAndMetadata {
  readonly offset: Offset;
  readonly leaderEpoch?: LeaderEpoch | null;
  readonly metadata?: string;
}

/** One partition's offset to commit, or as committed. */
export interface PartitionOffset extends TopicPartition, OffsetAndMetadata {}

export interface OffsetAndTimestamp {
  readonly offset: Offset;
  readonly timestamp: TimestampMs;
  readonly leaderEpoch: LeaderEpoch | null;
}

/**
 * `ConsumerRebalanceListener`. Each is called within `poll()` (revoked and lost in `close()` and `unsubscribe()`, too),
 * which waits for it; it may call the consumer.
 */
export interface RebalanceListener {
  onPartitionsRevoked(partitions: readonly TopicPartition[]): void | Promise<void>;
  onPartitionsAssigned(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** `onPartitionsRevoked` when absent, as in Java. */
  onPartitionsLost?(partitions: readonly TopicPartition[]): void | Promise<void>;
}

/** Told of the end of a `commitAsync()`, within a later `poll()`, commit or `close()`. */
export type OffsetCommitCallback = (offsets: readonly PartitionOffset[], error: Error | null) => void;

export interface ConsumerGroupMetadata {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: MemberId;
  readonly groupInstanceId: string | null;
}
