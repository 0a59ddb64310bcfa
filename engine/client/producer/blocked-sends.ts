/**
 * Sends that wait as the Java client's `send()` blocks its thread: for metadata of their topic or for `buffer.memory`,
 * at most `max.block.ms` each. One behind the other, as calls of one thread would be.
 */
import type { DurationMs } from '../../base/ids.ts';
import type { Clock, Timer } from '../../env/index.ts';
import type { KafkaError } from '../kafka-error.ts';

export interface BlockedSend {
  /** True when it could go on; false when it still has to wait. */
  tryAgain(): boolean;
  /** `max.block.ms` are over. */
  timedOut(): void;
  fail(error: KafkaError): void;
}

interface Entry {
  readonly send: BlockedSend;
  readonly deadlineMs: DurationMs;
}

export class BlockedSends {
  readonly #clock: Clock;
  readonly #maxBlockMs: DurationMs;
  #entries: Entry[] = [];
  /** Of the first one in `#entries`. */
  #head = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, maxBlockMs: DurationMs) {
    this.#clock = clock;
    this.#maxBlockMs = maxBlockMs;
  }

  get count(): number {
    return this.#entries.length - this.#head;
  }

  add(send: BlockedSend): void {
    this.#entries.push({ send, deadlineMs: this.#clock.monotonic() + this.#maxBlockMs });
    this.#arm();
  }

  /** Lets go on whoever can, from the first on. */
  pump(): void {
    for (let first = this.#entries[this.#head]; first !== undefined; first = this.#entries[this.#head]) {
      if (!first.send.tryAgain()) break;
      this.#shift();
    }
    this.#arm();
  }

  failAll(error: KafkaError): void {
    const entries = this.#entries.slice(this.#head);
    this.#entries = [];
    this.#head = 0;
    this.#arm();
    for (const { send } of entries) send.fail(error);
  }

  #shift(): void {
    this.#head++;
    if (this.#head < 1024 && this.#head < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }

  #arm(): void {
    const first = this.#entries[this.#head];
    if (first === undefined) {
      this.#timer?.cancel();
      this.#timer = null;
    } else if (this.#timer === null) {
      const delayMs = Math.max(0, Math.ceil(first.deadlineMs - this.#clock.monotonic()));
      this.#timer = this.#clock.after(delayMs, () => {
        this.#timer = null;
        this.#expire();
      });
    }
  }

  #expire(): void {
    const nowMs = this.#clock.monotonic();
    for (let first = this.#entries[this.#head]; first !== undefined; first = this.#entries[this.#head]) {
      if (first.deadlineMs > nowMs) break;
      this.#shift();
      first.send.timedOut();
    }
    this.pump();
  }
}
