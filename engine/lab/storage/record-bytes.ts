/**
 * Where in its bytes a batch keeps what: the 61 bytes of its header field by field, and of each record every varint and
 * text. Positions count from the batch's first byte, for compressed records from the first unpacked one.
 */
import { batchRecordsMax, type ByteField, type RecordBytes } from '../../contract/storage.ts';
import { compressionName, VarintCursor, type BatchHeader } from '../../record/index.ts';
import { textOf } from '../topics/record-views.ts';

const layout = [
  ['baseOffset', 8],
  ['batchLength', 4],
  ['partitionLeaderEpoch', 4],
  ['magic', 1],
  ['crc', 4],
  ['attributes', 2],
  ['lastOffsetDelta', 4],
  ['baseTimestamp', 8],
  ['maxTimestamp', 8],
  ['producerId', 8],
  ['producerEpoch', 2],
  ['baseSequence', 4],
  ['records', 4],
] as const;

/** The header's fields, by the names of Kafka's protocol description. */
export function headerFields(batch: BatchHeader): ByteField[] {
  const values: Readonly<Record<(typeof layout)[number][0], string>> = {
    baseOffset: String(batch.baseOffset),
    batchLength: String(batch.sizeInBytes - 12),
    partitionLeaderEpoch: String(batch.leaderEpoch),
    magic: String(batch.magic),
    crc: `0x${batch.crc.toString(16).padStart(8, '0')}`,
    attributes: attributeWords(batch),
    lastOffsetDelta: String(batch.lastOffsetDelta),
    baseTimestamp: String(batch.baseTimestamp),
    maxTimestamp: String(batch.maxTimestamp),
    producerId: String(batch.producerId),
    producerEpoch: String(batch.producerEpoch),
    baseSequence: String(batch.baseSequence),
    records: String(batch.recordCount),
  };
  let at = 0;
  return layout.map(([name, size]) => {
    const from = at;
    at += size;
    return { name, from, to: at, value: values[name] };
  });
}

function attributeWords(batch: BatchHeader): string {
  const words = [`codec ${compressionName(batch.compression) ?? batch.compression}`];
  words.push(batch.timestampType === 'log-append-time' ? 'LogAppendTime' : 'CreateTime');
  if (batch.isTransactional) words.push('transactional');
  if (batch.isControl) words.push('control');
  if (batch.hasDeleteHorizon) words.push('delete horizon');
  return `${batch.attributes}: ${words.join(', ')}`;
}

/**
 * Records in `bytes` from `from` to `end`, at most {@link batchRecordsMax}. Throws `CorruptRecordError` for bytes that
 * are no records.
 */
export function recordsIn(batch: BatchHeader, bytes: Uint8Array, from: number, end: number): RecordBytes[] {
  const found: RecordBytes[] = [];
  const cursor = new VarintCursor(bytes, from, end);
  const count = Math.min(batch.recordCount, batchRecordsMax);
  while (found.length < count) found.push(recordAt(batch, cursor));
  return found;
}

function recordAt(batch: BatchHeader, cursor: VarintCursor): RecordBytes {
  const from = cursor.at;
  const fields: ByteField[] = [];
  const number = (name: string, read: () => number): number => {
    const start = cursor.at;
    const value = read();
    fields.push({ name, from: start, to: cursor.at, value: String(value) });
    return value;
  };
  const varint = (name: string): number => number(name, () => cursor.varint());
  const text = (name: string): Uint8Array | null => {
    const length = varint(`${name} length`);
    if (length < 0) return null;
    const start = cursor.at;
    const bytes = cursor.take(length);
    fields.push({ name, from: start, to: cursor.at, value: textOf(bytes)?.text ?? '' });
    return bytes;
  };
  const length = varint('length');
  const to = cursor.at + length;
  number('attributes', () => cursor.byte());
  const timestampDelta = number('timestampDelta', () => cursor.varlong());
  const offsetDelta = varint('offsetDelta');
  const key = text('key');
  const value = text('value');
  const headers = varint('headers');
  for (let index = 0; index < headers; index++) {
    text('header key');
    text('header value');
  }
  cursor.at = to;
  const isAppendTime = batch.timestampType === 'log-append-time';
  return {
    offset: batch.baseOffset + offsetDelta,
    timestamp: isAppendTime ? batch.maxTimestamp : batch.baseTimestamp + timestampDelta,
    from,
    to,
    fields,
    key: textOf(key),
    value: textOf(value),
  };
}
