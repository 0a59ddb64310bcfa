/**
 * The groups of one partition of `__consumer_offsets` while this broker leads it: {@link DurableGroups} is what the log
 * says, the live groups are what goes on beyond it. A request is decided (effects: records and what follows from their
 * fate), the records are appended and applied, and the answer waits until they are committed.
 *
 * Loading, active, failed (the log could not be read; the next election tries again), closed.
 */
import { hex } from '../../base/text.ts';
import type { GroupId, LeaderEpoch, MemberId, PartitionIndex, TimestampMs, TopicName, Uuid } from '../../base/ids.ts';
import type { LogLevel, TelemetryEvent } from '../../base/telemetry.ts';
import type { Clock, Random, Tracer } from '../../env/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
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
} from '../../protocol/index.ts';
import type { RecordCodecs } from '../../record/index.ts';
import type { Caller } from '../caller.ts';
import { Deadlines } from '../deadlines.ts';
import type { GroupCoordinatorConfig } from '../group-coordinator-config.ts';
import type { PartitionReader, PartitionWriter } from '../partition-log.ts';
import { ClassicGroup } from './classic/classic-group.ts';
import { heartbeatKey, transition, type ClassicContext } from './classic/context.ts';
import { groupOfRecord, newGroupRecord } from './classic/group-metadata.ts';
import { heartbeat } from './classic/heartbeat.ts';
import { join, newJoin } from './classic/join.ts';
import { leave } from './classic/leave.ts';
import { prepareRebalance, scheduleHeartbeat } from './classic/rebalance.ts';
import { joinError, syncError, unknownMemberId } from './classic/responses.ts';
import { sync } from './classic/sync.ts';
import { validateOffsetCommit } from './classic/validate.ts';
import { describeGroup, listGroup, sampleGroup, type GroupFilter } from './describe.ts';
import { DurableGroups } from './durable-groups.ts';
import { coordinatorError, noEffects, type Effects } from './effects.ts';
import type { GroupSample } from './group-sample.ts';
import { loadGroups } from './load-groups.ts';
import { commitError, decideCommit } from './offsets/commit.ts';
import { decideExpiry, decideForget, decideOffsetDelete, deleteGroupError, groupTombstones } from './offsets/delete.ts';
import { fetchOffsets, type FetchedGroupOffsets, type OffsetsWanted } from './offsets/fetch.ts';
import type { GroupRecord } from './records/group-record.ts';
import { ShardWriter } from './shard-writer.ts';

export interface GroupShardDeps {
  readonly nodeId: number;
  readonly config: GroupCoordinatorConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly codecs: RecordCodecs;
  readonly writer: PartitionWriter;
  readonly reader: PartitionReader;
}

type DescribedGroup = NonNullable<DescribeGroupsResponseInput['groups']>[number];
type ListedGroup = NonNullable<ListGroupsResponseInput['groups']>[number];
type DeletedGroup = NonNullable<DeleteGroupsResponseInput['results']>[number];

const expiryKey = 'expiry';
/** Tombstones of an expiry or of a deleted topic are written in batches of this many. */
const tombstonesAtATime = 1000;

export class GroupShard implements ClassicContext {
  readonly partition: PartitionIndex;
  readonly timers: Deadlines;
  readonly #deps: GroupShardDeps;
  readonly #component: string;
  readonly #durable = new DurableGroups();
  readonly #live = new Map<GroupId, ClassicGroup>();
  readonly #writer: ShardWriter;
  /** Groups that a request, a timer or a record was about since {@link takeTouched}: only these are sampled again. */
  #touched = new Set<GroupId>();
  #epoch: LeaderEpoch;
  #state: 'loading' | 'active' | 'failed' | 'closed' = 'loading';

