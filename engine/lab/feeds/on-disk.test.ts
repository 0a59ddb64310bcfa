import { describe, expect, it } from 'vitest';
import { concatBytes, utf8 } from '../../base/text.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { BatchBuilder, Compression, type CompressionId } from '../../record/index.ts';
import { measureBatches, measureNewest } from './on-disk.ts';

function batch(
  values: readonly string[],
  compression: CompressionId,
  producerId: number,
  baseOffset: number,
): Uint8Array {
  const builder = new BatchBuilder({
    compression,
    codecs: nodeCodecs,
    producerId,
    producerEpoch: 0,
    baseSequence: 0,
    baseOffset,
  });
  for (const value of values) builder.append({ key: null, value: utf8(value), timestamp: 0 });
  return builder.build();
}

describe('what lies on disk of a producer', () => {
  it('are its own batches, as they lie there and without compression', () => {
    const text = 'the same words again '.repeat(50);
    const plain = batch([text, text], Compression.none, 7, 0);
    const packed = batch([text, text], Compression.zstd, 7, 2);
    const foreign = batch([text], Compression.none, 8, 4);
    const measured = measureBatches(
      [concatBytes([plain, packed.subarray(0, 80)]), concatBytes([packed, foreign])],
      7,
      nodeCodecs,
    );
    expect(measured).toEqual({
      batches: 2,
      records: 4,
      diskBytes: plain.length + packed.length,
      uncompressedBytes: plain.length * 2,
      compression: 'zstd',
      fromOffset: 0,
      toOffset: 3,
    });
    expect(measureBatches([foreign], 7, nodeCodecs)).toBeNull();
  });

  it('is found at its newest record, however much others wrote around it', async () => {
    const noise = Array.from({ length: 40 }, (_, n) => batch(['x'.repeat(100_000)], Compression.none, 8, n));
    const log = [...noise, batch(['mine'], Compression.none, 7, 40), batch(['theirs'], Compression.none, 8, 41)];
    const asked: number[] = [];
    const reader = {
      bounds: async () => ({ logStartOffset: 0, highWatermark: 42 }),
      fetch: async (topic: string, partition: number, offset: number) => {
        asked.push(offset);
        const records = log[offset] ?? new Uint8Array(0);
        return { topic, partition, errorCode: 0, highWatermark: 42, records };
      },
    };
    const where = { topic: 'orders', partition: 0, lastOffset: 40, producerId: 7 };
    expect(await measureNewest(reader, nodeCodecs, where)).toMatchObject({ batches: 1, records: 1, fromOffset: 40 });
    // Two megabytes from the beginning, then at the record itself.
    expect([asked.length, asked.at(-1)]).toEqual([22, 40]);
  });
});
