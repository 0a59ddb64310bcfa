/**
 * The role of this member and its changes (class `QuorumState`). Each change of epoch, leader or vote is written to
 * `quorum-state` before anything that tells of it leaves the node: whoever answers or sends calls {@link Quorum.persist}
 * first, which also folds several changes within one event into one write.
 *
 * Invariants: the epoch never decreases; within an epoch a known leader does not change, and a vote is never given to
 * two; a node that was leader of an epoch is not a candidate, follower or voter in it again.
 */
import { assert } from '../base/assert.ts';
import type { DurationMs, LeaderEpoch, NodeId } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { Random } from '../env/random.ts';
import type { Tracer } from '../env/tracer.ts';
import type { RaftConfig } from './config.ts';
import { Election } from './election.ts';
import type { Leadership } from './leadership.ts';
import type { ElectionState, QuorumStateStore } from './quorum-state-store.ts';
import { leaderOf, voteOf } from './roles.ts';
import type { Follower, Role } from './roles.ts';
import type { VoterSet } from './voter-set.ts';

export interface QuorumOptions {
  readonly env: { readonly clock: Clock; readonly random: Random; readonly tracer: Tracer };
  readonly nodeId: NodeId;
  readonly voters: VoterSet;
  readonly config: RaftConfig;
  readonly store: QuorumStateStore;
}

export class Quorum {
  readonly isVoter: boolean;
  /** Called after each change of role or epoch. */
  onChange: (was: Role, now: Role) => void = () => {};
  readonly #options: QuorumOptions;
  #role: Role;
  #written: ElectionState | null = null;

  constructor(options: QuorumOptions) {
    this.#options = options;
    this.isVoter = options.voters.has(options.nodeId);
    this.#role = { kind: 'unattached', epoch: 0, leaderId: null, votedId: null, electionDeadline: Infinity };
  }

  get role(): Role {
    return this.#role;
  }

  get epoch(): LeaderEpoch {
    return this.#role.epoch;
  }

