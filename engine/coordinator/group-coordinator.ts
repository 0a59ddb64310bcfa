/**
 * The group coordinator of one broker (Kafka's `GroupCoordinatorService`): groups and committed offsets of the partitions
 * of `__consumer_offsets` that this broker leads, one {@link GroupShard} each.
 *
 * A group belongs to partition `abs(String.hashCode(groupId)) % partitions`. Whoever leads that partition coordinates it:
 * `onElection` loads a partition from its log, `onResignation` forgets it. Errors are data in the responses:
 * NOT_COORDINATOR when the partition is not led here, COORDINATOR_LOAD_IN_PROGRESS while it is read,
 * COORDINATOR_NOT_AVAILABLE before the start and when a write was not committed in time.
 *
 * Leaves to others: who leads what and where its leader listens (FindCoordinator's handler), existence of topics, names for
 * topic ids (the handlers of OffsetCommit and OffsetFetch), transactions.
 */
import { assert } from '../base/assert.ts';
import type { GroupId, LeaderEpoch, NodeId, PartitionIndex, TopicName, Uuid } from '../base/ids.ts';
import type { Clock, Random, Tracer } from '../env/index.ts';
import { ErrorCode } from '../protocol/index.ts';
import type {
  DeleteGroupsResponseInput,
  DescribeGroupsResponseInput,
  HeartbeatRequest,
  HeartbeatResponseInput,
  JoinGroupRequest,
  JoinGroupResponseInput,
  LeaveGroupRequest,
  LeaveGroupResponseInput,
  ListGroupsResponseInput,
  OffsetCommitRequest,
  OffsetCommitResponseInput,
  OffsetDeleteRequest,
  OffsetDeleteResponseInput,
  SyncGroupRequest,
  SyncGroupResponseInput,
} from '../protocol/index.ts';
import type { RecordCodecs } from '../record/index.ts';
import type { Caller } from './caller.ts';
import type { GroupCoordinatorConfig } from './group-coordinator-config.ts';
import { joinError, syncError } from './group/classic/responses.ts';
import type { GroupSample } from './group/group-sample.ts';
import { GroupShard } from './group/group-shard.ts';
import { commitError } from './group/offsets/commit.ts';
import type { FetchedGroupOffsets, OffsetsWanted } from './group/offsets/fetch.ts';
import type { PartitionReader, PartitionWriter } from './partition-log.ts';

export interface GroupCoordinatorDeps {
  readonly nodeId: NodeId;
  /** Read at each use, so a view on dynamic configs is fine. */
  readonly config: GroupCoordinatorConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  /** For reading compressed batches while loading. */
  readonly codecs: RecordCodecs;
  readonly writer: PartitionWriter;
  readonly reader: PartitionReader;
}

/** What the window shows of the coordinator. */
export interface GroupCoordinatorSample {
  readonly partitions: readonly {
    readonly partition: PartitionIndex;
    readonly leaderEpoch: LeaderEpoch;
    readonly state: 'loading' | 'active' | 'failed';
    readonly groups: readonly GroupSample[];
  }[];
}

type DescribedGroupInput = NonNullable<DescribeGroupsResponseInput['groups']>[number];
type DeletedGroupInput = NonNullable<DeleteGroupsResponseInput['results']>[number];
type ListedGroupInput = NonNullable<ListGroupsResponseInput['groups']>[number];

export class GroupCoordinator {
  readonly #deps: GroupCoordinatorDeps;
  readonly #shards = new Map<PartitionIndex, GroupShard>();
  #partitions = -1;

  constructor(deps: GroupCoordinatorDeps) {
    this.#deps = deps;
  }

  /** `partitions`: how many `__consumer_offsets` has, or will have (`offsets.topic.num.partitions`). */
  start(partitions: number): void {
    assert(partitions > 0, () => `__consumer_offsets needs partitions, not ${partitions}`);
    this.#log('info', 'Starting up.');
    this.#partitions = partitions;
    this.#log('info', 'Startup complete.');
  }

