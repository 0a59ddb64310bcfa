/** How long the newest some hundred of something took. */
import type { DurationMs } from '../../base/ids.ts';

const remembered = 512;

export class RecentDurations {
  readonly #durations = new Float64Array(remembered);
  #count = 0;

  add(durationMs: DurationMs): void {
    this.#durations[this.#count++ % remembered] = durationMs;
  }

  /** Null before the first. */
  get quantiles(): { readonly median: DurationMs; readonly p99: DurationMs } | null {
    if (this.#count === 0) return null;
    const sorted = this.#durations.slice(0, Math.min(this.#count, remembered)).sort();
    const at = (share: number): DurationMs => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
    return { median: at(0.5), p99: at(0.99) };
  }
}
