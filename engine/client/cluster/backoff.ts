/** Exponential backoff as Kafka's `ExponentialBackoff`: times 2, up to a limit, a fifth more or less by chance. */
import type { DurationMs } from '../../base/ids.ts';
import type { Random } from '../../env/index.ts';

const multiplier = 2;
const jitter = 0.2;

export class ExponentialBackoff {
  readonly #firstMs: DurationMs;
  readonly #maxMs: DurationMs;
  readonly #random: Random;

  /** A first one above the limit is cut to it. */
  constructor(firstMs: DurationMs, maxMs: DurationMs, random: Random) {
    this.#firstMs = Math.min(firstMs, maxMs);
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** After so many failed attempts behind the first one; in whole milliseconds. */
  delayMs(attempts: number): DurationMs {
    if (this.#firstMs >= this.#maxMs) return this.#maxMs;
    const term = Math.min(this.#firstMs * multiplier ** Math.min(attempts, 60), this.#maxMs);
    const chance = 1 - jitter + this.#random.next() * 2 * jitter;
    return Math.min(Math.floor(term * chance), this.#maxMs);
  }
}
