/** What a run waits by: its gate (it stands while paused), conditions looked at as the lab tells news, lab time, and the way out of all of them. */
import type { DurationMs } from '../../base/ids.ts';
import type { LabHost } from '../../contract/host.ts';
import type { Clock } from '../../env/index.ts';

/** Also without news a condition is looked at so often; lab time. */
const lookMs: DurationMs = 500;

class AbortedError extends Error {
  override readonly name = 'AbortedError';
}

export class Waiting {
  readonly #host: LabHost;
  readonly #clock: Clock;
  #held: (() => void)[] | null = null;
  #aborted = false;
  readonly #leavers = new Set<() => void>();

  constructor(host: LabHost, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const waiting = this.#held ?? [];
    this.#held = null;
    for (const go of waiting) go();
  }

  /** Every wait rejects, those to come too. */
  abort(): void {
    this.#aborted = true;
    this.release();
    for (const leave of this.#leavers) leave();
  }

  close(): void {
    this.#leavers.clear();
  }

  /** Resolves at once unless the run is paused. */
  async gate(): Promise<void> {
    const held = this.#held;
    if (held !== null) await new Promise<void>((go) => held.push(go));
    if (this.#aborted) throw new AbortedError('aborted');
  }

  /** So much lab time. */
  async pass(ms: DurationMs): Promise<void> {
    await this.#next(ms, false);
    await this.gate();
  }

  /** Whether the condition became true within the limit; null: waits on. It is looked at whenever the lab tells news. */
  async until(condition: () => Promise<boolean>, limitMs: DurationMs | null): Promise<boolean> {
    const startedMs = this.#clock.monotonic();
    for (;;) {
      await this.gate();
      if (await condition()) return true;
      if (limitMs !== null && this.#clock.monotonic() - startedMs >= limitMs) return false;
      const leftMs = limitMs === null ? lookMs : Math.min(lookMs, startedMs + limitMs - this.#clock.monotonic());
      await this.#next(Math.max(1, leftMs), true);
    }
  }

  /** Until so much lab time is over, or (with `news`) the lab tells something. */
  #next(ms: DurationMs, news: boolean): Promise<void> {
    if (this.#aborted) return Promise.reject(new AbortedError('aborted'));
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => (): void => {
        timer.cancel();
        unsubscribe();
        this.#leavers.delete(leave);
        settle();
      };
      const leave = end(() => reject(new AbortedError('aborted')));
      const timer = this.#clock.after(ms, end(resolve));
      const unsubscribe = news ? this.#host.subscribe(end(resolve)) : () => {};
      this.#leavers.add(leave);
    });
  }
}
