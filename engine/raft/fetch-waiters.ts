/**
 * Fetches that the leader holds because there is nothing new for them yet (`ThresholdPurgatory`, KIP-1166): they are
 * answered when the log grows beyond their offset, when the high watermark passes the one they know, or when their time
 * is up.
 */
import type { Offset } from '../base/ids.ts';

export interface FetchWaiter {
  readonly fetchOffset: Offset;
  /** What the replica knows; Infinity-like values from replicas that do not care. */
  readonly knownHighWatermark: Offset;
  /** Monotonic. */
  readonly deadline: number;
  /** Answers the fetch, from the state at that moment. */
  readonly complete: () => void;
}

export class FetchWaiters {
  #waiters: FetchWaiter[] = [];

  add(waiter: FetchWaiter): void {
    this.#waiters.push(waiter);
  }

  get nextDeadline(): number {
    return this.#waiters.reduce((earliest, waiter) => Math.min(earliest, waiter.deadline), Infinity);
  }

  completeForLogEnd(endOffset: Offset): void {
    this.#completeWhere((waiter) => endOffset > waiter.fetchOffset);
  }

  completeForHighWatermark(highWatermark: Offset): void {
    this.#completeWhere((waiter) => highWatermark > waiter.knownHighWatermark);
  }

  completeExpired(monotonic: number): void {
    this.#completeWhere((waiter) => waiter.deadline <= monotonic);
  }

  completeAll(): void {
    this.#completeWhere(() => true);
  }

  #completeWhere(due: (waiter: FetchWaiter) => boolean): void {
    const ready = this.#waiters.filter(due);
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !due(waiter));
    for (const waiter of ready) waiter.complete();
  }
}
