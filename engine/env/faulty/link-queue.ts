/**
 * One way of a link: bytes (and the end of the stream) pass in order, later by its rule, not at all while it is cut. What
 * a cut holds goes on when it is lifted, as TCP would send it again.
 *
 * Invariant: what passes is in the order in which it came, also when the rule changes in between.
 */
import type { Clock, Timer } from '../clock.ts';
import type { Random } from '../random.ts';

/** What holds on one way; null for an undisturbed one. */
export interface LinkRule {
  readonly cut: boolean;
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly bytesPerSecond: number | null;
  /** Shared by all connections on that way. */
  readonly line: { /** Until when its bandwidth is taken. */ busyUntilMs: number };
}

interface Item {
  readonly bytes: number;
  readonly dueMs: number;
  readonly pass: () => void;
}

export class LinkQueue {
  readonly #clock: Clock;
  readonly #random: Random;
  #rule: LinkRule | null = null;
  #items: Item[] = [];
  #heldBytes = 0;
  #timer: Timer | null = null;
  #lastDueMs = -Infinity;
  #isHeld = false;
  #isPassing = false;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether bytes pass at once; then nobody needs to ask this queue. */
  get isOpen(): boolean {
    return this.#rule === null && this.#items.length === 0 && !this.#isHeld;
  }

  get isCut(): boolean {
    return this.#rule?.cut === true;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  setRule(rule: LinkRule | null): void {
    this.#rule = rule;
    this.#timer?.cancel();
    this.#timer = null;
    if (rule === null) this.#lastDueMs = -Infinity;
    this.#deliver();
  }

  /** The reader wants nothing for now. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#deliver();
  }

  /** Calls `pass` when it is time. */
  push(bytes: number, pass: () => void): void {
    this.#items.push({ bytes, dueMs: this.#dueOf(bytes), pass });
    this.#heldBytes += bytes;
    this.#deliver();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#items = [];
    this.#heldBytes = 0;
  }

  #dueOf(bytes: number): number {
    if (this.#rule === null) return -Infinity;
    const { delayMs, jitterMs, bytesPerSecond, line } = this.#rule;
    const nowMs = this.#clock.monotonic();
    let sentMs = nowMs;
    if (bytesPerSecond !== null) {
      sentMs = Math.max(nowMs, line.busyUntilMs) + (bytes * 1000) / bytesPerSecond;
      line.busyUntilMs = sentMs;
    }
    const dueMs = sentMs + delayMs + (jitterMs > 0 ? this.#random.next() * jitterMs : 0);
    this.#lastDueMs = Math.max(dueMs, this.#lastDueMs);
    return this.#lastDueMs;
  }

  #deliver(): void {
    if (this.#isPassing) return;
    this.#isPassing = true;
    try {
      for (;;) {
        const item = this.#items[0];
        if (item === undefined || this.#isHeld || this.isCut) break;
        if (this.#rule !== null && item.dueMs > this.#clock.monotonic()) {
          this.#arm(item.dueMs);
          break;
        }
        this.#items.shift();
        this.#heldBytes -= item.bytes;
        item.pass();
      }
    } finally {
      this.#isPassing = false;
    }
  }

  #arm(dueMs: number): void {
    this.#timer ??= this.#clock.after(Math.max(0, dueMs - this.#clock.monotonic()), () => {
      this.#timer = null;
      this.#deliver();
    });
  }
}
