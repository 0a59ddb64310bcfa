/** Calls the rebalance listener, tells of it, and remembers the newest calls (`ConsumerRebalanceListenerInvoker`). */
import { type TopicPartition, topicPartitionKey } from '../../base/ids.ts';
import { clientError, KafkaError } from '../kafka-error.ts';
import { byTopicAndPartition } from './assignors/index.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { CallbackSample, RebalanceCallback } from './consumer-events.ts';

const rememberedMax = 8;

export class RebalanceCallbacks {
  readonly #context: ConsumerContext;
  readonly #recent: CallbackSample[] = [];
  #running = 0;

  constructor(context: ConsumerContext) {
    this.#context = context;
  }

  /** The newest ones, oldest first. */
  get recent(): readonly CallbackSample[] {
    return this.#recent;
  }
  /** Whether a listener runs: it may call the consumer. */
  get running(): boolean {
    return this.#running > 0;
  }

  /**
   * What the listener has thrown, else null. Rejects with a WakeupException that went through it. An empty list of
   * revoked or assigned partitions is told, too, as Java does.
   */
  async invoke(callback: RebalanceCallback, unsorted: readonly TopicPartition[]): Promise<Error | null> {
    const { emit, env } = this.#context;
    const partitions = [...unsorted].sort(byTopicAndPartition);
    const names = partitions.map(({ topic, partition }) => topicPartitionKey(topic, partition));
    this.#recent.push({ atMs: env.clock.now(), callback, partitions: names });
    if (this.#recent.length > rememberedMax) this.#recent.shift();
    emit({ type: 'callback', callback, partitions });
    this.#running++;
    try {
      await this.#call(callback, partitions);
      return null;
    } catch (error) {
      if (error instanceof KafkaError && error.code === 'WakeupException') throw error;
      const failure = error instanceof Error ? error : new Error(String(error));
      emit({ type: 'callback-failed', callback, message: failure.message });
      return failure;
    } finally {
      this.#running--;
    }
  }

  #call(callback: RebalanceCallback, partitions: readonly TopicPartition[]): void | Promise<void> {
    const { listener } = this.#context.subscriptions;
    if (callback === 'onPartitionsAssigned') return listener.onPartitionsAssigned(partitions);
    if (callback === 'onPartitionsLost' && listener.onPartitionsLost !== undefined) {
      return listener.onPartitionsLost(partitions);
    }
    return listener.onPartitionsRevoked(partitions);
  }
}

export function callbackError(cause: Error): KafkaError {
  return clientError('KafkaException', 'User rebalance callback throws an error', cause);
}
