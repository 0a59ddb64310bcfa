/**
 * A group coordinator in a simulated world: a log in memory whose high watermark the test may hold back, and members that
 * behave as the Java consumer does.
 */
import { SimWorld, type CollectingTracer } from '../env/sim/index.ts';
import type { Dispose } from '../base/disposer.ts';
import type { LeaderEpoch, Offset, PartitionIndex } from '../base/ids.ts';
import { utf8 } from '../base/text.ts';
import { zeroUuid } from '../base/uuid.ts';
import {
  ByteWriter,
  ErrorCode,
  type JoinGroupRequest,
  type JoinGroupResponseInput,
  type OffsetCommitRequest,
  type SyncGroupResponseInput,
} from '../protocol/index.ts';
import { BatchHeader, iterateBatches, iterateRecords, noCodecs, type RecordCodecs } from '../record/index.ts';
import type { Caller } from './caller.ts';
import { defaultGroupCoordinatorConfig, type GroupCoordinatorConfig } from './group-coordinator-config.ts';
import { GroupCoordinator } from './group-coordinator.ts';
import type { AppendOutcome, PartitionReader, PartitionWriter } from './partition-log.ts';
import { decodeGroupRecord, type LoadedRecord } from './group/records/group-record.ts';

/** One partition's log; commits at once unless told otherwise. */
export class MemoryLog implements PartitionWriter, PartitionReader {
  readonly batches: Uint8Array[] = [];
  endOffset: Offset = 0;
  startOffset: Offset = 0;
  leaderEpoch: LeaderEpoch = 0;
  /** Appends fail with it. */
  refuse: ErrorCode | null = null;
  autoCommit = true;
  /** `range` says that this broker does not lead. */
  lost = false;
  #highWatermark: Offset = 0;
  readonly #listeners = new Set<(highWatermark: Offset) => void>();

