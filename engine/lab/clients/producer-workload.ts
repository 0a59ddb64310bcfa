/**
 * The application around a lab producer: sends records at a rate, spread evenly over time. What it could not send in time
 * (its thread stood still, a send waits, too much is on its way) it catches up with for at most {@link catchUpMs}; the rest never was.
 *
 * How it sends is its mode. `async` has a callback for each record; `fire-and-forget` looks at nothing, so that failures
 * are none of its business; `sync` waits for each answer, and has no more than one record on its way.
 */
import type { ProducerSettings } from '../../contract/clients.ts';
import { RecentDurations, type Producer } from '../../client/index.ts';
import type { Clock, Timer } from '../../env/index.ts';
import type { RecordMaker } from './record-maker.ts';

/** Records go out in ticks no closer than this: each tick costs the cluster a round of requests. */
const tickMs = 25;
const catchUpMs = 500;
/** An application that waits for its callbacks has an end to its patience: beyond this it sends no more until some are back. */
const outstandingMax = 50_000;

export interface ProducerWorkloadOptions {
  readonly clock: Clock;
  readonly records: Pick<RecordMaker, 'next'>;
  /** What comes of failures is the producer's to tell; here they are counted where the application learns of them. */
  readonly producer: Pick<Producer, 'send' | 'blockedSends' | 'accepted'>;
}

export class ProducerWorkload {
  readonly #options: ProducerWorkloadOptions;
  readonly #held = new RecentDurations();
  #settings: ProducerSettings;
  #timer: Timer | null = null;
  /** Since when, by the monotonic clock, and how many records since then. */
  #pace = { sinceMs: 0, sent: 0 };
  #outstanding = 0;
  #noticed = 0;
  /** `sync`: a record's answer is waited for. */
  #waits = false;

  constructor(settings: ProducerSettings, options: ProducerWorkloadOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  /** Given to the producer and not answered yet. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Failures that the application got to know. */
  get noticed(): number {
    return this.#noticed;
  }

  /** How long the newest sends held it up. */
  get heldMs(): RecentDurations['quantiles'] {
    return this.#held.quantiles;
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

  /** Takes another rate, keys, size, template or mode as it runs. */
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

  /** Where the Java client's `send()` or its future's `get()` would stand still, its application sends nothing more. */
  get #maySend(): boolean {
    return !this.#waits && this.#outstanding < outstandingMax && this.#options.producer.blockedSends === 0;
  }

  #send(): void {
    const { clock, producer, records } = this.#options;
    const { sendMode, topic } = this.#settings;
    const startMs = clock.monotonic();
    const isSync = sendMode === 'sync';
    const done = (failed: boolean): void => {
      this.#outstanding--;
      if (failed && sendMode !== 'fire-and-forget') this.#noticed++;
      if (isSync) this.#goOn(startMs);
    };
    this.#outstanding++;
    this.#waits = isSync;
    producer.send({ topic, ...records.next(this.#settings, clock.now()) }).then(
      () => done(false),
      () => done(true),
    );
    if (isSync) return;
    if (producer.blockedSends === 0) this.#held.add(0);
    else void producer.accepted().then(() => this.#held.add(clock.monotonic() - startMs));
  }

  /** The answer that was waited for is there: what is due by now goes out at once. */
  #goOn(startMs: number): void {
    this.#waits = false;
    this.#held.add(this.#options.clock.monotonic() - startMs);
    if (this.#timer !== null) this.#tick();
  }
}