  constructor(deps: GroupShardDeps, partition: PartitionIndex, epoch: LeaderEpoch) {
    this.#deps = deps;
    this.partition = partition;
    this.#epoch = epoch;
    this.#component = `GroupCoordinator id=${deps.nodeId} topic=__consumer_offsets partition=${partition}`;
    this.timers = new Deadlines(deps.clock);
    this.#writer = new ShardWriter(
      {
        writer: deps.writer,
        timers: this.timers,
        now: () => this.now(),
        monotonic: () => deps.clock.monotonic(),
        commitTimeoutMs: () => deps.config.offsetsCommitTimeoutMs,
        apply: (record, offset) => {
          this.#durable.apply(record, offset);
          if ('group' in record) this.#touched.add(record.group);
          if (record.type === 'group-metadata' && record.value === null) this.#live.delete(record.group);
        },
        onCommitted: (highWatermark) => {
          this.#durable.advance(highWatermark);
        },
      },
      partition,
      epoch,
    );
  }

  get epoch(): LeaderEpoch {
    return this.#epoch;
  }
  get state(): 'loading' | 'active' | 'failed' {
    return this.#state === 'closed' ? 'failed' : this.#state;
  }
  get config(): GroupCoordinatorConfig {
    return this.#deps.config;
  }
  /** What the log says, for comparison. */
  get durable(): DurableGroups {
    return this.#durable;
  }

  // What the classic protocol's rules need.

  now(): TimestampMs {
    return this.#deps.clock.now();
  }
  newMemberId(prefix: string): MemberId {
    const bytes = this.#deps.random.bytes(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const text = hex(bytes);
    const uuid = [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
      '-',
    );
    return `${prefix}-${uuid}`;
  }
  group(groupId: GroupId): ClassicGroup | null {
    this.#touched.add(groupId);
    const live = this.#live.get(groupId);
    if (live !== undefined) return live;
    const durable = this.#durable.group(groupId);
    if (durable === undefined) return null;
    const group = durable === null ? new ClassicGroup(groupId, this.now()) : groupOfRecord(groupId, durable);
    this.#live.set(groupId, group);
    return group;
  }
  run(step: () => Effects): void {
    if (this.#state === 'active') this.#carryOut(step());
  }
  log(level: LogLevel, message: string): void {
    this.#deps.tracer.log(level, this.#component, message);
  }
  emit(event: TelemetryEvent): void {
    if ('group' in event) this.#touched.add(event.group);
    if (this.#deps.tracer.enabled) this.#deps.tracer.emit(event);
  }

  // Life.

  load(): void {
    const { clock, tracer, codecs, reader, config } = this.#deps;
    const startedAt = clock.monotonic();
    this.log('info', `Loading of metadata from __consumer_offsets-${this.partition} with epoch ${this.#epoch}`);
    const deps = {
      clock,
      tracer,
      codecs,
      reader,
      bytesAtATime: config.offsetsLoadBufferSize,
      highWatermark: () => this.#deps.writer.highWatermark(this.partition),
      component: this.#component,
    };
    loadGroups(
      deps,
      this.partition,
      this.#durable,
      () => this.#state !== 'loading',
      (result) => {
        if ('error' in result) {
          this.#state = 'failed';
          const reason = result.error instanceof Error ? result.error.message : String(result.error);
          this.log(
            'error',
            `Failed to load metadata from __consumer_offsets-${this.partition} with epoch ${this.#epoch} due to ${reason}.`,
          );
          return;
        }
        const tookMs = Math.round(clock.monotonic() - startedAt);
        this.log(
          'info',
          `Finished loading of metadata from __consumer_offsets-${this.partition} with epoch ${this.#epoch} in ${tookMs}ms. ` +
            `Loaded ${result.records} records which total to ${result.bytes} bytes.`,
        );
        this.#takeOver(result.records);
      },
    );
  }

  raiseEpoch(epoch: LeaderEpoch): void {
    this.#epoch = epoch;
    this.#writer.raiseEpoch(epoch);
  }

  unload(): void {
    if (this.#state === 'closed') return;
    const wasActive = this.#state === 'active';
    this.#state = 'closed';
    this.timers.clear();
    this.#writer.close(ErrorCode.NOT_COORDINATOR);
    for (const group of this.#live.values()) {
      this.log('info', `[GroupId=${group.groupId}] Unloading group metadata for generation ${group.generation}.`);
      transition(this, group, 'Dead', 'this broker no longer coordinates the group');
      for (const member of group.members) {
        group.replyToJoin(member, joinError(ErrorCode.NOT_COORDINATOR, member.memberId));
        group.replyToSync(member, syncError(ErrorCode.NOT_COORDINATOR));
      }
    }
    this.#live.clear();
    this.timers.clear();
    if (wasActive) this.emit({ type: 'coordinator-unloaded', partition: this.partition });
  }

  #takeOver(records: number): void {
    this.#state = 'active';
    this.#durable.advance(this.#deps.writer.highWatermark(this.partition));
    for (const groupId of [...this.#durable.groupIds()]) {
      const group = this.group(groupId);
      if (group === null) continue;
      this.log('info', `Loaded classic group ${groupId} with ${group.size} members.`);
      for (const member of group.members) scheduleHeartbeat(this, group, member);
      if (group.size <= this.config.groupMaxSize) continue;
      const reason =
        `Freshly-loaded group ${groupId} (size ${group.size}) is over capacity ${this.config.groupMaxSize}. ` +
        `Rebalancing in order to give a chance for consumers to commit offsets`;
      this.run(() => prepareRebalance(this, group, reason));
    }
    const { groupCount, offsetCount } = this.#durable;
    this.emit({
      type: 'coordinator-loaded',
      partition: this.partition,
      groups: groupCount,
      offsets: offsetCount,
      records,
    });
    this.#scheduleExpiry();
  }

  // Requests.

  join(request: JoinGroupRequest, caller: Caller): Promise<JoinGroupResponseInput> {
    return new Promise((resolve) => {
      const { groupId, memberId } = request;
      if (this.#durable.foreignKind(groupId) !== null) {
        resolve(joinError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
        return;
      }
      const known = this.group(groupId);
      if (known === null && memberId !== unknownMemberId) {
        resolve(joinError(ErrorCode.UNKNOWN_MEMBER_ID, memberId));
        return;
      }
      const group = known ?? new ClassicGroup(groupId, this.now());
      this.#live.set(groupId, group);
      const effects = join(this, group, newJoin(request, caller, resolve));
      if (known === null && effects.records.length === 0) this.#carryOut(this.#create(group, resolve));
      else this.#carryOut(effects);
    });
  }

  /** A new group is written before it has anything, so that it is known to exist. */
  #create(group: ClassicGroup, reply: (response: JoinGroupResponseInput) => void): Effects {
    return {
      records: [newGroupRecord(group)],
      written: (error) => {
        if (error === ErrorCode.NONE) return;
        this.log('warn', `Failed to write empty metadata for group ${group.groupId}: error ${error}`);
        reply(joinError(coordinatorError(error)));
        // After a timeout the record may still be committed; only what was not appended never was.
        if (!this.#durable.has(group.groupId)) this.#forget(group, coordinatorError(error));
      },
    };
  }

  #forget(group: ClassicGroup, error: ErrorCode): void {
    this.#live.delete(group.groupId);
    for (const memberId of group.pendingJoin) this.timers.cancel(heartbeatKey(group.groupId, memberId));
    for (const member of group.members) {
      this.timers.cancel(heartbeatKey(group.groupId, member.memberId));
      group.replyToJoin(member, joinError(error));
    }
    if (!group.isIn('Dead')) transition(this, group, 'Dead', 'the new group could not be written');
  }

  sync(request: SyncGroupRequest): Promise<SyncGroupResponseInput> {
    return new Promise((resolve) => {
      const group = this.group(request.groupId);
      if (group === null || group.isIn('Empty')) resolve(syncError(ErrorCode.UNKNOWN_MEMBER_ID));
      else this.#carryOut(sync(this, group, request, resolve));
    });
  }

  heartbeat(request: HeartbeatRequest): Promise<HeartbeatResponseInput> {
    const group = this.group(request.groupId);
    const errorCode = group === null ? ErrorCode.UNKNOWN_MEMBER_ID : heartbeat(this, group, request);
    return this.#answer(noEffects, { errorCode }, (error) => ({ errorCode: error }));
  }

  leave(request: Pick<LeaveGroupRequest, 'groupId' | 'members'>): Promise<LeaveGroupResponseInput> {
    const group = this.group(request.groupId);
    if (group === null) {
      const members = request.members.map(({ memberId, groupInstanceId }) => ({
        memberId,
        groupInstanceId,
        errorCode: ErrorCode.UNKNOWN_MEMBER_ID,
      }));
      return this.#answer<LeaveGroupResponseInput>(noEffects, { errorCode: ErrorCode.NONE, members }, (errorCode) => ({
        errorCode,
      }));
    }
    const { response, ...effects } = leave(this, group, request.members);
    return this.#answer(effects, response, (errorCode) => ({ errorCode }));
  }

  commitOffsets(request: OffsetCommitRequest, caller: Caller): Promise<OffsetCommitResponseInput> {
    const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generation } = request;
    const refuse = (error: ErrorCode): OffsetCommitResponseInput => commitError(request, error);
    const invalid = this.#validateCommit(request, caller);
    if (invalid !== ErrorCode.NONE) return this.#answer(noEffects, refuse(invalid), refuse);
    const group = this.group(groupId);
    const member = group?.member(memberId) ?? null;
    if (group !== null && member !== null && group.isIn('Stable', 'PreparingRebalance'))
      scheduleHeartbeat(this, group, member);
    const { records, response } = decideCommit(request, this.now(), this.config.offsetMetadataMaxBytes);
    const offsets = records.map(({ topic, partition, value }) => ({ topic, partition, offset: value?.offset ?? -1 }));
    const written = (error: ErrorCode): void => {
      if (error === ErrorCode.NONE) this.emit({ type: 'offsets-committed', group: groupId, member: memberId, offsets });
    };
    this.#trace(groupId, memberId, groupInstanceId, generation, offsets.length);
    return this.#answer({ records, written: records.length === 0 ? null : written }, response, refuse);
  }

  #validateCommit(request: OffsetCommitRequest, caller: Caller): ErrorCode {
    const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generation } = request;
    if (this.#durable.foreignKind(groupId) !== null) return ErrorCode.UNKNOWN_MEMBER_ID;
    const group = this.group(groupId);
    if (group !== null) return validateOffsetCommit(this, group, { memberId, instanceId: groupInstanceId, generation });
    if (generation >= 0) return caller.apiVersion >= 9 ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION;
    this.log('info', `[GroupId ${groupId}] Creating a simple consumer group via manual offset commit.`);
    return ErrorCode.NONE;
  }

  #trace(groupId: GroupId, memberId: MemberId, instanceId: string | null, generation: number, count: number): void {
    this.log(
      'debug',
      `[GroupId ${groupId}] Committing ${count} offsets from member ${memberId} (${instanceId}) in generation ${generation}.`,
    );
  }

  fetchOffsets(wanted: OffsetsWanted, requireStable: boolean): Promise<FetchedGroupOffsets> {
    const fetched = fetchOffsets(this.#durable, wanted, requireStable);
    if (!requireStable) return Promise.resolve(fetched);
    return this.#answer(noEffects, fetched, (error) => ({
      groupId: wanted.groupId,
      errorCode: error === ErrorCode.COORDINATOR_NOT_AVAILABLE ? ErrorCode.NOT_COORDINATOR : error,
      topics: [],
    }));
  }

  deleteOffsets(request: OffsetDeleteRequest): Promise<OffsetDeleteResponseInput> {
    const { records, response } = decideOffsetDelete(this.#durable, this.group(request.groupId), request);
    return this.#answer({ records, written: null }, response, (errorCode) => ({ errorCode, topics: [] }));
  }

  deleteGroups(groupIds: readonly GroupId[]): Promise<readonly DeletedGroup[]> {
    const records: GroupRecord[] = [];
    const deleted: GroupId[] = [];
    const results = groupIds.map((groupId) => {
      const errorCode = deleteGroupError(this.group(groupId));
      if (errorCode === ErrorCode.NONE) {
        records.push(...groupTombstones(this.#durable, groupId));
        deleted.push(groupId);
      }
      return { groupId, errorCode };
    });
    const offsets = records.length - deleted.length;
    this.log(
      'info',
      `The following groups were deleted: ${deleted.join(', ')}. A total of ${offsets} offsets were removed.`,
    );
    return this.#answer<readonly DeletedGroup[]>({ records, written: null }, results, (errorCode) =>
      groupIds.map((groupId) => ({ groupId, errorCode })),
    );
  }

  describe(groupId: GroupId): DescribedGroup {
    const group = this.#durable.existsAtCommitted(groupId) ? this.group(groupId) : null;
    return describeGroup(groupId, group, this.#durable.foreignKind(groupId));
  }

  list(filter: GroupFilter): ListedGroup[] {
    const listed: ListedGroup[] = [];
    for (const groupId of [...this.#durable.groupIds()]) {
      const group = this.#durable.existsAtCommitted(groupId) ? this.group(groupId) : null;
      const entry = group === null ? null : listGroup(group, filter);
      if (entry !== null) listed.push(entry);
    }
    return listed;
  }

  /** The groups that may have changed since the last call, and those of them that are gone. */
  takeTouched(): { readonly groups: readonly GroupSample[]; readonly gone: readonly GroupId[] } {
    if (this.#touched.size === 0 || this.#state !== 'active') return { groups: [], gone: [] };
    const touched = this.#touched;
    const groups: GroupSample[] = [];
    const gone: GroupId[] = [];
    for (const groupId of touched) {
      const group = this.group(groupId);
      if (group === null) gone.push(groupId);
      else groups.push(sampleGroup(group, this.#durable, this.timers));
    }
    this.#touched = new Set();
    return { groups, gone };
  }

  sample(): GroupSample[] {
    return [...this.#live.values()].map((group) => sampleGroup(group, this.#durable, this.timers));
  }

  // Time and the outside world.

  /** Topics are gone: so are the offsets that were committed for them. */
  forgetTopics(topics: readonly { readonly name: TopicName; readonly id: Uuid }[]): void {
    if (this.#state === 'active') this.#writeTombstones(decideForget(this.#durable, topics));
  }

  #scheduleExpiry(): void {
    this.timers.schedule(expiryKey, this.config.offsetsRetentionCheckIntervalMs, () => {
      const startedAt = this.#deps.clock.monotonic();
      const records: GroupRecord[] = [];
      for (const groupId of [...this.#durable.groupIds()]) {
        const group = this.group(groupId);
        if (group !== null)
          records.push(...decideExpiry(this.#durable, group, this.now(), this.config.offsetsRetentionMs));
      }
      const tookMs = Math.round(this.#deps.clock.monotonic() - startedAt);
      this.log(
        'info',
        `Generated ${records.length} tombstone records while cleaning up group metadata in ${tookMs} milliseconds.`,
      );
      this.#writeTombstones(records);
      this.#scheduleExpiry();
    });
  }

  #writeTombstones(records: readonly GroupRecord[]): void {
    for (let at = 0; at < records.length; at += tombstonesAtATime) {
      this.#carryOut({ records: records.slice(at, at + tombstonesAtATime), written: null });
    }
  }

  #carryOut(effects: Effects): void {
    if (effects.records.length > 0) this.#writer.append(effects.records, effects.written ?? (() => {}));
  }

  /** The answer, once all that it rests on is committed. */
  #answer<T>(effects: Effects, response: T, failed: (error: ErrorCode) => T): Promise<T> {
    return new Promise((resolve) => {
      const done = (error: ErrorCode): void => {
        effects.written?.(error);
        resolve(error === ErrorCode.NONE ? response : failed(coordinatorError(error)));
      };
      if (effects.records.length > 0) this.#writer.append(effects.records, done);
      else this.#writer.whenCommitted(done);
    });
  }
}
