/**
 * The sticky assignment of a group whose members are all subscribed to the same topics
 * (`AbstractStickyAssignor.ConstrainedAssignmentBuilder`): everybody keeps what it owned, up to its share; what is left is
 * dealt in turn to those under their share. The shares differ by at most one.
 */
import type { MemberId, TopicPartition, TopicPartitionKey } from '../../../base/ids.ts';
import type { Assignments, PartitionCounts } from './assignor.ts';
import { compareText, partitionsOf } from './assignor.ts';
import { keyOf, type StickyPast } from './sticky-past.ts';

export interface EqualAssignment {
  readonly assignments: Assignments;
  /** Given to a member while another one may still own it. */
  readonly transferring: ReadonlyMap<TopicPartitionKey, MemberId>;
}

export function assignEqually(partitions: PartitionCounts, past: StickyPast): EqualAssignment {
  return new EqualAssigner(partitions, past).build();
}

class EqualAssigner {
  readonly #partitions: PartitionCounts;
  readonly #past: StickyPast;
  readonly #shareMin: number;
  readonly #shareMax: number;
  /** Members that get one more than the smallest share: how many there shall be, and are. */
  readonly #largerExpected: number;
  #larger = 0;
  readonly #assignments: Assignments;
  readonly #assigned = new Set<TopicPartitionKey>();
  /** Given up by that member, if it does not get it back. */
  readonly #released = new Map<TopicPartitionKey, MemberId>();
  readonly #transferring = new Map<TopicPartitionKey, MemberId>();
  readonly #underShare: MemberId[] = [];
  #atShare: MemberId[] = [];

  constructor(partitions: PartitionCounts, past: StickyPast) {
    this.#partitions = partitions;
    this.#past = past;
    const total = [...partitions.values()].reduce((sum, count) => sum + count, 0);
    const members = past.owned.size;
    this.#shareMin = Math.floor(total / members);
    this.#shareMax = Math.ceil(total / members);
    this.#largerExpected = total % members;
    this.#assignments = new Map([...past.owned.keys()].map((member) => [member, []]));
  }

  build(): EqualAssignment {
    for (const [member, owned] of this.#past.owned) this.#keep(member, owned);
    this.#underShare.sort(compareText);
    this.#atShare.sort(compareText);
    this.#deal(this.#unassigned());
    return { assignments: this.#assignments, transferring: this.#transferring };
  }

  #keep(member: MemberId, before: readonly TopicPartition[]): void {
    const owned = before
      .filter((partition) => !this.#past.contested.has(keyOf(partition)))
      .sort((a, b) => a.partition - b.partition || compareText(a.topic, b.topic));
    if (owned.length < this.#shareMin) {
      this.#keepFirst(member, owned, owned.length);
      this.#underShare.push(member);
    } else if (owned.length >= this.#shareMax && this.#larger < this.#largerExpected) {
      this.#larger++;
      if (this.#larger === this.#largerExpected) this.#atShare = [];
      this.#keepFirst(member, owned, this.#shareMax);
    } else {
      this.#keepFirst(member, owned, this.#shareMin);
      if (this.#larger < this.#largerExpected) this.#atShare.push(member);
    }
  }

  #keepFirst(member: MemberId, owned: readonly TopicPartition[], count: number): void {
    for (const partition of owned.slice(0, count)) {
      this.#assignments.get(member)?.push(partition);
      this.#assigned.add(keyOf(partition));
    }
    for (const partition of owned.slice(count)) this.#released.set(keyOf(partition), member);
  }

  #unassigned(): TopicPartition[] {
    const topics = [...this.#partitions.keys()].sort(compareText);
    return topics
      .flatMap((topic) => partitionsOf(topic, this.#partitions.get(topic) ?? 0))
      .filter((partition) => !this.#assigned.has(keyOf(partition)));
  }

  /** In turn to those under the smallest share until they reach it, then one more each to those who may have it. */
  #deal(unassigned: readonly TopicPartition[]): void {
    let turn = 0;
    for (const partition of unassigned) {
      let member: MemberId | undefined;
      if (this.#underShare.length > 0) {
        if (turn >= this.#underShare.length) turn = 0;
        member = this.#underShare[turn++];
      } else member = this.#atShare.shift();
      if (member === undefined) throw new Error('No more unfilled consumers to be assigned.');
      if (this.#give(partition, member) === this.#shareMin) {
        this.#underShare.splice(--turn, 1);
        this.#atShare.push(member);
      }
    }
  }

  #give(partition: TopicPartition, member: MemberId): number {
    const key = keyOf(partition);
    const owned = this.#assignments.get(member) ?? [];
    owned.push(partition);
    const before = this.#released.get(key);
    if ((before !== undefined && before !== member) || this.#past.contested.has(key)) {
      this.#transferring.set(key, member);
    }
    return owned.length;
  }
}
