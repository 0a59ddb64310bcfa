/**
 * A test client's way to the cluster: one channel for each broker, metadata from whoever answers, the leader of each
 * partition as it was last heard of. Like Kafka's clients it never goes back to an older leader epoch: a broker that is cut
 * off from the quorum still takes itself for the leader. It never gives up: whoever waits for it has the deadline.
 */
import type { Env } from '../../engine/env/index.ts';
import { NetworkError } from '../../engine/env/index.ts';
import { RpcChannel } from '../../engine/net/index.ts';
import { type Api, ErrorCode, metadataApi, type RequestInputOf, type ResponseOf } from '../../engine/protocol/index.ts';

const retryMs = 100;

export class Brokers {
  readonly env: Env;
  readonly #channels: ReadonlyMap<number, RpcChannel>;
  readonly #ids: readonly number[];
  readonly #leaders = new Map<string, number>();
  readonly #epochs = new Map<string, number>();
  readonly #topicIds = new Map<string, string>();
  #next: number;

  /** `ports` by node id. */
  constructor(env: Env, clientId: string, ports: ReadonlyMap<number, number>) {
    this.env = env;
    this.#ids = [...ports.keys()];
    this.#next = env.random.integer(this.#ids.length);
    this.#channels = new Map(
      [...ports].map(([id, port]) => [
        id,
        new RpcChannel({ env, host: '127.0.0.1', port, clientId, requestTimeoutMs: 3000, connectTimeoutMs: 1000 }),
      ]),
    );
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.env.clock.after(delayMs, resolve));
  }

  /** The answer of that broker, or null when there is none. */
  async ask<A extends Api>(broker: number, api: A, request: RequestInputOf<A>): Promise<ResponseOf<A> | null> {
    const channel = this.#channels.get(broker);
    if (channel === undefined) return null;
    try {
      return await channel.send(api, request);
    } catch (error) {
      if (error instanceof NetworkError) return null;
      throw error;
    }
  }

  /** Asks one broker after the other until `accept` likes an answer. */
  async askAny<A extends Api>(
    api: A,
    request: RequestInputOf<A>,
    accept: (response: ResponseOf<A>) => boolean,
  ): Promise<ResponseOf<A>> {
    for (;;) {
      const response = await this.ask(this.#ids[this.#next]!, api, request);
      if (response !== null && accept(response)) return response;
      this.#next = (this.#next + 1) % this.#ids.length;
      await this.sleep(retryMs);
    }
  }

  topicId(topic: string): string | null {
    return this.#topicIds.get(topic) ?? null;
  }

  /** The leader as far as known; asks when nothing is. */
  async leader(topic: string, partition: number): Promise<number> {
    for (;;) {
      const known = this.#leaders.get(`${topic}-${partition}`);
      if (known !== undefined) return known;
      await this.#refresh(topic);
      if (this.#leaders.has(`${topic}-${partition}`)) continue;
      this.forget(topic, partition);
      await this.sleep(retryMs);
    }
  }

  /** Newest leader epoch that was heard of; -1 when none was. */
  leaderEpoch(topic: string, partition: number): number {
    return this.#epochs.get(`${topic}-${partition}`) ?? -1;
  }

  /** What was known of the leader did not help. */
  forget(topic: string, partition: number): void {
    this.#leaders.delete(`${topic}-${partition}`);
    this.#next = (this.#next + 1) % this.#ids.length;
  }

  async #refresh(topic: string): Promise<void> {
    const request = { topics: [{ name: topic }], allowAutoTopicCreation: false };
    const { topics } = await this.askAny(metadataApi, request, (response) => response.topics.length === 1);
    const [found] = topics;
    if (found === undefined || found.errorCode !== ErrorCode.NONE) return;
    this.#topicIds.set(topic, found.topicId);
    for (const { partitionIndex, leaderId, leaderEpoch } of found.partitions) {
      if (leaderId < 0 || leaderEpoch < this.leaderEpoch(topic, partitionIndex)) continue;
      this.#leaders.set(`${topic}-${partitionIndex}`, leaderId);
      this.#epochs.set(`${topic}-${partitionIndex}`, leaderEpoch);
    }
  }
}
