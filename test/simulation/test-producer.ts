/**
 * An idempotent producer with acks=all that never gives up on a batch: it sends it, with the same sequence numbers,
 * until it is acknowledged. One batch of each partition is in flight. What was acknowledged is the promise that the
 * cluster made.
 */
import { utf8 } from '../../engine/base/text.ts';
import type { Env } from '../../engine/env/index.ts';
import { ErrorCode, errorName, initProducerIdApi, isRetriable, produceApi } from '../../engine/protocol/index.ts';
import { BatchBuilder } from '../../engine/record/index.ts';
import { Brokers } from './brokers.ts';
import type { Verdict } from './verdict.ts';

export interface Acknowledged {
  readonly value: string;
  readonly partition: number;
  /** -1: acknowledged as a duplicate, the offset is unknown. */
  readonly offset: number;
}

/** Errors that say nothing about the batch, besides those that Kafka calls retriable. */
const harmless: readonly number[] = [ErrorCode.UNKNOWN_TOPIC_ID, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION];

export class TestProducer {
  readonly acknowledged: Acknowledged[] = [];
  /** Partitions whose batch is not acknowledged yet. */
  pending = 0;
  readonly #name: string;
  readonly #topic: string;
  readonly #brokers: Brokers;
  readonly #verdict: Verdict;
  #producerId = -1;
  #producerEpoch = -1;
  #stopped = false;

  constructor(name: string, topic: string, env: Env, ports: ReadonlyMap<number, number>, verdict: Verdict) {
    this.#name = name;
    this.#topic = topic;
    this.#brokers = new Brokers(env, name, ports);
    this.#verdict = verdict;
  }

  async start(partitions: number): Promise<void> {
    const request = { transactionalId: null, transactionTimeoutMs: 60_000 };
    const given = await this.#brokers.askAny(initProducerIdApi, request, ({ errorCode }) => errorCode === 0);
    this.#producerId = given.producerId;
    this.#producerEpoch = given.producerEpoch;
    for (let partition = 0; partition < partitions; partition++) {
      this.#produce(partition).catch((error: unknown) => {
        this.#verdict.violate(`${this.#name} failed: ${error instanceof Error ? error.stack : String(error)}`);
      });
    }
  }

  /** No new batches; those in flight are still sent until they are acknowledged. */
  stop(): void {
    this.#stopped = true;
  }

  async #produce(partition: number): Promise<void> {
    const { random } = this.#brokers.env;
    let sequence = 0;
    let next = 0;
    while (!this.#stopped) {
      const values = Array.from({ length: 1 + random.integer(4) }, () => `${this.#name}/${partition}/${next++}`);
      this.pending++;
      const offset = await this.#sendUntilAcknowledged(partition, values, sequence);
      this.pending--;
      sequence += values.length;
      values.forEach((value, index) => {
        this.acknowledged.push({ value, partition, offset: offset < 0 ? -1 : offset + index });
      });
      await this.#brokers.sleep(random.integer(120));
    }
  }

  async #sendUntilAcknowledged(partition: number, values: readonly string[], baseSequence: number): Promise<number> {
    const records = this.#batch(values, baseSequence);
    for (;;) {
      const leader = await this.#brokers.leader(this.#topic, partition);
      const offset = await this.#send(leader, partition, records, baseSequence);
      if (offset !== null) return offset;
      this.#brokers.forget(this.#topic, partition);
      await this.#brokers.sleep(50);
    }
  }

  /** The base offset, or null when it has to be sent again. */
  async #send(leader: number, partition: number, records: Uint8Array, sequence: number): Promise<number | null> {
    const response = await this.#brokers.ask(leader, produceApi, {
      acks: -1,
      timeoutMs: 1500,
      topicData: [
        {
          topicId: this.#brokers.topicId(this.#topic) ?? '',
          partitionData: [{ index: partition, records: records.slice() }],
        },
      ],
    });
    const answer = response?.responses[0]?.partitionResponses[0];
    if (answer === undefined) return null;
    const { errorCode, baseOffset } = answer;
    if (errorCode === ErrorCode.NONE) return baseOffset;
    if (errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) return -1;
    if (!isRetriable(errorCode) && !harmless.includes(errorCode)) {
      const what = `batch ${sequence} of ${this.#topic}-${partition}`;
      this.#verdict.violate(`${this.#name}: broker ${leader} answers ${errorName(errorCode)} to ${what}`);
    }
    return null;
  }

  #batch(values: readonly string[], baseSequence: number): Uint8Array {
    const timestamp = this.#brokers.env.clock.now();
    const builder = new BatchBuilder({
      producerId: this.#producerId,
      producerEpoch: this.#producerEpoch,
      baseSequence,
    });
    for (const value of values) builder.append({ timestamp, key: null, value: utf8(value) });
    return builder.build();
  }
}
