/** One node's clock over the world's {@link EventQueue}. Wall time is the world's start plus virtual time plus skew. */
import { assert } from '../../base/assert.ts';
import type { DurationMs, TimestampMs } from '../../base/ids.ts';
import type { Clock, Timer } from '../clock.ts';
import type { EventOwner, EventQueue } from './event-queue.ts';

export class SimClock implements Clock {
  readonly #queue: EventQueue;
  readonly #owner: EventOwner | null;
  readonly #startMs: TimestampMs;
  readonly #skewMs: () => DurationMs;

  /** `startMs` is the wall time at virtual 0, `skewMs` what this node's clock is off. */
  constructor(queue: EventQueue, owner: EventOwner | null, startMs: TimestampMs, skewMs: () => DurationMs = () => 0) {
    this.#queue = queue;
    this.#owner = owner;
    this.#startMs = startMs;
    this.#skewMs = skewMs;
  }

  now(): TimestampMs {
    return Math.floor(this.precise() + this.#skewMs());
  }

  precise(): number {
    return this.#startMs + this.#queue.nowMs;
  }

  monotonic(): number {
    return this.#queue.nowMs;
  }

  after(delayMs: DurationMs, run: () => void): Timer {
    assert(delayMs >= 0, () => `a timer of ${delayMs} ms was asked for`);
    return this.#queue.schedule(delayMs, this.#owner, run);
  }

  every(intervalMs: DurationMs, run: () => void): Timer {
    assert(intervalMs >= 1, () => `a repeated timer of ${intervalMs} ms was asked for`);
    let cancelled = false;
    const fire = (): void => {
      current = this.#queue.schedule(intervalMs, this.#owner, fire);
      run();
    };
    let current = this.#queue.schedule(intervalMs, this.#owner, fire);
    return {
      cancel: () => {
        if (cancelled) return;
        cancelled = true;
        current.cancel();
      },
    };
  }

  soon(run: () => void): void {
    this.#queue.schedule(0, this.#owner, run);
  }
}
