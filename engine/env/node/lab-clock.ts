/**
 * The clock of one thread of a lab: reads lab time from its {@link TimeCell} and runs all timers of the thread on one of
 * Node's, which is set anew when lab time changes its pace ({@link LabClock.paceChanged}).
 *
 * Invariants: timers fire in the order of their due times, then of being asked for, one in each turn of the event loop,
 * never early in lab time; none fires while lab time stands. A thread that stood still catches up afterwards.
 */
import { assert } from '../../base/assert.ts';
import type { DurationMs, TimestampMs } from '../../base/ids.ts';
import type { Clock, Timer } from '../clock.ts';
import { labAt, machineNow, TimeCell } from './time-cell.ts';
import { TimerHeap, type HeapTimer } from './timer-heap.ts';

/** The longest delay that `setTimeout` takes; longer ones are made of several. */
const delayMsMax = 2 ** 31 - 1;

export class LabClock implements Clock {
  readonly #cell: TimeCell;
  readonly #holdsProcess: boolean;
  readonly #timers = new TimerHeap();
  /** Node's timer, and for which lab time it is set. */
  #armed: NodeJS.Timeout | null = null;
  #armedForMs = Infinity;
  #turn: NodeJS.Immediate | null = null;
  #skewMs = 0;
  #lastMs = -Infinity;

  /** `holdsProcess`: whether the process lives on while timers are set. */
  constructor(cell: TimeCell, holdsProcess = true) {
    this.#cell = cell;
    this.#holdsProcess = holdsProcess;
  }

  now(): TimestampMs {
    return Math.floor(this.precise() + this.#skewMs);
  }

  precise(): number {
    return this.monotonic() + this.#cell.read().epochMs;
  }

  monotonic(): number {
    const now = labAt(this.#cell.read(), machineNow());
    if (now > this.#lastMs) this.#lastMs = now;
    return this.#lastMs;
  }

  after(delayMs: DurationMs, run: () => void): Timer {
    assert(delayMs >= 0, () => `a timer of ${delayMs} ms was asked for`);
    return this.#add(this.monotonic() + delayMs, run);
  }

  every(intervalMs: DurationMs, run: () => void): Timer {
    assert(intervalMs >= 1, () => `a repeated timer of ${intervalMs} ms was asked for`);
    let isCancelled = false;
    const fire = (): void => {
      // From now on, not from when it was due: a thread that stood still does not make up for what it missed.
      current = this.#add(this.monotonic() + intervalMs, fire);
      run();
    };
    let current = this.#add(this.monotonic() + intervalMs, fire);
    return {
      cancel: () => {
        if (isCancelled) return;
        isCancelled = true;
        current.cancel();
      },
    };
  }

  soon(run: () => void): void {
    setImmediate(run);
  }

  setSkew(skewMs: DurationMs): void {
    this.#skewMs = skewMs;
  }

  /** Lab time goes at another pace, stands, or goes on. */
  paceChanged(): void {
    this.#disarm();
    this.#arm();
  }

  /** No timer fires any more. */
  close(): void {
    this.#disarm();
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    this.#timers.clear();
  }

  #add(dueMs: number, run: () => void): Timer {
    const timer = this.#timers.add(dueMs, run);
    this.#arm();
    return { cancel: () => this.#cancel(timer) };
  }

  /** The real timer stays as it is: most cancelled ones are time-outs that never come, and the next is not far. */
  #cancel(timer: HeapTimer): void {
    this.#timers.remove(timer);
    if (this.#timers.first === null) this.#disarm();
  }

  #disarm(): void {
    if (this.#armed !== null) clearTimeout(this.#armed);
    this.#armed = null;
    this.#armedForMs = Infinity;
  }

  /** Sets the real timer for the first one that is due, unless it comes early enough as it is. */
  #arm(): void {
    const first = this.#timers.first;
    if (first === null || this.#turn !== null || first.dueMs >= this.#armedForMs) return;
    const line = this.#cell.read();
    if (line.rate <= 0 || first.dueMs > line.stopMs) return;
    this.#disarm();
    const delayMs = (first.dueMs - this.monotonic()) / line.rate;
    this.#armedForMs = first.dueMs;
    this.#armed = setTimeout(() => this.#fire(), Math.min(Math.max(0, Math.ceil(delayMs)), delayMsMax));
    if (!this.#holdsProcess) this.#armed.unref();
  }

  /** Runs the first one that is due; the next has its turn after what was asked for `soon`. */
  #fire(): void {
    this.#disarm();
    const first = this.#timers.first;
    if (first === null || first.dueMs > this.monotonic()) {
      this.#arm();
      return;
    }
    this.#timers.remove(first);
    try {
      first.run();
    } finally {
      this.#goOn();
    }
  }

  #goOn(): void {
    const next = this.#timers.first;
    if (next === null) return;
    if (next.dueMs > this.monotonic()) {
      this.#arm();
      return;
    }
    this.#disarm();
    this.#turn = setImmediate(() => {
      this.#turn = null;
      this.#fire();
    });
  }
}
