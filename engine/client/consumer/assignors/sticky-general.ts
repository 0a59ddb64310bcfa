/**
 * The sticky assignment of a group whose members differ in their topics (`AbstractStickyAssignor.GeneralAssignmentBuilder`):
 * everybody keeps what it owned; what is free goes to the member with the least; then partitions move, back to their
 * previous owner first, as long as that makes the assignment more even.
 */
import type { MemberId, TopicName, TopicPartition, TopicPartitionKey } from '../../../base/ids.ts';
import type { Assignments, PartitionCounts, Subscriptions } from './assignor.ts';
import { compareText, partitionsOf } from './assignor.ts';
import { PartitionMovements } from './partition-movements.ts';
import { keyOf, removePartition, type StickyPast } from './sticky-past.ts';
import { noGeneration } from './sticky-user-data.ts';

export function assignGenerally(
  partitions: PartitionCounts,
  subscriptions: Subscriptions,
  past: StickyPast,
): Assignments {
  return new GeneralAssigner(partitions, subscriptions, past).build();
}

class GeneralAssigner {
  readonly #partitions: PartitionCounts;
  readonly #subscriptions: Subscriptions;
  readonly #past: StickyPast;
  readonly #total: number;
  /** Members by topic, topics by member: subscribed and existing. */
  readonly #membersOf = new Map<TopicName, MemberId[]>();
  readonly #topicsOf = new Map<MemberId, Set<TopicName>>();
  #assignments: Assignments;
  #ownerOf = new Map<TopicPartitionKey, MemberId>();
  /** Partitions of few members' topics first. */
  #allPartitions: TopicPartition[];
  /** Members that can take part, the one with the least first. Out of it whenever their number of partitions changes. */
  readonly #leastFirst: MemberId[] = [];
  readonly #movements = new PartitionMovements();
  #revocationRequired = false;

  constructor(partitions: PartitionCounts, subscriptions: Subscriptions, past: StickyPast) {
    this.#partitions = partitions;
    this.#subscriptions = subscriptions;
    this.#past = past;
    this.#assignments = new Map(past.owned);
    this.#total = [...partitions.values()].reduce((sum, count) => sum + count, 0);
    for (const topic of partitions.keys()) this.#membersOf.set(topic, []);
    for (const [member, { topics }] of subscriptions) {
      const existing = topics.filter((topic) => partitions.has(topic));
      this.#topicsOf.set(member, new Set(existing));
      for (const topic of existing) this.#membersOf.get(topic)?.push(member);
    }
    for (const [member, owned] of this.#assignments) {
      for (const partition of owned) this.#ownerOf.set(keyOf(partition), member);
    }
    const size = (topic: TopicName): number => this.#membersOf.get(topic)?.length ?? 0;
    const topics = [...partitions.keys()].sort((a, b) => size(a) - size(b) || compareText(a, b));
    this.#allPartitions = topics.flatMap((topic) => partitionsOf(topic, partitions.get(topic) ?? 0));
  }

  build(): Assignments {
    const previousOwner = this.#previousOwners();
    const kept = this.#keepOwned();
    const unassigned = this.#allPartitions.filter((partition) => !kept.has(keyOf(partition)));
    for (const member of this.#assignments.keys()) this.#enter(member);
    this.#balance(unassigned, previousOwner);
    return this.#assignments;
  }

  /** From generations before the newest; of several the newest of them. */
  #previousOwners(): Map<TopicPartitionKey, MemberId> {
    const newest = new Map<TopicPartitionKey, { member: MemberId; generation: number }>();
    for (const member of this.#subscriptions.keys()) {
      const data = this.#past.memberData.get(member);
      const generation = data?.generation ?? noGeneration;
      if (data === undefined || generation >= this.#past.generationMax) continue;
      for (const partition of data.partitions) {
        const known = newest.get(keyOf(partition));
        if (known === undefined || generation > known.generation) newest.set(keyOf(partition), { member, generation });
      }
    }
    return new Map([...newest].map(([key, { member }]) => [key, member]));
  }

  /** Takes away what members are not subscribed to any more. */
  #keepOwned(): Set<TopicPartitionKey> {
    const kept = new Set<TopicPartitionKey>();
    for (const [member, owned] of this.#assignments) {
      const topics = this.#topicsOf.get(member);
      const mine = owned.filter(({ topic }) => topics?.has(topic) ?? false);
      if (mine.length < owned.length) this.#revocationRequired = true;
      for (const partition of mine) kept.add(keyOf(partition));
      this.#assignments.set(member, mine);
    }
    return kept;
  }

