/**
 * The part of a metadata delta that is about topics and partitions (Kafka's `TopicsDelta`, `TopicDelta`).
 *
 * Invariants: a topic is in at most one of `changed` and `deleted`; a topic created and deleted within one delta leaves
 * no trace; every change of a partition counts its partition epoch up by one, a change that names a leader counts its
 * leader epoch up too, even when the leader stays.
 */
import { assert, required } from '../base/assert.ts';
import type { NodeId, PartitionIndex, TopicName, TopicPartition, Uuid } from '../base/ids.ts';
import type { LeaderRecoveryState, PartitionRegistration, TopicImage, TopicsImage } from './image.ts';
import type { RecordOf } from './records/index.ts';

/** `DirectoryId.UNASSIGNED`: the broker has not said yet which log directory it took. */
export const unassignedDirectory: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA';
/** `DirectoryId.LOST`: a directory that is offline. */
export const lostDirectory: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ';
/** `DirectoryId.MIGRATING`: written before directories were known. */
export const migratingDirectory: Uuid = 'AAAAAAAAAAAAAAAAAAAAAg';

/** Directory ids that name no directory; see Kafka's `DirectoryId.reserved` (the first hundred). */
export function isReservedDirectory(directory: Uuid): boolean {
  return directory === unassignedDirectory || directory === lostDirectory || directory === migratingDirectory;
}

/** Leader field of a change that leaves the leader alone. */
export const noLeaderChange = -2;
export const noLeader: NodeId = -1;

/** One topic that was created or changed. */
export interface TopicDelta {
  readonly id: Uuid;
  readonly name: TopicName;
  /** As it was in the delta's image; null when created in this delta. */
  readonly was: TopicImage | null;
  /** New and changed partitions, as they are now. */
  readonly partitions: ReadonlyMap<PartitionIndex, PartitionRegistration>;
}

interface WorkingTopic extends TopicDelta {
  readonly partitions: Map<PartitionIndex, PartitionRegistration>;
}

/** What a delta means for one broker's replicas (Kafka's `LocalReplicaChanges`). */
export interface LocalChanges {
  /** Partitions that this broker holds no replica of any more. */
  readonly deletes: readonly (TopicPartition & { readonly topicId: Uuid; readonly topicDeleted: boolean })[];
  /** Partitions that this broker leads and whose partition epoch grew. */
  readonly leaders: readonly LocalPartition[];
  /** Partitions that this broker follows (or holds without any leader) and whose partition epoch grew. */
  readonly followers: readonly LocalPartition[];
}

export interface LocalPartition extends TopicPartition {
  readonly topicId: Uuid;
  readonly registration: PartitionRegistration;
  readonly was: PartitionRegistration | null;
}

export class TopicsDelta {
  readonly image: TopicsImage;
  readonly #changed = new Map<Uuid, WorkingTopic>();
  readonly #deleted = new Map<Uuid, TopicImage>();

  constructor(image: TopicsImage) {
    this.image = image;
  }

  /** Created and changed topics by id. */
  get changed(): ReadonlyMap<Uuid, TopicDelta> {
    return this.#changed;
  }

  /** Topics of the image that are gone, by id. */
  get deleted(): ReadonlyMap<Uuid, TopicImage> {
    return this.#deleted;
  }

  get isEmpty(): boolean {
    return this.#changed.size === 0 && this.#deleted.size === 0;
  }

  create(record: RecordOf<'TopicRecord'>): void {
    const was = this.image.byId.get(record.topicId) ?? null;
    this.#changed.set(record.topicId, { id: record.topicId, name: record.name, was, partitions: new Map() });
  }

  addPartition(record: RecordOf<'PartitionRecord'>): void {
    this.#topic(record.topicId).partitions.set(record.partitionId, partitionFromRecord(record));
  }

  changePartition(record: RecordOf<'PartitionChangeRecord'>): void {
    const topic = this.#topic(record.topicId);
    const before = topic.partitions.get(record.partitionId) ?? topic.was?.partitions.get(record.partitionId);
    const partition = required(before, `partition ${record.topicId}:${record.partitionId} of a PartitionChangeRecord`);
    topic.partitions.set(record.partitionId, mergePartition(partition, record));
  }

  /** Returns the name of the removed topic. */
  remove(id: Uuid): TopicName {
    const working = this.#changed.get(id);
    const was = this.image.byId.get(id);
    this.#changed.delete(id);
    if (was !== undefined) this.#deleted.set(id, was);
    return required(working ?? was, `topic ${id} of a RemoveTopicRecord`).name;
  }

  clearElr(record: RecordOf<'ClearElrRecord'>): void {
    for (const id of this.#idsNamed(record.topicName)) {
      const topic = this.#topic(id);
      for (const [index, partition] of [...(topic.was?.partitions ?? []), ...topic.partitions]) {
        const current = topic.partitions.get(index) ?? partition;
        if (current.elr.length === 0 && current.lastKnownElr.length === 0) continue;
        topic.partitions.set(index, {
          ...current,
          elr: [],
          lastKnownElr: [],
          partitionEpoch: current.partitionEpoch + 1,
        });
      }
      if (topic.was !== null && topic.partitions.size === 0) this.#changed.delete(id);
    }
  }

