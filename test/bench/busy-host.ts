/**
 * A lab's host with more events than the lab has: lines that the lab told before come again, with new numbers and times,
 * so that so many a second reach the window. For benchmarks alone. Everything else is the lab's own.
 */
import type { Dispose } from '../../engine/base/disposer.ts';
import type { CommandResult, LabCommand } from '../../engine/contract/commands.ts';
import { applyDelta, type LabDelta } from '../../engine/contract/delta.ts';
import type { LabEvent } from '../../engine/contract/events.ts';
import type { LabHost, LeaveSignal } from '../../engine/contract/host.ts';
import type { LabQueries, TailInput, TailUpdate } from '../../engine/contract/queries.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';

const storeMax = 1000;
const frameMs = 16;

export class BusyHost implements LabHost {
  readonly #host: LabHost;
  readonly #perSecond: number;
  readonly #store: LabEvent[];
  readonly #listeners = new Set<(delta: LabDelta) => void>();
  #snapshot: LabSnapshot;
  #eventCount: number;
  #next = 0;
  #lastMs = performance.now();
  #timer: NodeJS.Timeout | null = null;
  #leave: Dispose = () => {};
  readonly queries: LabQueries;
  /** Sent to windows since the start. */
  readonly sent = { deltas: 0, events: 0, replayed: 0 };

  constructor(host: LabHost, eventsPerSecond: number) {
    this.#host = host;
    this.queries = host.queries;
    this.#perSecond = eventsPerSecond;
    this.#snapshot = host.snapshot();
    this.#eventCount = this.#snapshot.eventCount;
    this.#store = [...this.#snapshot.events];
  }

  snapshot(): LabSnapshot {
    return this.#snapshot;
  }

  subscribe(listener: (delta: LabDelta) => void): Dispose {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#begin();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#end();
    };
  }

  #begin(): void {
    const { seq } = this.#snapshot;
    this.#leave = this.#host.subscribe((delta) => this.#pass(delta, delta.events ?? []));
    this.#snapshot = { ...this.#host.snapshot(), events: this.#snapshot.events, eventCount: this.#eventCount, seq };
    this.#lastMs = performance.now();
    // In frames in which the lab itself has nothing to tell.
    this.#timer = setInterval(() => this.#pass({ seq: 0, sampledMs: Date.now() }, []), frameMs);
  }

  #end(): void {
    this.#leave();
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #pass(delta: LabDelta, own: readonly LabEvent[]): void {
    this.#store.push(...own);
    if (this.#store.length > storeMax) this.#store.splice(0, this.#store.length - storeMax);
    const nowMs = performance.now();
    const missing = Math.floor((this.#perSecond * (nowMs - this.#lastMs)) / 1000) - own.length;
    if (missing <= 0 && delta.seq === 0) return;
    this.#lastMs = nowMs;
    const again = Array.from({ length: Math.max(0, missing) }, () => this.#replayed(delta.sampledMs));
    const events = [...own, ...again].map((event) => ({ ...event, id: ++this.#eventCount }));
    this.sent.deltas += 1;
    this.sent.events += events.length;
    this.sent.replayed += again.length;
    const numbered = { ...delta, seq: this.#snapshot.seq + 1, events, eventCount: this.#eventCount };
    this.#snapshot = applyDelta(this.#snapshot, numbered);
    for (const listener of this.#listeners) listener(numbered);
  }

  #replayed(atMs: number): LabEvent {
    const event = this.#store[this.#next++ % this.#store.length];
    if (event === undefined) throw new Error('the lab has told no event yet');
    return { ...event, atMs };
  }

  execute(command: LabCommand): Promise<CommandResult> {
    return this.#host.execute(command);
  }

  tail(input: TailInput, signal: LeaveSignal | undefined): AsyncIterable<TailUpdate> {
    return this.#host.tail(input, signal);
  }
}
