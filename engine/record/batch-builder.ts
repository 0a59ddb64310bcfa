/**
 * Builds batches of version 2 (`MemoryRecordsBuilder`), byte for byte as Kafka does: base timestamp is the first
 * record's (or the delete horizon), offsets and timestamps are deltas to the base, records are compressed as a whole.
 * For clients, coordinators, the quorum and recompression; a broker that appends what a producer sent never builds.
 */
import { assert } from '../base/assert.ts';
import type { DurationMs, LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs } from '../base/ids.ts';
import { utf8 } from '../base/text.ts';
import {
  BatchHeader,
  attributeBits,
  batchOverhead,
  logOverhead,
  magicV2,
  noLeaderEpoch,
  noProducerEpoch,
  noProducerId,
  noSequence,
  noTimestamp,
} from './batch-header.ts';
import type { TimestampType } from './batch-header.ts';
import { setInt16, setInt32, setInt64 } from './big-endian.ts';
import { Compression, compressRecords, noCodecs } from './compression.ts';
import type { CompressionId, RecordCodecs } from './compression.ts';
import type { RecordHeader } from './iterate-records.ts';
import { putVarint, putVarlong, sizeOfVarint, sizeOfVarlong } from './varint.ts';

export interface BatchOptions {
  readonly baseOffset?: Offset;
  readonly leaderEpoch?: LeaderEpoch;
  readonly compression?: CompressionId;
  readonly compressionLevel?: number;
  /** Needed when `compression` is not `none`. */
  readonly codecs?: RecordCodecs;
  readonly timestampType?: TimestampType;
  /** Max timestamp of the batch when the type is `log-append-time`. */
  readonly logAppendTimeMs?: TimestampMs;
  readonly producerId?: ProducerId;
  readonly producerEpoch?: ProducerEpoch;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  /** When tombstones of the batch may go (KIP-534). */
  readonly deleteHorizonMs?: TimestampMs;
}

export interface RecordInput {
  /** -1 when absent. */
  readonly timestamp?: TimestampMs;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
}

const noHeaders: readonly RecordHeader[] = [];

export class BatchBuilder {
  readonly #options: BatchOptions;
  #buffer: Uint8Array;
  #at = batchOverhead;
  #count = 0;
  #baseTimestamp: TimestampMs | null;
  #maxTimestamp: TimestampMs = noTimestamp;
  #lastOffset: Offset;

  constructor(options: BatchOptions = {}, initialCapacity = 512) {
    this.#options = options;
    this.#buffer = new Uint8Array(batchOverhead + initialCapacity);
    this.#baseTimestamp = options.deleteHorizonMs ?? null;
    this.#lastOffset = this.#baseOffset - 1;
  }

