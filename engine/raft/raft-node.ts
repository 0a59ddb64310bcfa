/**
 * One member of the KRaft quorum of `__cluster_metadata-0`, voter or observer (class `KafkaRaftClient`): the state
 * machine's outside. Requests, answers, timers and appends each change the state, then {@link RaftNode.#poll} looks at
 * the state once more, does what is due, brings listeners up to date and sets one timer to the next deadline.
 *
 * Invariants: nothing here runs concurrently; nothing polls while idle (a follower's fetch waits at the leader); time
 * and chance come from env alone, so that equal inputs give equal runs.
 *
 * Left to others: transport and request decoding (net), what the records mean (controller, metadata), the log's files
 * (raft-log.ts over storage).
 */
import type { Dispose } from '../base/disposer.ts';
import type { DurationMs, LeaderEpoch, NodeId, Offset, TimestampMs } from '../base/ids.ts';
import type { LogLevel } from '../base/telemetry.ts';
import type { Timer } from '../env/clock.ts';
import { ErrorCode } from '../protocol/index.ts';
import type {
  BeginQuorumEpochRequest,
  BeginQuorumEpochResponseInput,
  DescribeQuorumRequest,
  DescribeQuorumResponseInput,
  EndQuorumEpochRequest,
  EndQuorumEpochResponseInput,
  FetchRequest,
  FetchResponseInput,
  FetchSnapshotRequest,
  FetchSnapshotResponseInput,
  VoteRequest,
  VoteResponseInput,
} from '../protocol/index.ts';
import { Announcements } from './announcements.ts';
import { Elections } from './elections.ts';
import { FetchWaiters } from './fetch-waiters.ts';
import type { ReplicaProgress } from './leadership.ts';
import { Leading } from './leading.ts';
import type { LeaderAndEpoch, OffsetAndEpoch, RaftListener } from './listener.ts';
import { ListenerFeed } from './listener-feed.ts';
import { Peers } from './peers.ts';
import { Pulling } from './pulling.ts';
import { Quorum } from './quorum.ts';
import type { RaftContext, RaftNodeOptions } from './raft-context.ts';
import type { Follower, RaftRole, Resigned, Role, Unattached } from './roles.ts';
import { Serving } from './serving.ts';
import type { SnapshotWriter } from './snapshot-writer.ts';

/** What the window shows of this member; `voters` and `observers` are filled on the leader only. */
export interface QuorumSample {
  readonly nodeId: NodeId;
  readonly role: RaftRole;
  readonly voter: boolean;
  readonly epoch: LeaderEpoch;
  readonly leaderId: NodeId | null;
  readonly votedId: NodeId | null;
  readonly highWatermark: Offset | null;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  readonly voters: readonly ReplicaProgress[];
  readonly observers: readonly ReplicaProgress[];
  readonly latestSnapshot: OffsetAndEpoch | null;
}

export class RaftNode {
  readonly nodeId: NodeId;
  readonly #options: RaftNodeOptions;
  readonly #quorum: Quorum;
  readonly #peers: Peers;
  readonly #waiters = new FetchWaiters();
  readonly #feed: ListenerFeed;
  readonly #elections: Elections;
  readonly #announcements: Announcements;
  readonly #leading: Leading;
  readonly #pulling: Pulling;
  readonly #serving: Serving;
  readonly #component: string;
  #phase: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  #highWatermark: Offset | null = null;
  #polling = false;
  #wakePending = false;
  #timer: Timer | null = null;
  #cleanAt = Infinity;
  #stopDeadline = Infinity;
  #handOverDeadline = Infinity;
  #stopped: (() => void) | null = null;

