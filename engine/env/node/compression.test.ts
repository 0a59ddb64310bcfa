import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type CompressionCodecId, nodeCodecs } from './compression.ts';

const codecs: [string, CompressionCodecId][] = [
  ['gzip', 1],
  ['snappy', 2],
  ['lz4', 3],
  ['zstd', 4],
];

describe.each(codecs)('%s', (_name, codec) => {
  it('gives back what it was given, whatever its size', () => {
    for (const length of [0, 1, 1000, 300_000]) {
      const bytes = new Uint8Array(randomBytes(length));
      expect(nodeCodecs.decompress(codec, nodeCodecs.compress(codec, bytes))).toEqual(bytes);
    }
  });

  it('makes repetitive bytes smaller, also when they are a part of a larger buffer', () => {
    const bytes = new Uint8Array(100_000).fill(7).subarray(100, 90_100);
    const small = nodeCodecs.compress(codec, bytes);
    expect(small.length).toBeLessThan(5_000);
    expect(nodeCodecs.decompress(codec, small)).toEqual(bytes);
  });

  it('throws on bytes that are not its own', () => {
    expect(() => nodeCodecs.decompress(codec, Uint8Array.of(1, 2, 3, 255, 255, 255, 255))).toThrow();
  });
});

it('lz4 frames have independent blocks, the only kind that the Java client reads', () => {
  const frame = nodeCodecs.compress(3, new Uint8Array(200_000));
  expect([...frame.subarray(0, 4)]).toEqual([0x04, 0x22, 0x4d, 0x18]);
  expect(frame[4]! & 0x20).toBe(0x20);
});
