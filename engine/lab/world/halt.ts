/**
 * The word in shared memory by which the host makes a thread stand still, or lose its power, whatever it is doing: its thread
 * looks at it when it is told to and while it waits for a slow disk.
 */

/** The thread runs, stands still, is to lose its power, has lost it. */
export const halts = { none: 0, still: 1, losePower: 2, powerLost: 3 } as const;
export type HaltState = (typeof halts)[keyof typeof halts];

export interface PowerLossTold {
  readonly vanishedBytes: number;
  readonly files: number;
}

/** So often a thread that waits looks at lab time again. */
const lookMs = 50;

export class Halt {
  readonly buffer: SharedArrayBuffer;
  readonly #word: Int32Array<SharedArrayBuffer>;
  /** Vanished bytes and files. */
  readonly #lost: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(24)) {
    this.buffer = buffer;
    this.#word = new Int32Array(buffer, 0, 1);
    this.#lost = new Float64Array(buffer, 8, 2);
  }

  get state(): number {
    return Atomics.load(this.#word, 0);
  }

  set(state: HaltState): void {
    Atomics.store(this.#word, 0, state);
    Atomics.notify(this.#word, 0);
  }

  /** The thread waits until it is to do something else than stand still. */
  standStill(): void {
    while (this.state === halts.still) Atomics.wait(this.#word, 0, halts.still);
  }

  /** The thread waits so long in wall time, at most until the word changes or a while is over. */
  waitAtMost(wallMs: number): void {
    Atomics.wait(this.#word, 0, halts.none, Math.min(wallMs, lookMs));
  }

  /** The thread has lost its power: it does nothing any more. */
  end(lost: PowerLossTold): never {
    this.#lost[0] = lost.vanishedBytes;
    this.#lost[1] = lost.files;
    this.set(halts.powerLost);
    for (;;) Atomics.wait(this.#word, 0, halts.powerLost);
  }

  /** For the host: null when the thread did not get to it in time. */
  async powerLost(limitMs: number): Promise<PowerLossTold | null> {
    const { value } = Atomics.waitAsync(this.#word, 0, halts.losePower, limitMs);
    await value;
    if (this.state !== halts.powerLost) return null;
    return { vanishedBytes: this.#lost[0] ?? 0, files: this.#lost[1] ?? 0 };
  }
}
