/**
 * DescribeTopicPartitions (75), version 0: topics in the order of their names, in pages.
 *
 * A page ends after `responsePartitionLimit` partitions (at most `max.request.partition.size.limit`); the cursor names
 * the first partition that it does not hold. An empty list of topics means all.
 */
import type { PartitionIndex, TopicName } from '../../base/ids.ts';
import { isInternalTopic, topicNameProblem } from '../../metadata/config/index.ts';
import type { MetadataImage, TopicImage } from '../../metadata/image.ts';
import type { Handler } from '../../net/index.ts';
import { describeTopicPartitionsApi, ErrorCode, MalformedMessageError } from '../../protocol/index.ts';
import type { DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponseInput } from '../../protocol/index.ts';
import { offlineReplicas, reachableLeader, topicOperations } from '../cluster-view.ts';

export interface DescribeTopicPartitionsDeps {
  readonly image: () => MetadataImage;
  readonly listener: string;
  /** `max.request.partition.size.limit` */
  readonly partitionsMax: () => number;
}

type TopicAnswer = DescribeTopicPartitionsResponseInput['topics'][number];
type PartitionAnswer = TopicAnswer['partitions'][number];

export function describeTopicPartitionsHandler(
  deps: DescribeTopicPartitionsDeps,
): Handler<typeof describeTopicPartitionsApi> {
  return {
    api: describeTopicPartitionsApi,
    handle(request) {
      const image = deps.image();
      const names = wantedTopics(image, request);
      const limit = Math.max(Math.min(deps.partitionsMax(), request.responsePartitionLimit), 1);
      return page(image, deps.listener, names, request, limit);
    },
  };
}

function wantedTopics(image: MetadataImage, { topics, cursor }: DescribeTopicPartitionsRequest): TopicName[] {
  const all = topics.length === 0 ? image.topics.byName.keys() : topics.map(({ name }) => name);
  const names = [...new Set(all)].filter((name) => cursor === null || name >= cursor.topicName).sort();
  // A request that contradicts itself has no error field to answer in: Kafka closes the connection.
  if (cursor !== null && topics.length > 0 && !names.includes(cursor.topicName)) {
    throw new MalformedMessageError(`topic list without the cursor's topic ${cursor.topicName}`, 0);
  }
  if (cursor !== null && cursor.partitionIndex < 0) {
    throw new MalformedMessageError(`cursor's partition ${cursor.partitionIndex} is negative`, 0);
  }
  return names;
}

function page(
  image: MetadataImage,
  listener: string,
  names: readonly TopicName[],
  { topics, cursor }: DescribeTopicPartitionsRequest,
  limit: number,
): DescribeTopicPartitionsResponseInput {
  const answers: TopicAnswer[] = [];
  let remaining = limit;
  for (const name of names) {
    if (remaining === 0) return { topics: answers, nextCursor: { topicName: name, partitionIndex: 0 } };
    const topic = image.topics.byName.get(name);
    if (topic === undefined) {
      if (topics.length > 0) answers.push(absentTopic(name));
      continue;
    }
    const start = cursor?.topicName === name ? cursor.partitionIndex : 0;
    const end = Math.min(topic.partitions.size, start + remaining);
    answers.push(topicAnswer(image, listener, topic, start, end));
    if (end < topic.partitions.size) return { topics: answers, nextCursor: { topicName: name, partitionIndex: end } };
    remaining -= Math.max(end - start, 0);
  }
  return { topics: answers, nextCursor: null };
}

function absentTopic(name: TopicName): TopicAnswer {
  const isValid = topicNameProblem(name) === null;
  return {
    errorCode: isValid ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
    name,
    topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
    isInternal: isInternalTopic(name),
    partitions: [],
    topicAuthorizedOperations: topicOperations,
  };
}

function topicAnswer(
  image: MetadataImage,
  listener: string,
  topic: TopicImage,
  start: PartitionIndex,
  end: PartitionIndex,
): TopicAnswer {
  const partitions: PartitionAnswer[] = [];
  for (let partitionIndex = start; partitionIndex < end; partitionIndex++) {
    const partition = topic.partitions.get(partitionIndex);
    if (partition === undefined) continue;
    partitions.push({
      errorCode: ErrorCode.NONE,
      partitionIndex,
      leaderId: reachableLeader(image, partition.leader, listener) ?? -1,
      leaderEpoch: partition.leaderEpoch,
      replicaNodes: partition.replicas,
      isrNodes: partition.isr,
      eligibleLeaderReplicas: partition.elr,
      lastKnownElr: partition.lastKnownElr,
      offlineReplicas: offlineReplicas(image, partition, listener),
    });
  }
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions,
    topicAuthorizedOperations: topicOperations,
  };
}