  /** Answers all that waits with NOT_COORDINATOR. */
  stop(): void {
    if (this.#partitions < 0) return;
    this.#log('info', 'Shutting down.');
    this.#partitions = -1;
    for (const shard of this.#shards.values()) shard.unload();
    this.#shards.clear();
    this.#log('info', 'Shutdown complete.');
  }

  get isStarted(): boolean {
    return this.#partitions > 0;
  }

  /** The partition of `__consumer_offsets` that keeps the group. Not before {@link start}. */
  partitionFor(groupId: GroupId): PartitionIndex {
    assert(this.#partitions > 0, 'the group coordinator has not been started');
    return partitionForGroup(groupId, this.#partitions);
  }

  /** This broker became leader of a partition of `__consumer_offsets` in `epoch`. */
  onElection(partition: PartitionIndex, epoch: LeaderEpoch): void {
    const known = this.#shards.get(partition);
    if (known !== undefined) {
      if (known.epoch >= epoch) return;
      if (known.state !== 'failed') {
        known.raiseEpoch(epoch);
        return;
      }
      known.unload();
    }
    const shard = new GroupShard(this.#deps, partition, epoch);
    this.#shards.set(partition, shard);
    shard.load();
  }

  /** This broker no longer leads the partition; `epoch` is the new leader's, null when the partition is gone. */
  onResignation(partition: PartitionIndex, epoch: LeaderEpoch | null): void {
    const shard = this.#shards.get(partition);
    if (shard === undefined || (epoch !== null && epoch < shard.epoch)) return;
    this.#shards.delete(partition);
    shard.unload();
  }

  /** Topics were deleted: their committed offsets go too. */
  onTopicsDeleted(topics: readonly { readonly name: TopicName; readonly id: Uuid }[]): void {
    for (const shard of this.#shards.values()) shard.forgetTopics(topics);
  }

  joinGroup(request: JoinGroupRequest, caller: Caller): Promise<JoinGroupResponseInput> {
    const { groupId, memberId, sessionTimeoutMs } = request;
    const refuse = (errorCode: ErrorCode): JoinGroupResponseInput => joinError(errorCode, memberId);
    if (this.#partitions < 0) return Promise.resolve(refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE));
    if (groupId === '') return Promise.resolve(refuse(ErrorCode.INVALID_GROUP_ID));
    const { groupMinSessionTimeoutMs, groupMaxSessionTimeoutMs } = this.#deps.config;
    if (sessionTimeoutMs < groupMinSessionTimeoutMs || sessionTimeoutMs > groupMaxSessionTimeoutMs) {
      return Promise.resolve(refuse(ErrorCode.INVALID_SESSION_TIMEOUT));
    }
    const shard = this.#active(groupId);
    if (typeof shard === 'number') return Promise.resolve(joinError(shard));
    return shard.join(request, caller);
  }

  syncGroup(request: SyncGroupRequest): Promise<SyncGroupResponseInput> {
    const shard = this.#named(request.groupId);
    if (typeof shard === 'number') return Promise.resolve(syncError(shard));
    return shard.sync(request);
  }

  heartbeat(request: HeartbeatRequest): Promise<HeartbeatResponseInput> {
    const shard = this.#named(request.groupId);
    if (shard === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) return Promise.resolve({ errorCode: ErrorCode.NONE });
    if (typeof shard === 'number') return Promise.resolve({ errorCode: shard });
    return shard.heartbeat(request);
  }

  /** `request.members` as v3 has it; the handler makes a member of v0-2's member id. */
  leaveGroup(request: Pick<LeaveGroupRequest, 'groupId' | 'members'>): Promise<LeaveGroupResponseInput> {
    const shard = this.#named(request.groupId);
    if (typeof shard === 'number') return Promise.resolve({ errorCode: shard });
    return shard.leave(request);
  }

  /** Each topic with its name and, when known, its id. */
  commitOffsets(request: OffsetCommitRequest, caller: Caller): Promise<OffsetCommitResponseInput> {
    if (this.#partitions < 0) return Promise.resolve(commitError(request, ErrorCode.COORDINATOR_NOT_AVAILABLE));
    const shard = this.#active(request.groupId);
    if (typeof shard === 'number') return Promise.resolve(commitError(request, shard));
    return shard.commitOffsets(request, caller);
  }

  /** `wanted.topics` null: all of the group's. */
  fetchOffsets(wanted: OffsetsWanted, requireStable: boolean): Promise<FetchedGroupOffsets> {
    const refuse = (errorCode: ErrorCode): FetchedGroupOffsets => ({ groupId: wanted.groupId, errorCode, topics: [] });
    if (this.#partitions < 0) return Promise.resolve(refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE));
    const shard = this.#active(wanted.groupId);
    if (typeof shard === 'number') return Promise.resolve(refuse(shard));
    return shard.fetchOffsets(wanted, requireStable);
  }

  deleteOffsets(request: OffsetDeleteRequest): Promise<OffsetDeleteResponseInput> {
    const shard = this.#named(request.groupId);
    if (typeof shard === 'number') return Promise.resolve({ errorCode: shard, topics: [] });
    return shard.deleteOffsets(request);
  }

  /** In Kafka's form for DescribeGroups v6 (GROUP_ID_NOT_FOUND for an absent group); the handler adapts lower versions. */
  describeGroups(groupIds: readonly GroupId[]): DescribedGroupInput[] {
    return groupIds.map((groupId) => {
      const shard = this.#partitions < 0 ? ErrorCode.COORDINATOR_NOT_AVAILABLE : this.#active(groupId);
      if (typeof shard === 'number') {
        return { groupId, errorCode: shard, groupState: '', protocolType: '', protocolData: '', members: [] };
      }
      return shard.describe(groupId);
    });
  }

  /** Groups of all partitions led here; COORDINATOR_LOAD_IN_PROGRESS when one of them is still being read. */
  listGroups(filter: {
    readonly states: readonly string[];
    readonly types: readonly string[];
  }): ListGroupsResponseInput {
    if (this.#partitions < 0) return { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, groups: [] };
    const groups: ListedGroupInput[] = [];
    for (const shard of this.#shards.values()) {
      if (shard.state === 'loading') return { errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, groups: [] };
      if (shard.state === 'active') groups.push(...shard.list(filter));
    }
    return { errorCode: ErrorCode.NONE, groups };
  }

  async deleteGroups(groupIds: readonly GroupId[]): Promise<DeletedGroupInput[]> {
    const results: DeletedGroupInput[] = [];
    const byShard = new Map<GroupShard, GroupId[]>();
    for (const groupId of new Set(groupIds)) {
      const shard = this.#partitions < 0 ? ErrorCode.COORDINATOR_NOT_AVAILABLE : this.#active(groupId);
      if (typeof shard === 'number') results.push({ groupId, errorCode: shard });
      else byShard.set(shard, [...(byShard.get(shard) ?? []), groupId]);
    }
    const deleted = await Promise.all([...byShard].map(([shard, ids]) => shard.deleteGroups(ids)));
    return [...results, ...deleted.flat()];
  }

  /** Cheap and read-only. */
  sample(): GroupCoordinatorSample {
    return {
      partitions: [...this.#shards.values()].map((shard) => ({
        partition: shard.partition,
        leaderEpoch: shard.epoch,
        state: shard.state,
        groups: shard.sample(),
      })),
    };
  }

  /** Groups that may have changed since the last call; costs nothing where nothing happened. */
  takeTouched(): { readonly groups: readonly GroupSample[]; readonly gone: readonly GroupId[] } {
    const taken = [...this.#shards.values()].map((shard) => shard.takeTouched());
    return { groups: taken.flatMap(({ groups }) => groups), gone: taken.flatMap(({ gone }) => gone) };
  }

  /** The shard of a group whose id must not be empty, or the error. */
  #named(groupId: GroupId): GroupShard | ErrorCode {
    if (this.#partitions < 0) return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    if (groupId === '') return ErrorCode.INVALID_GROUP_ID;
    return this.#active(groupId);
  }

  #active(groupId: GroupId): GroupShard | ErrorCode {
    const shard = this.#shards.get(this.partitionFor(groupId));
    if (shard === undefined || shard.state === 'failed') return ErrorCode.NOT_COORDINATOR;
    if (shard.state === 'loading') return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    return shard;
  }

  #log(level: 'info', message: string): void {
    this.#deps.tracer.log(level, `GroupCoordinator id=${this.#deps.nodeId}`, message);
  }
}

/** `Utils.abs(groupId.hashCode()) % partitions`; Java's hash of a string over its UTF-16 units. */
export function partitionForGroup(groupId: GroupId, partitions: number): PartitionIndex {
  let hash = 0;
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(hash, 31) + groupId.charCodeAt(i)) | 0;
  const absolute = hash === -2147483648 ? 0 : Math.abs(hash);
  return absolute % partitions;
}
