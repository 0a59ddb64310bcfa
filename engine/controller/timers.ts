/**
 * What the active controller does by the clock: a record when nothing else is written, sessions that run out, leaders
 * that go back to their preferred replicas, unclean elections. All of it stops when it is active no longer.
 */
import type { Clock, Timer } from '../env/clock.ts';
import type { ControllerConfig } from './config.ts';

export interface ControllerTasks {
  /** `metadata.max.idle.interval.ms` has passed. */
  idle(): void;
  /** At least one session may have run out. */
  sessionsDue(): void;
  /** When the next session runs out, on the monotonic clock; null: none runs. */
  nextExpiryMs(): number | null;
  balance(): void;
  uncleanElections(): void;
}

/** A check that comes this late was held up with the whole node: heartbeats may lie unread behind it. */
const stallMs = 1000;
/** What those heartbeats get to be read. */
const graceMs = 500;

export class ControllerTimers {
  readonly #clock: Clock;
  readonly #config: ControllerConfig;
  readonly #tasks: ControllerTasks;
  #periodic: Timer[] = [];
  #sessions: Timer | null = null;
  #running = false;

  constructor(clock: Clock, config: ControllerConfig, tasks: ControllerTasks) {
    this.#clock = clock;
    this.#config = config;
    this.#tasks = tasks;
  }

  start(): void {
    this.stop();
    this.#running = true;
    const { metadataMaxIdleIntervalMs, leaderRebalance, leaderImbalanceCheckMs, uncleanElectionCheckMs } = this.#config;
    this.#every(metadataMaxIdleIntervalMs, () => this.#tasks.idle());
    if (leaderRebalance) this.#every(leaderImbalanceCheckMs, () => this.#tasks.balance());
    this.#every(uncleanElectionCheckMs, () => this.#tasks.uncleanElections());
    this.watchSessions();
  }

  stop(): void {
    this.#running = false;
    for (const timer of this.#periodic) timer.cancel();
    this.#periodic = [];
    this.#sessions?.cancel();
    this.#sessions = null;
  }

  /** Sessions began: look at the next one that may run out. One that is watched already runs out no later. */
  watchSessions(): void {
    if (!this.#running || this.#sessions !== null) return;
    const next = this.#tasks.nextExpiryMs();
    if (next === null) return;
    const delayMs = Math.max(1, Math.ceil(next - this.#clock.monotonic()) + 1);
    this.#watchAfter(delayMs);
  }

  #watchAfter(delayMs: number): void {
    const dueMs = this.#clock.monotonic() + delayMs;
    this.#sessions = this.#clock.after(delayMs, () => {
      this.#sessions = null;
      if (this.#clock.monotonic() - dueMs > stallMs) return this.#watchAfter(graceMs);
      this.#tasks.sessionsDue();
      this.watchSessions();
    });
  }

  #every(intervalMs: number, run: () => void): void {
    if (intervalMs > 0) this.#periodic.push(this.#clock.every(intervalMs, run));
  }
}
