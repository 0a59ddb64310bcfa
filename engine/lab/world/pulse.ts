/**
 * How far a thread has come in lab time, in shared memory. A lab that runs faster than wall time waits for its slowest
 * thread (`pacing`), so that a busy machine makes it slower instead of making its time-outs fire.
 */

/** How often a thread tells it. */
export const pulseMs = 10;

export class Pulse {
  readonly buffer: SharedArrayBuffer;
  readonly #reached: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.buffer = buffer;
    this.#reached = new Float64Array(buffer);
  }

  /** Lab milliseconds of its clock; `Infinity` while nobody needs to wait for it. */
  get reachedMs(): number {
    return this.#reached[0] ?? Infinity;
  }

  tell(reachedMs: number): void {
    this.#reached[0] = reachedMs;
  }

  /** It stands still on purpose. */
  rest(): void {
    this.tell(Infinity);
  }
}
