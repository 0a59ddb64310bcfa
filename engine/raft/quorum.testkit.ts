/**
 * A quorum in the simulated world: members with their listener, reached over the simulated network, killed, cut off and
 * restarted by the test; a checker that looks after every event whether the promises of Raft hold.
 */
import { assert } from '../base/assert.ts';
import type { LeaderEpoch, NodeId, Offset } from '../base/ids.ts';
import { fromUtf8, utf8 } from '../base/text.ts';
import { SimWorld } from '../env/sim/index.ts';
import type { Env } from '../env/index.ts';
import { ApiRegistry, RpcServer } from '../net/index.ts';
import { iterateBatches, noCodecs } from '../record/index.ts';
import { defaultRaftConfig } from './config.ts';
import type { RaftConfig } from './config.ts';
import { raftHandlers } from './handlers.ts';
import type { CommittedBatch, LeaderAndEpoch, RaftListener } from './listener.ts';
import { MemoryLogStore } from './memory-log-store.testkit.ts';
import { openRaftLog } from './open-raft.ts';
import { QuorumStateFile } from './quorum-state-store.ts';
import { RaftLog } from './raft-log.ts';
import { RaftNode } from './raft-node.ts';
import { RpcRaftTransport } from './rpc-transport.ts';
import type { SnapshotReader } from './snapshot-reader.ts';
import { VoterSet } from './voter-set.ts';

const host = '127.0.0.1';
const directory = 'meta/__cluster_metadata-0';
const portOf = (id: NodeId): number => 9090 + id;

/** Keeps what it is told as text, and takes snapshots of it: one line per record. */
export class TextListener implements RaftListener {
  /** What the records say, from the first offset on; control records leave holes. */
  readonly texts = new Map<Offset, string>();
  readonly leaders: LeaderAndEpoch[] = [];
  readonly loadedSnapshots: Offset[] = [];
  nextOffset: Offset = 0;
  lastEpoch: LeaderEpoch = 0;
  isShutDown = false;

  handleCommit(batch: CommittedBatch): void {
    assert(batch.baseOffset === this.nextOffset, () => `commit of ${batch.baseOffset} after ${this.nextOffset}`);
    for (const [index, record] of batch.records.entries()) this.texts.set(batch.baseOffset + index, fromUtf8(record));
    this.nextOffset = batch.lastOffset + 1;
    this.lastEpoch = batch.epoch;
  }

  handleLoadSnapshot(reader: SnapshotReader): void {
    this.texts.clear();
    for (const batch of reader.batches()) {
      for (const record of batch) {
        const [offset, text] = fromUtf8(record).split('=');
        this.texts.set(Number(offset), text ?? '');
      }
    }
    this.nextOffset = reader.snapshotId.offset;
    this.lastEpoch = reader.snapshotId.epoch;
    this.loadedSnapshots.push(reader.snapshotId.offset);
  }

  handleLeaderChange(leader: LeaderAndEpoch): void {
    this.leaders.push(leader);
  }

  beginShutdown(): void {
    this.isShutDown = true;
  }

  /** The state as snapshot records. */
  snapshot(): Uint8Array[] {
    return [...this.texts].map(([offset, text]) => utf8(`${offset}=${text}`));
  }
}

export interface Member {
  readonly id: NodeId;
  readonly name: string;
  /** Outlives the incarnations; null when the log is in files. */
  readonly memory: MemoryLogStore | null;
  readonly log: RaftLog;
  raft: RaftNode;
  listener: TextListener;
  alive: boolean;
}

export interface QuorumOfOptions {
  readonly seed: number;
  readonly voters: number;
  readonly observers?: number;
  readonly config?: Partial<RaftConfig>;
  /** The log in the files of a partition instead of memory. */
  readonly files?: boolean;
}

export class SimQuorum {
  readonly world: SimWorld;
  readonly members = new Map<NodeId, Member>();
  readonly voters: VoterSet;
  readonly config: RaftConfig;
  readonly #options: QuorumOfOptions;
  readonly #leaderOfEpoch = new Map<LeaderEpoch, NodeId>();
  readonly #committed = new Map<Offset, string>();
  readonly #highWatermarks = new Map<NodeId, Offset>();

  constructor(options: QuorumOfOptions) {
    this.#options = options;
    this.world = new SimWorld(options.seed);
    this.config = { ...defaultRaftConfig, ...options.config };
    const ids = Array.from({ length: options.voters }, (_, index) => index + 1);
    this.voters = new VoterSet(ids.map((id) => ({ id, host, port: portOf(id) })));
    this.world.afterEvent = () => this.check();
  }

  /** Starts every member. */
  async start(): Promise<void> {
    const count = this.#options.voters + (this.#options.observers ?? 0);
    for (let id = 1; id <= count; id++) this.startMember(id);
    await this.world.settle();
  }

  startMember(id: NodeId): Member {
    const name = `n${id}`;
    const node = this.world.node(name);
    const existing = this.members.get(id);
    const env = existing === undefined ? node.env : node.restart();
    const memory = this.#options.files === true ? null : (existing?.memory ?? new MemoryLogStore());
    const log = this.#openLog(env, memory);
    const raft = this.#newRaft(id, env, log);
    const listener = new TextListener();
    raft.register(listener);
    const member: Member = { id, name, memory, log, raft, listener, alive: true };
    this.members.set(id, member);
    this.#highWatermarks.delete(id);
    const server = new RpcServer({
      env,
      listener: 'controller',
      host,
      port: portOf(id),
      registry: new ApiRegistry(raftHandlers(raft)),
      onBug: (error) => {
        throw error;
      },
    });
    void server.listen().then(() => raft.start());
    return member;
  }

