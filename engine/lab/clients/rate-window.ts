/** How fast a count grows, over its newest samples. */

interface Point {
  readonly atMs: number;
  readonly count: number;
}

export class RateWindow {
  readonly #windowMs: number;
  #points: Point[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** A count that is smaller than before starts anew. */
  add(atMs: number, count: number): void {
    const last = this.#points.at(-1);
    if (last !== undefined && (count < last.count || atMs < last.atMs)) this.#points = [];
    this.#points.push({ atMs, count });
    // The newest point outside of the window stays: the window begins at it.
    while (this.#points.length > 2 && this.#points[1]!.atMs <= atMs - this.#windowMs) this.#points.shift();
  }

  clear(): void {
    this.#points = [];
  }

  /** Null before there are two samples at different times. */
  get perSecond(): number | null {
    const first = this.#points[0];
    const last = this.#points.at(-1);
    if (first === undefined || last === undefined || last.atMs === first.atMs) return null;
    return ((last.count - first.count) * 1000) / (last.atMs - first.atMs);
  }
}
