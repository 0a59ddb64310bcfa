/**
 * The consumer's side of scripted brokers: partitions with records, and one group with a coordinator that keeps to the
 * classic protocol. A test may make any answer an error, once per entry of `errors`.
 */
import { required } from '../../base/assert.ts';
import { type NodeId, type Offset, topicPartitionKey } from '../../base/ids.ts';
import { concatBytes, utf8 } from '../../base/text.ts';
import type { SimWorld } from '../../env/sim/index.ts';
import type { Handler } from '../../net/index.ts';
import { handlerOf } from '../../net/rpc.testkit.ts';
import {
  ErrorCode,
  fetchApi,
  type FetchRequest,
  findCoordinatorApi,
  heartbeatApi,
  joinGroupApi,
  type JoinGroupRequest,
  type JoinGroupResponseInput,
  leaveGroupApi,
  listOffsetsApi,
  offsetCommitApi,
  offsetFetchApi,
  offsetForLeaderEpochApi,
  syncGroupApi,
  type SyncGroupRequest,
  type SyncGroupResponseInput,
} from '../../protocol/index.ts';
import { BatchBuilder, type BatchOptions } from '../../record/index.ts';
import { portOf, ScriptedCluster } from '../scripted-cluster.testkit.ts';

type Operation = 'join' | 'sync' | 'heartbeat' | 'leave' | 'commit' | 'offset-fetch' | 'fetch' | 'list-offsets';

interface Log {
  /** In the order of their offsets; each with its last offset. */
  readonly batches: { readonly bytes: Uint8Array; readonly lastOffset: Offset }[];
  startOffset: Offset;
  endOffset: Offset;
  /** End offset of an epoch that ended; others are the newest. */
  readonly epochEnds: Map<number, Offset>;
  readonly abortedTransactions: { producerId: number; firstOffset: Offset; lastOffset: Offset }[];
}

interface Member {
  readonly id: string;
  readonly instanceId: string | null;
  protocols: JoinGroupRequest['protocols'];
  /** It waits for the answer to its JoinGroup. */
  join: ((answer: JoinGroupResponseInput) => void) | null;
  sync: ((answer: SyncGroupResponseInput) => void) | null;
}

export interface LoggedRequest {
  readonly atMs: number;
  readonly api: string;
  readonly broker: NodeId;
  readonly text: string;
}

export class ScriptedGroup {
  readonly cluster: ScriptedCluster;
  readonly world: SimWorld;
  readonly errors: Partial<Record<Operation, number[]>> = {};
  readonly log: LoggedRequest[] = [];
  readonly committed = new Map<string, { offset: Offset; leaderEpoch: number }>();
  readonly fetchRequests: FetchRequest[] = [];
  coordinator: NodeId = 1;
  generation = 0;
  /** Answers to Heartbeat are withheld. */
  mute = false;
  readonly members = new Map<string, Member>();
  #leader = '';
  #assignments = new Map<string, Uint8Array>();
  #rebalancing = false;
  readonly #logs = new Map<string, Log>();
  #waitingFetches: (() => void)[] = [];

  constructor(world: SimWorld, brokers: readonly NodeId[]) {
    this.world = world;
    this.cluster = new ScriptedCluster(world, brokers, this.#handlers());
  }

  logOf(topic: string, partition: number): Log {
    const key = topicPartitionKey(topic, partition);
    const log = this.#logs.get(key) ?? {
      batches: [],
      startOffset: 0,
      endOffset: 0,
      epochEnds: new Map(),
      abortedTransactions: [],
    };
    this.#logs.set(key, log);
    return log;
  }

  /** Appends a batch of these values. */
  produce(topic: string, partition: number, values: readonly string[], options: BatchOptions = {}): void {
    const log = this.logOf(topic, partition);
    const builder = new BatchBuilder({ baseOffset: log.endOffset, leaderEpoch: 0, ...options });
    for (const value of values) builder.append({ timestamp: 1000 + log.endOffset, key: null, value: utf8(value) });
    log.endOffset += values.length;
    log.batches.push({ bytes: builder.build(), lastOffset: log.endOffset - 1 });
    this.wakeFetches();
  }

  wakeFetches(): void {
    const waiting = this.#waitingFetches;
    this.#waitingFetches = [];
    for (const wake of waiting) wake();
  }

  /** As when its session ends. */
  expel(memberId: string): void {
    this.members.delete(memberId);
    this.#prepareRebalance();
    this.#maybeCompleteJoin();
  }

  requests(api: string): LoggedRequest[] {
    return this.log.filter((request) => request.api === api);
  }

