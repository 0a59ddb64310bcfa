/** ListOffsets at the leaders of partitions, as one call for many (`OffsetFetcher`). */
import {
  type DurationMs,
  type LeaderEpoch,
  type NodeId,
  type Offset,
  type TimestampMs,
  type TopicPartition,
  topicPartitionKey,
  type TopicPartitionKey,
} from '../../base/ids.ts';
import { ErrorCode, listOffsetsApi } from '../../protocol/index.ts';
import { brokerError, clientError } from '../kafka-error.ts';
import type { ConsumerContext } from './consumer-context.ts';

/** In place of a timestamp. */
export const latestTimestamp = -1;
export const earliestTimestamp = -2;

const isolationLevels = { read_uncommitted: 0, read_committed: 1 } as const;

export interface OffsetQuery extends TopicPartition {
  readonly timestamp: TimestampMs;
}

export interface FoundOffset {
  readonly offset: Offset;
  readonly timestamp: TimestampMs;
  readonly leaderEpoch: LeaderEpoch | null;
}

export interface OffsetAnswers {
  /** Null: no record at or after the timestamp. */
  readonly found: ReadonlyMap<TopicPartitionKey, FoundOffset | null>;
  /** Without a leader, or refused in a way that new metadata may cure. */
  readonly retry: readonly OffsetQuery[];
}

export class OffsetLookups {
  readonly #context: ConsumerContext;

  constructor(context: ConsumerContext) {
    this.#context = context;
  }

  /** Asks once. Rejects with what trying again does not help. */
  async ask(queries: readonly OffsetQuery[]): Promise<OffsetAnswers> {
    const { cluster } = this.#context;
    const byLeader = Map.groupBy(queries, ({ topic, partition }) => cluster.leader(topic, partition)?.id ?? null);
    const found = new Map<TopicPartitionKey, FoundOffset | null>();
    const retry: OffsetQuery[] = [];
    await Promise.all(
      [...byLeader].map(async ([leader, ofLeader]) => {
        if (leader === null) retry.push(...ofLeader);
        else retry.push(...(await this.#askLeader(leader, ofLeader, found)));
      }),
    );
    if (retry.length > 0) cluster.requestUpdate();
    return { found, retry };
  }

  /** Until all are answered; rejects with a TimeoutException. */
  async askUntilAnswered(
    queries: readonly OffsetQuery[],
    timeoutMs: DurationMs,
  ): Promise<ReadonlyMap<TopicPartitionKey, FoundOffset | null>> {
    const { cluster, waits, settings } = this.#context;
    const deadline = waits.deadline(timeoutMs);
    const all = new Map<TopicPartitionKey, FoundOffset | null>();
    cluster.followTopics([
      ...new Set([...this.#context.subscriptions.metadataTopics, ...queries.map(({ topic }) => topic)]),
    ]);
    for (let left = queries; left.length > 0;) {
      const call = waits.call(this.ask(left));
      await waits.until(() => call.done, deadline);
      if (call.error !== null && !call.error.retriable) throw call.error;
      for (const [key, offset] of call.value?.found ?? []) all.set(key, offset);
      if (call.value !== null) left = call.value.retry;
      if (left.length === 0) break;
      await waits.pause(settings.retryBackoffMs, deadline);
      if (deadline.expired) throw clientError('TimeoutException', `Failed to get offsets by times in ${timeoutMs}ms`);
    }
    return all;
  }

  async #askLeader(
    leader: NodeId,
    queries: readonly OffsetQuery[],
    found: Map<TopicPartitionKey, FoundOffset | null>,
  ): Promise<OffsetQuery[]> {
    const { cluster, settings } = this.#context;
    const byTopic = Map.groupBy(queries, ({ topic }) => topic);
    const answer = await cluster.send(leader, listOffsetsApi, {
      replicaId: -1,
      isolationLevel: isolationLevels[settings.isolationLevel],
      topics: [...byTopic].map(([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition, timestamp }) => ({
          partitionIndex: partition,
          currentLeaderEpoch: cluster.partition(name, partition)?.leaderEpoch ?? -1,
          timestamp,
        })),
      })),
      timeoutMs: settings.requestTimeoutMs,
    });
    const retry = new Map(queries.map((query) => [topicPartitionKey(query.topic, query.partition), query]));
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode, offset, timestamp, leaderEpoch } of partitions) {
        const key = topicPartitionKey(name, partitionIndex);
        if (errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED) throw brokerError(errorCode);
        if (errorCode !== ErrorCode.NONE) continue;
        const epoch = leaderEpoch < 0 ? null : leaderEpoch;
        found.set(key, offset < 0 ? null : { offset, timestamp, leaderEpoch: epoch });
        retry.delete(key);
      }
    }
    return [...retry.values()];
  }
}
