/**
 * BeginQuorumEpoch, by which a leader tells voters that do not fetch from it who leads, and EndQuorumEpoch, by which a
 * leader that steps down names the voters that should stand first (KIP-595). Both sides of both.
 */
import type { DurationMs, NodeId } from '../base/ids.ts';
import { zeroUuid } from '../base/uuid.ts';
import { ErrorCode, beginQuorumEpochApi, endQuorumEpochApi } from '../protocol/index.ts';
import type {
  BeginQuorumEpochRequest,
  BeginQuorumEpochResponseInput,
  EndQuorumEpochRequest,
  EndQuorumEpochResponseInput,
} from '../protocol/index.ts';
import type { RaftContext } from './raft-context.ts';
import { metadataTopic } from './raft-context.ts';
import { handleCommon, noteEpoch } from './role-changes.ts';
import type { Leader, Resigned } from './roles.ts';
import { isOfThisCluster, leaderEndpoints, leaderIdOrNone, onlyPartition } from './wire-forms.ts';

interface PartitionAnswer {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

export class Announcements {
  readonly #context: RaftContext;

  constructor(context: RaftContext) {
    this.#context = context;
  }

  /** Tells voters that have not fetched lately who leads. Returns when (monotonic) to look again. */
  announce(role: Leader): number {
    const { leadership, epoch } = role;
    const now = this.#context.monotonic();
    if (now < leadership.announceAt) return leadership.announceAt;
    leadership.announced(now);
    const { clusterId, nodeId, listenerName, voters, peers, quorum } = this.#context;
    quorum.persist();
    const own = voters.endpoint(nodeId);
    for (const voterId of leadership.silentVoters(now)) {
      const endpoint = voters.endpoint(voterId);
      if (endpoint === undefined) continue;
      const partition = { partitionIndex: 0, voterDirectoryId: zeroUuid, leaderId: nodeId, leaderEpoch: epoch };
      const request = {
        clusterId,
        voterId,
        topics: [{ topicName: metadataTopic, partitions: [partition] }],
        leaderEndpoints: own === undefined ? [] : [{ name: listenerName, host: own.host, port: own.port }],
      };
      peers.send(endpoint, beginQuorumEpochApi, request, (response) =>
        this.#handleAnswer('BeginQuorumEpoch', response),
      );
    }
    return leadership.announceAt;
  }

  /** Tells the voters that this leader has stepped down. Returns when (monotonic) to look again. */
  endEpoch(role: Resigned): number {
    const { clusterId, nodeId, voters, peers, quorum } = this.#context;
    quorum.persist();
    let next = Infinity;
    for (const voterId of role.unacknowledged) {
      const endpoint = voters.endpoint(voterId);
      if (endpoint === undefined) continue;
      const partition = {
        partitionIndex: 0,
        leaderId: nodeId,
        leaderEpoch: role.epoch,
        preferredSuccessors: [...role.preferredSuccessors],
        preferredCandidates: role.preferredSuccessors.map((candidateId) => ({
          candidateId,
          candidateDirectoryId: zeroUuid,
        })),
      };
      const request = {
        clusterId,
        topics: [{ topicName: metadataTopic, partitions: [partition] }],
        leaderEndpoints: [],
      };
      peers.send(endpoint, endQuorumEpochApi, request, (response) => {
        const well = this.#handleAnswer('EndQuorumEpoch', response);
        if (well) role.unacknowledged.delete(voterId);
        return well;
      });
      next = Math.min(next, peers.readyAt(voterId));
    }
    return next;
  }