  #balance(unassigned: TopicPartition[], previousOwner: ReadonlyMap<TopicPartitionKey, MemberId>): void {
    const initializing = this.#count(this.#leastFirst.at(-1)) === 0;
    for (const partition of unassigned) this.#assignToLeast(partition);
    const movable = ({ topic }: TopicPartition): boolean => this.#isMovable(topic);
    this.#allPartitions = this.#allPartitions.filter(movable);
    const fixed = this.#setFixedAside();
    const assignmentsBefore = new Map([...this.#assignments].map(([member, owned]) => [member, [...owned]]));
    const ownersBefore = new Map(this.#ownerOf);
    if (!this.#revocationRequired) this.#reassign(unassigned.filter(movable), previousOwner);
    const moved = this.#reassign(this.#allPartitions, previousOwner);
    if (!initializing && moved && unevenness(this.#assignments) >= unevenness(assignmentsBefore)) {
      this.#assignments = assignmentsBefore;
      this.#ownerOf = ownersBefore;
    }
    for (const [member, owned] of fixed) this.#assignments.set(member, owned);
  }

  #isMovable(topic: TopicName): boolean {
    return (this.#membersOf.get(topic)?.length ?? 0) >= 2;
  }

  /** Members that can neither get nor lose a partition. */
  #setFixedAside(): Assignments {
    const fixed: Assignments = new Map();
    for (const member of this.#topicsOf.keys()) {
      const owned = this.#assignments.get(member) ?? [];
      if (owned.length < this.#countMax(member) || owned.some(({ topic }) => this.#isMovable(topic))) continue;
      this.#leave(member);
      this.#assignments.delete(member);
      fixed.set(member, owned);
    }
    return fixed;
  }

  #countMax(member: MemberId): number {
    const topics = this.#topicsOf.get(member) ?? new Set();
    if (topics.size === this.#partitions.size) return this.#total;
    return [...topics].reduce((sum, topic) => sum + (this.#partitions.get(topic) ?? 0), 0);
  }

  #assignToLeast(partition: TopicPartition): void {
    const member = this.#leastFirst.find((each) => this.#topicsOf.get(each)?.has(partition.topic));
    if (member === undefined) return;
    this.#leave(member);
    this.#assignments.get(member)?.push(partition);
    this.#ownerOf.set(keyOf(partition), member);
    this.#enter(member);
  }

  /** Whether any partition moved. */
  #reassign(partitions: readonly TopicPartition[], previousOwner: ReadonlyMap<TopicPartitionKey, MemberId>): boolean {
    let any = false;
    let modified: boolean;
    do {
      modified = false;
      for (const partition of partitions) {
        if (this.#isBalanced()) break;
        const target = this.#betterOwner(partition, previousOwner.get(keyOf(partition)));
        if (target === null) continue;
        this.#move(partition, target);
        modified = true;
        any = true;
      }
    } while (modified);
    return any;
  }

  #betterOwner(partition: TopicPartition, previous: MemberId | undefined): MemberId | null {
    const count = this.#count(this.#ownerOf.get(keyOf(partition)));
    const previousCount = previous === undefined ? undefined : this.#assignments.get(previous)?.length;
    if (previous !== undefined && previousCount !== undefined && count > previousCount + 1) return previous;
    const members = this.#membersOf.get(partition.topic) ?? [];
    if (!members.some((member) => count > this.#count(member) + 1)) return null;
    return this.#leastFirst.find((member) => this.#topicsOf.get(member)?.has(partition.topic)) ?? null;
  }

  #move(wanted: TopicPartition, to: MemberId): void {
    const partition = this.#movements.partitionToMove(wanted, this.#ownerOf.get(keyOf(wanted)) ?? to, to);
    const from = this.#ownerOf.get(keyOf(partition));
    if (from === undefined) return;
    this.#leave(from);
    this.#leave(to);
    this.#movements.move(partition, from, to);
    removePartition(this.#assignments.get(from) ?? [], partition);
    this.#assignments.get(to)?.push(partition);
    this.#ownerOf.set(keyOf(partition), to);
    this.#enter(to);
    this.#enter(from);
  }

  #isBalanced(): boolean {
    const least = this.#count(this.#leastFirst[0]);
    const most = this.#count(this.#leastFirst.at(-1));
    if (least >= most - 1) return true;
    return this.#leastFirst.every((member) => {
      const count = this.#count(member);
      if (count === this.#countMax(member)) return true;
      const topics = [...(this.#topicsOf.get(member) ?? [])];
      return topics.every((topic) =>
        partitionsOf(topic, this.#partitions.get(topic) ?? 0).every((partition) => {
          const owner = this.#ownerOf.get(keyOf(partition));
          return owner === member || count + 1 >= this.#count(owner);
        }),
      );
    });
  }

  #count(member: MemberId | undefined): number {
    return (member === undefined ? undefined : this.#assignments.get(member)?.length) ?? 0;
  }

  #enter(member: MemberId): void {
    const count = this.#count(member);
    const at = this.#leastFirst.findIndex((each) => {
      const other = this.#count(each);
      return other > count || (other === count && compareText(each, member) > 0);
    });
    this.#leastFirst.splice(at < 0 ? this.#leastFirst.length : at, 0, member);
  }

  #leave(member: MemberId): void {
    const at = this.#leastFirst.indexOf(member);
    if (at >= 0) this.#leastFirst.splice(at, 1);
  }
}

/** Sum of the differences of all pairs; 0 is even. */
function unevenness(assignments: Assignments): number {
  const counts = [...assignments.values()].map(({ length }) => length);
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    for (let j = i + 1; j < counts.length; j++) sum += Math.abs(counts[i]! - counts[j]!);
  }
  return sum;
}
