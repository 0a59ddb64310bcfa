/**
 * Keeps a lab that runs faster than wall time from outrunning its threads: lab time goes at most a little further than the
 * slowest thread has come. One that starts counts, too. One that stands still on purpose does not, and one that has told
 * nothing for long hangs: nobody waits for it.
 */
import type { LabTime } from './lab-time.ts';
import type { Pulse } from './pulse.ts';

/** How often the slowest thread is looked for, and how much wall time lab time may be ahead of it. */
const lookMs = 5;
const aheadMs = 25;
/** A thread that tells nothing for so long hangs. */
const silentMs = 10_000;

interface Paced {
  readonly pulse: Pulse;
  reachedMs: number;
  changedMs: number;
}

export class Pacing {
  readonly #time: LabTime;
  readonly #paced = new Set<Paced>();
  #timer: NodeJS.Timeout | null = null;

  constructor(time: LabTime) {
    this.#time = time;
  }

  /** From now on lab time waits for that thread, until the returned function is called. */
  add(pulse: Pulse): () => void {
    const paced: Paced = { pulse, reachedMs: pulse.reachedMs, changedMs: performance.now() };
    this.#paced.add(paced);
    return () => this.#paced.delete(paced);
  }

  /** Lab time goes at another pace. */
  paceChanged(): void {
    const { speed, paused, stepUntilMs } = this.#time.view;
    const isFast = speed > 1 && (!paused || stepUntilMs !== null);
    if (isFast && this.#timer === null) {
      // What the threads told before is of another pace.
      for (const each of this.#paced) if (each.pulse.reachedMs !== Infinity) this.#follow(each);
      this.#timer = setInterval(() => this.#look(), lookMs);
      this.#timer.unref();
      this.#look();
    } else if (!isFast && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
      this.#time.holdAt(Infinity);
    }
  }

  #follow(each: Paced): void {
    each.pulse.tell(this.#time.clock.monotonic());
    each.changedMs = performance.now();
  }

  #look(): void {
    const nowMs = performance.now();
    let slowestMs = Infinity;
    for (const each of this.#paced) {
      const { reachedMs } = each.pulse;
      if (reachedMs !== each.reachedMs) {
        each.reachedMs = reachedMs;
        each.changedMs = nowMs;
      }
      if (nowMs - each.changedMs < silentMs) slowestMs = Math.min(slowestMs, reachedMs);
    }
    this.#time.holdAt(slowestMs + aheadMs * this.#time.view.speed);
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