  append(_partition: PartitionIndex, batch: Uint8Array, expectedLeaderEpoch: LeaderEpoch): AppendOutcome {
    if (this.refuse !== null) return { error: this.refuse };
    if (expectedLeaderEpoch !== this.leaderEpoch) return { error: ErrorCode.NOT_LEADER_OR_FOLLOWER };
    const header = new BatchHeader(batch, 0);
    header.setBaseOffset(this.endOffset);
    header.setLeaderEpoch(expectedLeaderEpoch);
    this.batches.push(batch);
    this.endOffset = header.nextOffset;
    if (this.autoCommit) this.commit();
    return { offset: header.lastOffset };
  }
  highWatermark(): Offset {
    return this.#highWatermark;
  }
  onHighWatermark(_partition: PartitionIndex, listener: (highWatermark: Offset) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  /** Moves the high watermark to the end. */
  commit(): void {
    this.#highWatermark = this.endOffset;
    for (const listener of [...this.#listeners]) listener(this.#highWatermark);
  }
  range(): { logStartOffset: Offset; logEndOffset: Offset } | null {
    return this.lost ? null : { logStartOffset: this.startOffset, logEndOffset: this.endOffset };
  }
  read(_partition: PartitionIndex, from: Offset, maxBytes: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let size = 0;
    for (const batch of this.batches) {
      if (new BatchHeader(batch, 0).lastOffset < from || (size > 0 && size + batch.length > maxBytes)) continue;
      parts.push(batch);
      size += batch.length;
    }
    return new Uint8Array(Buffer.concat(parts));
  }
  /** Fills the log with a recorded file. */
  load(file: Uint8Array): void {
    for (const batch of iterateBatches(file)) {
      this.batches.push(batch.batchBytes);
      this.endOffset = batch.nextOffset;
      this.leaderEpoch = batch.leaderEpoch;
    }
    this.#highWatermark = this.endOffset;
  }
  /** All records, decoded. */
  records(codecs: RecordCodecs = noCodecs): LoadedRecord[] {
    return this.batches.flatMap((batch) =>
      [...iterateRecords(new BatchHeader(batch, 0), codecs)].map(({ key, value }) => decodeGroupRecord(key!, value)),
    );
  }
}

export class CoordinatorWorld {
  readonly world: SimWorld;
  readonly log: MemoryLog;
  readonly tracer: CollectingTracer;
  readonly coordinator: GroupCoordinator;
  readonly config: { -readonly [K in keyof GroupCoordinatorConfig]: GroupCoordinatorConfig[K] };

  /** One partition of `__consumer_offsets`, led from the start; loaded when the world has run. */
  constructor(config: Partial<GroupCoordinatorConfig> = {}, log = new MemoryLog(), seed = 1) {
    this.world = new SimWorld(seed);
    this.log = log;
    const { env } = this.world.node('broker');
    this.tracer = this.world.node('broker').tracer;
    this.config = { ...defaultGroupCoordinatorConfig, ...config };
    this.coordinator = new GroupCoordinator({
      nodeId: 1,
      config: this.config,
      clock: env.clock,
      random: env.random,
      tracer: env.tracer,
      codecs: noCodecs,
      writer: log,
      reader: log,
    });
    this.coordinator.start(1);
    this.coordinator.onElection(0, log.leaderEpoch);
  }

  /** Log lines of the coordinator, times in seconds left out. */
  lines(): string[] {
    return this.tracer
      .ofType('log')
      .filter(({ component, level }) => component.includes('partition=') && level !== 'debug')
      .map(({ message }) => message);
  }

  async run(ms: number): Promise<void> {
    await this.world.run(ms);
  }
  complete<T>(promise: Promise<T>): Promise<T> {
    return this.world.complete(promise);
  }
  member(options: MemberOptions): TestMember {
    return new TestMember(this, options);
  }
  /** State and generation of a group as the window sees it. */
  sampleOf(groupId: string) {
    return this.coordinator
      .sample()
      .partitions.flatMap(({ groups }) => groups)
      .find(({ id }) => id === groupId);
  }
  commit(
    groupId: string,
    offsets: Readonly<Record<string, number>>,
    more: Partial<OffsetCommitRequest> = {},
    apiVersion = 9,
  ) {
    const topics = new Map<string, OffsetCommitRequest['topics'][number]['partitions'][number][]>();
    for (const [key, committedOffset] of Object.entries(offsets)) {
      const at = key.lastIndexOf('-');
      const partition = {
        partitionIndex: Number(key.slice(at + 1)),
        committedOffset,
        committedLeaderEpoch: -1,
        committedMetadata: '',
      };
      topics.set(key.slice(0, at), [...(topics.get(key.slice(0, at)) ?? []), partition]);
    }
    return this.coordinator.commitOffsets(
      {
        groupId,
        generationIdOrMemberEpoch: -1,
        memberId: '',
        groupInstanceId: null,
        retentionTimeMs: -1,
        topics: [...topics].map(([name, partitions]) => ({ name, topicId: zeroUuid, partitions })),
        ...more,
      },
      { clientId: 'test', clientHost: '/127.0.0.1', apiVersion },
    );
  }
  /** All committed offsets of a group, `topic-partition: offset`. */
  async fetchAll(groupId: string, requireStable = true): Promise<Record<string, number>> {
    const { topics } = await this.complete(this.coordinator.fetchOffsets({ groupId, topics: null }, requireStable));
    return Object.fromEntries(
      topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, committedOffset }) => [`${name}-${partitionIndex}`, committedOffset]),
      ),
    );
  }
}

export interface MemberOptions {
  readonly group: string;
  readonly name: string;
  readonly instanceId?: string;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly protocols?: readonly string[];
  readonly topics?: readonly string[];
  readonly apiVersion?: number;
  readonly heartbeatMs?: number;
}

/** `ConsumerProtocolSubscription` version 0. */
export function subscription(topics: readonly string[]): Uint8Array {
  const writer = new ByteWriter();
  writer.int16(0);
  writer.int32(topics.length);
  for (const topic of topics) writer.nullableString(topic);
  writer.nullableBytes(null);
  return writer.bytes();
}

/** A consumer of a group: joins, syncs, heartbeats every 3 s, and rejoins when it is told to. */
export class TestMember {
  readonly options: Required<Omit<MemberOptions, 'instanceId'>> & { readonly instanceId: string | null };
  readonly #kit: CoordinatorWorld;
  memberId = '';
  generation = -1;
  joined: JoinGroupResponseInput | null = null;
  synced: SyncGroupResponseInput | null = null;
  /** Errors that it was answered, in order. */
  readonly errors: ErrorCode[] = [];
  state: 'out' | 'joining' | 'syncing' | 'stable' | 'fenced' = 'out';
  /** Called when a generation is reached. */
  onStable: (() => void) | null = null;
  #life = 0;

  constructor(kit: CoordinatorWorld, options: MemberOptions) {
    this.#kit = kit;
    this.options = {
      sessionTimeoutMs: 45_000,
      rebalanceTimeoutMs: 300_000,
      protocols: ['range', 'cooperative-sticky'],
      topics: ['rebalance'],
      apiVersion: 9,
      heartbeatMs: 3000,
      ...options,
      instanceId: options.instanceId ?? null,
    };
  }

