/**
 * Files, batches and bytes of one replica on disk, read from its broker's directory: also while the broker is down. What
 * is read is what was in the file at that moment; of a log that grows only whole batches are told.
 */
import * as v from 'valibot';
import type { NodeId, Offset, PartitionIndex, ProducerEpoch, ProducerId, TimestampMs, TopicName } from '../base/ids.ts';
import type { RecordText } from './record-text.ts';

const whole = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(max));
const offset = whole(Number.MAX_SAFE_INTEGER);
const replica = {
  node: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(99)),
  /** A name becomes part of a path: the same rule as for creating one. */
  topic: v.pipe(v.string(), v.regex(/^[a-zA-Z0-9._-]{1,249}$/)),
  partition: whole(100_000),
};

export const storageCommands = {} as const;

export const storageQueries = {
  /** The directory of a replica: its files, and its segments in order. */
  partitionFiles: v.strictObject(replica),
  /** Batches of one `.log` file, in order. */
  logBatches: v.strictObject({
    ...replica,
    /** Base offset of the segment. */
    segment: offset,
    /** From the batch at this position on; `end`: the last ones. */
    from: v.union([whole(2 ** 31), v.literal('end')]),
    limit: v.pipe(whole(500), v.minValue(1)),
  }),
  /** One batch with its bytes, what each of them means, and its records. */
  logBatch: v.strictObject({ ...replica, segment: offset, position: whole(2 ** 31) }),
  /** The way to an offset: segment by name, entry of the index, scan of headers, batch. */
  findOffset: v.strictObject({ ...replica, offset }),
} as const;

export interface StorageAnswers {
  readonly partitionFiles: PartitionFiles;
  readonly logBatches: LogBatches;
  readonly logBatch: BatchBytes;
  readonly findOffset: OffsetWay;
}

/** What a file of a log directory is for, by its name. */
export type PartitionFileKind =
  | 'log'
  | 'index'
  | 'timeindex'
  | 'txnindex'
  | 'snapshot'
  | 'leader-epoch-checkpoint'
  | 'partition.metadata'
  | 'deleted'
  | 'other';

export interface PartitionFile {
  readonly name: string;
  readonly kind: PartitionFileKind;
  /** In its name; null for one without. */
  readonly baseOffset: Offset | null;
  readonly bytes: number;
  readonly modifiedMs: TimestampMs;
}

export interface SegmentView {
  readonly baseOffset: Offset;
  /** Base offset of the next one; null for the active one, which ends where the log does. */
  readonly nextBaseOffset: Offset | null;
  readonly bytes: number;
  /** Entries that its offset index has on disk by now. */
  readonly indexEntries: number;
}

export interface PartitionFiles {
  readonly node: NodeId;
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** `broker-2/orders-1`. */
  readonly directory: string;
  readonly files: readonly PartitionFile[];
  readonly segments: readonly SegmentView[];
  /** Text of `leader-epoch-checkpoint` and `partition.metadata`; null where absent. */
  readonly leaderEpochs: string | null;
  readonly metadata: string | null;
}

export interface BatchView {
  /** Of its first byte in the file. */
  readonly position: number;
  readonly bytes: number;
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly records: number;
  /** `none`, `gzip`, `snappy`, `lz4`, `zstd`. */
  readonly compression: string;
  /** -1: none. */
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly baseSequence: number;
  readonly leaderEpoch: number;
  readonly maxTimestamp: TimestampMs;
  readonly timestampType: 'create-time' | 'log-append-time';
  readonly isControl: boolean;
  readonly isTransactional: boolean;
  readonly crc: number;
  /** Whether the bytes have that checksum. */
  readonly crcMatches: boolean;
}

export interface LogBatches {
  readonly file: string;
  readonly fileBytes: number;
  readonly batches: readonly BatchView[];
  /** Where the next page begins; null at the end. */
  readonly nextPosition: number | null;
  /** Where bytes begin that are no whole batch: one that is being written, or damage; null for none. */
  readonly invalidFrom: number | null;
}

/** A field in the bytes: `from` to `to`, the end not included. */
export interface ByteField {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** As people write it. */
  readonly value: string;
}

export interface RecordBytes {
  readonly offset: Offset;
  readonly timestamp: TimestampMs;
  /** In the batch's bytes; in `inner` for a compressed one. */
  readonly from: number;
  readonly to: number;
  readonly fields: readonly ByteField[];
  readonly key: RecordText | null;
  readonly value: RecordText | null;
}

/** Bytes and records that an answer shows at most; a batch may be larger. */
export const batchBytesMax = 16 * 1024;
export const batchRecordsMax = 500;

export interface BatchBytes {
  readonly file: string;
  readonly batch: BatchView;
  /** Hexadecimal, from the first byte of the batch on, at most {@link batchBytesMax} bytes. */
  readonly hex: string;
  /** The 61 bytes in front of the records. */
  readonly header: readonly ByteField[];
  /** At most {@link batchRecordsMax}. */
  readonly records: readonly RecordBytes[];
  /** The records of a compressed batch, unpacked, cut as `hex` is; null for one that is not compressed. */
  readonly inner: { readonly hex: string; readonly bytes: number } | null;
  /** Why its records cannot be read; null when they can. */
  readonly unreadable: string | null;
}

export interface OffsetWay {
  readonly offset: Offset;
  readonly segment: Offset;
  readonly file: string;
  readonly fileBytes: number;
  /** Positions of all index entries, for drawing; in their order. */
  readonly indexPositions: readonly number[];
  /** The last entry not above the offset; null when the scan begins at the file's start. */
  readonly entry: { readonly slot: number; readonly offset: Offset; readonly position: number } | null;
  /** Entries that the file of the index has. */
  readonly entries: number;
  readonly scannedBatches: number;
  readonly scannedBytes: number;
  readonly batch: BatchView;
  /** Of the record in the batch. */
  readonly delta: number;
}
