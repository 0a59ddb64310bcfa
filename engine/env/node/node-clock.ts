/** The machine's clock and Node's timers. */
import { assert } from '../../base/assert.ts';
import type { DurationMs, TimestampMs } from '../../base/ids.ts';
import type { Clock, Timer } from '../clock.ts';

/** The longest delay that `setTimeout` takes; longer ones are made of several. */
const delayMsMax = 2 ** 31 - 1;

export class NodeClock implements Clock {
  now(): TimestampMs {
    return Date.now();
  }

  precise(): number {
    return performance.timeOrigin + performance.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(delayMs: DurationMs, run: () => void): Timer {
    assert(delayMs >= 0, () => `a timer of ${delayMs} ms was asked for`);
    return new OneShot(performance.now() + delayMs, run);
  }

  every(intervalMs: DurationMs, run: () => void): Timer {
    assert(intervalMs >= 1, () => `a repeated timer of ${intervalMs} ms was asked for`);
    const timer = setInterval(run, Math.min(intervalMs, delayMsMax));
    return { cancel: () => clearInterval(timer) };
  }

  soon(run: () => void): void {
    setImmediate(run);
  }
}

/** Node may fire up to a millisecond early; a deadline read from `monotonic` would then not be over yet. */
class OneShot implements Timer {
  readonly #dueMs: number;
  readonly #run: () => void;
  #timer: NodeJS.Timeout;

  constructor(dueMs: number, run: () => void) {
    this.#dueMs = dueMs;
    this.#run = run;
    this.#timer = this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  #arm(): NodeJS.Timeout {
    return setTimeout(
      () => this.#fire(),
      Math.min(Math.max(0, Math.ceil(this.#dueMs - performance.now())), delayMsMax),
    );
  }

  #fire(): void {
    if (performance.now() < this.#dueMs) this.#timer = this.#arm();
    else this.#run();
  }
}