  get caller(): Caller {
    return { clientId: this.options.name, clientHost: '/127.0.0.1', apiVersion: this.options.apiVersion };
  }
  get assignment(): string {
    return this.synced === null ? '' : Buffer.from(this.synced.assignment).toString();
  }
  joinRequest(reason = ''): JoinGroupRequest {
    const { group, instanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocols, topics } = this.options;
    return {
      groupId: group,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.memberId,
      groupInstanceId: instanceId,
      protocolType: 'consumer',
      protocols: protocols.map((name) => ({ name, metadata: subscription(topics) })),
      reason,
    };
  }

  start(): void {
    this.#life++;
    void this.#join('', this.#life);
    this.#heartbeats(this.#life);
  }
  /** Joins again, as after a change of its topics or a revocation. */
  rejoin(reason: string): void {
    void this.#join(reason, this.#life);
  }
  /** Stops without a word, as by SIGKILL. A static member's close() is the same. */
  vanish(): void {
    this.#life++;
    this.state = 'out';
  }
  async leave(reason = 'the consumer is being closed'): Promise<void> {
    this.vanish();
    const { group, instanceId } = this.options;
    const member = { memberId: this.memberId, groupInstanceId: instanceId, reason };
    this.memberId = '';
    this.generation = -1;
    await this.#kit.coordinator.leaveGroup({ groupId: group, members: [member] });
  }
  heartbeat() {
    const { group, instanceId } = this.options;
    return this.#kit.coordinator.heartbeat({
      groupId: group,
      generationId: this.generation,
      memberId: this.memberId,
      groupInstanceId: instanceId,
    });
  }

  async #join(reason: string, life: number): Promise<void> {
    this.state = 'joining';
    const response = await this.#kit.coordinator.joinGroup(this.joinRequest(reason), this.caller);
    if (this.#life !== life) return;
    if (response.errorCode === ErrorCode.NONE) {
      this.joined = response;
      this.memberId = response.memberId;
      this.generation = response.generationId ?? -1;
      await this.#sync(response, life);
      return;
    }
    this.errors.push(response.errorCode as ErrorCode);
    if (response.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.memberId = response.memberId;
      await this.#join(`need to re-join with the given member-id: ${this.memberId}`, life);
    } else if (response.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) {
      this.memberId = '';
      await this.#join('', life);
    } else this.state = response.errorCode === ErrorCode.FENCED_INSTANCE_ID ? 'fenced' : 'out';
  }

  async #sync(joined: JoinGroupResponseInput, life: number): Promise<void> {
    this.state = 'syncing';
    const { group, instanceId } = this.options;
    const leads = joined.leader === this.memberId && joined.skipAssignment !== true;
    const response = await this.#kit.coordinator.syncGroup({
      groupId: group,
      generationId: this.generation,
      memberId: this.memberId,
      groupInstanceId: instanceId,
      protocolType: joined.protocolType ?? null,
      protocolName: joined.protocolName,
      assignments: leads
        ? joined.members.map(({ memberId }, i) => ({
            memberId,
            assignment: utf8(`part ${i + 1} of ${joined.members.length}`),
          }))
        : [],
    });
    if (this.#life !== life) return;
    if (response.errorCode === ErrorCode.NONE) {
      this.synced = response;
      this.state = 'stable';
      this.onStable?.();
      return;
    }
    this.errors.push(response.errorCode as ErrorCode);
    if (response.errorCode === ErrorCode.REBALANCE_IN_PROGRESS) {
      await this.#join('rebalance failed due to RebalanceInProgressException', life);
    } else this.state = response.errorCode === ErrorCode.FENCED_INSTANCE_ID ? 'fenced' : 'out';
  }

  #heartbeats(life: number): void {
    const { clock } = this.#kit.world;
    const beat = async (): Promise<void> => {
      if (this.#life !== life) return;
      clock.after(this.options.heartbeatMs, () => void beat());
      if (this.state !== 'stable') return;
      const { errorCode } = await this.heartbeat();
      if (this.#life !== life || errorCode === ErrorCode.NONE || this.state !== 'stable') return;
      this.errors.push(errorCode as ErrorCode);
      if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) await this.#join('group is already rebalancing', life);
      else if (errorCode === ErrorCode.FENCED_INSTANCE_ID) this.state = 'fenced';
      else {
        this.memberId = '';
        await this.#join('', life);
      }
    };
    clock.after(this.options.heartbeatMs, () => void beat());
  }
}
