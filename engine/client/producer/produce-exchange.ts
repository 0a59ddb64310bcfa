/** Between batches and the Produce API: the request of what is drained for one broker, and what its answer says of each batch. */
import type { DurationMs, LeaderEpoch, NodeId, Offset, PartitionIndex, TimestampMs, Uuid } from '../../base/ids.ts';
import { ErrorCode, type ProduceRequestInput, type ProduceResponse } from '../../protocol/index.ts';
import type { BrokerEndpoint, ClusterClient } from '../cluster/index.ts';
import type { KafkaError } from '../kafka-error.ts';
import type { ProducerBatch } from './producer-batch.ts';

/** What became of one batch. */
export interface BatchAnswer {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  /** -1: unknown. */
  readonly baseOffset: Offset;
  readonly logAppendTimeMs: TimestampMs;
  readonly logStartOffset: Offset;
  /** Records that were refused, by their place in the batch. */
  readonly recordErrors: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string | null }[];
  /** Whom the broker takes for the leader. */
  readonly leader: {
    readonly id: NodeId;
    readonly epoch: LeaderEpoch;
    readonly endpoints: readonly BrokerEndpoint[];
  } | null;
  /** A broker said so; false for what the client concluded by itself. */
  readonly byBroker: boolean;
}

/** With `acks=0` a batch is done when it is handed to the connection. */
export const noAnswer: BatchAnswer = {
  errorCode: ErrorCode.NONE,
  errorMessage: null,
  baseOffset: -1,
  logAppendTimeMs: -1,
  logStartOffset: -1,
  recordErrors: [],
  leader: null,
  byBroker: false,
};

export function produceRequest(
  batches: readonly ProducerBatch[],
  cluster: ClusterClient,
  acks: number,
  timeoutMs: DurationMs,
): ProduceRequestInput {
  const topics = new Map<string, { topicId: Uuid; partitionData: { index: PartitionIndex; records: Uint8Array }[] }>();
  for (const batch of batches) {
    const { topic, partition: index } = batch.queue;
    let data = topics.get(topic);
    if (data === undefined) {
      data = { topicId: cluster.topic(topic)?.topicId ?? '', partitionData: [] };
      topics.set(topic, data);
    }
    // A copy: the batch may get another sequence while these bytes are still on their way.
    data.partitionData.push({ index, records: batch.build().slice() });
  }
  return { acks, timeoutMs, topicData: [...topics].map(([name, data]) => ({ name, ...data })) };
}

/** The answer for each batch; one that the response does not name counts as disconnected. */
export function answersOf(
  response: ProduceResponse,
  request: ProduceRequestInput,
): (batch: ProducerBatch) => BatchAnswer {
  const names = new Map(request.topicData.map(({ name, topicId }) => [topicId, name ?? '']));
  const endpoints = response.nodeEndpoints.map(({ nodeId: id, host, port, rack }) => ({ id, host, port, rack }));
  const answers = new Map<string, BatchAnswer>();
  for (const { name, topicId, partitionResponses } of response.responses) {
    const topic = name === '' ? (names.get(topicId) ?? '') : name;
    for (const { index, currentLeader, ...said } of partitionResponses) {
      const { leaderId: id, leaderEpoch: epoch } = currentLeader;
      const leader = id >= 0 && epoch >= 0 ? { id, epoch, endpoints } : null;
      answers.set(`${topic}-${index}`, { ...said, leader, byBroker: true });
    }
  }
  return ({ queue }) =>
    answers.get(`${queue.topic}-${queue.partition}`) ?? {
      ...noAnswer,
      errorCode: ErrorCode.NETWORK_EXCEPTION,
      errorMessage: `The response has no answer for ${queue.topic}-${queue.partition}`,
    };
}

/** What a lost connection means for all that was on it. */
export function connectionAnswer(error: KafkaError, node: NodeId): BatchAnswer {
  if (error.code === 'UnsupportedVersionException') {
    return { ...noAnswer, errorCode: ErrorCode.UNSUPPORTED_VERSION, errorMessage: error.message };
  }
  const timedOut = error.code === 'TimeoutException';
  return {
    ...noAnswer,
    errorCode: timedOut ? ErrorCode.REQUEST_TIMED_OUT : ErrorCode.NETWORK_EXCEPTION,
    errorMessage: `Disconnected from node ${node}${timedOut ? ' due to timeout' : ''}`,
  };
}
