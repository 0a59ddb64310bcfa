/**
 * Elections: asking for pre-votes and votes, and answering others who ask (KIP-595, KIP-996).
 *
 *   voter without leader for an election timeout, or follower whose fetches fail for the fetch timeout -> prospective
 *   prospective: a majority would vote for it -> candidate (next epoch); refused or timed out -> follower, unattached
 *   candidate: majority -> leader; timed out -> prospective again
 *
 * Invariants: a vote and the epoch are in `quorum-state` before the answer; a vote goes only to a candidate whose log
 * ends at or after ours.
 */
import type { NodeId } from '../base/ids.ts';
import { zeroUuid } from '../base/uuid.ts';
import { ErrorCode, voteApi } from '../protocol/index.ts';
import type { VoteRequest, VoteRequestInput, VoteResponse, VoteResponseInput } from '../protocol/index.ts';
import type { RaftContext } from './raft-context.ts';
import { metadataTopic } from './raft-context.ts';
import { handleCommon } from './role-changes.ts';
import { canGrantVote } from './roles.ts';
import type { Candidate, Prospective } from './roles.ts';
import { isOfThisCluster, leaderEndpoints, leaderIdOrNone, onlyPartition } from './wire-forms.ts';

export class Elections {
  readonly #context: RaftContext;
  readonly #onElected: (candidate: Candidate) => void;

  constructor(context: RaftContext, onElected: (candidate: Candidate) => void) {
    this.#context = context;
    this.#onElected = onElected;
  }

  /** Asks the voters that have not answered. Returns when (monotonic) the next thing is due. */
  pollProspective(role: Prospective): number {
    const { quorum } = this.#context;
    if (role.election.isWon) {
      this.#stand();
      return -Infinity;
    }
    if (this.#context.monotonic() >= role.electionDeadline) {
      this.#context.say('info', `Election timed out before enough pre-votes of epoch ${role.epoch} arrived`);
      this.#giveUp(role);
      return -Infinity;
    }
    quorum.persist();
    return Math.min(role.electionDeadline, this.#askForVotes(role));
  }

  pollCandidate(role: Candidate): number {
    if (role.election.isWon) {
      this.#onElected(role);
      return -Infinity;
    }
    if (this.#context.monotonic() >= role.electionDeadline) {
      this.#context.say(
        'info',
        `Not elected in epoch ${role.epoch} within the election timeout; asking for pre-votes again`,
      );
      this.#context.quorum.becomeProspective();
      return -Infinity;
    }
    this.#context.quorum.persist();
    if (role.election.isLost) return role.electionDeadline;
    return Math.min(role.electionDeadline, this.#askForVotes(role));
  }

  handleVote(request: VoteRequest, version: number): VoteResponseInput {
    const { quorum, nodeId, directoryId, log } = this.#context;
    if (!isOfThisCluster(this.#context, request.clusterId)) return topLevel(ErrorCode.INCONSISTENT_CLUSTER_ID);
    const asked = onlyPartition(request.topics, (partition) => partition.partitionIndex);
    if (asked === null) return topLevel(ErrorCode.INVALID_REQUEST);

    const epochIsIllegal = asked.preVote
      ? asked.lastOffsetEpoch > asked.replicaEpoch
      : asked.lastOffsetEpoch >= asked.replicaEpoch;
    if (epochIsIllegal || asked.lastOffset < 0 || asked.lastOffsetEpoch < 0) {
      return this.#answer(version, ErrorCode.INVALID_REQUEST, false);
    }
    if (asked.replicaEpoch < quorum.epoch) return this.#answer(version, ErrorCode.FENCED_LEADER_EPOCH, false);
    if (asked.replicaId < 0) return this.#answer(version, ErrorCode.INVALID_REQUEST, false);
    if (asked.replicaEpoch > quorum.epoch) quorum.becomeUnattached(asked.replicaEpoch, null);
    const forUs =
      (request.voterId < 0 || request.voterId === nodeId) &&
      (asked.voterDirectoryId === zeroUuid || asked.voterDirectoryId === directoryId);
    if (!forUs) return this.#answer(version, ErrorCode.INVALID_VOTER_KEY, false);

    const last = log.lastFetchedEpoch;
    const upToDate =
      asked.lastOffsetEpoch > last || (asked.lastOffsetEpoch === last && asked.lastOffset >= log.endOffset);
    const { role } = quorum;
    const granted = canGrantVote(role, asked.replicaId, upToDate, asked.preVote);
    const votes = granted && !asked.preVote && (role.kind === 'unattached' || role.kind === 'prospective');
    if (votes && role.votedId === null) quorum.addVote(asked.replicaId);
    this.#context.say(
      'info',
      `${asked.preVote ? 'Pre-vote' : 'Vote'} of epoch ${asked.replicaEpoch} for node ${asked.replicaId} is ${granted ? 'granted' : 'rejected'}`,
    );
    this.#context.wake();
    return this.#answer(version, ErrorCode.NONE, granted);
  }

  #answer(version: number, errorCode: ErrorCode, voteGranted: boolean): VoteResponseInput {
    const context = this.#context;
    context.quorum.persist();
    const partition = {
      partitionIndex: 0,
      errorCode,
      leaderId: leaderIdOrNone(context),
      leaderEpoch: context.quorum.epoch,
      voteGranted,
    };
    return {
      errorCode: ErrorCode.NONE,
      topics: [{ topicName: metadataTopic, partitions: [partition] }],
      nodeEndpoints: version >= 1 ? leaderEndpoints(context) : [],
    };
  }

  /** The pre-vote is won: a new epoch. */
  #stand(): void {
    const { quorum } = this.#context;
    quorum.becomeCandidate();
    quorum.persist();
  }