  /** Who leads the epoch, this node included, also when it has resigned. */
  get leaderId(): NodeId | null {
    return leaderOf(this.#role, this.#options.nodeId);
  }

  get hasRemoteLeader(): boolean {
    const leaderId = this.leaderId;
    return leaderId !== null && leaderId !== this.#options.nodeId;
  }

  get votedId(): NodeId | null {
    return voteOf(this.#role, this.#options.nodeId);
  }

  /** Takes up what `quorum-state` says, given the epoch of the log's last record. */
  initialize(lastEpoch: LeaderEpoch): void {
    const { store, nodeId, voters } = this.#options;
    const state = store.read();
    this.#written = state;
    if (state === null || state.epoch < lastEpoch) {
      this.#set(this.#unattached(Math.max(lastEpoch, state?.epoch ?? 0), null, null, this.#firstElectionDeadline()));
    } else if (state.leaderId === nodeId) {
      this.#set(this.#resigned(state.epoch, [], this.#firstElectionDeadline()));
    } else if (state.votedId === nodeId && state.leaderId === null && this.isVoter) {
      const electionDeadline = this.#electionDeadline();
      this.#set({ kind: 'candidate', epoch: state.epoch, election: new Election(voters, nodeId), electionDeadline });
    } else if (state.leaderId !== null && voters.has(state.leaderId)) {
      this.#set(this.#follower(state.epoch, state.leaderId, state.votedId));
    } else {
      this.#set(this.#unattached(state.epoch, null, state.votedId, this.#firstElectionDeadline()));
    }
  }

  /** Nobody to follow. In the same epoch the vote and the time until the next election stay. */
  becomeUnattached(epoch: LeaderEpoch, leaderId: NodeId | null): void {
    assert(epoch >= this.epoch, () => `epoch ${epoch} is behind ${this.epoch}`);
    const was = this.#role;
    assert(was.kind !== 'leader' || epoch > was.epoch, 'a leader resigns before it is unattached in its epoch');
    const votedId = epoch === was.epoch ? this.votedId : null;
    this.#set(this.#unattached(epoch, leaderId, votedId, this.#remainingDeadline(was)));
  }

  /** Gives this epoch's vote to `candidateId`, and the candidate a full election timeout to win. */
  addVote(candidateId: NodeId): void {
    const was = this.#role;
    assert(was.kind === 'unattached' || was.kind === 'prospective', () => `cannot vote while ${was.kind}`);
    assert(was.votedId === null && was.leaderId === null, () => `epoch ${was.epoch} has a vote or a leader already`);
    this.#set({ ...was, votedId: candidateId, electionDeadline: this.#electionDeadline() });
  }

  becomeProspective(): void {
    const was = this.#role;
    assert(this.isVoter && was.kind !== 'leader', () => `cannot ask for pre-votes while ${was.kind}`);
    this.#set({
      kind: 'prospective',
      epoch: was.epoch,
      leaderId: this.leaderId,
      votedId: this.votedId,
      election: new Election(this.#options.voters, this.#options.nodeId),
      electionDeadline: this.#electionDeadline(),
    });
  }

  becomeCandidate(): void {
    assert(this.#role.kind === 'prospective', () => `cannot be a candidate after ${this.#role.kind}`);
    this.#set({
      kind: 'candidate',
      epoch: this.#role.epoch + 1,
      election: new Election(this.#options.voters, this.#options.nodeId),
      electionDeadline: this.#electionDeadline(),
    });
  }

  becomeFollower(epoch: LeaderEpoch, leaderId: NodeId): void {
    const was = this.#role;
    assert(leaderId !== this.#options.nodeId, 'a node does not follow itself');
    assert(epoch > was.epoch || (epoch === was.epoch && (this.leaderId ?? leaderId) === leaderId), () => {
      return `cannot follow ${leaderId} in epoch ${epoch} after leader ${this.leaderId} in epoch ${was.epoch}`;
    });
    this.#set(this.#follower(epoch, leaderId, epoch === was.epoch ? this.votedId : null));
  }

  becomeLeader(leadership: Leadership): void {
    const was = this.#role;
    assert(was.kind === 'candidate' && was.election.isWon, () => `cannot lead after ${was.kind} without a majority`);
    this.#set({ kind: 'leader', epoch: was.epoch, leadership });
  }

  becomeResigned(preferredSuccessors: readonly NodeId[]): void {
    assert(this.#role.kind === 'leader', () => `a ${this.#role.kind} cannot resign`);
    this.#set(this.#resigned(this.#role.epoch, preferredSuccessors, this.#electionDeadline()));
  }

  /** Writes `quorum-state` unless it says so already. Must be called before anything leaves the node. */
  persist(): void {
    const { epoch, leaderId, votedId } = this;
    const written = this.#written;
    if (written !== null && written.epoch === epoch && written.leaderId === leaderId && written.votedId === votedId)
      return;
    const state: ElectionState = { epoch, leaderId, votedId, voters: this.#options.voters.ids };
    this.#options.store.write(state);
    this.#written = state;
  }

  resetFetchTimeout(follower: Follower): void {
    follower.fetchDeadline = this.#now() + this.#options.config.fetchTimeoutMs;
  }

  #set(role: Role): void {
    const was = this.#role;
    this.#role = role;
    this.onChange(was, role);
  }

  #unattached(epoch: LeaderEpoch, leaderId: NodeId | null, votedId: NodeId | null, electionDeadline: number): Role {
    return { kind: 'unattached', epoch, leaderId, votedId, electionDeadline };
  }

  #follower(epoch: LeaderEpoch, leaderId: NodeId, votedId: NodeId | null): Role {
    const fetchDeadline = this.#now() + this.#options.config.fetchTimeoutMs;
    return { kind: 'follower', epoch, leaderId, votedId, fetchDeadline, hasFetched: false, download: null };
  }

  #resigned(epoch: LeaderEpoch, preferredSuccessors: readonly NodeId[], electionDeadline: number): Role {
    const { voters, nodeId } = this.#options;
    const unacknowledged = new Set(voters.ids.filter((id) => id !== nodeId));
    return { kind: 'resigned', epoch, electionDeadline, unacknowledged, preferredSuccessors };
  }

  #now(): number {
    return this.#options.env.clock.monotonic();
  }

  /** From now: the election timeout and up to as much again by chance, as Kafka draws it. */
  #electionDeadline(): number {
    if (!this.isVoter) return Infinity;
    const timeoutMs: DurationMs = this.#options.config.electionTimeoutMs;
    return this.#now() + timeoutMs + this.#options.env.random.next() * timeoutMs;
  }

  #firstElectionDeadline(): number {
    const first = this.#options.config.firstElectionTimeoutMs;
    if (first === null || !this.isVoter) return this.#electionDeadline();
    return this.#now() + this.#options.env.random.next() * first;
  }

  #remainingDeadline(was: Role): number {
    if (!this.isVoter) return Infinity;
    switch (was.kind) {
      case 'unattached':
      case 'candidate':
      case 'resigned':
        return was.electionDeadline;
      case 'follower':
        return was.fetchDeadline > this.#now() ? was.fetchDeadline : this.#electionDeadline();
      default:
        return this.#electionDeadline();
    }
  }
}
