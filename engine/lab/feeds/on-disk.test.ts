import { describe, expect, it } from 'vitest';
import { concatBytes, utf8 } from '../../base/text.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { BatchBuilder, Compression, type CompressionId } from '../../record/index.ts';
import { measureBatches } from './on-disk.ts';

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
    const measured = measureBatches(concatBytes([plain, packed, foreign]), 7, nodeCodecs);
    expect(measured).toEqual({
      batches: 2,
      records: 4,
      diskBytes: plain.length + packed.length,
      uncompressedBytes: plain.length * 2,
      compression: 'zstd',
      fromOffset: 0,
      toOffset: 3,
    });
    expect(measureBatches(foreign, 7, nodeCodecs)).toBeNull();
  });
});