  #error(operation: Operation): number {
    return this.errors[operation]?.shift() ?? ErrorCode.NONE;
  }

  #note(api: string, broker: NodeId, text = ''): void {
    this.log.push({ atMs: this.world.nowMs, api, broker, text });
  }

  #handlers(): Handler[] {
    return [
      handlerOf(findCoordinatorApi, ({ coordinatorKeys }) => {
        this.#note('FindCoordinator', this.coordinator);
        const nodeId = this.coordinator;
        return {
          coordinators: coordinatorKeys.map((key) => ({
            key,
            nodeId,
            host: '127.0.0.1',
            port: portOf(nodeId),
            errorCode: nodeId < 0 ? ErrorCode.COORDINATOR_NOT_AVAILABLE : ErrorCode.NONE,
            errorMessage: null,
          })),
        };
      }),
      { ...handlerOf(joinGroupApi, (request) => this.#join(request)), pipelined: true },
      { ...handlerOf(syncGroupApi, (request) => this.#sync(request)), pipelined: true },
      handlerOf(heartbeatApi, ({ memberId, generationId }) => {
        this.#note('Heartbeat', this.coordinator, memberId);
        if (this.mute) return new Promise(() => {});
        const errorCode = this.#error('heartbeat') || this.#membership(memberId, generationId);
        return { errorCode: errorCode || (this.#rebalancing ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE) };
      }),
      handlerOf(leaveGroupApi, ({ members }) => {
        for (const { memberId, reason } of members) {
          this.#note('LeaveGroup', this.coordinator, `${reason}`);
          this.expel(memberId);
        }
        return {
          errorCode: this.#error('leave'),
          members: members.map(({ memberId }) => ({ memberId, groupInstanceId: null, errorCode: 0 })),
        };
      }),
      handlerOf(offsetCommitApi, (request) => this.#commit(request)),
      handlerOf(offsetFetchApi, ({ groups }) => {
        this.#note('OffsetFetch', this.coordinator);
        const errorCode = this.#error('offset-fetch');
        return {
          groups: groups.map(({ groupId, topics }) => ({
            groupId,
            errorCode,
            topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
              name,
              partitions: partitionIndexes.map((partitionIndex) => {
                const known = this.committed.get(topicPartitionKey(name, partitionIndex));
                return {
                  partitionIndex,
                  committedOffset: known?.offset ?? -1,
                  committedLeaderEpoch: known?.leaderEpoch ?? -1,
                  metadata: '',
                  errorCode: ErrorCode.NONE,
                };
              }),
            })),
          })),
        };
      }),
      handlerOf(listOffsetsApi, ({ topics }) => ({
        topics: topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, timestamp }) => {
            this.#note('ListOffsets', -1, `${name}-${partitionIndex} ${timestamp}`);
            const log = this.logOf(name, partitionIndex);
            const found = timestamp === -2 ? log.startOffset : timestamp === -1 ? log.endOffset : timestamp - 1000;
            const offset = timestamp >= 0 && found >= log.endOffset ? -1 : Math.max(found, log.startOffset);
            return { partitionIndex, errorCode: this.#error('list-offsets'), timestamp: -1, offset, leaderEpoch: 0 };
          }),
        })),
      })),
      handlerOf(offsetForLeaderEpochApi, ({ topics }) => ({
        topics: topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition, leaderEpoch }) => {
            this.#note('OffsetForLeaderEpoch', -1, `${topic}-${partition} ${leaderEpoch}`);
            const log = this.logOf(topic, partition);
            return { errorCode: 0, partition, leaderEpoch, endOffset: log.epochEnds.get(leaderEpoch) ?? log.endOffset };
          }),
        })),
      })),
      { ...handlerOf(fetchApi, (request) => this.#fetch(request)), pipelined: true },
    ];
  }

  #membership(memberId: string, generation: number): number {
    if (!this.members.has(memberId)) return ErrorCode.UNKNOWN_MEMBER_ID;
    return generation === this.generation ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
  }

  #prepareRebalance(): void {
    this.#rebalancing = true;
    for (const member of this.members.values()) {
      member.sync?.({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS, assignment: new Uint8Array(0) });
      member.sync = null;
    }
  }

  #join(request: JoinGroupRequest): JoinGroupResponseInput | Promise<JoinGroupResponseInput> {
    const { groupInstanceId, protocols, reason } = request;
    this.#note('JoinGroup', this.coordinator, `${reason}`);
    const refused = (errorCode: number, memberId: string): JoinGroupResponseInput => ({
      errorCode,
      memberId,
      protocolName: null,
      leader: '',
      members: [],
    });
    const errorCode = this.#error('join');
    if (errorCode !== 0) return refused(errorCode, request.memberId);
    if (request.memberId === '' && groupInstanceId === null) {
      return refused(ErrorCode.MEMBER_ID_REQUIRED, `member-${String(this.log.length).padStart(4, '0')}`);
    }
    const id = request.memberId === '' ? `static-${this.log.length}` : request.memberId;
    for (const other of this.members.values()) {
      if (groupInstanceId !== null && other.instanceId === groupInstanceId && other.id !== id) {
        this.members.delete(other.id);
      }
    }
    return new Promise((resolve) => {
      this.members.set(id, { id, instanceId: groupInstanceId, protocols, join: resolve, sync: null });
      this.#prepareRebalance();
      this.#maybeCompleteJoin();
    });
  }

  #maybeCompleteJoin(): void {
    const members = [...this.members.values()];
    const [first] = members;
    if (first === undefined || members.some(({ join }) => join === null)) return;
    this.generation++;
    this.#leader = this.members.has(this.#leader) ? this.#leader : first.id;
    this.#assignments = new Map();
    this.#rebalancing = false;
    const protocol = required(
      first.protocols.find(({ name }) => members.every(({ protocols }) => protocols.some((p) => p.name === name))),
      'a protocol in common',
    ).name;
    for (const member of members) {
      const metadataOf = ({ protocols }: Member): Uint8Array =>
        required(protocols.find(({ name }) => name === protocol)?.metadata, 'metadata');
      member.join?.({
        errorCode: ErrorCode.NONE,
        generationId: this.generation,
        protocolType: 'consumer',
        protocolName: protocol,
        leader: this.#leader,
        memberId: member.id,
        members:
          member.id !== this.#leader
            ? []
            : members.map((each) => ({
                memberId: each.id,
                groupInstanceId: each.instanceId,
                metadata: metadataOf(each),
              })),
      });
      member.join = null;
    }
  }

  #sync({ memberId, generationId, assignments }: SyncGroupRequest): Promise<SyncGroupResponseInput> {
    this.#note('SyncGroup', this.coordinator, memberId);
    const refused = this.#error('sync') || this.#membership(memberId, generationId);
    if (refused !== 0) return Promise.resolve({ errorCode: refused, assignment: new Uint8Array(0) });
    return new Promise((resolve) => {
      const member = required(this.members.get(memberId), memberId);
      member.sync = resolve;
      if (memberId === this.#leader) {
        for (const each of assignments) this.#assignments.set(each.memberId, each.assignment);
      }
      if (this.#assignments.size === 0) return;
      for (const each of this.members.values()) {
        const assignment = this.#assignments.get(each.id) ?? new Uint8Array(0);
        each.sync?.({ errorCode: ErrorCode.NONE, assignment });
        each.sync = null;
      }
    });
  }

  #commit(request: { memberId: string; generationIdOrMemberEpoch: number; topics: readonly CommitTopic[] }) {
    const { memberId, generationIdOrMemberEpoch: generation, topics } = request;
    const standing = memberId === '' ? ErrorCode.NONE : this.#membership(memberId, generation);
    const errorCode = this.#error('commit') || standing;
    const named = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset }) => `${name}-${partitionIndex}=${committedOffset}`),
    );
    this.#note('OffsetCommit', this.coordinator, named.sort().join(' '));
    return {
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, committedOffset: offset, committedLeaderEpoch }) => {
          const key = topicPartitionKey(name, partitionIndex);
          if (errorCode === 0) this.committed.set(key, { offset, leaderEpoch: committedLeaderEpoch });
          return { partitionIndex, errorCode };
        }),
      })),
    };
  }

  async #fetch(request: FetchRequest) {
    this.fetchRequests.push(request);
    this.#note('Fetch', -1);
    const errorCode = this.#error('fetch');
    const answer = this.#read(request, errorCode);
    const isEmpty = answer.every(({ partitions }) =>
      partitions.every(({ records, errorCode: e }) => e === 0 && records.length === 0),
    );
    if (!isEmpty || request.maxWaitMs === 0) return { sessionId: 0, responses: answer };
    await new Promise<void>((resolve) => {
      this.#waitingFetches.push(resolve);
      this.world.clock.after(request.maxWaitMs, resolve);
    });
    return { sessionId: 0, responses: this.#read(request, this.#error('fetch')) };
  }

  #read({ topics, isolationLevel }: FetchRequest, errorCode: number) {
    return topics.map(({ topicId, partitions }) => {
      const [name] = [...this.cluster.topics].find(([, topic]) => topic.topicId === topicId) ?? [''];
      return {
        topicId,
        partitions: partitions.map(({ partition: partitionIndex, fetchOffset }) => {
          const log = this.logOf(name, partitionIndex);
          const outOfRange = fetchOffset < log.startOffset || fetchOffset > log.endOffset;
          const batches = log.batches.filter(({ lastOffset }) => lastOffset >= fetchOffset);
          const readable = errorCode === 0 && !outOfRange ? batches : [];
          const aborted = log.abortedTransactions.filter(({ lastOffset }) => lastOffset >= fetchOffset);
          return {
            partitionIndex,
            errorCode: errorCode || (outOfRange ? ErrorCode.OFFSET_OUT_OF_RANGE : ErrorCode.NONE),
            highWatermark: log.endOffset,
            lastStableOffset: log.endOffset,
            logStartOffset: log.startOffset,
            abortedTransactions: isolationLevel === 1 ? aborted : null,
            records: concatBytes(readable.map(({ bytes }) => bytes)),
          };
        }),
      };
    });
  }
}

interface CommitTopic {
  readonly name: string;
  readonly partitions: readonly {
    readonly partitionIndex: number;
    readonly committedOffset: number;
    readonly committedLeaderEpoch: number;
  }[];
}