  handleBegin(request: BeginQuorumEpochRequest, version: number): BeginQuorumEpochResponseInput {
    const { quorum, nodeId, directoryId } = this.#context;
    if (!isOfThisCluster(this.#context, request.clusterId)) return topLevel(ErrorCode.INCONSISTENT_CLUSTER_ID);
    const asked = onlyPartition(request.topics, (partition) => partition.partitionIndex);
    if (asked === null) return topLevel(ErrorCode.INVALID_REQUEST);
    if (asked.leaderEpoch < quorum.epoch) return this.#answer(version, ErrorCode.FENCED_LEADER_EPOCH);
    if (asked.leaderId < 0 || !noteEpoch(this.#context, asked.leaderEpoch, asked.leaderId)) {
      return this.#answer(version, ErrorCode.INVALID_REQUEST);
    }
    this.#context.wake();
    const forUs =
      (request.voterId < 0 || request.voterId === nodeId) &&
      (asked.voterDirectoryId === zeroUuid || asked.voterDirectoryId === directoryId);
    return this.#answer(version, forUs ? ErrorCode.NONE : ErrorCode.INVALID_VOTER_KEY);
  }

  handleEnd(request: EndQuorumEpochRequest, version: number): EndQuorumEpochResponseInput {
    const { quorum } = this.#context;
    if (!isOfThisCluster(this.#context, request.clusterId)) return topLevel(ErrorCode.INCONSISTENT_CLUSTER_ID);
    const asked = onlyPartition(request.topics, (partition) => partition.partitionIndex);
    if (asked === null) return topLevel(ErrorCode.INVALID_REQUEST);
    if (asked.leaderEpoch < quorum.epoch) return this.#answer(version, ErrorCode.FENCED_LEADER_EPOCH);
    if (asked.leaderId < 0 || !noteEpoch(this.#context, asked.leaderEpoch, asked.leaderId)) {
      return this.#answer(version, ErrorCode.INVALID_REQUEST);
    }
    const { role } = quorum;
    if (role.kind === 'follower' && role.leaderId === asked.leaderId) {
      const preferred =
        version >= 1 ? asked.preferredCandidates.map((candidate) => candidate.candidateId) : asked.preferredSuccessors;
      const backoffMs = this.#electionBackoff(preferred);
      role.fetchDeadline = Math.min(role.fetchDeadline, this.#context.monotonic() + backoffMs);
      // The leader is gone for good: others may have our pre-vote.
      role.hasFetched = false;
      this.#context.say(
        'info',
        `Leader ${asked.leaderId} has resigned epoch ${asked.leaderEpoch}; standing in ${backoffMs} ms`,
      );
    }
    this.#context.wake();
    return this.#answer(version, ErrorCode.NONE);
  }

  /** The first in the list stands at once, each further one waits twice as long as the one before it. */
  #electionBackoff(preferred: readonly NodeId[]): DurationMs {
    const { electionBackoffMaxMs } = this.#context.config;
    const position = preferred.indexOf(this.#context.nodeId);
    if (position === 0) return 0;
    if (position < 0) return preferred.length === 0 ? 0 : electionBackoffMaxMs;
    const baseMs = Math.floor(electionBackoffMaxMs / 2 ** (preferred.length - 1));
    return Math.min(electionBackoffMaxMs, baseMs * 2 ** (position - 1));
  }

  #handleAnswer(
    api: string,
    response: {
      readonly errorCode: number;
      readonly topics: readonly { readonly topicName: string; readonly partitions: readonly PartitionAnswer[] }[];
    },
  ): boolean {
    const context = this.#context;
    const answer: PartitionAnswer | null =
      response.errorCode !== ErrorCode.NONE
        ? { partitionIndex: 0, errorCode: response.errorCode, leaderId: -1, leaderEpoch: context.quorum.epoch }
        : onlyPartition(response.topics, (partition) => partition.partitionIndex);
    return answer !== null && handleCommon(context, api, answer) !== 'back-off';
  }

  #answer(version: number, errorCode: ErrorCode): BeginQuorumEpochResponseInput & EndQuorumEpochResponseInput {
    const context = this.#context;
    context.quorum.persist();
    const partition = {
      partitionIndex: 0,
      errorCode,
      leaderId: leaderIdOrNone(context),
      leaderEpoch: context.quorum.epoch,
    };
    return {
      errorCode: ErrorCode.NONE,
      topics: [{ topicName: metadataTopic, partitions: [partition] }],
      nodeEndpoints: version >= 1 ? leaderEndpoints(context) : [],
    };
  }
}

function topLevel(errorCode: ErrorCode): BeginQuorumEpochResponseInput & EndQuorumEpochResponseInput {
  return { errorCode, topics: [] };
}
