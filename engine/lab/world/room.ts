/**
 * How many bytes more the disk of a node takes, in shared memory: its thread counts, the host sets it. A full disk is full
 * also for the next thread of that node.
 */
import type { ByteBudget } from '../../env/faulty/index.ts';

export class Room implements ByteBudget {
  readonly buffer: SharedArrayBuffer;
  readonly #left: Float64Array;

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(8);
    this.#left = new Float64Array(this.buffer);
    if (buffer === undefined) this.set(null);
  }

  /** Null: as many as there is room for. */
  set(bytes: number | null): void {
    this.#left[0] = bytes ?? Infinity;
  }

  left(): number {
    return this.#left[0] ?? Infinity;
  }

  take(bytes: number): void {
    this.#left[0] = this.left() - bytes;
  }
}
