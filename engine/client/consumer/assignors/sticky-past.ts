/**
 * Who owned what, before a sticky assignment is computed (`AbstractStickyAssignor.allSubscriptionsEqual`): of two members
 * that claim a partition the one of the newer generation keeps it; of the same generation nobody does.
 */
import { type MemberId, type TopicPartition, type TopicPartitionKey, topicPartitionKey } from '../../../base/ids.ts';
import type { PartitionCounts, Subscription, Subscriptions } from './assignor.ts';
import { type MemberData, noGeneration } from './sticky-user-data.ts';

export interface StickyPast {
  /** By member, in the order of the subscriptions; partitions of topics that still exist. */
  readonly owned: Map<MemberId, TopicPartition[]>;
  /** Claimed by several members of one generation. */
  readonly contested: ReadonlySet<TopicPartitionKey>;
  readonly memberData: ReadonlyMap<MemberId, MemberData>;
  readonly generationMax: number;
  readonly allSubscriptionsEqual: boolean;
}

export function keyOf({ topic, partition }: TopicPartition): TopicPartitionKey {
  return topicPartitionKey(topic, partition);
}

export function removePartition(from: TopicPartition[], { topic, partition }: TopicPartition): void {
  const index = from.findIndex((each) => each.partition === partition && each.topic === topic);
  if (index >= 0) from.splice(index, 1);
}

export function stickyPast(
  partitions: PartitionCounts,
  subscriptions: Subscriptions,
  memberDataOf: (subscription: Subscription) => MemberData,
  generationSeen: number,
): StickyPast {
  const owned = new Map<MemberId, TopicPartition[]>();
  const contested = new Set<TopicPartitionKey>();
  const memberData = new Map<MemberId, MemberData>();
  const owners = new Map<TopicPartitionKey, MemberId>();
  let generationMax = generationSeen;
  for (const [member, subscription] of subscriptions) {
    const data = memberDataOf(subscription);
    const generation = data.generation ?? noGeneration;
    const mine: TopicPartition[] = [];
    memberData.set(member, data);
    owned.set(member, mine);
    generationMax = Math.max(generationMax, generation);
    for (const partition of data.partitions) {
      if (partition.partition >= (partitions.get(partition.topic) ?? 0)) continue;
      const key = keyOf(partition);
      const other = owners.get(key);
      const otherGeneration =
        other === undefined ? noGeneration : (subscriptions.get(other)?.generationId ?? noGeneration);
      if (other !== undefined && generation < otherGeneration) continue;
      if (other !== undefined) removePartition(owned.get(other) ?? [], partition);
      if (other !== undefined && generation === otherGeneration) contested.add(key);
      else mine.push(partition);
      owners.set(key, member);
    }
  }
  return { owned, contested, memberData, generationMax, allSubscriptionsEqual: allEqual(subscriptions) };
}

function allEqual(subscriptions: Subscriptions): boolean {
  let first: ReadonlySet<string> | null = null;
  for (const { topics } of subscriptions.values()) {
    if (first === null || first.size === 0) first = new Set(topics);
    else if (topics.length !== first.size || !new Set(topics).isSupersetOf(first)) return false;
  }
  return true;
}
