import { expect, it } from 'vitest';
import { concatBytes } from '../base/text.ts';
import { SeededRandom } from '../env/sim/index.ts';
import { FrameLengthError, FrameReader } from './frame-reader.ts';

function frame(body: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setInt32(0, body.length);
  return concatBytes([length, body]);
}

it('gives back the frames of a stream, however it is cut', () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = new SeededRandom(seed);
    const bodies = Array.from({ length: 20 }, () => random.bytes(random.pick([0, 1, 3, 100, 5000])));
    const stream = concatBytes(bodies.map(frame));
    const reader = new FrameReader(10_000);
    const read: Uint8Array[] = [];
    for (let at = 0; at < stream.length;) {
      const length = 1 + random.integer(random.pick([1, 10, 7000]));
      reader.push(stream.slice(at, at + length));
      at += length;
      for (let next = reader.next(); next !== null; next = reader.next()) read.push(next);
    }
    expect(read).toEqual(bodies);
    expect(reader.bufferedBytes).toBe(0);
  }
});

it('hands out a frame within one chunk as a view of it', () => {
  const chunk = concatBytes([frame(Uint8Array.of(1, 2)), frame(Uint8Array.of(3))]);
  const reader = new FrameReader(10);
  reader.push(chunk);
  expect(reader.next()?.buffer).toBe(chunk.buffer);
  expect(reader.next()).toEqual(Uint8Array.of(3));
  expect(reader.next()).toBe(null);
});

it('refuses a length that is negative or over the limit, and takes the limit itself', () => {
  const withLength = (length: number): FrameReader => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setInt32(0, length);
    const reader = new FrameReader(104_857_600);
    reader.push(bytes);
    return reader;
  };
  expect(() => withLength(-1).next()).toThrow(new FrameLengthError('Invalid receive (size = -1)'));
  expect(() => withLength(104_857_601).next()).toThrow(FrameLengthError);
  expect(withLength(104_857_600).next()).toBe(null);
});

it('takes time in proportion to the bytes for a frame in many chunks', () => {
  const chunk = new Uint8Array(1024);
  const reader = new FrameReader(2 ** 30);
  const header = new Uint8Array(4);
  new DataView(header.buffer).setInt32(0, 64 * 2 ** 20);
  reader.push(header);
  for (let i = 0; i < 64 * 1024; i++) {
    reader.push(chunk);
    if (i < 64 * 1024 - 1) expect(reader.next() === null).toBe(true);
  }
  expect(reader.next()?.length).toBe(64 * 2 ** 20);
});
