/**
 * When metadata is asked for, and for which topics: at once for a new topic or on request, again while partitions lack
 * a leader, and every `metadata.max.age.ms` (Kafka's `Metadata` and `DefaultMetadataUpdater`).
 *
 * One request is under way at a time. After a failure, or when answers bring nothing new, the next waits for
 * `retry.backoff.ms`, twice as long each time up to `retry.backoff.max.ms`.
 */
import type { DurationMs, TopicName } from '../../base/ids.ts';
import type { Timer } from '../../env/index.ts';
import { ErrorCode, metadataApi, type MetadataRequestInput, type MetadataResponse } from '../../protocol/index.ts';
import { clientError, KafkaError } from '../kafka-error.ts';
import { ExponentialBackoff } from './backoff.ts';
import type { ClientEnv } from './cluster-client.ts';
import type { MetadataCache } from './metadata-cache.ts';

export interface MetadataRefreshOptions {
  readonly env: ClientEnv;
  readonly cache: MetadataCache;
  readonly metadataMaxAgeMs: DurationMs;
  readonly retryBackoffMs: DurationMs;
  readonly retryBackoffMaxMs: DurationMs;
  readonly allowAutoTopicCreation: boolean;
  ask(api: typeof metadataApi, request: MetadataRequestInput): Promise<MetadataResponse>;
  onUpdate(): void;
}

interface Waiter {
  readonly timer: Timer;
  readonly resolve: () => void;
  readonly reject: (error: KafkaError) => void;
}

export class MetadataRefresh {
  readonly #options: MetadataRefreshOptions;
  readonly #backoff: ExponentialBackoff;
  readonly #waiters = new Set<Waiter>();
  #topics: ReadonlySet<TopicName> | null = new Set();
  #timer: Timer | null = null;
  #asking = false;
  /** An update is wanted before the present one is too old. */
  #wanted = false;
  /** What is followed has changed since the request that is under way. */
  #widened = false;
  /** Failures, or answers without news, one behind the other. */
  #fruitless = 0;
  #backoffMs: DurationMs = 0;
  #lastAskedMs = Number.NEGATIVE_INFINITY;
  #lastAppliedMs = Number.NEGATIVE_INFINITY;
  #version = 0;
  #closed: KafkaError | null = null;

  constructor(options: MetadataRefreshOptions) {
    this.#options = options;
    this.#backoff = new ExponentialBackoff(options.retryBackoffMs, options.retryBackoffMaxMs, options.env.random);
  }

  get version(): number {
    return this.#version;
  }

  follow(topics: readonly TopicName[] | null): void {
    const before = this.#topics;
    this.#topics = topics === null ? null : new Set(topics);
    const isNew = topics === null ? before !== null : before !== null && topics.some((topic) => !before.has(topic));
    if (!isNew && this.#version > 0) return;
    this.#widened = this.#asking;
    this.#wanted = true;
    if (isNew) this.#noteFruitless(0);
    this.#schedule();
  }

  request(): void {
    this.#wanted = true;
    this.#schedule();
  }

  next(timeoutMs: DurationMs): Promise<void> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      const timer = this.#options.env.clock.after(timeoutMs, () => {
        this.#waiters.delete(waiter);
        reject(clientError('TimeoutException', `Failed to update metadata after ${timeoutMs} ms.`));
      });
      const waiter: Waiter = { timer, resolve, reject };
      this.#waiters.add(waiter);
    });
  }

  close(error: KafkaError): void {
    this.#closed = error;
    this.#timer?.cancel();
    this.#settleWaiters((waiter) => waiter.reject(error));
  }

  #schedule(): void {
    if (this.#asking || this.#closed !== null) return;
    const { clock } = this.#options.env;
    const now = clock.monotonic();
    const dueMs = this.#wanted ? now : this.#lastAppliedMs + this.#options.metadataMaxAgeMs;
    const delayMs = Math.max(dueMs, this.#lastAskedMs + this.#backoffMs) - now;
    this.#timer?.cancel();
    this.#timer = null;
    if (delayMs <= 0) this.#ask();
    else this.#timer = clock.after(delayMs, () => this.#ask());
  }

  #ask(): void {
    const { env, allowAutoTopicCreation, ask } = this.#options;
    this.#timer = null;
    this.#asking = true;
    if (!this.#wanted) this.#noteFruitless(0);
    this.#wanted = false;
    this.#widened = false;
    this.#lastAskedMs = env.clock.monotonic();
    const topics = this.#topics === null ? null : [...this.#topics].map((name) => ({ name }));
    ask(metadataApi, { topics, allowAutoTopicCreation }).then(
      (response) => this.#answered(response),
      (error: unknown) => {
        if (!(error instanceof KafkaError)) throw error;
        this.#failed();
      },
    );
  }

  #answered(response: MetadataResponse): void {
    if (this.#closed !== null) return;
    // A broker that has not heard of the cluster yet knows nobody.
    if (response.errorCode !== ErrorCode.NONE || response.brokers.length === 0) return this.#failed();
    const { changed, incomplete } = this.#options.cache.apply(response);
    this.#asking = false;
    this.#lastAppliedMs = this.#options.env.clock.monotonic();
    this.#version++;
    this.#noteFruitless(changed || this.#widened ? 0 : this.#fruitless + 1);
    if (incomplete || this.#widened) this.#wanted = true;
    this.#schedule();
    this.#settleWaiters((waiter) => waiter.resolve());
    this.#options.onUpdate();
  }

  #failed(): void {
    if (this.#closed !== null) return;
    this.#asking = false;
    this.#noteFruitless(this.#fruitless + 1);
    this.#wanted = true;
    this.#schedule();
  }

  #noteFruitless(count: number): void {
    this.#fruitless = count;
    this.#backoffMs = count > 0 ? this.#backoff.delayMs(count - 1) : 0;
  }

  #settleWaiters(settle: (waiter: Waiter) => void): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) {
      waiter.timer.cancel();
      settle(waiter);
    }
  }
}
