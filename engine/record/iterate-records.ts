/**
 * The records of a batch (`DefaultRecord`). Stored form of one record, all lengths and deltas zigzag varints:
 *
 *     length, attributes int8 = 0, timestampDelta varlong, offsetDelta, keyLength (-1 null), key, valueLength (-1 null),
 *     value, headerCount, headers: keyLength, key (UTF-8), valueLength (-1 null), value
 *
 * {@link RecordCursor} walks without an object per record, for rules that look at every record; {@link iterateRecords}
 * yields plain objects whose byte fields are views. Malformed bytes throw InvalidRecordError or CorruptRecordError.
 */
import type { Offset, TimestampMs } from '../base/ids.ts';
import { fromUtf8 } from '../base/text.ts';
import { batchOverhead, incrementSequence, noSequence } from './batch-header.ts';
import type { BatchHeader } from './batch-header.ts';
import { decompressRecords } from './compression.ts';
import type { RecordCodecs } from './compression.ts';
import { InvalidRecordError } from './errors.ts';
import { VarintCursor } from './varint.ts';

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

export interface StoredRecord {
  readonly offset: Offset;
  readonly timestamp: TimestampMs;
  /** -1 without a producer id. */
  readonly sequence: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** Attributes, two deltas, two null lengths and no headers: a byte each. */
const smallestRecordBody = 6;

/** One record after the other of one batch; fields are valid until the next {@link next}. */
export class RecordCursor {
  readonly batch: BatchHeader;
  offset: Offset = -1;
  offsetDelta = -1;
  timestamp: TimestampMs = -1;
  key: Uint8Array | null = null;
  value: Uint8Array | null = null;
  /** Size of the record in its stored form, length field included. */
  sizeInBytes = 0;
  headerCount = 0;
  readonly #cursor: VarintCursor;
  readonly #end: number;
  readonly #baseOffset: Offset;
  readonly #baseTimestamp: TimestampMs;
  readonly #logAppendTime: TimestampMs | null;
  #left: number;
  #headersAt = 0;
  #nextAt = 0;

  constructor(batch: BatchHeader, codecs: RecordCodecs) {
    this.batch = batch;
    const bytes = decompressRecords(codecs, batch.compression, batch.recordBytes);
    this.#cursor = new VarintCursor(bytes);
    this.#end = bytes.length;
    this.#baseOffset = batch.baseOffset;
    this.#baseTimestamp = batch.baseTimestamp;
    this.#logAppendTime = batch.timestampType === 'log-append-time' ? batch.maxTimestamp : null;
    this.#left = batch.recordCount;
    if (this.#left < 0) throw new InvalidRecordError(`Found invalid record count ${this.#left} in magic v2 batch`);
  }

  /** False at the end, when the bytes have been found to hold exactly the declared records. */
  next(): boolean {
    const cursor = this.#cursor;
    cursor.at = this.#nextAt;
    cursor.end = this.#end;
    if (this.#left === 0) {
      if (cursor.at !== this.#end) {
        throw new InvalidRecordError('Incorrect declared batch size, records still remaining in file');
      }
      return false;
    }
    if (cursor.at === this.#end) throw new InvalidRecordError('Incorrect declared batch size, premature EOF reached');
    this.#left--;
    this.#readRecord(cursor);
    return true;
  }

  #readRecord(cursor: VarintCursor): void {
    const start = cursor.at;
    const length = cursor.varint();
    if (length < 0 || length > this.#end - cursor.at) {
      throw new InvalidRecordError(
        `Invalid record size: expected ${length} bytes in record payload, but there are ${this.#end - cursor.at}`,
      );
    }
    this.#nextAt = cursor.at + length;
    this.sizeInBytes = this.#nextAt - start;
    cursor.end = this.#nextAt;
    cursor.byte();
    const timestampDelta = cursor.varlong();
    this.timestamp = this.#logAppendTime ?? this.#baseTimestamp + timestampDelta;
    this.offsetDelta = cursor.varint();
    this.offset = this.#baseOffset + this.offsetDelta;
    this.key = takeNullable(cursor);
    this.value = takeNullable(cursor);
    this.headerCount = cursor.varint();
    if (this.headerCount < 0)
      throw new InvalidRecordError(`Found invalid number of record headers ${this.headerCount}`);
    if (this.headerCount > cursor.end - cursor.at) {
      throw new InvalidRecordError(
        `Found invalid number of record headers. ${this.headerCount} is larger than the remaining size of the buffer`,
      );
    }
    this.#headersAt = cursor.at;
    if (this.headerCount === 0 && cursor.at !== cursor.end) {
      throw new InvalidRecordError(
        `Invalid record size: expected to read ${length} bytes in record payload, but instead read ${length - (cursor.end - cursor.at)}`,
      );
    }
  }

  /** Headers of the current record. */
  headers(): RecordHeader[] {
    const headers: RecordHeader[] = [];
    if (this.headerCount === 0) return headers;
    const cursor = this.#cursor;
    cursor.at = this.#headersAt;
    for (let i = 0; i < this.headerCount; i++) {
      const keyLength = cursor.varint();
      if (keyLength < 0) throw new InvalidRecordError(`Invalid negative header key size ${keyLength}`);
      const key = fromUtf8(cursor.take(keyLength));
      headers.push({ key, value: takeNullable(cursor) });
    }
    if (cursor.at !== cursor.end) {
      throw new InvalidRecordError(
        `Invalid record size: ${cursor.end - cursor.at} bytes are left behind the last header`,
      );
    }
    return headers;
  }

  /** The current record as an object of its own. */
  record(): StoredRecord {
    const base = this.batch.baseSequence;
    return {
      offset: this.offset,
      timestamp: this.timestamp,
      sequence: base === noSequence ? noSequence : incrementSequence(base, this.offsetDelta),
      key: this.key,
      value: this.value,
      headers: this.headers(),
    };
  }
}

/**
 * Whether an uncompressed batch holds as many records as it declares and nothing else, by their lengths alone: the check
 * that every produced batch takes. Null when it does, else what is wrong, in Kafka's words.
 */
export function recordLengthsProblem(batch: BatchHeader): string | null {
  const { bytes } = batch;
  const end = batch.position + batch.sizeInBytes;
  let at = batch.position + batchOverhead;
  for (let left = batch.recordCount; left > 0; left--) {
    let value = 0;
    let shift = 0;
    let byte = 0x80;
    while (byte >= 0x80 && shift < 35 && at < end) {
      byte = bytes[at++]!;
      value |= (byte & 0x7f) << shift;
      shift += 7;
    }
    const length = (value >>> 1) ^ -(value & 1);
    if (byte >= 0x80 || length < smallestRecordBody || length > end - at) {
      return 'Incorrect declared batch size, premature EOF reached';
    }
    at += length;
  }
  return at === end ? null : 'Incorrect declared batch size, records still remaining in file';
}

export function* iterateRecords(batch: BatchHeader, codecs: RecordCodecs): Generator<StoredRecord, void> {
  const cursor = new RecordCursor(batch, codecs);
  while (cursor.next()) yield cursor.record();
}

function takeNullable(cursor: VarintCursor): Uint8Array | null {
  const length = cursor.varint();
  return length < 0 ? null : cursor.take(length);
}
