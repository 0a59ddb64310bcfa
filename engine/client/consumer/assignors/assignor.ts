/**
 * What a group's leader runs to give every member its partitions (`ConsumerPartitionAssignor`), and what a member tells
 * about itself when it joins. Texts compare by UTF-16 units, as Java's do.
 */
import type { MemberId, TopicName, TopicPartition } from '../../../base/ids.ts';

/** `eager`: a member gives all partitions up before it joins. `cooperative`: only those that it has to (KIP-429). */
export type RebalanceProtocol = 'eager' | 'cooperative';

export interface Subscription {
  readonly topics: readonly TopicName[];
  readonly userData: Uint8Array | null;
  readonly ownedPartitions: readonly TopicPartition[];
  /** Of the assignment that `ownedPartitions` came with; null: none, or an old client. */
  readonly generationId: number | null;
  readonly rackId: string | null;
  readonly groupInstanceId: string | null;
}

/** By member, in the order in which Java's assignors would meet them. */
export type Subscriptions = ReadonlyMap<MemberId, Subscription>;
/** How many partitions each topic has, in the order in which Java's assignors would meet them; only topics that exist. */
export type PartitionCounts = ReadonlyMap<TopicName, number>;
export type Assignments = Map<MemberId, TopicPartition[]>;

/** `state` of one consumer: sticky assignors remember between generations. */
export interface Assignor {
  readonly name: string;
  readonly protocols: readonly RebalanceProtocol[];
  /** What goes into the member's subscription. */
  subscriptionUserData(): Uint8Array | null;
  assign(partitions: PartitionCounts, subscriptions: Subscriptions): Assignments;
  /** The member got its assignment of a new generation. */
  onAssignment(partitions: readonly TopicPartition[], generation: number): void;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function byTopicAndPartition(a: TopicPartition, b: TopicPartition): number {
  return compareText(a.topic, b.topic) || a.partition - b.partition;
}

/** Static members first, by instance id; then the others by member id (`AbstractPartitionAssignor.MemberInfo`). */
export function sortedMembers(subscriptions: Subscriptions, topic?: TopicName): MemberId[] {
  const members = [...subscriptions].filter(([, { topics }]) => topic === undefined || topics.includes(topic));
  members.sort(([idA, { groupInstanceId: a }], [idB, { groupInstanceId: b }]) => {
    if (a !== null && b !== null) return compareText(a, b);
    if (a === null && b === null) return compareText(idA, idB);
    return a === null ? 1 : -1;
  });
  return members.map(([id]) => id);
}

export function partitionsOf(topic: TopicName, count: number): TopicPartition[] {
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
}
