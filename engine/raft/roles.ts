/**
 * The states of a member of the quorum (KIP-595, KIP-996). Fields that make no sense in a state do not exist in it.
 * Deadlines are readings of the monotonic clock; `Infinity` for observers, who never stand for election.
 *
 *     unattached   knows no leader to follow; perhaps who leads, perhaps for whom it voted
 *     prospective  asks the voters whether they would vote for it (pre-vote), in its old epoch
 *     candidate    has begun a new epoch, voted for itself, and asks for votes
 *     follower     fetches from the leader
 *     leader       writes the log
 *     resigned     was leader of this epoch and will not be again in it
 */
import type { LeaderEpoch, NodeId } from '../base/ids.ts';
import type { Election } from './election.ts';
import type { Leadership } from './leadership.ts';
import type { RawSnapshotWriter } from './snapshot-writer.ts';

export interface Unattached {
  readonly kind: 'unattached';
  readonly epoch: LeaderEpoch;
  readonly leaderId: NodeId | null;
  readonly votedId: NodeId | null;
  readonly electionDeadline: number;
}

export interface Prospective {
  readonly kind: 'prospective';
  readonly epoch: LeaderEpoch;
  readonly leaderId: NodeId | null;
  readonly votedId: NodeId | null;
  readonly election: Election;
  readonly electionDeadline: number;
}

export interface Candidate {
  readonly kind: 'candidate';
  readonly epoch: LeaderEpoch;
  readonly election: Election;
  readonly electionDeadline: number;
}

export interface Follower {
  readonly kind: 'follower';
  readonly epoch: LeaderEpoch;
  readonly leaderId: NodeId;
  readonly votedId: NodeId | null;
  fetchDeadline: number;
  /** A fetch of this epoch has succeeded, so the leader is alive and pre-votes are refused. */
  hasFetched: boolean;
  /** The snapshot that is being fetched instead of the log. */
  download: RawSnapshotWriter | null;
}

export interface Leader {
  readonly kind: 'leader';
  readonly epoch: LeaderEpoch;
  readonly leadership: Leadership;
}

export interface Resigned {
  readonly kind: 'resigned';
  readonly epoch: LeaderEpoch;
  readonly electionDeadline: number;
  /** Voters that have not been told yet. */
  readonly unacknowledged: Set<NodeId>;
  /** Most caught up first. */
  readonly preferredSuccessors: readonly NodeId[];
}

export type Role = Unattached | Prospective | Candidate | Follower | Leader | Resigned;
export type RaftRole = Role['kind'];

/** Who leads the role's epoch, as far as this node knows. A resigned leader names itself, as Kafka does on the wire. */
export function leaderOf(role: Role, localId: NodeId): NodeId | null {
  switch (role.kind) {
    case 'leader':
    case 'resigned':
      return localId;
    case 'candidate':
      return null;
    default:
      return role.leaderId;
  }
}

/** For whom this node voted in the role's epoch. Leaders do not keep it: a leader votes for nobody else. */
export function voteOf(role: Role, localId: NodeId): NodeId | null {
  switch (role.kind) {
    case 'leader':
    case 'resigned':
      return null;
    case 'candidate':
      return localId;
    default:
      return role.votedId;
  }
}

/**
 * Whether a (pre-)vote is granted in this state. Each node votes once in an epoch; a candidate's log must not be behind
 * ours; a follower that has heard its leader refuses even pre-votes, so that a lonely node cannot disturb.
 */
export function canGrantVote(role: Role, candidateId: NodeId, logIsUpToDate: boolean, preVote: boolean): boolean {
  switch (role.kind) {
    case 'leader':
      return false;
    case 'follower':
      return preVote && logIsUpToDate && !role.hasFetched;
    case 'candidate':
    case 'resigned':
      return preVote && logIsUpToDate;
    case 'unattached':
    case 'prospective':
      if (preVote) return logIsUpToDate;
      if (role.votedId !== null) return role.votedId === candidateId;
      return role.leaderId === null && logIsUpToDate;
  }
}
