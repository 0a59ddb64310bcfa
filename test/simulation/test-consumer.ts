/**
 * Reads every partition from the start, as a consumer without a group does, and remembers what stood at which offset.
 * What was once readable must never change or vanish.
 */
import { fromUtf8 } from '../../engine/base/text.ts';
import type { Env } from '../../engine/env/index.ts';
import { ErrorCode, errorName, fetchApi, isRetriable } from '../../engine/protocol/index.ts';
import { iterateBatches, iterateRecords, noCodecs } from '../../engine/record/index.ts';
import { Brokers } from './brokers.ts';
import type { Verdict } from './verdict.ts';

const harmless: readonly number[] = [ErrorCode.UNKNOWN_TOPIC_ID, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION];

export class TestConsumer {
  /** Values by partition, in the order of offsets from 0 on. */
  readonly values: string[][];
  readonly #topic: string;
  readonly #brokers: Brokers;
  readonly #verdict: Verdict;
  #stopped = false;

  constructor(topic: string, partitions: number, env: Env, ports: ReadonlyMap<number, number>, verdict: Verdict) {
    this.#topic = topic;
    this.#brokers = new Brokers(env, 'consumer', ports);
    this.#verdict = verdict;
    this.values = Array.from({ length: partitions }, () => []);
  }

  start(): void {
    this.values.forEach((values, partition) => {
      this.#consume(partition, values).catch((error: unknown) => {
        this.#verdict.violate(`the consumer failed: ${error instanceof Error ? error.stack : String(error)}`);
      });
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  async #consume(partition: number, values: string[]): Promise<void> {
    while (!this.#stopped) {
      const leader = await this.#brokers.leader(this.#topic, partition);
      const records = await this.#fetch(leader, partition, values.length);
      if (records === null) {
        this.#brokers.forget(this.#topic, partition);
        await this.#brokers.sleep(100);
      } else this.#take(records, partition, values);
    }
  }

  async #fetch(leader: number, partition: number, fetchOffset: number): Promise<Uint8Array | null> {
    const currentLeaderEpoch = this.#brokers.leaderEpoch(this.#topic, partition);
    const response = await this.#brokers.ask(leader, fetchApi, {
      maxWaitMs: 500,
      minBytes: 1,
      topics: [
        {
          topicId: this.#brokers.topicId(this.#topic) ?? '',
          partitions: [{ partition, currentLeaderEpoch, fetchOffset, partitionMaxBytes: 64 * 1024 }],
        },
      ],
    });
    const answer = response?.responses[0]?.partitions[0];
    if (answer === undefined) return null;
    const { errorCode, records } = answer;
    if (errorCode === ErrorCode.NONE) return records ?? new Uint8Array(0);
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE || (!isRetriable(errorCode) && !harmless.includes(errorCode))) {
      const what = `${this.#topic}-${partition} at offset ${fetchOffset}`;
      this.#verdict.violate(`broker ${leader} answers ${errorName(errorCode)} to a consumer of ${what}`);
    }
    return null;
  }

  #take(records: Uint8Array, partition: number, values: string[]): void {
    for (const batch of iterateBatches(records)) {
      for (const { offset, value } of iterateRecords(batch, noCodecs)) {
        if (offset < values.length) continue;
        if (offset > values.length) {
          this.#verdict.violate(`${this.#topic}-${partition} jumps from offset ${values.length} to ${offset}`);
        }
        values.push(value === null ? '' : fromUtf8(value));
      }
    }
  }
}
