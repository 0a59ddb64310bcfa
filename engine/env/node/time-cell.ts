/**
 * Lab time in shared memory: where it stood at which moment, how fast it goes, where it stands still. The lab's host
 * writes, all threads read. Moments are those of the machine's monotonic clock, which all threads share.
 *
 * Invariant: no reader computes with an old line after the host has read the moment at which a new one begins, so that
 * lab time never goes back when it becomes slower. A reader that meets a write in progress waits for it (microseconds).
 */

/**
 * Lab time is `labMs + (machine - machineMs) * rate`, at most `stopMs` (where it stands by intention) and `holdMs` (where it
 * waits for a slow thread); wall time of the lab is that plus `epochMs`.
 */
export interface TimeLine {
  readonly machineMs: number;
  readonly labMs: number;
  readonly rate: number;
  readonly stopMs: number;
  readonly holdMs: number;
  readonly epochMs: number;
}

const fields = ['machineMs', 'labMs', 'rate', 'stopMs', 'holdMs', 'epochMs'] as const;
/** The first eight bytes hold the number of writes begun and ended: odd while one is in progress. */
const headBytes = 8;
const cellBytes = headBytes + fields.length * 8;

export class TimeCell {
  readonly buffer: SharedArrayBuffer;
  readonly #sequence: Int32Array;
  readonly #bits: BigInt64Array;
  #seen = -1;
  #line: TimeLine = { machineMs: 0, labMs: 0, rate: 0, stopMs: 0, holdMs: 0, epochMs: 0 };

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(cellBytes)) {
    this.buffer = buffer;
    this.#sequence = new Int32Array(buffer, 0, 1);
    this.#bits = new BigInt64Array(buffer, headBytes, fields.length);
  }

  /** As of now; the same object while nobody has written. */
  read(): TimeLine {
    for (;;) {
      const begun = Atomics.load(this.#sequence, 0);
      if (begun === this.#seen) return this.#line;
      if (begun % 2 !== 0) continue;
      const [machineMs, labMs, rate, stopMs, holdMs, epochMs] = fields.map((_, i) =>
        floatOf(Atomics.load(this.#bits, i)),
      );
      if (Atomics.load(this.#sequence, 0) !== begun) continue;
      this.#seen = begun;
      this.#line = {
        machineMs: machineMs ?? 0,
        labMs: labMs ?? 0,
        rate: rate ?? 0,
        stopMs: stopMs ?? 0,
        holdMs: holdMs ?? 0,
        epochMs: epochMs ?? 0,
      };
    }
  }

  /** Only for the host. `next` is called with what holds while readers already wait for what it returns. */
  write(next: (was: TimeLine) => TimeLine): void {
    const was = this.read();
    Atomics.add(this.#sequence, 0, 1);
    try {
      const line = next(was);
      fields.forEach((name, i) => Atomics.store(this.#bits, i, bitsOf(line[name])));
    } finally {
      Atomics.add(this.#sequence, 0, 1);
    }
  }
}

const scratch = new DataView(new ArrayBuffer(8));

function bitsOf(value: number): bigint {
  scratch.setFloat64(0, value);
  return scratch.getBigInt64(0);
}

function floatOf(bits: bigint): number {
  scratch.setBigInt64(0, bits);
  return scratch.getFloat64(0);
}

/** `performance.now()` has an origin of its own in each thread. */
const originMs = originOfThread();

function originOfThread(): number {
  let origin = -Infinity;
  // The greatest one had the shortest pause between the two readings.
  for (let i = 0; i < 8; i++) origin = Math.max(origin, Number(process.hrtime.bigint()) / 1e6 - performance.now());
  return origin;
}

/** Of the machine's monotonic clock: the same for all threads. */
export function machineNow(): number {
  return originMs + performance.now();
}

/** Lab time on a line, without `epochMs`. */
export function labAt({ machineMs, labMs, rate, stopMs, holdMs }: TimeLine, atMachineMs: number): number {
  return Math.min(labMs + Math.max(0, atMachineMs - machineMs) * rate, stopMs, Math.max(labMs, holdMs));
}