  /** Dies; what was flushed stays. */
  crash(id: NodeId): void {
    const member = this.member(id);
    if (!member.alive) return;
    member.alive = false;
    member.raft.kill();
    this.world.node(member.name).losePower();
    member.memory?.crash();
  }

  restart(id: NodeId): void {
    if (!this.member(id).alive) this.startMember(id);
  }

  member(id: NodeId): Member {
    const member = this.members.get(id);
    assert(member !== undefined, () => `no member ${id}`);
    return member;
  }

  get alive(): Member[] {
    return [...this.members.values()].filter((member) => member.alive);
  }

  /** The leader of the highest epoch among the living, once it may be written to. */
  leader(): Member | null {
    const leaders = this.alive.filter((member) => member.raft.leaderAndEpoch().leaderId === member.id);
    leaders.sort((a, b) => b.raft.sample().epoch - a.raft.sample().epoch);
    return leaders[0] ?? null;
  }

  async untilLeader(limitMs = 10_000): Promise<Member> {
    await this.world.until(() => this.leader() !== null, limitMs, 'a leader');
    return this.leader()!;
  }

  append(leader: Member, ...texts: string[]): Offset {
    return leader.raft.prepareAppend(leader.raft.leaderAndEpoch().epoch, texts.map(utf8));
  }

  /** Until every living member's listener has passed `offset`. */
  async untilCommitted(offset: Offset, limitMs = 10_000): Promise<void> {
    await this.world.until(
      () => this.alive.every((member) => member.listener.nextOffset > offset),
      limitMs,
      `commit of offset ${offset} everywhere`,
    );
  }

  /** What is committed, by offset, as any listener has ever seen it. */
  get committed(): ReadonlyMap<Offset, string> {
    return this.#committed;
  }

  /** Raft's promises, as they can be seen from outside. Throws when one is broken. */
  check(): void {
    for (const member of this.alive) {
      const { role, epoch, highWatermark, logEndOffset } = member.raft.sample();
      if (role === 'leader') {
        const earlier = this.#leaderOfEpoch.get(epoch) ?? member.id;
        assert(earlier === member.id, () => `epoch ${epoch} has two leaders: ${earlier} and ${member.id}`);
        this.#leaderOfEpoch.set(epoch, member.id);
      }
      if (highWatermark === null) continue;
      const before = this.#highWatermarks.get(member.id) ?? 0;
      assert(highWatermark >= before, () => `high watermark of ${member.id} went from ${before} to ${highWatermark}`);
      assert(highWatermark <= logEndOffset, () => `high watermark ${highWatermark} of ${member.id} is beyond its log`);
      this.#highWatermarks.set(member.id, highWatermark);
      this.#checkCommitted(member);
    }
  }

  /** Logs of the living agree up to the lowest of their high watermarks. */
  checkLogsAgree(): void {
    const living = this.alive;
    const start = Math.max(...living.map((member) => member.log.startOffset));
    const end = Math.min(...living.map((member) => member.raft.highWatermark ?? 0));
    const dump = (member: Member): string[] =>
      [...iterateBatches(member.log.read(start, end, 2 ** 30))]
        .filter((batch) => batch.baseOffset >= start && batch.lastOffset < end)
        .map((batch) => `${batch.baseOffset}/${batch.leaderEpoch}/${batch.crc}`);
    const [first, ...others] = living.map(dump);
    for (const other of others) {
      assert(
        JSON.stringify(other) === JSON.stringify(first),
        () => `logs differ: ${first?.join(' ')} and ${other.join(' ')}`,
      );
    }
  }

  #checkCommitted(member: Member): void {
    for (const [offset, text] of member.listener.texts) {
      const known = this.#committed.get(offset);
      assert(
        known === undefined || known === text,
        () => `offset ${offset} is "${known}" and, on ${member.id}, "${text}"`,
      );
      this.#committed.set(offset, text);
    }
  }

  #openLog(env: Env, memory: MemoryLogStore | null): RaftLog {
    const { disk, clock, random, tracer } = env;
    disk.makeDirectory('meta');
    disk.syncDirectory('');
    const context = { disk, clock, random, tracer, codecs: noCodecs };
    if (memory === null) return openRaftLog({ context, path: directory, config: this.config });
    disk.makeDirectory(directory);
    disk.syncDirectory('meta');
    const { batchMaxBytes, retentionMaxMs, retentionMaxBytes } = this.config;
    return new RaftLog({
      disk,
      clock,
      tracer,
      directory,
      store: memory,
      batchMaxBytes,
      retentionMaxMs,
      retentionMaxBytes,
    });
  }

  #newRaft(id: NodeId, env: Env, log: RaftLog): RaftNode {
    return new RaftNode({
      env,
      nodeId: id,
      directoryId: 'DVdu1peDQ8yEXFpP_R-sDw',
      clusterId: 'bGFiLWNsdXN0ZXItMDAwMQ',
      voters: this.voters,
      listenerName: 'CONTROLLER',
      config: this.config,
      log,
      store: new QuorumStateFile(env.disk, `${directory}/quorum-state`),
      transport: new RpcRaftTransport(env, id, this.config.requestTimeoutMs),
    });
  }
}
