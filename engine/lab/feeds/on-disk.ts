/**
 * What became of a producer's batches in the log: their bytes there, and the bytes that they would have without
 * compression. A Fetch returns batches as they lie in the segment, so that this is read over the wire.
 */
import type { Offset, ProducerId } from '../../base/ids.ts';
import type { OnDiskView } from '../../contract/produce.ts';
import {
  batchOverhead,
  Compression,
  compressionName,
  decompressRecords,
  iterateBatches,
  type BatchHeader,
  type RecordCodecs,
} from '../../record/index.ts';

export type MeasuredBatches = Omit<OnDiskView, 'topic' | 'partition'>;

/** Of a producer's batches among `bytes`; without an id (-1) those of all producers that have none. Null for none. */
export function measureBatches(
  bytes: Uint8Array,
  producerId: ProducerId,
  codecs: RecordCodecs,
): MeasuredBatches | null {
  let found: { -readonly [K in keyof MeasuredBatches]: MeasuredBatches[K] } | null = null;
  for (const batch of iterateBatches(bytes)) {
    if (batch.isControl || (batch.hasProducerId ? batch.producerId : -1) !== producerId) continue;
    const compression = compressionName(batch.compression) ?? 'none';
    const fromOffset: Offset = batch.baseOffset;
    found ??= {
      batches: 0,
      records: 0,
      diskBytes: 0,
      uncompressedBytes: 0,
      compression,
      fromOffset,
      toOffset: fromOffset,
    };
    found.batches += 1;
    found.records += batch.recordCount;
    found.diskBytes += batch.sizeInBytes;
    found.uncompressedBytes += uncompressedBytes(batch, codecs);
    found.compression = compression;
    found.toOffset = batch.lastOffset;
  }
  return found;
}

function uncompressedBytes(batch: BatchHeader, codecs: RecordCodecs): number {
  if (batch.compression === Compression.none) return batch.sizeInBytes;
  return batchOverhead + decompressRecords(codecs, batch.compression, batch.recordBytes).length;
}
