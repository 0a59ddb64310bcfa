/**
 * The application around a lab producer: sends orders at a rate, spread evenly over time. What it could not send in time
 * (its thread stood still, a send waits, too much is on its way) it catches up with for at most {@link catchUpMs}; the rest never was.
 */
import type { ProducerSettings } from '../../contract/clients.ts';
import type { Producer } from '../../client/index.ts';
import type { Clock, Random, Timer } from '../../env/index.ts';
import { OrderRecords } from './order-records.ts';

/** Records go out in ticks no closer than this: each tick costs the cluster a round of requests. */
const tickMs = 25;
const catchUpMs = 500;
/** An application that waits for its callbacks has an end to its patience: beyond this it sends no more until some are back. */
const outstandingMax = 50_000;

export interface ProducerWorkloadOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Rejections are the producer's to tell; they are not looked at here. */
  readonly producer: Pick<Producer, 'send' | 'blockedSends'>;
}

export class ProducerWorkload {
  readonly #options: ProducerWorkloadOptions;
  readonly #orders: OrderRecords;
  #settings: ProducerSettings;
  #timer: Timer | null = null;
  /** Since when, by the monotonic clock, and how many records since then. */
  #pace = { sinceMs: 0, sent: 0 };
  #outstanding = 0;

  constructor(settings: ProducerSettings, options: ProducerWorkloadOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#orders = new OrderRecords(options.random);
  }

  /** Given to the producer and not answered yet. */
  get outstanding(): number {
    return this.#outstanding;
  }

  start(): void {
    this.stop();
    const { recordsPerSecond } = this.#settings;
    if (recordsPerSecond === 0) return;
    this.#pace = { sinceMs: this.#options.clock.monotonic(), sent: 0 };
    const intervalMs = Math.max(tickMs, 1000 / recordsPerSecond);
    this.#timer = this.#options.clock.every(intervalMs, () => this.#tick());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Takes another rate, keys or size as it runs. */
  change(settings: ProducerSettings): void {
    const sameRate = settings.recordsPerSecond === this.#settings.recordsPerSecond;
    this.#settings = settings;
    if (!sameRate && (this.#timer !== null || settings.recordsPerSecond > 0)) this.start();
  }

  #tick(): void {
    const { recordsPerSecond } = this.#settings;
    const nowMs = this.#options.clock.monotonic();
    const catchUp = Math.max(1, (recordsPerSecond * catchUpMs) / 1000);
    const owed = (): number => ((nowMs - this.#pace.sinceMs) * recordsPerSecond) / 1000 - this.#pace.sent;
    if (owed() > catchUp) this.#pace = { sinceMs: nowMs - (catchUp * 1000) / recordsPerSecond, sent: 0 };
    for (let due = Math.floor(owed()); due > 0 && this.#maySend; due--) {
      this.#pace.sent++;
      this.#send();
    }
  }

  /** Where the Java client's `send()` would stand still, its application sends nothing more. */
  get #maySend(): boolean {
    return this.#outstanding < outstandingMax && this.#options.producer.blockedSends === 0;
  }

  #send(): void {
    const order = this.#orders.next(this.#settings, this.#options.clock.now());
    const done = (): void => void this.#outstanding--;
    this.#outstanding++;
    this.#options.producer.send({ topic: this.#settings.topic, ...order }).then(done, done);
  }
}
