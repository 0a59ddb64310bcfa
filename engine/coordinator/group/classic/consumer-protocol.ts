/**
 * What a coordinator reads in the metadata of consumers, which is opaque to Kafka's but for the first of these:
 * `ConsumerProtocolSubscription` (int16 version, topics, user data, from version 1 on the owned partitions) and
 * `ConsumerProtocolAssignment` (int16 version, partitions by topic, user data). Later versions only append.
 */
import type { TopicName } from '../../../base/ids.ts';
import type { AssignedPartitions } from '../../../base/telemetry.ts';
import { ByteReader, MalformedMessageError } from '../../../protocol/index.ts';

const ownedSince = 1;

/** Null when one of the subscriptions cannot be read. */
export function subscribedTopicsOf(subscriptions: readonly (Uint8Array | null)[]): ReadonlySet<TopicName> | null {
  return read(() => {
    const topics = new Set<TopicName>();
    for (const subscription of subscriptions) {
      if (subscription === null) return null;
      const reader = new ByteReader(subscription);
      if (reader.int16() < 0) return null;
      for (const topic of readTopics(reader)) topics.add(topic);
    }
    return topics;
  });
}

/** What a member says that it owns; null when it cannot be read, empty in versions that do not say. */
export function ownedPartitionsOf(subscription: Uint8Array): readonly AssignedPartitions[] | null {
  return read(() => {
    const reader = new ByteReader(subscription);
    const version = reader.int16();
    readTopics(reader);
    reader.nullableBytes();
    return version < ownedSince ? [] : readPartitions(reader);
  });
}

/** Null when it cannot be read; empty bytes are no partitions. */
export function assignedPartitionsOf(assignment: Uint8Array): readonly AssignedPartitions[] | null {
  if (assignment.length === 0) return [];
  return read(() => {
    const reader = new ByteReader(assignment);
    if (reader.int16() < 0) return null;
    return readPartitions(reader);
  });
}

function read<T>(body: () => T | null): T | null {
  try {
    return body();
  } catch (error) {
    if (error instanceof MalformedMessageError) return null;
    throw error;
  }
}

function readTopics(reader: ByteReader): TopicName[] {
  const length = reader.arrayLength();
  return Array.from({ length }, () => readTopic(reader));
}

function readTopic(reader: ByteReader): TopicName {
  const topic = reader.nullableString();
  if (topic === null) throw new MalformedMessageError('a topic without a name', 0);
  return topic;
}

function readPartitions(reader: ByteReader): AssignedPartitions[] {
  const length = reader.arrayLength();
  return Array.from({ length }, () => {
    const topic = readTopic(reader);
    const count = reader.arrayLength();
    return { topic, partitions: Array.from({ length: count }, () => reader.int32()) };
  });
}
