/**
 * Reads of partitions over the wire, as a consumer without a group makes them: bounds and offsets by time from
 * ListOffsets, batches from Fetch up to the high watermark (`read_uncommitted`). Fetches never wait at the broker, so one
 * connection serves the tail and whoever asks meanwhile.
 *
 * A call goes to the leader as metadata knows it. When that is wrong, or there is none, metadata is asked again and the
 * call is repeated until its deadline; then it rejects with the newest error. What is returned for a partition of a fetch
 * is the broker's answer, error or not: whoever tails goes on by itself.
 */
import type { DurationMs, NodeId, Offset, PartitionIndex, TimestampMs, TopicName } from '../../base/ids.ts';
import { brokerError, KafkaError, type ClusterClient } from '../../client/index.ts';
import { ErrorCode, fetchApi, listOffsetsApi } from '../../protocol/index.ts';

export interface PartitionReaderOptions {
  readonly cluster: ClusterClient;
  /** Monotonic. */
  now(): number;
  /** For a whole call with its repetitions. */
  readonly timeoutMs: DurationMs;
}

export interface PartitionBounds {
  readonly logStartOffset: Offset;
  readonly highWatermark: Offset;
}

/** One partition's part of a fetch. */
export interface FetchedPartition {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly errorCode: number;
  readonly highWatermark: Offset;
  /** Whole batches; the first may begin before the offset that was asked for. */
  readonly records: Uint8Array;
}

export interface FetchPosition {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly offset: Offset;
}

/** `ListOffsetsRequest`'s special timestamps. */
const latestTimestamp = -1;
const earliestTimestamp = -2;
const readUncommitted = 0;
/** A consumer is no replica. */
const consumerReplicaId = -1;

