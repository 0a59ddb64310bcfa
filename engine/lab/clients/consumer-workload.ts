/**
 * The application around a lab consumer: polls, takes its time for each record, commits as it was told, until it is
 * stopped or the consumer ends by an error, as an application's poll loop does.
 *
 * Stopped in the middle of a poll's records it goes back to the first one that it has not processed, so that the last
 * commit tells the truth. Woken by somebody else's `wakeup()` it does what Java's applications do: it finishes the records
 * in work and leaves its loop by the WakeupException of the next call, be it a commit or a poll.
 */
import type { TopicPartition } from '../../base/ids.ts';
import type { ConsumerSettings } from '../../contract/clients.ts';
import { type Consumer, type ConsumerRecord, KafkaError } from '../../client/index.ts';
import type { Clock, Random, Timer } from '../../env/index.ts';

const pollMs = 500;
/** After an error that passes by itself. */
const pauseMs = 100;

export interface ConsumerWorkloadOptions {
  readonly clock: Clock;
  /** Of the jitter. */
  readonly random: Pick<Random, 'next'>;
  /** A call threw a WakeupException, by its Java name; the loop ends. */
  onWoken(call: string): void;
  readonly consumer: Pick<
    Consumer,
    'subscribe' | 'poll' | 'commitSync' | 'commitAsync' | 'seek' | 'wakeup' | 'assignment' | 'positions'
  >;
}

export class ConsumerWorkload {
  readonly #options: ConsumerWorkloadOptions;
  #settings: ConsumerSettings;
  #stopLimitMs: number | null = null;
  /** The consumer is in a call that waits for the cluster. */
  #isCalling = false;
  /** Somebody else's `wakeup()` ended a call. */
  #isWoken = false;
  #wait: { timer: Timer; end: () => void } | null = null;

  constructor(settings: ConsumerSettings, options: ConsumerWorkloadOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  change(settings: ConsumerSettings): void {
    this.#settings = settings;
  }

  /** Ends the loop; {@link run} resolves once its last commit is through, `limitMs` later at most. The consumer is its owner's to close. */
  stop(limitMs: number): void {
    if (this.#isStopped) return;
    this.#stopLimitMs = limitMs;
    if (this.#isCalling) this.#options.consumer.wakeup();
    this.#wait?.timer.cancel();
    this.#wait?.end();
  }

  get #isStopped(): boolean {
    return this.#stopLimitMs !== null;
  }

  /** Rejects with the error that ends the consumer (fenced, no offset and no reset policy, no common assignor, ...). */
  async run(): Promise<void> {
    const { consumer } = this.#options;
    consumer.subscribe(this.#settings.topics, {
      onPartitionsRevoked: (partitions) => this.#revoked(partitions),
      onPartitionsAssigned: () => {},
      // They belong to somebody else by now: a commit would be refused.
      onPartitionsLost: () => {},
    });
    while (!this.#isStopped && !this.#isWoken) {
      const records = await this.#poll();
      if (records.length === 0) continue;
      await this.#process(records);
      await this.#commit();
    }
  }

  async #poll(): Promise<readonly ConsumerRecord[]> {
    try {
      return await this.#call(() => this.#options.consumer.poll(pollMs));
    } catch (error) {
      if (this.#isStopped) return [];
      if (this.#isWakeup(error, 'poll')) return [];
      if (!(error instanceof KafkaError) || !error.retriable) throw error;
      await this.#pause(pauseMs);
      return [];
    }
  }

  async #process(records: readonly ConsumerRecord[]): Promise<void> {
    for (const [index, _record] of records.entries()) {
      const durationMs = this.#processingMs();
      if (durationMs > 0 && !this.#isStopped) await this.#pause(durationMs);
      if (this.#isStopped) return this.#goBackTo(records.slice(index));
    }
  }

  /** For the next record. */
  #processingMs(): number {
    const { processingMs, processingJitterMs } = this.#settings;
    if (processingJitterMs === 0) return processingMs;
    return Math.max(0, processingMs + (2 * this.#options.random.next() - 1) * processingJitterMs);
  }

  /** Everything that `poll()` gave before is processed: a rebalance takes place within the next one. */
  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const { commit, commitOnRevoke } = this.#settings;
    if (!commitOnRevoke || commit === 'auto' || partitions.length === 0) return;
    const { consumer } = this.#options;
    const positions = consumer.positions(partitions);
    try {
      if (positions.length > 0) await consumer.commitSync(positions, this.#stopLimitMs ?? undefined);
    } catch (error) {
      // What fails is the consumer's event; the rebalance goes on.
      if (!(error instanceof KafkaError) || error.code === 'WakeupException') throw error;
    }
  }

  #isWakeup(error: unknown, call: string): boolean {
    if (!(error instanceof KafkaError) || error.code !== 'WakeupException') return false;
    this.#isWoken = true;
    this.#options.onWoken(call);
    return true;
  }

  #goBackTo(unprocessed: readonly ConsumerRecord[]): void {
    const { consumer } = this.#options;
    const owned = new Set(consumer.assignment().map(({ topic, partition }) => `${topic}-${partition}`));
    for (const { topic, partition, offset } of unprocessed) {
      // The first one of each partition.
      if (owned.delete(`${topic}-${partition}`)) consumer.seek({ topic, partition }, offset);
    }
  }

  /** As Java applications do: asynchronous ones as it goes, the last one waited for. What fails is the consumer's event. */
  async #commit(): Promise<void> {
    const { consumer } = this.#options;
    const { commit } = this.#settings;
    if (commit === 'auto' || commit === 'none') return;
    if (commit === 'async' && !this.#isStopped) return consumer.commitAsync();
    try {
      await this.#call(() => consumer.commitSync(undefined, this.#stopLimitMs ?? undefined));
    } catch (error) {
      if (!this.#isStopped && this.#isWakeup(error, 'commitSync')) return;
      if (!(error instanceof KafkaError)) throw error;
    }
  }

  async #call<T>(call: () => Promise<T>): Promise<T> {
    this.#isCalling = true;
    try {
      return await call();
    } finally {
      this.#isCalling = false;
    }
  }

  #pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#wait = null;
        resolve();
      };
      this.#wait = { timer: this.#options.clock.after(durationMs, end), end };
    });
  }
}
