/**
 * Many deadlines over one `Clock` timer. A member's session is pushed back at each heartbeat, so moving a deadline into
 * the future must cost next to nothing: it only changes the entry; the heap keeps the old time, and an entry that comes up
 * too early goes back in. Cancelled and replaced entries stay in the heap until their time comes.
 */
import type { DurationMs } from '../base/ids.ts';
import type { Clock, Timer } from '../env/index.ts';

interface Entry {
  readonly key: string;
  /** When it is due, on `Clock.monotonic()`. */
  deadline: number;
  /** Where it is in the heap: never after `deadline`. */
  heapTime: number;
  /** Order among equal deadlines: that of `schedule`. */
  sequence: number;
  run: () => void;
  cancelled: boolean;
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #heap: Entry[] = [];
  #sequence = 0;
  #timer: Timer | null = null;
  /** The time {@link #timer} is set to. */
  #wakeAt = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `run` once, `delayMs` from now; replaces what was scheduled under `key`. */
  schedule(key: string, delayMs: DurationMs, run: () => void): void {
    const deadline = this.#clock.monotonic() + Math.max(delayMs, 0);
    const known = this.#entries.get(key);
    if (known !== undefined && deadline >= known.heapTime) {
      known.deadline = deadline;
      known.sequence = this.#sequence++;
      known.run = run;
      return;
    }
    if (known !== undefined) known.cancelled = true;
    const entry: Entry = { key, deadline, heapTime: deadline, sequence: this.#sequence++, run, cancelled: false };
    this.#entries.set(key, entry);
    this.#push(entry);
    this.#arm();
  }

  /** Nothing happens when nothing is scheduled under `key`. */
  cancel(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.cancelled = true;
    this.#entries.delete(key);
  }

  /** When `key` is due, on `Clock.monotonic()`; null when it is not scheduled. */
  deadlineOf(key: string): number | null {
    return this.#entries.get(key)?.deadline ?? null;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Cancels everything. */
  clear(): void {
    this.#entries.clear();
    this.#heap.length = 0;
    this.#timer?.cancel();
    this.#timer = null;
    this.#wakeAt = Infinity;
  }

  #wake(): void {
    this.#timer = null;
    this.#wakeAt = Infinity;
    // A timer may come a rounding error before what it was set to.
    const now = this.#clock.monotonic() + 0.001;
    const due: Entry[] = [];
    for (let top = this.#heap[0]; top !== undefined && top.heapTime <= now; top = this.#heap[0]) {
      this.#pop();
      if (top.cancelled) continue;
      if (top.deadline <= now) due.push(top);
      else {
        top.heapTime = top.deadline;
        this.#push(top);
      }
    }
    due.sort((a, b) => a.deadline - b.deadline || a.sequence - b.sequence);
    for (const entry of due) {
      if (entry.cancelled) continue;
      if (entry.deadline > now) {
        // Put off by one that ran before it.
        entry.heapTime = entry.deadline;
        this.#push(entry);
        continue;
      }
      this.#entries.delete(entry.key);
      entry.run();
    }
    this.#arm();
  }

  #arm(): void {
    const top = this.#heap[0];
    if (top === undefined || top.heapTime >= this.#wakeAt) return;
    this.#timer?.cancel();
    this.#wakeAt = top.heapTime;
    this.#timer = this.#clock.after(Math.max(top.heapTime - this.#clock.monotonic(), 0), () => {
      this.#wake();
    });
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.heapTime <= entry.heapTime) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.heapTime < heap[child]!.heapTime) child++;
      if (heap[child]!.heapTime >= last.heapTime) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
