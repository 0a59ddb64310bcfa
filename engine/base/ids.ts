/**
 * The ids and measures of the engine as flavoured primitives: a plain literal may be given where one is due (decoded
 * messages carry plain numbers), but one flavour never passes for another, so an offset given where an epoch is due
 * does not compile.
 */
declare const flavor: unique symbol;
export type Flavor<T, Name extends string> = T & { readonly [flavor]?: Name };

/** `node.id` of a member of the cluster; at least 0. */
export type NodeId = Flavor<number, 'NodeId'>;
/** Position of a record in a partition's log; -1 means none. Integers up to 2^53. */
export type Offset = Flavor<number, 'Offset'>;
/** Counts the leaders of a partition (or of the quorum); -1 means none. */
export type LeaderEpoch = Flavor<number, 'LeaderEpoch'>;
/** Counts the changes of a partition's metadata; -1 means unknown. */
export type PartitionEpoch = Flavor<number, 'PartitionEpoch'>;
/** Given by the controller at registration: the offset of the registration record. -1 means unknown. */
export type BrokerEpoch = Flavor<number, 'BrokerEpoch'>;
/** Index of a partition within its topic. */
export type PartitionIndex = Flavor<number, 'PartitionIndex'>;
/** int64 id of an idempotent or transactional producer; -1 means none. */
export type ProducerId = Flavor<number, 'ProducerId'>;
/** int16 epoch of a producer id; -1 means none. */
export type ProducerEpoch = Flavor<number, 'ProducerEpoch'>;
/** Milliseconds since 1970-01-01T00:00Z; -1 means none. */
export type TimestampMs = Flavor<number, 'TimestampMs'>;
/** A length of time in milliseconds, on no particular clock. */
export type DurationMs = Flavor<number, 'DurationMs'>;
/** A 16-byte id as Kafka prints it: 22 characters of URL-safe base64 without padding (class `Uuid`). */
export type Uuid = Flavor<string, 'Uuid'>;
export type TopicName = Flavor<string, 'TopicName'>;
export type GroupId = Flavor<string, 'GroupId'>;
export type MemberId = Flavor<string, 'MemberId'>;

/** `orders-1`: the name of a partition's directory and its key in maps. */
export type TopicPartitionKey = Flavor<string, 'TopicPartitionKey'>;

export interface TopicPartition {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
}

export interface TopicIdPartition extends TopicPartition {
  readonly topicId: Uuid;
}

export function topicPartitionKey(topic: TopicName, partition: PartitionIndex): TopicPartitionKey {
  return `${topic}-${partition}`;
}