  constructor(options: RaftNodeOptions) {
    const { env, config, transport, nodeId, log } = options;
    this.#options = options;
    this.nodeId = nodeId;
    this.#component = `RaftManager id=${nodeId}`;
    this.#quorum = new Quorum(options);
    this.#quorum.onChange = (was, now) => this.#roleChanged(was, now);
    this.#peers = new Peers({
      clock: env.clock,
      tracer: env.tracer,
      component: this.#component,
      config,
      transport,
      onSettled: () => this.#poll(),
      onBug: (error) => env.clock.soon(() => rethrow(error)),
    });
    this.#feed = new ListenerFeed(log, (endOffset, epoch) => {
      env.tracer.emit({ type: 'quorum-snapshot', action: 'loaded', endOffset, epoch });
    });
    const context = this.#context();
    this.#announcements = new Announcements(context);
    this.#leading = new Leading(context, this.#announcements);
    this.#elections = new Elections(context, (candidate) => this.#leading.begin(candidate));
    this.#pulling = new Pulling(context);
    this.#serving = new Serving(context, this.#leading);
  }

  /** Takes up the state on disk and joins the quorum. Throws what the log or `quorum-state` cannot be read for. */
  start(): void {
    if (this.#phase !== 'new') return;
    this.#phase = 'running';
    const { log, config, voters } = this.#options;
    this.#quorum.initialize(log.lastFetchedEpoch);
    this.#quorum.persist();
    this.#cleanAt = this.#monotonic() + config.cleaningIntervalMs;
    // A sole voter has nobody to wait for.
    const isSoleVoter = this.#quorum.isVoter && voters.size === 1;
    if (isSoleVoter && this.#quorum.role.kind !== 'candidate') this.#quorum.becomeProspective();
    this.#wake();
  }

  /**
   * Leaves gracefully: a leader hands over by EndQuorumEpoch and stays until another one stands, but no longer than two
   * election timeouts or `timeoutMs`, and not at all when nobody can be reached. Then log and transport are closed.
   */
  stop(timeoutMs: DurationMs = 5000): Promise<void> {
    if (this.#phase === 'stopped') return Promise.resolve();
    if (this.#phase === 'new') {
      this.#finish();
      return Promise.resolve();
    }
    this.#phase = 'stopping';
    this.#stopDeadline = this.#monotonic() + timeoutMs;
    this.#handOverDeadline = this.#monotonic() + this.#options.config.electionTimeoutMs * 2;
    return new Promise((resolve) => {
      const earlier = this.#stopped;
      this.#stopped = () => {
        earlier?.();
        resolve();
      };
      this.#wake();
    });
  }

  /** Stops at once: tells nobody, cleans nothing up. */
  kill(): void {
    this.#phase = 'stopped';
    this.#timer?.cancel();
    this.#peers.reset();
    this.#options.transport.close();
  }

  /** The listener is brought up to the high watermark, by snapshot and log, then follows it. */
  register(listener: RaftListener): Dispose {
    const dispose = this.#feed.register(listener);
    this.#wake();
    return dispose;
  }

  /**
   * Queues the records as one atomic group behind what is queued already; returns the offset of the last. The listener
   * hears when they are committed. Throws {@link NotLeaderError} and {@link RecordBatchTooLargeError}.
   */
  prepareAppend(epoch: LeaderEpoch, records: readonly Uint8Array[]): Offset {
    return this.#leading.prepareAppend(epoch, records);
  }

  /** Gives up leadership of `epoch`; nothing happens when that is over already. */
  resign(epoch: LeaderEpoch): void {
    const { role } = this.#quorum;
    if (role.kind !== 'leader' || role.epoch !== epoch) return;
    role.leadership.resignRequested = true;
    this.#wake();
  }

  /** A leader that has resigned, or is about to, is none. */
  leaderAndEpoch(): LeaderAndEpoch {
    const { role, epoch, leaderId } = this.#quorum;
    const leads = role.kind === 'leader' && !role.leadership.resignRequested;
    return { leaderId: leaderId === this.nodeId && !leads ? null : leaderId, epoch };
  }

  /** Null until this node has learned it. Exclusive end of what is committed. */
  get highWatermark(): Offset | null {
    return this.#highWatermark;
  }

  get logEndOffset(): Offset {
    return this.#options.log.endOffset;
  }

  latestSnapshotId(): OffsetAndEpoch | null {
    return this.#options.log.latestSnapshotId();
  }

  /**
   * For the state after all records below `endOffset`, of which the last was of `epoch`. Null when a snapshot at or
   * beyond `endOffset` exists.
   */
  createSnapshot(
    endOffset: Offset,
    epoch: LeaderEpoch,
    lastContainedLogTimestampMs: TimestampMs,
  ): SnapshotWriter | null {
    const writer = this.#options.log.createSnapshot({ offset: endOffset, epoch }, lastContainedLogTimestampMs);
    if (writer === null) return null;
    const { tracer } = this.#options.env;
    return {
      snapshotId: writer.snapshotId,
      append: (records) => writer.append(records),
      freeze: () => {
        writer.freeze();
        tracer.emit({ type: 'quorum-snapshot', action: 'created', endOffset, epoch });
      },
      close: () => writer.close(),
    };
  }

  handleVote(request: VoteRequest, version: number): VoteResponseInput {
    if (this.#phase === 'stopped') return unavailable;
    return this.#elections.handleVote(request, version);
  }

  handleBeginQuorumEpoch(request: BeginQuorumEpochRequest, version: number): BeginQuorumEpochResponseInput {
    if (this.#phase === 'stopped') return unavailable;
    return this.#announcements.handleBegin(request, version);
  }

  handleEndQuorumEpoch(request: EndQuorumEpochRequest, version: number): EndQuorumEpochResponseInput {
    if (this.#phase === 'stopped') return unavailable;
    return this.#announcements.handleEnd(request, version);
  }

  handleFetch(request: FetchRequest, version: number): Promise<FetchResponseInput> {
    if (this.#phase === 'stopped') return Promise.resolve({ errorCode: unavailable.errorCode, responses: [] });
    return this.#serving.handleFetch(request, version);
  }

  handleFetchSnapshot(request: FetchSnapshotRequest, version: number): FetchSnapshotResponseInput {
    if (this.#phase === 'stopped') return unavailable;
    return this.#serving.handleFetchSnapshot(request, version);
  }

  handleDescribeQuorum(request: DescribeQuorumRequest, version: number): DescribeQuorumResponseInput {
    return this.#serving.handleDescribeQuorum(request, version);
  }

  sample(): QuorumSample {
    const { role, epoch, votedId, isVoter } = this.#quorum;
    const { log, env } = this.#options;
    const leadership = role.kind === 'leader' ? role.leadership : null;
    return {
      nodeId: this.nodeId,
      role: role.kind,
      voter: isVoter,
      epoch,
      leaderId: this.leaderAndEpoch().leaderId,
      votedId,
      highWatermark: this.#highWatermark,
      logStartOffset: log.startOffset,
      logEndOffset: log.endOffset,
      voters: leadership?.voterProgress(Math.floor(env.clock.precise())) ?? [],
      observers: leadership?.observerProgress(this.#monotonic()) ?? [],
      latestSnapshot: log.latestSnapshotId(),
    };
  }

  #context(): RaftContext {
    return {
      ...this.#options,
      quorum: this.#quorum,
      peers: this.#peers,
      waiters: this.#waiters,
      monotonic: () => this.#monotonic(),
      nowMs: () => this.#options.env.clock.now(),
      isStopping: () => this.#phase === 'stopping' || this.#phase === 'stopped',
      highWatermark: () => this.#highWatermark,
      advanceHighWatermark: (offset) => this.#advanceHighWatermark(offset),
      wake: () => this.#wake(),
      say: (level, message) => this.#say(level, message),
    };
  }

  #monotonic(): number {
    return this.#options.env.clock.monotonic();
  }

  #say(level: LogLevel, message: string): void {
    this.#options.env.tracer.log(level, this.#component, message);
  }

  #advanceHighWatermark(offset: Offset): void {
    if (this.#highWatermark !== null && offset <= this.#highWatermark) return;
    this.#highWatermark = offset;
    this.#options.log.setHighWatermark(offset);
  }

  /** Polls soon, after what runs now; any number of wakes make one poll. */
  #wake(): void {
    if (this.#wakePending || this.#phase === 'new' || this.#phase === 'stopped') return;
    this.#wakePending = true;
    this.#options.env.clock.soon(() => {
      this.#wakePending = false;
      this.#poll();
    });
  }

  #poll(): void {
    if (this.#polling || this.#phase === 'new' || this.#phase === 'stopped') return;
    this.#polling = true;
    try {
      this.#timer?.cancel();
      this.#timer = null;
      this.#waiters.completeExpired(this.#monotonic());
      let due = -Infinity;
      while (due === -Infinity && !this.#isDone()) due = this.#pollRole(this.#quorum.role);
      this.#quorum.persist();
      this.#feed.feed(this.#highWatermark, this.#leaderNews());
      this.#clean();
      if (this.#isDone()) this.#finish();
      else
        this.#setTimer(
          Math.min(due, this.#waiters.nextDeadline, this.#cleanAt, this.#stopDeadline, this.#handOverDeadline),
        );
    } finally {
      this.#polling = false;
    }
  }

  #setTimer(deadline: number): void {
    if (deadline === Infinity) return;
    // A fraction of a millisecond too early would only poll twice.
    const delayMs = Math.max(0, Math.ceil(deadline - this.#monotonic()));
    this.#timer = this.#options.env.clock.after(delayMs, () => this.#poll());
  }

  #pollRole(role: Role): number {
    switch (role.kind) {
      case 'unattached':
        return this.#pollUnattached(role);
      case 'prospective':
        return this.#elections.pollProspective(role);
      case 'candidate':
        return this.#elections.pollCandidate(role);
      case 'follower':
        return this.#pollFollower(role);
      case 'leader':
        return this.#leading.poll(role);
      case 'resigned':
        return this.#pollResigned(role);
    }
  }

  #pollUnattached(role: Unattached): number {
    if (this.#monotonic() >= role.electionDeadline) {
      this.#quorum.becomeProspective();
      return -Infinity;
    }
    return Math.min(role.electionDeadline, this.#pulling.findLeader());
  }

  #pollFollower(role: Follower): number {
    const expired = this.#monotonic() >= role.fetchDeadline;
    if (this.#quorum.isVoter) {
      if (expired) {
        this.#say(
          'info',
          `Leader ${role.leaderId} of epoch ${role.epoch} has not answered a fetch in time; asking for pre-votes`,
        );
        this.#quorum.becomeProspective();
        return -Infinity;
      }
      return Math.min(role.fetchDeadline, this.#pulling.pullFromLeader(role));
    }
    // An observer cannot stand; it asks the others while its leader is silent.
    if (expired || this.#peers.hasFailed(role.leaderId)) return this.#pulling.findLeader();
    return Math.min(role.fetchDeadline, this.#pulling.pullFromLeader(role));
  }

  #pollResigned(role: Resigned): number {
    if (this.#phase !== 'stopping' && this.#monotonic() >= role.electionDeadline) {
      this.#quorum.becomeUnattached(role.epoch + 1, null);
      return -Infinity;
    }
    const again = this.#announcements.endEpoch(role);
    // A stopping node does not stand any more: its election deadline, once over, is nothing to wake up for.
    return this.#phase === 'stopping' ? again : Math.min(role.electionDeadline, again);
  }

  /** Whether a stop has nothing more to wait for. */
  #isDone(): boolean {
    if (this.#phase === 'stopped') return true;
    if (this.#phase !== 'stopping') return false;
    const { role } = this.#quorum;
    if (this.#monotonic() >= this.#stopDeadline) return true;
    if (role.kind === 'leader') return false;
    if (role.kind !== 'resigned') return true;
    if (![...role.unacknowledged].every((id) => this.#peers.hasFailed(id))) return false;
    // Whoever was told may need this node's vote.
    const told = this.#options.voters.size - 1 - role.unacknowledged.size;
    return told === 0 || this.#monotonic() >= this.#handOverDeadline;
  }

  #finish(): void {
    if (this.#phase === 'stopped') return;
    this.kill();
    this.#feed.beginShutdown();
    this.#waiters.completeAll();
    this.#options.log.flush();
    this.#options.log.close();
    this.#stopped?.();
  }

  #leaderNews(): { leaderId: NodeId | null; epoch: LeaderEpoch; ownEpochStartOffset: Offset | null } {
    const { role } = this.#quorum;
    const ownEpochStartOffset = role.kind === 'leader' ? role.leadership.epochStartOffset : null;
    return { ...this.leaderAndEpoch(), ownEpochStartOffset };
  }

  #clean(): void {
    if (this.#monotonic() < this.#cleanAt) return;
    this.#cleanAt = this.#monotonic() + this.#options.config.cleaningIntervalMs;
    this.#options.log.clean(this.#options.env.clock.now());
  }

  #roleChanged(was: Role, now: Role): void {
    if (was.kind === 'follower') was.download?.close();
    if (was.kind === now.kind && was.epoch === now.epoch) return;
    // Whoever waits at a leader that is none any more must ask elsewhere.
    if (was.kind === 'leader') this.#waiters.completeAll();
    this.#peers.reset();
    const { tracer } = this.#options.env;
    const { leaderId } = this.leaderAndEpoch();
    const leader = leaderId === null ? 'without leader' : `led by ${leaderId}`;
    this.#say(
      'info',
      `Completed transition to ${now.kind} in epoch ${now.epoch}, ${leader}, from ${was.kind} in epoch ${was.epoch}`,
    );
    const role = this.#quorum.isVoter ? now.kind : 'observer';
    tracer.emit({ type: 'quorum-role', role, epoch: now.epoch, leader: leaderId });
  }
}

/** What a member that is gone answers while its listener is still open. */
const unavailable = { errorCode: ErrorCode.BROKER_NOT_AVAILABLE, topics: [] };

function rethrow(error: unknown): never {
  throw error;
}
