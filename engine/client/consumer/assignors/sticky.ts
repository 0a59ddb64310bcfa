/**
 * `StickyAssignor` and `CooperativeStickyAssignor`: as even as possible, and with as few moves as possible. The eager one
 * carries what it owned in its user data, as it gives everything up before it joins. The cooperative one leaves out of the
 * assignment what another member still owns; when that has given it up, another rebalance hands it on (KIP-429).
 */
import type { MemberId, TopicPartition, TopicPartitionKey } from '../../../base/ids.ts';
import type { Assignments, Assignor, PartitionCounts, Subscription, Subscriptions } from './assignor.ts';
import { assignEqually } from './sticky-equal.ts';
import { assignGenerally } from './sticky-general.ts';
import { keyOf, stickyPast } from './sticky-past.ts';
import {
  decodeGeneration,
  decodeStickyUserData,
  encodeGeneration,
  encodeStickyUserData,
  type MemberData,
  noGeneration,
} from './sticky-user-data.ts';

interface StickyResult {
  readonly assignments: Assignments;
  /** Null: the general algorithm does not say. */
  readonly transferring: ReadonlyMap<TopicPartitionKey, MemberId> | null;
  readonly generationMax: number;
}

function assignSticky(
  partitions: PartitionCounts,
  subscriptions: Subscriptions,
  memberDataOf: (subscription: Subscription) => MemberData,
  generationSeen: number,
): StickyResult {
  const past = stickyPast(partitions, subscriptions, memberDataOf, generationSeen);
  const { generationMax } = past;
  if (past.allSubscriptionsEqual) return { ...assignEqually(partitions, past), generationMax };
  return { assignments: assignGenerally(partitions, subscriptions, past), transferring: null, generationMax };
}

export class StickyAssignor implements Assignor {
  readonly name = 'sticky';
  readonly protocols = ['eager'] as const;
  #owned: readonly TopicPartition[] | null = null;
  #generation = noGeneration;
  #generationMax = noGeneration;

  subscriptionUserData(): Uint8Array | null {
    if (this.#owned === null) return null;
    return encodeStickyUserData({ partitions: this.#owned, generation: this.#generation });
  }

  assign(partitions: PartitionCounts, subscriptions: Subscriptions): Assignments {
    const result = assignSticky(partitions, subscriptions, memberDataOfEager, this.#generationMax);
    this.#generationMax = result.generationMax;
    return result.assignments;
  }

  onAssignment(partitions: readonly TopicPartition[], generation: number): void {
    this.#owned = partitions;
    this.#generation = generation;
  }
}

export class CooperativeStickyAssignor implements Assignor {
  readonly name = 'cooperative-sticky';
  readonly protocols = ['cooperative', 'eager'] as const;
  #generation = noGeneration;
  #generationMax = noGeneration;

  subscriptionUserData(): Uint8Array {
    return encodeGeneration(this.#generation);
  }

  assign(partitions: PartitionCounts, subscriptions: Subscriptions): Assignments {
    const result = assignSticky(partitions, subscriptions, memberDataOfCooperative, this.#generationMax);
    this.#generationMax = result.generationMax;
    const transferring = result.transferring ?? ownersAhead(subscriptions, result.assignments);
    for (const [member, owned] of result.assignments) {
      const mine = owned.filter((partition) => transferring.get(keyOf(partition)) !== member);
      result.assignments.set(member, mine);
    }
    return result.assignments;
  }

  onAssignment(_partitions: readonly TopicPartition[], generation: number): void {
    this.#generation = generation;
  }
}

function memberDataOfEager({ userData }: Subscription): MemberData {
  if (userData === null || userData.length === 0) return { partitions: [], generation: null };
  return decodeStickyUserData(userData);
}

function memberDataOfCooperative({ ownedPartitions, generationId, userData }: Subscription): MemberData {
  return { partitions: ownedPartitions, generation: generationId ?? decodeGeneration(userData) };
}

/** Partitions that are new to a member and taken from another. */
function ownersAhead(subscriptions: Subscriptions, assignments: Assignments): Map<TopicPartitionKey, MemberId> {
  const added = new Map<TopicPartitionKey, MemberId>();
  const revoked = new Set<TopicPartitionKey>();
  for (const [member, assigned] of assignments) {
    const owned = new Set((subscriptions.get(member)?.ownedPartitions ?? []).map(keyOf));
    const now = new Set(assigned.map(keyOf));
    for (const key of now) if (!owned.has(key)) added.set(key, member);
    for (const key of owned) if (!now.has(key)) revoked.add(key);
  }
  return new Map([...added].filter(([key]) => revoked.has(key)));
}
