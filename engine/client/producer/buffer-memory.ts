/**
 * `buffer.memory`: how much batches hold of it (`BufferPool`). Only counted: the bytes themselves are the batches'.
 * Who finds none waits in the order of asking, see {@link BlockedSends}.
 */
import { assert } from '../../base/assert.ts';

export class BufferMemory {
  readonly totalBytes: number;
  #usedBytes = 0;

  constructor(totalBytes: number) {
    this.totalBytes = totalBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get availableBytes(): number {
    return this.totalBytes - this.#usedBytes;
  }

  tryAllocate(bytes: number): boolean {
    if (bytes > this.availableBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
    assert(this.#usedBytes >= 0, () => `${bytes} bytes of buffer.memory were released twice`);
  }
}
