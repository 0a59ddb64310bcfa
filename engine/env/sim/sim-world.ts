/**
 * A world of named nodes in one thread: virtual time, a simulated network between them, a simulated disk each. The seed
 * decides every delay, torn write and random draw, so the same seed and the same calls give the same run.
 *
 * Promises are the one thing that virtual time does not order: after each event their continuations run until none is
 * left within {@link settleTurns} turns, before the next event.
 */
import { BugError } from '../../base/assert.ts';
import type { DurationMs, TimestampMs } from '../../base/ids.ts';
import type { Clock } from '../clock.ts';
import { type EventOwner, EventQueue } from './event-queue.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimClock } from './sim-clock.ts';
import { SimNetwork } from './sim-network.ts';
import { SimNode } from './sim-node.ts';

const settleTurns = 32;
/** 2025-06-15T15:06:40Z. */
const defaultStartMs = 1_750_000_000_000;

export class SimWorld {
  readonly seed: number;
  readonly queue = new EventQueue();
  readonly network: SimNetwork;
  /** For the test's own draws. */
  readonly random: SeededRandom;
  /** The test's own clock, of no node. */
  readonly clock: Clock;
  /** Called after each event, once its promises have settled: the place of invariants. Synchronous runs call it too. */
  afterEvent: (() => void) | null = null;
  /** What an event of that owner threw: its process would end. False (and without this): the run throws it. */
  onUncaught: ((owner: EventOwner | null, error: unknown) => boolean) | null = null;
  readonly #nodes = new Map<string, SimNode>();
  readonly #root: SeededRandom;
  readonly #startMs: TimestampMs;

  constructor(seed: number, startMs: TimestampMs = defaultStartMs) {
    this.seed = seed;
    this.#startMs = startMs;
    this.#root = new SeededRandom(seed);
    this.random = this.#root.fork('test');
    this.network = new SimNetwork(this.queue, this.#root.fork('network'));
    this.clock = new SimClock(this.queue, null, startMs);
  }

  /** The node of that name, made on first use. */
  node(name: string): SimNode {
    let node = this.#nodes.get(name);
    if (node === undefined) {
      node = new SimNode(name, this.network, this.#root.fork(`node ${name}`), this.#startMs);
      this.#nodes.set(name, node);
    }
    return node;
  }

  get nowMs(): DurationMs {
    return this.queue.nowMs;
  }

  /** Runs one event and its promises. False when there is none. */
  async step(): Promise<boolean> {
    const ran = this.#runNext();
    await this.settle();
    if (ran) this.afterEvent?.();
    return ran;
  }

  /** Runs all events of the next `durationMs`; time has moved by exactly that afterwards. */
  async run(durationMs: DurationMs): Promise<void> {
    const untilMs = this.queue.nowMs + durationMs;
    await this.settle();
    for (let at = this.queue.nextAtMs(); at !== null && at <= untilMs; at = this.queue.nextAtMs()) await this.step();
    this.queue.nowMs = untilMs;
  }

  /** Runs until `condition` holds; throws when it does not within `limitMs`. `what` names it then. */
  async until(condition: () => boolean, limitMs: DurationMs, what = 'the condition'): Promise<void> {
    const untilMs = this.queue.nowMs + limitMs;
    await this.settle();
    while (!condition()) {
      const at = this.queue.nextAtMs();
      if (at === null || at > untilMs) throw new BugError(`${what} did not come true within ${limitMs} virtual ms`);
      await this.step();
    }
  }

  /** Runs until the promise is settled, and gives its value or throws its error. */
  async complete<T>(promise: Promise<T>, limitMs: DurationMs = 60_000): Promise<T> {
    let settled = false;
    const note = (): void => {
      settled = true;
    };
    promise.then(note, note);
    await this.until(() => settled, limitMs, 'the promise');
    return promise;
  }

  /** Runs until no event is left; throws after `eventsMax` (repeated timers never end). */
  async runUntilIdle(eventsMax = 1_000_000): Promise<void> {
    const last = this.queue.executed + eventsMax;
    await this.settle();
    while (await this.step()) if (this.queue.executed > last) throw new BugError(`not idle after ${eventsMax} events`);
  }

  /** As {@link run} for code without promises. */
  runSync(durationMs: DurationMs): void {
    const untilMs = this.queue.nowMs + durationMs;
    for (let at = this.queue.nextAtMs(); at !== null && at <= untilMs; at = this.queue.nextAtMs()) {
      this.#runNext();
      this.afterEvent?.();
    }
    this.queue.nowMs = untilMs;
  }

  #runNext(): boolean {
    try {
      return this.queue.runNext();
    } catch (error) {
      if (this.onUncaught?.(this.queue.lastOwner, error) !== true) throw error;
      return true;
    }
  }

  /** Lets continuations of promises run, without an event. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < settleTurns; turn++) await Promise.resolve();
  }
}
