/** Timers by due time, then by the order in which they were asked for. Adding and removing take logarithmic time. */

export interface HeapTimer {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
  /** Place in the heap; -1 when it is in none. */
  index: number;
}

export class TimerHeap {
  #heap: HeapTimer[] = [];
  #order = 0;

  /** The next one; null for none. */
  get first(): HeapTimer | null {
    return this.#heap[0] ?? null;
  }

  get size(): number {
    return this.#heap.length;
  }

  add(dueMs: number, run: () => void): HeapTimer {
    const timer: HeapTimer = { dueMs, order: this.#order++, run, index: this.#heap.length };
    this.#heap.push(timer);
    this.#up(timer);
    return timer;
  }

  /** Nothing happens when it is not there any more. */
  remove(timer: HeapTimer): void {
    const { index } = timer;
    if (index < 0) return;
    timer.index = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === timer) return;
    this.#put(last, index);
    this.#up(last);
    this.#down(last);
  }

  clear(): void {
    for (const timer of this.#heap) timer.index = -1;
    this.#heap = [];
  }

  #put(timer: HeapTimer, index: number): void {
    this.#heap[index] = timer;
    timer.index = index;
  }

  #up(timer: HeapTimer): void {
    let { index } = timer;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#heap[above]!;
      if (!isBefore(timer, parent)) break;
      this.#put(parent, index);
      index = above;
    }
    this.#put(timer, index);
  }

  #down(timer: HeapTimer): void {
    let { index } = timer;
    for (;;) {
      let below = index * 2 + 1;
      if (below >= this.#heap.length) break;
      const right = below + 1;
      if (right < this.#heap.length && isBefore(this.#heap[right]!, this.#heap[below]!)) below = right;
      const child = this.#heap[below]!;
      if (!isBefore(child, timer)) break;
      this.#put(child, index);
      index = below;
    }
    this.#put(timer, index);
  }
}

function isBefore(one: HeapTimer, other: HeapTimer): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
}
