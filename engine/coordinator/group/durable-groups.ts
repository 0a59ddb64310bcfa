/**
 * What the log of one partition of `__consumer_offsets` says: groups by their last GroupMetadata record, and committed
 * offsets. Only `apply` changes it, in the order of the log: live, on load and in simulation alike. It cannot fail.
 *
 * - A GroupMetadata value makes or replaces a classic group, its tombstone removes the group; offsets stay until their own
 *   tombstones come.
 * - A committed offset of an unknown group makes a group without a protocol (a "simple" one).
 * - Offsets inside a transaction are pending until the producer's marker (`applyMarker`) makes them count or drops them.
 * - Of groups of other kinds only their existence is known, so that nobody takes their names.
 *
 * `at`-methods answer as of the last committed record.
 */
import type {
  GroupId,
  LeaderEpoch,
  Offset,
  PartitionIndex,
  ProducerId,
  TimestampMs,
  TopicName,
  Uuid,
} from '../../base/ids.ts';
import { CommittedView } from './committed-view.ts';
import type {
  ForeignGroupKind,
  GroupMetadataRecord,
  LoadedRecord,
  OffsetCommitRecord,
} from './records/group-record.ts';
import type { GroupMetadataValue } from './records/schemas.ts';

export interface CommittedOffset {
  readonly offset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  readonly metadata: string;
  readonly commitTimestamp: TimestampMs;
  /** Null: it expires with its group's retention. */
  readonly expireTimestamp: TimestampMs | null;
  readonly topicId: Uuid;
  /** Of the record that committed it. */
  readonly recordOffset: Offset;
}

/** Null: a group that only has committed offsets. */
export type DurableGroup = GroupMetadataValue | null;

type PartitionOffsets = Map<PartitionIndex, CommittedOffset>;
export type TopicOffsets = Map<TopicName, PartitionOffsets>;

const noProducer: ProducerId = -1;

export class DurableGroups {
  readonly #groups = new Map<GroupId, DurableGroup>();
  readonly #foreign = new Map<GroupId, ForeignGroupKind>();
  readonly #offsets = new Map<GroupId, TopicOffsets>();
  /** By producer, what its open transaction has committed. */
  readonly #pending = new Map<ProducerId, Map<string, OffsetCommitRecord & { readonly at: Offset }>>();
  readonly #groupView = new CommittedView<DurableGroup>();
  readonly #offsetView = new CommittedView<CommittedOffset>();
  #offsetCount = 0;

  get groupCount(): number {
    return this.#groups.size;
  }
  get offsetCount(): number {
    return this.#offsetCount;
  }

  has(groupId: GroupId): boolean {
    return this.#groups.has(groupId);
  }
  /** Groups of any kind that have committed offsets. */
  groupsWithOffsets(): Iterable<GroupId> {
    return this.#offsets.keys();
  }
  /** Undefined when there is no such classic group. */
  group(groupId: GroupId): DurableGroup | undefined {
    return this.#groups.get(groupId);
  }
  groupIds(): IterableIterator<GroupId> {
    return this.#groups.keys();
  }
  foreignKind(groupId: GroupId): ForeignGroupKind | null {
    return this.#foreign.get(groupId) ?? null;
  }
  existsAtCommitted(groupId: GroupId): boolean {
    return this.#groupView.committed(groupId, this.#groups.get(groupId)) !== undefined;
  }

  offsetsOf(groupId: GroupId): ReadonlyMap<TopicName, ReadonlyMap<PartitionIndex, CommittedOffset>> {
    return this.#offsets.get(groupId) ?? new Map();
  }
  offset(groupId: GroupId, topic: TopicName, partition: PartitionIndex): CommittedOffset | undefined {
    return this.#offsets.get(groupId)?.get(topic)?.get(partition);
  }
  offsetAtCommitted(groupId: GroupId, topic: TopicName, partition: PartitionIndex): CommittedOffset | undefined {
    return this.#offsetView.committed(offsetKey(groupId, topic, partition), this.offset(groupId, topic, partition));
  }
  /** A copy. */
  offsetsAtCommitted(groupId: GroupId): TopicOffsets {
    const topics: TopicOffsets = new Map();
    for (const [topic, partitions] of this.offsetsOf(groupId)) topics.set(topic, new Map(partitions));
    for (const key of this.#offsetView.changedKeys) {
      const [group, topic, partition] = parseOffsetKey(key);
      if (group !== groupId) continue;
      const committed = this.offsetAtCommitted(group, topic, partition);
      const partitions = topics.get(topic) ?? new Map<PartitionIndex, CommittedOffset>();
      if (committed === undefined) partitions.delete(partition);
      else partitions.set(partition, committed);
      if (partitions.size === 0) topics.delete(topic);
      else topics.set(topic, partitions);
    }
    return topics;
  }

