/**
 * What members and their leader tell each other through the coordinator, which does not look inside (`ConsumerProtocol`):
 *
 *     subscription  version int16, [topic], userData bytes
 *                   from 1: [topic, [partition int32]] owned;  from 2: generation int32;  from 3: rack id
 *     assignment    version int16, [topic, [partition int32]], userData bytes
 *
 * Written in version 3, with topics and owned partitions sorted. A newer version is read as 3; bytes behind are ignored.
 */
import type { TopicPartition } from '../../base/ids.ts';
import { ByteReader, ByteWriter } from '../../protocol/index.ts';
import { byTopicAndPartition, compareText, type Subscription } from './assignors/index.ts';

export const consumerProtocolType = 'consumer';
const version = 3;

export function encodeSubscription(subscription: Omit<Subscription, 'groupInstanceId'>): Uint8Array {
  const writer = new ByteWriter();
  writer.int16(version);
  writer.int32(subscription.topics.length);
  for (const topic of [...subscription.topics].sort(compareText)) writer.nullableString(topic);
  writer.nullableBytes(subscription.userData);
  writePartitions(writer, [...subscription.ownedPartitions].sort(byTopicAndPartition));
  writer.int32(subscription.generationId ?? -1);
  writer.nullableString(subscription.rackId);
  return writer.bytes();
}

/** Throws a MalformedMessageError when the bytes are no subscription. */
export function decodeSubscription(bytes: Uint8Array, groupInstanceId: string | null): Subscription {
  const reader = new ByteReader(bytes);
  const from = reader.int16();
  const topics: string[] = [];
  for (let left = reader.arrayLength(); left > 0; left--) topics.push(reader.nullableString() ?? '');
  const userData = reader.nullableBytes();
  const ownedPartitions = from >= 1 ? readPartitions(reader) : [];
  const generation = from >= 2 ? reader.int32() : -1;
  const rackId = from >= 3 ? reader.nullableString() : null;
  const generationId = generation < 0 ? null : generation;
  return { topics, userData, ownedPartitions, generationId, rackId: rackId === '' ? null : rackId, groupInstanceId };
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Uint8Array {
  const writer = new ByteWriter();
  writer.int16(version);
  writePartitions(writer, partitions);
  writer.nullableBytes(null);
  return writer.bytes();
}

/** Throws a MalformedMessageError when the bytes are no assignment. */
export function decodeAssignment(bytes: Uint8Array): TopicPartition[] {
  const reader = new ByteReader(bytes);
  reader.int16();
  return readPartitions(reader);
}

/** Topics in the order of their first partition. */
function writePartitions(writer: ByteWriter, partitions: readonly TopicPartition[]): void {
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
  writer.int32(byTopic.size);
  for (const [topic, ofTopic] of byTopic) {
    writer.nullableString(topic);
    writer.int32(ofTopic.length);
    for (const { partition } of ofTopic) writer.int32(partition);
  }
}

function readPartitions(reader: ByteReader): TopicPartition[] {
  const partitions: TopicPartition[] = [];
  for (let topics = reader.arrayLength(); topics > 0; topics--) {
    const topic = reader.nullableString() ?? '';
    for (let left = reader.arrayLength(); left > 0; left--) partitions.push({ topic, partition: reader.int32() });
  }
  return partitions;
}
