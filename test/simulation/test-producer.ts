/**
 * An idempotent producer with acks=all that never gives up on a batch: it sends it, with the same sequence numbers,
 * until it is acknowledged. Up to five batches of each partition are in flight, as Kafka's producer has it; after a
 * failure all that are not acknowledged are sent again in order. What was acknowledged is the promise that the cluster
 * made.
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

/** What a run needs of its producers. */
export interface SimProducer {
  readonly name: string;
  readonly acknowledged: readonly Acknowledged[];
  /** What was sent and is neither acknowledged nor given up. */
  readonly pending: number;
  /** It may have written a record twice, or records out of order. */
  readonly repeats: boolean;
  /** Resolves when it may produce. */
  start(partitions: number): Promise<void>;
  /** Sends nothing new. */
  stop(): void;
}

interface Batch {
  /** Counts the batches of the partition. */
  readonly number: number;
  readonly values: readonly string[];
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** It was sent before, and may be in the log. */
  inDoubt: boolean;
}

const inFlightMax = 5;

/** Errors that say nothing about the batch, besides those that Kafka calls retriable. */
const harmless: readonly number[] = [ErrorCode.UNKNOWN_TOPIC_ID, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION];

export class TestProducer implements SimProducer {
  readonly name: string;
  readonly repeats = false;
  readonly acknowledged: Acknowledged[] = [];
  /** Batches that are not acknowledged yet. */
  pending = 0;
  readonly #topic: string;
  readonly #brokers: Brokers;
  readonly #verdict: Verdict;
  #producerId = -1;
  #producerEpoch = -1;
  #stopped = false;

  constructor(name: string, topic: string, env: Env, ports: ReadonlyMap<number, number>, verdict: Verdict) {
    this.name = name;
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
        this.#verdict.violate(`${this.name} failed: ${error instanceof Error ? error.stack : String(error)}`);
      });
    }
  }

  /** No new batches; those in flight are still sent until they are acknowledged. */
  stop(): void {
    this.#stopped = true;
  }

  async #produce(partition: number): Promise<void> {
    const { random } = this.#brokers.env;
    const window: Batch[] = [];
    let number = 0;
    let sequence = 0;
    let next = 0;
    while (!this.#stopped || window.length > 0) {
      // A broker remembers five batches: what comes more than five behind one in doubt would make it forget that one.
      // And a log that knows nothing of this producer takes any sequence: the first batch goes alone.
      const first = window[0]?.number ?? number;
      const last = first === 0 ? 0 : first + random.integer(inFlightMax);
      while (!this.#stopped && number <= last) {
        const values = Array.from({ length: 1 + random.integer(4) }, () => `${this.name}/${partition}/${next++}`);
        window.push({ number: number++, values, sequence, bytes: this.#batch(values, sequence), inDoubt: false });
        sequence += values.length;
        this.pending++;
      }
      await this.#sendWindow(partition, window);
      await this.#brokers.sleep(window.length > 0 ? 50 : random.integer(120));
    }
  }

  /** Sends all batches at once; the acknowledged ones leave the window. */
  async #sendWindow(partition: number, window: Batch[]): Promise<void> {
    const leader = await this.#brokers.leader(this.#topic, partition);
    const outcomes = await Promise.all(window.map((batch) => this.#send(leader, partition, batch)));
    // A log that knows the producer takes a sequence only behind the one before it, so what is in front of an acknowledged batch is there, too.
    // (A broker that was started again knows only the last batch of a producer and sees a gap in front of that one.)
    const done = outcomes.findLastIndex((outcome) => typeof outcome === 'number') + 1;
    window.splice(0, done).forEach((batch, index) => {
      const outcome = outcomes[index];
      this.pending--;
      batch.values.forEach((value, at) => {
        const offset = typeof outcome === 'number' && outcome >= 0 ? outcome + at : -1;
        this.acknowledged.push({ value, partition, offset });
      });
    });
    const [first] = window;
    // Behind a batch that failed a gap is to be expected; in front of all it means that an acknowledged record is lost.
    if (first !== undefined && !first.inDoubt && outcomes[done] === 'gap') {
      this.#verdict.violate(
        `${this.name}: broker ${leader} misses what was acknowledged before sequence ${first.sequence} of ${this.#topic}-${partition}`,
      );
    }
    for (const batch of window) batch.inDoubt = true;
    if (window.length > 0) this.#brokers.forget(this.#topic, partition);
  }

  /** The base offset (-1: a duplicate); else why it has to be sent again. */
  async #send(leader: number, partition: number, batch: Batch): Promise<number | 'gap' | 'failed'> {
    const response = await this.#brokers.ask(leader, produceApi, {
      acks: -1,
      timeoutMs: 1500,
      topicData: [
        {
          topicId: this.#brokers.topicId(this.#topic) ?? '',
          partitionData: [{ index: partition, records: batch.bytes.slice() }],
        },
      ],
    });
    const answer = response?.responses[0]?.partitionResponses[0];
    if (answer === undefined) return 'failed';
    const { errorCode, baseOffset } = answer;
    if (errorCode === ErrorCode.NONE) return baseOffset;
    if (errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) return -1;
    if (errorCode === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) return 'gap';
    if (!isRetriable(errorCode) && !harmless.includes(errorCode)) {
      const what = `sequence ${batch.sequence} of ${this.#topic}-${partition}`;
      this.#verdict.violate(`${this.name}: broker ${leader} answers ${errorName(errorCode)} to ${what}`);
    }
    return 'failed';
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