  get #baseOffset(): Offset {
    return this.#options.baseOffset ?? 0;
  }
  get recordCount(): number {
    return this.#count;
  }
  /** Size of the batch without compression. */
  get uncompressedSize(): number {
    return this.#at;
  }
  get lastOffset(): Offset {
    return this.#lastOffset;
  }

  /** How much the batch would grow uncompressed. */
  sizeOf(record: RecordInput): number {
    const body = bodySize(record, this.#timestampDelta(record), this.#lastOffset + 1 - this.#baseOffset);
    return sizeOfVarint(body) + body;
  }

  /** Adds a record behind the last one, or at `offset`, which must be larger than the last. Returns its offset. */
  append(record: RecordInput, offset: Offset = this.#lastOffset + 1): Offset {
    assert(offset > this.#lastOffset, () => `offset ${offset} is not above the last one ${this.#lastOffset}`);
    const timestamp = record.timestamp ?? noTimestamp;
    this.#baseTimestamp ??= timestamp;
    const timestampDelta = timestamp - this.#baseTimestamp;
    const offsetDelta = offset - this.#baseOffset;
    const body = bodySize(record, timestampDelta, offsetDelta);
    this.#reserve(body + 5);
    this.#at = putRecord(this.#buffer, this.#at, record, body, timestampDelta, offsetDelta);
    this.#count++;
    this.#lastOffset = offset;
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    return offset;
  }

  /** The finished batch. The builder must not be used afterwards. */
  build(): Uint8Array {
    const { compression = Compression.none, codecs = noCodecs, compressionLevel } = this.#options;
    const batch =
      compression === Compression.none
        ? this.#buffer.subarray(0, this.#at)
        : joinHeader(
            compressRecords(codecs, compression, this.#buffer.subarray(batchOverhead, this.#at), compressionLevel),
          );
    this.#writeHeader(batch, compression);
    return batch;
  }

  #timestampDelta(record: RecordInput): number {
    const timestamp = record.timestamp ?? noTimestamp;
    return timestamp - (this.#baseTimestamp ?? timestamp);
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#at));
    this.#buffer = larger;
  }

  #writeHeader(batch: Uint8Array, compression: CompressionId): void {
    const options = this.#options;
    const logAppendTime = options.timestampType === 'log-append-time';
    let attributes: number = compression;
    if (logAppendTime) attributes |= attributeBits.logAppendTime;
    if (options.isTransactional === true) attributes |= attributeBits.transactional;
    if (options.isControl === true) attributes |= attributeBits.control;
    if (options.deleteHorizonMs !== undefined) attributes |= attributeBits.deleteHorizon;
    setInt64(batch, 0, this.#baseOffset);
    setInt32(batch, 8, batch.length - logOverhead);
    setInt32(batch, 12, options.leaderEpoch ?? noLeaderEpoch);
    batch[16] = magicV2;
    setInt16(batch, 21, attributes);
    setInt32(batch, 23, this.#lastOffset - this.#baseOffset);
    setInt64(batch, 27, this.#baseTimestamp ?? noTimestamp);
    setInt64(batch, 35, logAppendTime ? (options.logAppendTimeMs ?? noTimestamp) : this.#maxTimestamp);
    setInt64(batch, 43, options.producerId ?? noProducerId);
    setInt16(batch, 51, options.producerEpoch ?? noProducerEpoch);
    setInt32(batch, 53, options.baseSequence ?? noSequence);
    setInt32(batch, 57, this.#count);
    new BatchHeader(batch, 0).updateCrc();
  }
}

/** One batch of `records`. */
export function buildBatch(records: Iterable<RecordInput>, options: BatchOptions = {}): Uint8Array {
  const builder = new BatchBuilder(options);
  for (const record of records) builder.append(record);
  return builder.build();
}

/** Largest size that one more record may add to a batch, as the Java client estimates it before compression. */
export function estimatedBatchSize(record: RecordInput): number {
  const body = bodySize(record, 0, 0);
  return batchOverhead + 16 + body;
}

function joinHeader(records: Uint8Array): Uint8Array {
  const batch = new Uint8Array(batchOverhead + records.length);
  batch.set(records, batchOverhead);
  return batch;
}

function sizeOfNullable(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length;
}

function bodySize(record: RecordInput, timestampDelta: DurationMs, offsetDelta: number): number {
  const headers = record.headers ?? noHeaders;
  let size = 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(offsetDelta);
  size += sizeOfNullable(record.key) + sizeOfNullable(record.value) + sizeOfVarint(headers.length);
  for (const header of headers) size += sizeOfNullable(utf8(header.key)) + sizeOfNullable(header.value);
  return size;
}

function putNullable(target: Uint8Array, at: number, bytes: Uint8Array | null): number {
  if (bytes === null) return putVarint(target, at, -1);
  at = putVarint(target, at, bytes.length);
  target.set(bytes, at);
  return at + bytes.length;
}

function putRecord(
  target: Uint8Array,
  at: number,
  record: RecordInput,
  body: number,
  timestampDelta: DurationMs,
  offsetDelta: number,
): number {
  const headers = record.headers ?? noHeaders;
  at = putVarint(target, at, body);
  target[at++] = 0;
  at = putVarlong(target, at, timestampDelta);
  at = putVarint(target, at, offsetDelta);
  at = putNullable(target, at, record.key);
  at = putNullable(target, at, record.value);
  at = putVarint(target, at, headers.length);
  for (const header of headers) {
    at = putNullable(target, at, utf8(header.key));
    at = putNullable(target, at, header.value);
  }
  return at;
}