  #giveUp(role: Prospective): void {
    const { quorum, nodeId } = this.#context;
    if (role.leaderId !== null && role.leaderId !== nodeId) quorum.becomeFollower(role.epoch, role.leaderId);
    else quorum.becomeUnattached(role.epoch, role.leaderId);
  }

  #askForVotes(role: Prospective | Candidate): number {
    const { peers, voters } = this.#context;
    let next = Infinity;
    for (const id of role.election.unrecordedVoters) {
      const endpoint = voters.endpoint(id);
      if (endpoint === undefined) continue;
      peers.send(endpoint, voteApi, this.#request(role, id), (response) => this.#handleAnswer(id, response));
      next = Math.min(next, peers.readyAt(id));
    }
    return next;
  }

  #request(role: Prospective | Candidate, voterId: NodeId): VoteRequestInput {
    const { clusterId, nodeId, directoryId, log } = this.#context;
    const partition = {
      partitionIndex: 0,
      replicaEpoch: role.epoch,
      replicaId: nodeId,
      replicaDirectoryId: directoryId,
      voterDirectoryId: zeroUuid,
      lastOffsetEpoch: log.lastFetchedEpoch,
      lastOffset: log.endOffset,
      preVote: role.kind === 'prospective',
    };
    return { clusterId, voterId, topics: [{ topicName: metadataTopic, partitions: [partition] }] };
  }

  #handleAnswer(from: NodeId, response: VoteResponse): boolean {
    const context = this.#context;
    if (response.errorCode !== ErrorCode.NONE) {
      return handleCommon(context, 'Vote', { ...response, leaderId: -1, leaderEpoch: context.quorum.epoch }) === 'done';
    }
    const answer = onlyPartition(response.topics, (partition) => partition.partitionIndex);
    if (answer === null) return false;
    const outcome = handleCommon(context, 'Vote', answer);
    if (outcome !== 'continue') return outcome === 'done';
    const { role } = context.quorum;
    if (role.kind !== 'prospective' && role.kind !== 'candidate') return true;
    role.election.record(from, answer.voteGranted);
    if (role.election.isLost) this.#lost(role);
    return true;
  }

  #lost(role: Prospective | Candidate): void {
    if (role.kind === 'prospective') {
      this.#context.say('info', `Too many voters refuse a pre-vote of epoch ${role.epoch}`);
      this.#giveUp(role);
    } else {
      this.#context.say(
        'info',
        `Too many voters refuse a vote of epoch ${role.epoch}; waiting for the election timeout`,
      );
    }
  }
}

function topLevel(errorCode: ErrorCode): VoteResponseInput {
  return { errorCode, topics: [] };
}