  /** Whether an open transaction has committed an offset for the partition. */
  hasPendingOffset(groupId: GroupId, topic: TopicName, partition: PartitionIndex): boolean {
    const key = offsetKey(groupId, topic, partition);
    for (const records of this.#pending.values()) if (records.has(key)) return true;
    return false;
  }
  hasPendingOffsets(groupId: GroupId): boolean {
    for (const records of this.#pending.values())
      for (const { group } of records.values()) if (group === groupId) return true;
    return false;
  }

  /** The record at `offset`; `producerId` when it is part of a transaction. */
  apply(record: LoadedRecord, offset: Offset, producerId: ProducerId = noProducer): void {
    switch (record.type) {
      case 'offset-commit':
        this.#applyOffset(record, offset, producerId);
        return;
      case 'group-metadata':
        this.#applyGroup(record, offset);
        return;
      case 'foreign-group':
        if (record.deleted) this.#foreign.delete(record.group);
        else {
          this.#foreign.set(record.group, record.kind);
          this.#setGroup(record.group, undefined, offset);
        }
        return;
      case 'ignored':
        return;
    }
  }

  /** The end of a producer's transaction, at `offset`. */
  applyMarker(producerId: ProducerId, committed: boolean, offset: Offset): void {
    const records = this.#pending.get(producerId);
    this.#pending.delete(producerId);
    if (records === undefined || !committed) return;
    for (const record of records.values()) {
      const present = this.offset(record.group, record.topic, record.partition);
      // A commit outside the transaction that came later wins.
      if (present === undefined || record.at > present.recordOffset)
        this.#setOffset(record, committedOffset(record, record.at), offset);
    }
  }

  /** Records below `highWatermark` are committed. */
  advance(highWatermark: Offset): void {
    this.#groupView.advance(highWatermark);
    this.#offsetView.advance(highWatermark);
  }

  #applyGroup(record: GroupMetadataRecord, offset: Offset): void {
    if (record.value !== null) this.#foreign.delete(record.group);
    this.#setGroup(record.group, record.value ?? undefined, offset);
  }

  #applyOffset(record: OffsetCommitRecord, offset: Offset, producerId: ProducerId): void {
    const { group, topic, partition, value } = record;
    if (value === null) {
      for (const records of this.#pending.values()) records.delete(offsetKey(group, topic, partition));
      this.#setOffset(record, undefined, offset);
      return;
    }
    if (!this.#groups.has(group) && !this.#foreign.has(group)) this.#setGroup(group, null, offset);
    if (producerId === noProducer) {
      this.#setOffset(record, committedOffset(record, offset), offset);
      return;
    }
    const records = this.#pending.get(producerId) ?? new Map<string, OffsetCommitRecord & { readonly at: Offset }>();
    records.set(offsetKey(group, topic, partition), { ...record, at: offset });
    this.#pending.set(producerId, records);
  }

  #setGroup(groupId: GroupId, group: DurableGroup | undefined, offset: Offset): void {
    this.#groupView.note(groupId, offset, this.#groups.get(groupId));
    if (group === undefined) this.#groups.delete(groupId);
    else this.#groups.set(groupId, group);
  }

  #setOffset(record: OffsetCommitRecord, value: CommittedOffset | undefined, offset: Offset): void {
    const { group, topic, partition } = record;
    const topics = this.#offsets.get(group) ?? new Map<TopicName, PartitionOffsets>();
    const partitions = topics.get(topic) ?? new Map<PartitionIndex, CommittedOffset>();
    const before = partitions.get(partition);
    this.#offsetView.note(offsetKey(group, topic, partition), offset, before);
    if (value === undefined) partitions.delete(partition);
    else partitions.set(partition, value);
    this.#offsetCount += (value === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    if (partitions.size === 0) topics.delete(topic);
    else topics.set(topic, partitions);
    if (topics.size === 0) this.#offsets.delete(group);
    else this.#offsets.set(group, topics);
  }
}

function committedOffset({ value }: OffsetCommitRecord, recordOffset: Offset): CommittedOffset | undefined {
  if (value === null) return undefined;
  const { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp, topicId } = value;
  return {
    offset,
    leaderEpoch,
    metadata,
    commitTimestamp,
    expireTimestamp: expireTimestamp === -1 ? null : expireTimestamp,
    topicId,
    recordOffset,
  };
}

function offsetKey(group: GroupId, topic: TopicName, partition: PartitionIndex): string {
  return `${partition}\0${topic}\0${group}`;
}

function parseOffsetKey(key: string): [GroupId, TopicName, PartitionIndex] {
  const first = key.indexOf('\0');
  const second = key.indexOf('\0', first + 1);
  return [key.slice(second + 1), key.slice(first + 1, second), Number(key.slice(0, first))];
}