  apply(): TopicsImage {
    if (this.isEmpty) return this.image;
    const byId = new Map(this.image.byId);
    const byName = new Map(this.image.byName);
    for (const topic of this.#deleted.values()) {
      byId.delete(topic.id);
      byName.delete(topic.name);
    }
    for (const working of this.#changed.values()) {
      const topic = applyTopic(working);
      byId.set(topic.id, topic);
      byName.set(topic.name, topic);
    }
    return { byId, byName };
  }

  /** What changed for the replicas that `broker` holds. */
  localChanges(broker: NodeId): LocalChanges {
    const deletes: LocalChanges['deletes'][number][] = [];
    const leaders: LocalPartition[] = [];
    const followers: LocalPartition[] = [];
    for (const topic of this.#deleted.values()) {
      for (const [partition, registration] of topic.partitions) {
        if (!registration.replicas.includes(broker)) continue;
        deletes.push({ topic: topic.name, partition, topicId: topic.id, topicDeleted: true });
      }
    }
    for (const topic of this.#changed.values()) {
      for (const [partition, registration] of topic.partitions) {
        const was = topic.was?.partitions.get(partition) ?? null;
        const local = { topic: topic.name, partition, topicId: topic.id, registration, was };
        if (!registration.replicas.includes(broker)) {
          if (was?.replicas.includes(broker)) {
            deletes.push({ topic: topic.name, partition, topicId: topic.id, topicDeleted: false });
          }
        } else if (was === null || was.partitionEpoch !== registration.partitionEpoch) {
          (registration.leader === broker ? leaders : followers).push(local);
        }
      }
    }
    return { deletes, leaders, followers };
  }

  #topic(id: Uuid): WorkingTopic {
    const working = this.#changed.get(id);
    if (working !== undefined) return working;
    assert(!this.#deleted.has(id), () => `topic ${id} was deleted earlier in the same delta`);
    const was = required(this.image.byId.get(id), `topic ${id}`);
    const topic: WorkingTopic = { id, name: was.name, was, partitions: new Map() };
    this.#changed.set(id, topic);
    return topic;
  }

  /** The empty name stands for all topics. */
  #idsNamed(name: TopicName): Uuid[] {
    const created = [...this.#changed.values()].filter((topic) => topic.was === null);
    const all = [...this.image.byId.values(), ...created].filter((topic) => !this.#deleted.has(topic.id));
    return all.filter((topic) => name === '' || topic.name === name).map((topic) => topic.id);
  }
}

function applyTopic(working: WorkingTopic): TopicImage {
  const { id, name, was } = working;
  if (was === null) return { id, name, partitions: new Map(sortedByIndex(working.partitions)) };
  const partitions = new Map(was.partitions);
  for (const [index, partition] of sortedByIndex(working.partitions)) partitions.set(index, partition);
  return { id, name, partitions };
}

function sortedByIndex<T>(partitions: ReadonlyMap<PartitionIndex, T>): [PartitionIndex, T][] {
  return [...partitions].sort(([a], [b]) => a - b);
}

export function leaderRecoveryStateCode(state: LeaderRecoveryState): number {
  return state === 'recovering' ? 1 : 0;
}

export function leaderRecoveryStateOf(code: number): LeaderRecoveryState {
  return code === 1 ? 'recovering' : 'recovered';
}

export function partitionFromRecord(record: RecordOf<'PartitionRecord'>): PartitionRegistration {
  return {
    replicas: record.replicas,
    directories: directoriesFor(record.directories, record.replicas.length),
    isr: record.isr,
    elr: record.eligibleLeaderReplicas ?? [],
    lastKnownElr: record.lastKnownElr ?? [],
    addingReplicas: record.addingReplicas,
    removingReplicas: record.removingReplicas,
    leader: record.leader,
    leaderEpoch: record.leaderEpoch,
    partitionEpoch: record.partitionEpoch,
    leaderRecoveryState: leaderRecoveryStateOf(record.leaderRecoveryState),
  };
}

/** The partition after the change (Kafka's `PartitionRegistration.merge`). */
export function mergePartition(
  partition: PartitionRegistration,
  change: RecordOf<'PartitionChangeRecord'>,
): PartitionRegistration {
  const replicas = change.replicas ?? partition.replicas;
  const leaderChanges = change.leader !== noLeaderChange;
  return {
    replicas,
    directories: directoriesFor(change.directories ?? partition.directories, replicas.length),
    isr: change.isr ?? partition.isr,
    elr: change.eligibleLeaderReplicas ?? partition.elr,
    lastKnownElr: change.lastKnownElr ?? partition.lastKnownElr,
    addingReplicas: change.addingReplicas ?? partition.addingReplicas,
    removingReplicas: change.removingReplicas ?? partition.removingReplicas,
    leader: leaderChanges ? change.leader : partition.leader,
    leaderEpoch: leaderChanges ? partition.leaderEpoch + 1 : partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch + 1,
    leaderRecoveryState:
      change.leaderRecoveryState === -1
        ? partition.leaderRecoveryState
        : leaderRecoveryStateOf(change.leaderRecoveryState),
  };
}

/** Records written before directories existed stand for `MIGRATING` ones. */
function directoriesFor(directories: readonly Uuid[], replicaCount: number): readonly Uuid[] {
  if (directories.length === replicaCount) return directories;
  return Array.from({ length: replicaCount }, () => migratingDirectory);
}
