/** What a partition's log takes and answers: plain values, no behaviour. */
import type {
  LeaderEpoch,
  Offset,
  PartitionIndex,
  ProducerEpoch,
  ProducerId,
  TimestampMs,
  TopicName,
} from '../base/ids.ts';
import type { Clock, Disk, DiskError, Random, Tracer } from '../env/index.ts';
import type { ErrorCode } from '../protocol/index.ts';
import type { RecordCodecs } from '../record/index.ts';

/** The outside world of a log. */
export interface LogContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly codecs: RecordCodecs;
  /** Told when work of a log that nobody waits for (a flush behind a roll, a checkpoint) fails. Absent: it is thrown. */
  readonly onDiskFailure?: (error: DiskError) => void;
}

/**
 * An offset and where it lies (`LogOffsetMetadata`). `segmentBaseOffset` and `positionInSegment` are -1 when only the
 * offset is known.
 */
export interface OffsetMetadata {
  readonly offset: Offset;
  readonly segmentBaseOffset: Offset;
  readonly positionInSegment: number;
}

export interface EpochEndOffset {
  readonly epoch: LeaderEpoch;
  readonly endOffset: Offset;
}

export interface EpochEntry {
  readonly epoch: LeaderEpoch;
  readonly startOffset: Offset;
}

/**
 * Who appends (`AppendOrigin`). `client` is checked in full; `coordinator` may write control batches and skips what only
 * clients get wrong; `raft-leader` brings its own offsets and epoch; `replication` is what a follower copies.
 */
export type AppendOrigin = 'client' | 'coordinator' | 'raft-leader' | 'replication';

export interface Appended {
  readonly kind: 'appended';
  /** Of the batch that is in the log: for a duplicate, the one that was there already. */
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly lastLeaderEpoch: LeaderEpoch;
  readonly maxTimestamp: TimestampMs;
  /** The broker's time for LogAppendTime (and for duplicates), else -1. */
  readonly logAppendTimeMs: TimestampMs;
  readonly logStartOffset: Offset;
  /** Bytes now in the log; 0 for a duplicate. */
  readonly sizeInBytes: number;
  readonly recordCount: number;
  readonly duplicate: boolean;
}

/** Nothing was appended. `error` is never NONE; the message is Kafka's. */
export interface AppendRefused {
  readonly kind: 'refused';
  readonly error: ErrorCode;
  readonly message: string;
  readonly recordErrors: readonly RecordError[];
}

export interface RecordError {
  readonly batchIndex: number;
  readonly message: string;
}

export type AppendResult = Appended | AppendRefused;

/** `log-end` for replicas, `high-watermark` for consumers, `committed` for read_committed consumers. */
export type FetchIsolation = 'log-end' | 'high-watermark' | 'committed';

export interface AbortedTransaction {
  readonly producerId: ProducerId;
  readonly firstOffset: Offset;
}

export interface FetchedRecords {
  readonly kind: 'records';
  /** Where the read began: the position of the first returned batch, or of the end. */
  readonly fetchOffset: OffsetMetadata;
  /** Batches as they are on disk; the first may start below the asked offset, the last may be cut. */
  readonly records: Uint8Array;
  /** The first batch is larger than the limit and was cut (never with `minOneMessage`). */
  readonly firstEntryIncomplete: boolean;
  /** Null unless the isolation is `committed`. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
}

/** The asked offset is below the log start or above the log end: OFFSET_OUT_OF_RANGE. */
export interface OffsetOutOfRange {
  readonly kind: 'out-of-range';
  readonly message: string;
}

export type ReadResult = FetchedRecords | OffsetOutOfRange;

/** `timestamp` is -1 for the special questions (but not for max timestamp). */
export interface TimestampAndOffset {
  readonly timestamp: TimestampMs;
  readonly offset: Offset;
  readonly leaderEpoch: LeaderEpoch | null;
}

/** The special timestamps of ListOffsets. */
export const ListOffsetsTimestamp = {
  latest: -1,
  earliest: -2,
  maxTimestamp: -3,
  earliestLocal: -4,
  latestTiered: -5,
  earliestPendingUpload: -6,
} as const;

export interface LogOffsetSnapshot {
  readonly logStartOffset: Offset;
  readonly logEndOffset: OffsetMetadata;
  readonly highWatermark: OffsetMetadata;
  readonly lastStableOffset: OffsetMetadata;
}

/** One line of DescribeProducers. */
export interface ActiveProducer {
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly lastSequence: number;
  readonly lastTimestamp: TimestampMs;
  readonly coordinatorEpoch: number;
  /** -1 without an open transaction. */
  readonly currentTransactionStartOffset: Offset;
}

export interface LogId {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
}

/** A follower was given batches that do not continue its log (`UnexpectedAppendOffsetException`). */
export class UnexpectedAppendOffsetError extends Error {
  override readonly name = 'UnexpectedAppendOffsetError';
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;

  constructor(message: string, firstOffset: Offset, lastOffset: Offset) {
    super(message);
    this.firstOffset = firstOffset;
    this.lastOffset = lastOffset;
  }
}

/** A directory holds files of another topic with the same name (`InconsistentTopicIdException`). */
export class InconsistentTopicIdError extends Error {
  override readonly name = 'InconsistentTopicIdError';
}
