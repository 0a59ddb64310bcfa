/**
 * The disk of a node in shared memory: how many bytes more it takes, which its thread counts (a full disk is full also for
 * the next thread of that node), and how slow it is, so that a thread hears also while it waits for it.
 */
import type { ByteBudget, Slowness } from '../../env/faulty/index.ts';

const [left, version, delay, rate] = [0, 1, 2, 3];

export class Room implements ByteBudget {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Float64Array;

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(4 * 8);
    this.#cells = new Float64Array(this.buffer);
    if (buffer === undefined) this.setLeft(null);
  }

  /** Null: as many as there is room for. */
  setLeft(bytes: number | null): void {
    this.#cells[left] = bytes ?? Infinity;
  }

  left(): number {
    return this.#cells[left] ?? Infinity;
  }

  take(bytes: number): void {
    this.#cells[left] = this.left() - bytes;
  }

  /** Changes with each {@link setSlowness}. */
  get version(): number {
    return this.#cells[version] ?? 0;
  }

  setSlowness(slowness: Slowness | null): void {
    this.#cells[delay] = slowness?.delayMs ?? 0;
    this.#cells[rate] = slowness?.bytesPerSecond ?? 0;
    this.#cells[version] = this.version + 1;
  }

  get slowness(): Slowness | null {
    const [delayMs = 0, bytesPerSecond = 0] = [this.#cells[delay], this.#cells[rate]];
    if (delayMs === 0 && bytesPerSecond === 0) return null;
    return { delayMs, bytesPerSecond: bytesPerSecond === 0 ? null : bytesPerSecond };
  }
}
