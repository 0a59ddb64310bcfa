/**
 * Time as the engine sees it. All timers of a node go through one `Clock`, so that the lab can run slower, faster or
 * paused, and the simulation can jump.
 */
import type { DurationMs, TimestampMs } from '../base/ids.ts';

export interface Timer {
  /** Idempotent; a cancelled timer never fires. */
  cancel(): void;
}

export interface Clock {
  /** Wall time, for timestamps that others read. May jump (a skewed clock is a fault). */
  now(): TimestampMs;
  /**
   * Lab time: milliseconds with a fraction, without skew, on one scale for all nodes of a world. For what is told
   * (telemetry, samples), never for behaviour.
   */
  precise(): number;
  /** Milliseconds with a fraction from an arbitrary start; never goes back. For timeouts and intervals. */
  monotonic(): number;
  /** Calls `run` once, no earlier than `delayMs` (at least 0) from now, never from within this call. */
  after(delayMs: DurationMs, run: () => void): Timer;
  /** Calls `run` each `intervalMs` (at least 1), the first time after one interval. */
  every(intervalMs: DurationMs, run: () => void): Timer;
  /** Calls `run` as soon as the current event and those already waiting are done, before any timer of more than 0 ms. */
  soon(run: () => void): void;
}
