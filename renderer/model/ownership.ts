/**
 * Who has which partition in a group, and how far behind: what the coordinator says (assignment, committed offsets) beside
 * what a lab consumer says of itself (what it holds, its position). Where they differ a rebalance is on its way, or
 * somebody is dead and not found out yet. Unknown is null, never zero.
 */
import type { ClientState, ConsumerView, OwnedPartitionView } from '../../engine/contract/clients.ts';
import type { GroupMemberView, GroupView, RebalanceView } from '../../engine/contract/groups.ts';
import type { BrokerView, LabSnapshot, PartitionView } from '../../engine/contract/snapshot.ts';
import { isSilent } from './replica.ts';

/**
 * - `owned`: assigned, and nothing speaks against it
 * - `revoked`: it had it and gave it up, or has to: nobody reads it until the rebalance is over
 * - `nobody`: no member is assigned
 */
export type OwnerState = 'owned' | 'revoked' | 'nobody';

export interface Ownership {
  readonly group: string;
  readonly state: OwnerState;
  /** `c1`; null for nobody. */
  readonly label: string | null;
  /** The member did not have it before the newest rebalance, which ended at this time; null otherwise. */
  readonly newSinceMs: number | null;
  /** The lab consumer that it is; null for a stranger's. */
  readonly client: string | null;
  readonly clientState: ClientState | null;
  /** When the coordinator drops a member that it does not hear of. */
  readonly sessionDeadlineMs: number | null;
  readonly committed: number | null;
  /** Of the next record that its `poll()` returns; only a lab consumer tells. */
  readonly position: number | null;
  /** Kafka's name of its newest error, and when. */
  readonly error: { readonly code: string; readonly atMs: number } | null;
}

export const partitionKey = (topic: string, partition: number): string => `${topic}-${partition}`;

export function groupsOf(groups: readonly GroupView[], topic: string): readonly GroupView[] {
  return groups.filter((group) => group.topics.includes(topic));
}

export class GroupOwners {
  readonly #group: GroupView;
  readonly #members = new Map<string, GroupMemberView>();
  readonly #committed = new Map<string, number>();
  readonly #held = new Map<string, OwnedPartitionView>();
  readonly #consumers: ReadonlyMap<string, ConsumerView>;

  constructor(group: GroupView, consumers: ReadonlyMap<string, ConsumerView>) {
    this.#group = group;
    this.#consumers = consumers;
    for (const member of group.members) {
      for (const { topic, partitions } of member.assignment) {
        for (const partition of partitions) this.#members.set(partitionKey(topic, partition), member);
      }
      const held = member.client === null ? undefined : consumers.get(member.client)?.partitions;
      for (const each of held ?? []) {
        this.#held.set(`${member.label} ${partitionKey(each.topic, each.partition)}`, each);
      }
    }
    for (const { topic, partition, offset } of group.offsets) {
      this.#committed.set(partitionKey(topic, partition), offset);
    }
  }

  of(topic: string, partition: number): Ownership {
    const key = partitionKey(topic, partition);
    const member = this.#members.get(key);
    const committed = this.#committed.get(key) ?? null;
    const group = this.#group.id;
    if (member === undefined) {
      const none = { label: null, newSinceMs: null, client: null, clientState: null, sessionDeadlineMs: null };
      return { group, state: 'nobody', ...none, committed, position: null, error: null };
    }
    const consumer = member.client === null ? undefined : this.#consumers.get(member.client);
    const held = this.#held.get(`${member.label} ${key}`);
    return {
      group,
      state: this.#gaveUp(member, consumer, held) ? 'revoked' : 'owned',
      label: member.label,
      newSinceMs: newSince(this.#group.rebalance, member.label, topic, partition),
      client: member.client,
      clientState: consumer?.state ?? null,
      sessionDeadlineMs: member.sessionDeadlineMs,
      committed,
      position: held?.position ?? null,
      error: consumer?.lastError ?? null,
    };
  }

  /** A lab consumer says itself what it holds; of a stranger's the protocol tells: an eager one that rejoins has revoked. */
  #gaveUp(member: GroupMemberView, consumer: ConsumerView | undefined, held: OwnedPartitionView | undefined): boolean {
    const { state, protocol } = this.#group;
    if (state !== 'PreparingRebalance' && state !== 'CompletingRebalance') return false;
    if (consumer?.state === 'running') return held === undefined;
    if (member.client !== null || protocol === 'cooperative-sticky') return false;
    return state === 'CompletingRebalance' || member.awaiting !== 'join';
  }
}

function newSince(rebalance: RebalanceView | null, label: string, topic: string, partition: number): number | null {
  if (rebalance === null || rebalance.endedMs === null) return null;
  const had = rebalance.before.some(
    (each) =>
      each.label === label && each.partitions.some((one) => one.topic === topic && one.partitions.includes(partition)),
  );
  return had ? null : rebalance.endedMs;
}

/** The high watermark as the leader tells it; null without one. */
export function watermarkOf(partition: PartitionView): number | null {
  return partition.logs.find((log) => log.node === partition.leader)?.highWatermark ?? null;
}

/**
 * Records that the owner has not read: from its position where it tells it, else from the committed offset, as the
 * official tools count.
 */
export function recordsBehind(owner: Ownership, partition: PartitionView): number | null {
  const from = owner.position ?? owner.committed;
  const watermark = watermarkOf(partition);
  return from === null || watermark === null ? null : Math.max(0, watermark - from);
}

export interface TotalLag {
  readonly records: number;
  /** Partitions of which the lag cannot be told. */
  readonly unknown: number;
}

/** Its leader answers: without one nobody knows how far the high watermark would be. */
export function hasLeader(partition: PartitionView, brokers: ReadonlyMap<number, BrokerView>): boolean {
  return partition.leader >= 0 && !isSilent(brokers.get(partition.leader));
}

/** Over all partitions of a group's topics, or of one of them. */
export function totalLag(
  owners: GroupOwners,
  partitions: readonly PartitionView[],
  brokers: ReadonlyMap<number, BrokerView>,
): TotalLag {
  let records = 0;
  let unknown = 0;
  for (const partition of partitions) {
    const owner = owners.of(partition.topic, partition.partition);
    const lag = hasLeader(partition, brokers) ? recordsBehind(owner, partition) : null;
    if (lag === null) unknown += 1;
    else records += lag;
  }
  return { records, unknown };
}

export function consumersByName(snapshot: LabSnapshot): ReadonlyMap<string, ConsumerView> {
  return new Map(snapshot.consumers.map((each) => [each.id, each]));
}

/** By the group's id. */
export function ownersOf(snapshot: LabSnapshot): ReadonlyMap<string, GroupOwners> {
  const consumers = consumersByName(snapshot);
  return new Map(snapshot.groups.map((group) => [group.id, new GroupOwners(group, consumers)]));
}
