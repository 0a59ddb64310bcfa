/**
 * The batches of a buffer, one after the other, as `ByteBufferLogInputStream` finds them: complete ones only; a batch
 * whose end lies beyond the buffer ends the iteration. Sizes and magic are checked, so bytes from outside may be given;
 * the checksum is not (see {@link ensureBatchValid}). Batches of magic 0 and 1 are not supported.
 */
import { getInt32 } from './big-endian.ts';
import { BatchHeader, batchOverhead, logOverhead, magicV2 } from './batch-header.ts';
import { CorruptRecordError } from './errors.ts';

/** Smallest size that Kafka calls a record at all (`LegacyRecord.RECORD_OVERHEAD_V0`). */
const minimumRecordSize = 14;
/** Base offset, length, leader epoch and magic: needed to know the batch's size and format. */
export const headerSizeUpToMagic = 17;

/**
 * The batch at `position`; null when the buffer ends before the batch does. Throws {@link CorruptRecordError} when the
 * bytes are no batch.
 */
export function batchAt(bytes: Uint8Array, position: number, end = bytes.length): BatchHeader | null {
  const size = batchSizeAt(bytes, position, end);
  return size === null || size > end - position ? null : new BatchHeader(bytes, position);
}

/** Size of the batch that starts at `position`, which may exceed the buffer; null when fewer than 17 bytes are left. */
export function batchSizeAt(bytes: Uint8Array, position: number, end = bytes.length): number | null {
  if (end - position < headerSizeUpToMagic) return null;
  const length = getInt32(bytes, position + 8);
  if (length < minimumRecordSize) {
    throw new CorruptRecordError(
      `Record size ${length} is less than the minimum record overhead (${minimumRecordSize})`,
    );
  }
  const magic = (bytes[position + 16]! << 24) >> 24;
  if (magic !== magicV2) throw new CorruptRecordError(`Invalid magic found in record: ${magic}`);
  const size = length + logOverhead;
  if (size < batchOverhead) {
    throw new CorruptRecordError(
      `Record batch is corrupted (the size ${size} is smaller than the minimum allowed overhead ${batchOverhead})`,
    );
  }
  return size;
}

export function* iterateBatches(bytes: Uint8Array, from = 0, end = bytes.length): Generator<BatchHeader, void> {
  let position = from;
  for (;;) {
    const batch = batchAt(bytes, position, end);
    if (batch === null) return;
    yield batch;
    position += batch.sizeInBytes;
  }
}

/** Throws {@link CorruptRecordError} unless the stored checksum is that of the bytes. */
export function ensureBatchValid(batch: BatchHeader): void {
  const computed = batch.computeCrc();
  if (batch.crc !== computed) {
    throw new CorruptRecordError(`Record is corrupt (stored crc = ${batch.crc}, computed crc = ${computed})`);
  }
}
