/** The segments of one log by base offset, rising. Never empty once the log is loaded. */
import type { Offset } from '../base/ids.ts';
import { required } from '../base/assert.ts';
import type { LogSegment } from './log-segment.ts';

export class Segments {
  #sorted: LogSegment[] = [];

  get count(): number {
    return this.#sorted.length;
  }
  get values(): readonly LogSegment[] {
    return this.#sorted;
  }
  get first(): LogSegment {
    return required(this.#sorted[0], 'first segment');
  }
  get active(): LogSegment {
    return required(this.#sorted.at(-1), 'active segment');
  }
  get sizeInBytes(): number {
    let total = 0;
    for (const segment of this.#sorted) total += segment.size;
    return total;
  }

  add(segment: LogSegment): void {
    const at = this.#indexOf(segment.baseOffset) + 1;
    this.#sorted.splice(at, 0, segment);
  }

  remove(segment: LogSegment): void {
    this.#sorted = this.#sorted.filter((other) => other !== segment);
  }

  /** The one with the largest base offset not above `offset`. */
  floor(offset: Offset): LogSegment | null {
    return this.#sorted[this.#indexOf(offset)] ?? null;
  }

  /** The one behind `segment`. */
  behind(segment: LogSegment): LogSegment | null {
    return this.#sorted[this.#indexOf(segment.baseOffset) + 1] ?? null;
  }

  /** Those that may hold offsets in [`from`, `to`). */
  within(from: Offset, to: Offset): LogSegment[] {
    const first = Math.max(0, this.#indexOf(from));
    return this.#sorted.filter((segment, index) => index >= first && segment.baseOffset < to);
  }

  #indexOf(offset: Offset): number {
    let low = 0;
    let high = this.#sorted.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]!.baseOffset <= offset) low = middle + 1;
      else high = middle - 1;
    }
    return high;
  }
}
