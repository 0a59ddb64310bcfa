/**
 * Record batches as the window shows them: keys, values and headers as text or hexadecimal, with the batch that holds
 * them. Bytes are text when they are UTF-8 without control characters other than tab and line ends: a number of eight
 * bytes would be UTF-8, too, and nobody could read it. Records of `__consumer_offsets` and control records are decoded.
 *
 * Only what is asked for becomes an object; records before `fromOffset` in a batch that began earlier are skipped.
 */
import type { Offset, PartitionIndex, TopicName } from '../../base/ids.ts';
import { hex } from '../../base/text.ts';
import { recordTextMax, type RecordText, type RecordView } from '../../contract/queries.ts';
import {
  compressionName,
  decodeControlRecord,
  ensureBatchValid,
  iterateBatches,
  RecordCursor,
  type BatchHeader,
  type RecordCodecs,
} from '../../record/index.ts';
import { controlText, recordText } from '../dump-log/record-text.ts';

export interface RecordSource {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly codecs: RecordCodecs;
}

/** UTF-8 takes at most four bytes for what JavaScript counts as one or two characters. */
const decodedBytesMax = recordTextMax * 4;
const unreadable = /[^\P{Cc}\t\n\r]/u;

/** Bytes for people; null stays null. */
export function textOf(bytes: Uint8Array | null): RecordText | null {
  if (bytes === null) return null;
  const text = decodedUtf8(bytes.length > decodedBytesMax ? wholeCharacters(bytes) : bytes);
  if (text !== null) return { text: cutText(text), encoding: 'utf-8', bytes: bytes.length };
  return { text: hex(bytes.subarray(0, recordTextMax / 2)), encoding: 'hex', bytes: bytes.length };
}

/** The first `decodedBytesMax` bytes, without a character that would be cut. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let end = decodedBytesMax;
  while (end > decodedBytesMax - 4 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** Null when it is not readable text. */
function decodedUtf8(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return unreadable.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** Never ends within a surrogate pair. */
function cutText(text: string): string {
  if (text.length <= recordTextMax) return text;
  const last = text.charCodeAt(recordTextMax - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? recordTextMax - 1 : recordTextMax);
}

function decodedText(text: string, bytes: number): RecordText {
  return { text: cutText(text), encoding: 'decoded', bytes };
}

/** Where to go on: behind the last whole batch that `bytes` hold. Null when they hold none. */
export interface ReadBatches {
  readonly nextOffset: Offset | null;
  /** Records given to `take`. */
  readonly taken: number;
}

/**
 * Calls `take` for each record at or above `fromOffset`, in order, `nth` from 1, until it returns false. Throws `CorruptRecordError` or
 * `InvalidRecordError` for bytes that are no records.
 */
export function readRecords(
  bytes: Uint8Array,
  fromOffset: Offset,
  source: RecordSource,
  take: (cursor: RecordCursor, view: () => RecordView, nth: number) => boolean,
): ReadBatches {
  let nextOffset: Offset | null = null;
  let taken = 0;
  for (const batch of iterateBatches(bytes)) {
    if (batch.lastOffset >= fromOffset) {
      ensureBatchValid(batch);
      const cursor = new RecordCursor(batch, source.codecs);
      const described = batchOf(batch);
      while (cursor.next()) {
        if (cursor.offset < fromOffset) continue;
        taken += 1;
        if (!take(cursor, () => viewOf(cursor, described, source), taken))
          return { nextOffset: cursor.offset + 1, taken };
      }
    }
    nextOffset = batch.nextOffset;
  }
  return { nextOffset, taken };
}

function batchOf(batch: BatchHeader): RecordView['batch'] {
  return {
    baseOffset: batch.baseOffset,
    records: batch.recordCount,
    bytes: batch.sizeInBytes,
    compression: compressionName(batch.compression) ?? 'none',
    leaderEpoch: batch.leaderEpoch,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    transactional: batch.isTransactional,
    control: batch.isControl,
  };
}

function viewOf(cursor: RecordCursor, batch: RecordView['batch'], source: RecordSource): RecordView {
  const { topic, partition } = source;
  return {
    topic,
    partition,
    offset: cursor.offset,
    timestampMs: cursor.timestamp,
    timestampType: cursor.batch.timestampType === 'create-time' ? 'CreateTime' : 'LogAppendTime',
    ...contentOf(cursor, topic),
    headers: cursor.headers().map(({ key, value }) => ({ key, value: textOf(value) })),
    batch,
  };
}

function contentOf(cursor: RecordCursor, topic: TopicName): Pick<RecordView, 'key' | 'value'> {
  const { key, value } = cursor;
  if (cursor.batch.isControl) return { key: textOf(key), value: controlValue(cursor) };
  if (topic !== '__consumer_offsets' || key === null) return { key: textOf(key), value: textOf(value) };
  const decoded = recordText(cursor, 'offsets');
  return {
    key: decoded.key === null ? textOf(key) : decodedText(decoded.key, key.length),
    value: value === null || decoded.payload === null ? textOf(value) : decodedText(decoded.payload, value.length),
  };
}

/** Of a kind that nobody knows (yet) the bytes are shown. */
function controlValue({ key, value }: RecordCursor): RecordText | null {
  const record = decodeControlRecord(key, value);
  return record === null ? textOf(value) : decodedText(controlText(record), value?.length ?? 0);
}

/** Whether its key, its value or a header contains `needle` (in lower case), whatever the case. */
export function containsText(view: RecordView, needle: string): boolean {
  const has = (text: RecordText | null): boolean => text !== null && text.text.toLowerCase().includes(needle);
  return (
    has(view.key) ||
    has(view.value) ||
    view.headers.some((header) => header.key.toLowerCase().includes(needle) || has(header.value))
  );
}
