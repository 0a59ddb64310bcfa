/**
 * Batches of a `.log` file, read forward in chunks. {@link scanHeaders} reads only what the headers need,
 * {@link scanBatches} whole batches (for checksums and records). Both stop before a batch that `end` cuts, and throw
 * CorruptRecordError where the bytes are no batch.
 */
import type { DiskFile } from '../env/index.ts';
import { BatchHeader, batchOverhead, batchSizeAt } from '../record/index.ts';

const headerChunk = 4096;
const batchChunk = 256 * 1024;

export interface ScannedBatch {
  /** Where the batch starts in the file. */
  readonly position: number;
  /** Valid until the next step. With {@link scanHeaders} only its header fields are. */
  readonly batch: BatchHeader;
}

export function* scanHeaders(file: DiskFile, from: number, end: number): Generator<ScannedBatch, void> {
  const chunk = new Uint8Array(Math.max(batchOverhead, Math.min(headerChunk, end - from)));
  let chunkAt = from;
  let held = 0;
  let position = from;
  while (end - position >= batchOverhead) {
    if (position < chunkAt || position + batchOverhead > chunkAt + held) {
      chunkAt = position;
      held = readFully(file, chunk, Math.min(chunk.length, end - position), position);
      if (held < batchOverhead) return;
    }
    const size = batchSizeAt(chunk, position - chunkAt, held);
    if (size === null || size > end - position) return;
    yield { position, batch: new BatchHeader(chunk, position - chunkAt) };
    position += size;
  }
}

export function* scanBatches(file: DiskFile, from: number, end: number): Generator<ScannedBatch, void> {
  let chunk = new Uint8Array(Math.max(batchOverhead, Math.min(batchChunk, end - from)));
  let chunkAt = from;
  let held = 0;
  let position = from;
  const load = (length: number): void => {
    if (length > chunk.length) chunk = new Uint8Array(length);
    chunkAt = position;
    held = readFully(file, chunk, Math.min(chunk.length, end - position), position);
  };
  while (end - position >= batchOverhead) {
    if (position + batchOverhead > chunkAt + held) load(chunk.length);
    if (held < batchOverhead) return;
    const size = batchSizeAt(chunk, position - chunkAt, held);
    if (size === null || size > end - position) return;
    if (position + size > chunkAt + held) {
      load(size);
      if (held < size) return;
    }
    yield { position, batch: new BatchHeader(chunk, position - chunkAt) };
    position += size;
  }
}

/** Reads `length` bytes or up to the end of the file; how many. */
export function readFully(file: DiskFile, target: Uint8Array, length: number, position: number): number {
  let done = 0;
  while (done < length) {
    const count = file.read(target, done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
