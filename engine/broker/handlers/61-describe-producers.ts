/**
 * DescribeProducers (61), version 0: the idempotent and transactional producers that a replica's log remembers. Any
 * replica answers, leader or not. A bad topic name is INVALID_TOPIC_EXCEPTION, an unknown topic UNKNOWN_TOPIC_OR_PARTITION.
 */
import type { Handler } from '../../net/index.ts';
import { describeProducersApi, ErrorCode, errorMessage } from '../../protocol/index.ts';
import type { DescribeProducersRequest, DescribeProducersResponseInput } from '../../protocol/index.ts';
import type { Replicas } from '../../replication/index.ts';

export interface DescribeProducersDeps {
  readonly replicas: Replicas;
}

type Answer = DescribeProducersResponseInput['topics'][number]['partitions'][number];

export function describeProducersHandler({ replicas }: DescribeProducersDeps): Handler<typeof describeProducersApi> {
  function describe(topic: string, partitionIndex: number): Answer {
    if (!replicas.image.topics.byName.has(topic)) {
      const errorCode = isValidTopicName(topic)
        ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        : ErrorCode.INVALID_TOPIC_EXCEPTION;
      return { partitionIndex, errorCode, errorMessage: errorMessage(errorCode), activeProducers: [] };
    }
    const partition = replicas.find(topic, partitionIndex);
    if (typeof partition === 'number') return { partitionIndex, errorCode: partition, activeProducers: [] };
    const activeProducers = partition.log.activeProducers().map((producer) => ({
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      lastSequence: producer.lastSequence,
      lastTimestamp: producer.lastTimestamp,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: producer.currentTransactionStartOffset,
    }));
    return { partitionIndex, errorCode: ErrorCode.NONE, activeProducers };
  }

  return {
    api: describeProducersApi,
    handle: (request: DescribeProducersRequest) => ({
      throttleTimeMs: 0,
      topics: request.topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((index) => describe(name, index)),
      })),
    }),
  };
}

/** `Topic.validate`. */
function isValidTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..';
}
