/**
 * What became of a producer's batches in the log: their bytes there, and the bytes that they would have without
 * compression. A Fetch returns batches as they lie in the segment, so that this is read over the wire.
 */
import type { Offset, PartitionIndex, ProducerId, TopicName } from '../../base/ids.ts';
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
import type { PartitionReader } from '../topics/partition-reader.ts';

export type MeasuredBatches = Omit<OnDiskView, 'topic' | 'partition'>;

/**
 * Of a producer's batches among what was fetched, each of which may end within a batch; without an id (-1) those of all
 * producers that have none. Null for none.
 */
export function measureBatches(
  fetched: readonly Uint8Array[],
  producerId: ProducerId,
  codecs: RecordCodecs,
): MeasuredBatches | null {
  let found: { -readonly [K in keyof MeasuredBatches]: MeasuredBatches[K] } | null = null;
  for (const batch of fetched.flatMap((bytes) => [...iterateBatches(bytes)])) {
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

export interface NewestBatches {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** Of the producer's newest acknowledged record: its batch holds it. */
  readonly lastOffset: Offset;
  readonly producerId: ProducerId;
}

/** How far back is looked, in offsets, and how much is read; others may have written most of it. */
const spans = [1000, 0] as const;
const fetchBytes = 256 * 1024;
const readBytesMax = 2 * 1024 * 1024;

/** Of the newest batches; where others wrote more than is read, of the newest one alone. Rejects with the leader's error. */
export async function measureNewest(
  reader: Pick<PartitionReader, 'bounds' | 'fetch'>,
  codecs: RecordCodecs,
  { topic, partition, lastOffset, producerId }: NewestBatches,
): Promise<MeasuredBatches | null> {
  const { logStartOffset } = await reader.bounds(topic, partition);
  for (const span of spans) {
    const read: Uint8Array[] = [];
    let bytes = 0;
    let offset = Math.max(logStartOffset, lastOffset - span);
    while (offset <= lastOffset && bytes < readBytesMax) {
      const { records } = await reader.fetch(topic, partition, offset, fetchBytes);
      const last = [...iterateBatches(records)].at(-1);
      if (last === undefined) break;
      read.push(records);
      bytes += records.length;
      offset = last.nextOffset;
    }
    const found = measureBatches(read, producerId, codecs);
    if (found !== null) return found;
  }
  return null;
}

function uncompressedBytes(batch: BatchHeader, codecs: RecordCodecs): number {
  if (batch.compression === Compression.none) return batch.sizeInBytes;
  return batchOverhead + decompressRecords(codecs, batch.compression, batch.recordBytes).length;
}
