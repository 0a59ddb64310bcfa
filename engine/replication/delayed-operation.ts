/**
 * Requests that wait for something to happen to partitions, or for their deadline (Kafka's purgatory).
 *
 * An operation is watched by the list of each partition it waits for, and by one {@link Deadlines}. It finishes once: when
 * a check finds it satisfied, or when it expires. Finished operations stay in the lists of idle partitions until the next
 * check or until the list has grown, so they must let go of what they hold in `finish`.
 *
 * Deadlines need no timer per request: operations of the same timeout expire in the order they came, so each distinct
 * timeout has a chain, and one timer waits for the earliest head.
 */
import { assert } from '../base/assert.ts';
import type { DurationMs } from '../base/ids.ts';
import type { Clock, Timer } from '../env/index.ts';

export abstract class DelayedOperation {
  finished = false;
  deadlineMs = 0;
  chain: DeadlineChain | null = null;
  previous: DelayedOperation | null = null;
  next: DelayedOperation | null = null;

  /** Whether the wait is over. Called again and again; must be cheap. */
  abstract isSatisfied(): boolean;
  /** Answers the request, with what is there. Called once. */
  protected abstract finish(expired: boolean): void;

  /** Finishes when satisfied. True when finished, now or before. */
  tryFinish(): boolean {
    if (!this.finished && this.isSatisfied()) this.forceFinish(false);
    return this.finished;
  }

  forceFinish(expired: boolean): void {
    if (this.finished) return;
    this.finished = true;
    this.chain?.remove(this);
    this.finish(expired);
  }
}

/** The operations that wait for one partition. */
export class WatchList<Operation extends DelayedOperation = DelayedOperation> {
  #operations: Operation[] = [];
  #compactAt = 8;

  /** Operations held, finished ones among them. */
  get length(): number {
    return this.#operations.length;
  }

  add(operation: Operation): void {
    if (this.#operations.length >= this.#compactAt) {
      this.#operations = this.#operations.filter((held) => !held.finished);
      this.#compactAt = Math.max(8, this.#operations.length * 2);
    }
    this.#operations.push(operation);
  }

  /** Finishes what is satisfied. What finishing adds to this list is kept for the next check. */
  check(): void {
    if (this.#operations.length === 0) return;
    const held = this.#operations;
    this.#operations = [];
    for (const operation of held) if (!operation.tryFinish()) this.#operations.push(operation);
  }
}

/** Operations of one timeout, earliest first. */
export class DeadlineChain {
  first: DelayedOperation | null = null;
  #last: DelayedOperation | null = null;

  append(operation: DelayedOperation): void {
    operation.chain = this;
    operation.previous = this.#last;
    if (this.#last === null) this.first = operation;
    else this.#last.next = operation;
    this.#last = operation;
  }

  remove(operation: DelayedOperation): void {
    const { previous, next } = operation;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    operation.chain = null;
    operation.previous = null;
    operation.next = null;
  }
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #chains = new Map<DurationMs, DeadlineChain>();
  #timer: Timer | null = null;
  #timerMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Expires `operation` after `timeoutMs` (at least 0) unless it finishes before. */
  watch(operation: DelayedOperation, timeoutMs: DurationMs): void {
    assert(operation.chain === null && !operation.finished, 'a delayed operation is watched once');
    operation.deadlineMs = this.#clock.monotonic() + timeoutMs;
    let chain = this.#chains.get(timeoutMs);
    if (chain === undefined) this.#chains.set(timeoutMs, (chain = new DeadlineChain()));
    chain.append(operation);
    if (operation.deadlineMs < this.#timerMs) this.#arm(operation.deadlineMs);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#timerMs = Number.POSITIVE_INFINITY;
  }

  /** Expires every operation that still waits: nobody shall wait for a broker that stops. */
  expireAll(): void {
    for (const chain of this.#chains.values()) while (chain.first !== null) chain.first.forceFinish(true);
    this.#chains.clear();
  }

  #arm(deadlineMs: number): void {
    this.#timer?.cancel();
    this.#timerMs = deadlineMs;
    this.#timer = this.#clock.after(Math.max(0, deadlineMs - this.#clock.monotonic()), () => this.#expire());
  }

  #expire(): void {
    this.#timer = null;
    this.#timerMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonic();
    for (const [timeoutMs, chain] of this.#chains) {
      while (chain.first !== null && chain.first.deadlineMs <= nowMs) chain.first.forceFinish(true);
      if (chain.first === null) this.#chains.delete(timeoutMs);
    }
    let earliest = Number.POSITIVE_INFINITY;
    for (const chain of this.#chains.values()) {
      if (chain.first !== null) earliest = Math.min(earliest, chain.first.deadlineMs);
    }
    if (earliest < this.#timerMs) this.#arm(earliest);
  }
}