export class PartitionReader {
  readonly #options: PartitionReaderOptions;

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
  }

  async bounds(topic: TopicName, partition: PartitionIndex): Promise<PartitionBounds> {
    const [logStartOffset, highWatermark] = await Promise.all([
      this.#listOffset(topic, partition, earliestTimestamp),
      this.#listOffset(topic, partition, latestTimestamp),
    ]);
    return { logStartOffset, highWatermark };
  }

  /** Of the first record whose timestamp is at or after `timestampMs`; null when there is none. */
  async offsetForTime(topic: TopicName, partition: PartitionIndex, timestampMs: TimestampMs): Promise<Offset | null> {
    const offset = await this.#listOffset(topic, partition, timestampMs);
    return offset < 0 ? null : offset;
  }

  /** What the leader has from `offset` on; rejects with its error. */
  fetch(topic: TopicName, partition: PartitionIndex, offset: Offset, bytesMax: number): Promise<FetchedPartition> {
    return this.#atLeader(topic, partition, async (leader) => {
      const [fetched] = await this.fetchFrom(leader, [{ topic, partition, offset }], bytesMax);
      if (fetched === undefined) throw brokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      if (fetched.errorCode !== ErrorCode.NONE) throw brokerError(fetched.errorCode);
      return fetched;
    });
  }

  /** Of several partitions that one broker leads; all of one topic. An error of the whole request rejects. */
  async fetchFrom(
    leader: NodeId,
    positions: readonly FetchPosition[],
    bytesMax: number,
  ): Promise<readonly FetchedPartition[]> {
    const [first] = positions;
    if (first === undefined) return [];
    const { topic } = first;
    const { cluster, timeoutMs } = this.#options;
    const topicId = cluster.topic(topic)?.topicId;
    if (topicId === undefined) throw brokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const request = {
      replicaId: consumerReplicaId,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: bytesMax,
      isolationLevel: readUncommitted,
      topics: [
        {
          topic,
          topicId,
          partitions: positions.map(({ partition, offset }) => ({
            partition,
            currentLeaderEpoch: -1,
            fetchOffset: offset,
            partitionMaxBytes: bytesMax,
          })),
        },
      ],
    };
    const response = await cluster.send(leader, fetchApi, request, { timeoutMs });
    if (response.errorCode !== ErrorCode.NONE) throw brokerError(response.errorCode);
    return response.responses.flatMap((each) =>
      each.partitions.map(({ partitionIndex, errorCode, highWatermark, records }) => ({
        topic,
        partition: partitionIndex,
        errorCode,
        highWatermark,
        records: records ?? new Uint8Array(0),
      })),
    );
  }

  /** Waits for metadata of the topic; rejects with what the cluster says when there is no such topic. */
  async partitionsOf(topic: TopicName): Promise<readonly PartitionIndex[]> {
    const { cluster } = this.#options;
    const deadlineMs = this.#options.now() + unknownTopicLimitMs;
    for (;;) {
      const known = cluster.topic(topic);
      if (known !== null) return known.partitions.map(({ partition }) => partition);
      const leftMs = deadlineMs - this.#options.now();
      if (leftMs <= 0) throw brokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      cluster.requestUpdate();
      await cluster.awaitUpdate(Math.max(1, this.#options.timeoutMs));
    }
  }

  /** High watermarks of partitions that one broker leads; those that it answers with an error are left out. */
  endsAt(leader: NodeId, topic: TopicName, partitions: readonly PartitionIndex[]): Promise<readonly FetchPosition[]> {
    return this.#offsetsAt(leader, topic, partitions, latestTimestamp);
  }

  /** Where their logs begin. */
  startsAt(leader: NodeId, topic: TopicName, partitions: readonly PartitionIndex[]): Promise<readonly FetchPosition[]> {
    return this.#offsetsAt(leader, topic, partitions, earliestTimestamp);
  }

  async #offsetsAt(
    leader: NodeId,
    topic: TopicName,
    partitions: readonly PartitionIndex[],
    timestamp: number,
  ): Promise<readonly FetchPosition[]> {
    const answers = await this.#listOffsets(leader, topic, partitions, timestamp);
    return answers
      .filter(({ errorCode }) => errorCode === ErrorCode.NONE)
      .map(({ partitionIndex, offset }) => ({ topic, partition: partitionIndex, offset }));
  }

  #listOffset(topic: TopicName, partition: PartitionIndex, timestamp: number): Promise<Offset> {
    return this.#atLeader(topic, partition, async (leader) => {
      const [answer] = await this.#listOffsets(leader, topic, [partition], timestamp);
      if (answer === undefined) throw brokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      if (answer.errorCode !== ErrorCode.NONE) throw brokerError(answer.errorCode);
      return answer.offset;
    });
  }

  async #listOffsets(leader: NodeId, topic: TopicName, partitions: readonly PartitionIndex[], timestamp: number) {
    const { cluster, timeoutMs } = this.#options;
    const request = {
      replicaId: consumerReplicaId,
      isolationLevel: readUncommitted,
      topics: [{ name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })) }],
    };
    const response = await cluster.send(leader, listOffsetsApi, request, { timeoutMs });
    return response.topics[0]?.partitions ?? [];
  }

  async #atLeader<T>(topic: TopicName, partition: PartitionIndex, call: (leader: NodeId) => Promise<T>): Promise<T> {
    const { cluster, now, timeoutMs } = this.#options;
    const deadlineMs = now() + timeoutMs;
    const partitions = await this.partitionsOf(topic);
    if (!partitions.includes(partition)) throw brokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    for (;;) {
      const leader = cluster.leader(topic, partition);
      let failure = brokerError(ErrorCode.LEADER_NOT_AVAILABLE);
      try {
        if (leader !== null) return await call(leader.id);
      } catch (error) {
        if (!(error instanceof KafkaError) || !error.retriable) throw error;
        failure = error;
      }
      const leftMs = deadlineMs - now();
      if (leftMs <= 0) throw failure;
      cluster.requestUpdate();
      // The error that stood in the way says more than that metadata did not come.
      await cluster.awaitUpdate(leftMs).catch(() => {
        throw failure;
      });
      if (cluster.topic(topic) === null) throw brokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }
  }
}

/** A topic that was just made may not be known to the broker that is asked; one that does not exist never will be. */
const unknownTopicLimitMs = 1500;
