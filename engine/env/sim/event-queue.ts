/**
 * Virtual time: events in order of time, then of being scheduled. Nothing happens between two events; running one moves
 * the time to its moment. An event may belong to a {@link EventOwner}: it is dropped when the owner is gone and put
 * aside while the owner is frozen.
 */
import { assert } from '../../base/assert.ts';
import type { Timer } from '../clock.ts';

/** Whose events these are. `gone` is final, `frozen` may end. */
export interface EventOwner {
  readonly name: string;
  readonly gone: boolean;
  readonly frozen: boolean;
  /** Takes an event that came due while frozen. */
  putAside(run: () => void, isCancelled: () => boolean): void;
}

class SimEvent implements Timer {
  readonly atMs: number;
  readonly order: number;
  readonly owner: EventOwner | null;
  readonly run: () => void;
  cancelled = false;

  constructor(atMs: number, order: number, owner: EventOwner | null, run: () => void) {
    this.atMs = atMs;
    this.order = order;
    this.owner = owner;
    this.run = run;
  }

  cancel(): void {
    this.cancelled = true;
  }

  isBefore(other: SimEvent): boolean {
    return this.atMs < other.atMs || (this.atMs === other.atMs && this.order < other.order);
  }
}

/** So many events in one moment are a loop that would never let time pass. */
const eventsInAMomentMax = 100_000;

export class EventQueue {
  /** Virtual milliseconds since the world began; never goes back. */
  nowMs = 0;
  /** Events run so far. */
  executed = 0;
  /** Whose event ran last. */
  lastOwner: EventOwner | null = null;
  readonly #heap: SimEvent[] = [];
  #order = 0;
  #inThisMoment = 0;

  /** Runs `run` after `delayMs` (at least 0) of virtual time. */
  schedule(delayMs: number, owner: EventOwner | null, run: () => void): Timer {
    assert(delayMs >= 0, () => `an event was scheduled ${delayMs} ms from now`);
    const event = new SimEvent(this.nowMs + delayMs, this.#order++, owner, run);
    this.#push(event);
    return event;
  }

  /** Time of the next event that will run, or null. */
  nextAtMs(): number | null {
    for (;;) {
      const head = this.#heap[0];
      if (head === undefined) return null;
      if (!head.cancelled && !(head.owner?.gone ?? false)) return head.atMs;
      this.#pop();
    }
  }

  /** Runs the next event and moves time to it. False when there is none. */
  runNext(): boolean {
    if (this.nextAtMs() === null) return false;
    const event = this.#pop();
    this.#inThisMoment = event.atMs > this.nowMs ? 0 : this.#inThisMoment + 1;
    assert(
      this.#inThisMoment < eventsInAMomentMax,
      () => `time stands still: ${event.owner?.name ?? 'the test'} loops`,
    );
    this.nowMs = Math.max(this.nowMs, event.atMs);
    this.executed++;
    this.lastOwner = event.owner;
    if (event.owner?.frozen) event.owner.putAside(event.run, () => event.cancelled);
    else event.run();
    return true;
  }

  #push(event: SimEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!event.isBefore(heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): SimEvent {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.isBefore(heap[child]!)) child++;
      if (!heap[child]!.isBefore(last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
