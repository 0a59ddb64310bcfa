/**
 * What a leader answers to those who follow: Fetch of the log (KIP-595, KIP-1166), FetchSnapshot (KIP-630), and
 * DescribeQuorum. Whoever is not leader answers NOT_LEADER_OR_FOLLOWER with the leader it knows, which is how observers
 * and restarted voters find it.
 *
 * Invariants: a fetch offset counts for the high watermark only after offset and last epoch have been checked against
 * this log; records are sent whether committed or not; snapshots are served byte by byte, as they are on disk.
 */
import type { LeaderEpoch, NodeId, Offset } from '../base/ids.ts';
import { metadataTopicId } from '../base/uuid.ts';
import { ErrorCode } from '../protocol/index.ts';
import type {
  DescribeQuorumRequest,
  DescribeQuorumResponseInput,
  FetchRequest,
  FetchResponseInput,
  FetchSnapshotRequest,
  FetchSnapshotResponseInput,
} from '../protocol/index.ts';
import type { ReplicaProgress } from './leadership.ts';
import type { Leading } from './leading.ts';
import type { RaftContext } from './raft-context.ts';
import { metadataTopic } from './raft-context.ts';
import type { OffsetValidity } from './replicated-log.ts';
import { isOfThisCluster, leaderEndpoints, leaderIdOrNone, onlyFetchPartition, onlyPartition } from './wire-forms.ts';

type FetchedPartition = FetchRequest['topics'][number]['partitions'][number];
const noBytes = new Uint8Array(0);
const int64Max = 2 ** 63;

interface FetchAnswer {
  readonly errorCode: ErrorCode;
  readonly validity: OffsetValidity;
  readonly records: Uint8Array;
  readonly highWatermark: Offset | null;
}

export class Serving {
  readonly #context: RaftContext;
  readonly #leading: Leading;

  constructor(context: RaftContext, leading: Leading) {
    this.#context = context;
    this.#leading = leading;
  }

  async handleFetch(request: FetchRequest, version: number): Promise<FetchResponseInput> {
    const context = this.#context;
    if (!isOfThisCluster(context, request.clusterId)) return fetchError(ErrorCode.INCONSISTENT_CLUSTER_ID);
    const asked = onlyFetchPartition(request.topics, (partition) => partition.partition);
    if (asked === null) return fetchError(ErrorCode.INVALID_REQUEST);
    const invalid =
      request.maxWaitMs < 0 ||
      asked.fetchOffset < 0 ||
      asked.lastFetchedEpoch < 0 ||
      asked.lastFetchedEpoch > asked.currentLeaderEpoch;
    if (invalid) return this.#fetchResponse(version, refused(ErrorCode.INVALID_REQUEST));

    const replicaId = version >= 15 ? request.replicaState.replicaId : request.replicaId;
    const maxBytes = Math.min(request.maxBytes, context.config.fetchMaxBytes);
    const answer = this.#answerFetch(asked, maxBytes, replicaId);
    const { highWatermark } = answer;
    const knownHighWatermark = asked.highWatermark;
    const newsOfHighWatermark =
      knownHighWatermark < int64Max && highWatermark !== null && highWatermark > knownHighWatermark;
    const answerNow =
      answer.errorCode !== ErrorCode.NONE ||
      answer.validity.kind !== 'valid' ||
      answer.records.length > 0 ||
      request.maxWaitMs === 0 ||
      newsOfHighWatermark;
    if (answerNow) return this.#fetchResponse(version, answer);
    await this.#wait(asked.fetchOffset, knownHighWatermark, request.maxWaitMs);
    return this.#fetchResponse(version, this.#answerFetch(asked, maxBytes, null));
  }

  handleFetchSnapshot(request: FetchSnapshotRequest, version: number): FetchSnapshotResponseInput {
    const context = this.#context;
    if (!isOfThisCluster(context, request.clusterId))
      return { errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID, topics: [] };
    const asked = onlyPartition(request.topics, (partition) => partition.partition);
    if (asked === null)
      return this.#snapshotResponse(version, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, request.topics[0]?.name);
    const error = this.#checkLeader(asked.currentLeaderEpoch);
    if (error !== ErrorCode.NONE) return this.#snapshotResponse(version, error);
    const id = { offset: asked.snapshotId.endOffset, epoch: asked.snapshotId.epoch };
    const maxBytes = Math.min(request.maxBytes, context.config.fetchMaxBytes);
    const part = context.log.readSnapshot(id, Math.max(0, asked.position), Math.max(1, maxBytes));
    if (part === null) return this.#snapshotResponse(version, ErrorCode.SNAPSHOT_NOT_FOUND);
    if (asked.position < 0 || asked.position >= part.sizeBytes) {
      return this.#snapshotResponse(version, ErrorCode.POSITION_OUT_OF_RANGE);
    }
    const { role } = context.quorum;
    if (role.kind === 'leader') role.leadership.noteFetch(request.replicaId, context.monotonic());
    return this.#snapshotResponse(version, ErrorCode.NONE, metadataTopic, {
      snapshotId: asked.snapshotId,
      size: part.sizeBytes,
      position: asked.position,
      unalignedRecords: part.bytes,
    });
  }

  handleDescribeQuorum(request: DescribeQuorumRequest, version: number): DescribeQuorumResponseInput {
    const context = this.#context;
    if (onlyPartition(request.topics, (partition) => partition.partitionIndex) === null) {
      const topics = request.topics.map(({ topicName, partitions }) => ({
        topicName,
        partitions: partitions.map(({ partitionIndex }) =>
          describedError(partitionIndex, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ),
      }));
      return { errorCode: ErrorCode.NONE, errorMessage: '', topics, nodes: [] };
    }
    const { role } = context.quorum;
    if (role.kind !== 'leader') {
      const partitions = [describedError(0, ErrorCode.NOT_LEADER_OR_FOLLOWER)];
      return {
        errorCode: ErrorCode.NONE,
        errorMessage: '',
        topics: [{ topicName: metadataTopic, partitions }],
        nodes: [],
      };
    }
    const state = describedReplica(version);
    const partition = {
      partitionIndex: 0,
      errorCode: ErrorCode.NONE,
      errorMessage: '',
      leaderId: context.nodeId,
      leaderEpoch: role.epoch,
      highWatermark: role.leadership.highWatermark ?? -1,
      currentVoters: role.leadership.voterProgress(context.nowMs()).map(state),
      observers: role.leadership.observerProgress(context.monotonic()).map(state),
    };
    const nodes = context.voters.voters.map(({ id, host, port }) => ({
      nodeId: id,
      listeners: [{ name: context.listenerName, host, port }],
    }));
    return {
      errorCode: ErrorCode.NONE,
      errorMessage: '',
      topics: [{ topicName: metadataTopic, partitions: [partition] }],
      nodes: version >= 2 ? nodes : [],
    };
  }

  /** Of requests that only the leader of exactly this epoch may answer. */
  #checkLeader(epoch: LeaderEpoch): ErrorCode {
    const { quorum } = this.#context;
    if (epoch < quorum.epoch) return ErrorCode.FENCED_LEADER_EPOCH;
    if (epoch > quorum.epoch) return ErrorCode.UNKNOWN_LEADER_EPOCH;
    if (quorum.role.kind !== 'leader') return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    return this.#context.isStopping() ? ErrorCode.BROKER_NOT_AVAILABLE : ErrorCode.NONE;
  }

  /** `replicaId` null: the fetch has been counted already. */
  #answerFetch(asked: FetchedPartition, maxBytes: number, replicaId: NodeId | null): FetchAnswer {
    const { quorum, log, nodeId } = this.#context;
    const error = this.#checkLeader(asked.currentLeaderEpoch);
    const { role } = quorum;
    if (error !== ErrorCode.NONE || role.kind !== 'leader') return refused(error);
    const { leadership } = role;
    const validity = this.#validate(asked.fetchOffset, asked.lastFetchedEpoch);
    if (validity.kind !== 'valid') {
      return { errorCode: ErrorCode.NONE, validity, records: noBytes, highWatermark: leadership.highWatermark };
    }
    if (replicaId !== null && replicaId >= 0 && replicaId !== nodeId) {
      const { fetchOffset, replicaDirectoryId } = asked;
      const moved = leadership.updateReplica(
        replicaId,
        replicaDirectoryId,
        fetchOffset,
        this.#context.nowMs(),
        this.#context.monotonic(),
      );
      if (moved) this.#leading.highWatermarkMoved(leadership);
    }
    const records = asked.fetchOffset < log.endOffset ? log.read(asked.fetchOffset, log.endOffset, maxBytes) : noBytes;
    return { errorCode: ErrorCode.NONE, validity, records, highWatermark: leadership.highWatermark };
  }

  /** An empty replica takes the newest snapshot even when the log still begins at 0: that is always less work. */
  #validate(fetchOffset: Offset, lastFetchedEpoch: LeaderEpoch): OffsetValidity {
    const { log } = this.#context;
    const snapshot = log.latestSnapshotId();
    if (fetchOffset === 0 && snapshot !== null && snapshot.offset > 0) return { kind: 'snapshot', id: snapshot };
    return log.validateOffsetAndEpoch(fetchOffset, lastFetchedEpoch);
  }

  #wait(fetchOffset: Offset, knownHighWatermark: Offset, maxWaitMs: number): Promise<void> {
    const deadline = this.#context.monotonic() + maxWaitMs;
    return new Promise((resolve) => {
      this.#context.waiters.add({ fetchOffset, knownHighWatermark, deadline, complete: resolve });
      this.#context.wake();
    });
  }

  #fetchResponse(version: number, answer: FetchAnswer): FetchResponseInput {
    const { quorum, log } = this.#context;
    quorum.persist();
    const { validity } = answer;
    const partition = {
      partitionIndex: 0,
      errorCode: answer.errorCode,
      highWatermark: answer.highWatermark ?? -1,
      lastStableOffset: -1,
      logStartOffset: log.startOffset,
      abortedTransactions: [],
      records: answer.records,
      currentLeader: { leaderId: leaderIdOrNone(this.#context), leaderEpoch: quorum.epoch },
      ...(validity.kind === 'diverging' && {
        divergingEpoch: { epoch: validity.at.epoch, endOffset: validity.at.offset },
      }),
      ...(validity.kind === 'snapshot' && { snapshotId: { endOffset: validity.id.offset, epoch: validity.id.epoch } }),
    };
    return {
      errorCode: ErrorCode.NONE,
      responses: [
        {
          ...(version < 13 ? { topic: metadataTopic } : { topicId: metadataTopicId }),
          partitions: [version >= 12 ? partition : withoutRaftFields(partition)],
        },
      ],
      nodeEndpoints: version >= 17 ? leaderEndpoints(this.#context) : [],
    };
  }

  #snapshotResponse(
    version: number,
    errorCode: ErrorCode,
    name: string = metadataTopic,
    part: {
      readonly snapshotId: { readonly endOffset: Offset; readonly epoch: LeaderEpoch };
      readonly size: number;
      readonly position: number;
      readonly unalignedRecords: Uint8Array;
    } = { snapshotId: { endOffset: 0, epoch: 0 }, size: 0, position: 0, unalignedRecords: noBytes },
  ): FetchSnapshotResponseInput {
    const { quorum } = this.#context;
    quorum.persist();
    const currentLeader = { leaderId: leaderIdOrNone(this.#context), leaderEpoch: quorum.epoch };
    return {
      errorCode: ErrorCode.NONE,
      topics: [{ name, partitions: [{ index: 0, errorCode, currentLeader, ...part }] }],
      nodeEndpoints: version >= 1 ? leaderEndpoints(this.#context) : [],
    };
  }
}

function refused(errorCode: ErrorCode): FetchAnswer {
  return { errorCode, validity: { kind: 'valid' }, records: noBytes, highWatermark: null };
}

function fetchError(errorCode: ErrorCode): FetchResponseInput {
  return { errorCode, responses: [] };
}

function withoutRaftFields<P extends { currentLeader: unknown; divergingEpoch?: unknown; snapshotId?: unknown }>(
  partition: P,
): Omit<P, 'currentLeader' | 'divergingEpoch' | 'snapshotId'> {
  const { currentLeader: _leader, divergingEpoch: _diverging, snapshotId: _snapshot, ...rest } = partition;
  return rest;
}

function describedError(partitionIndex: number, errorCode: ErrorCode) {
  return {
    partitionIndex,
    errorCode,
    errorMessage: '',
    leaderId: 0,
    leaderEpoch: 0,
    highWatermark: 0,
    currentVoters: [],
    observers: [],
  };
}

function describedReplica(version: number) {
  return (replica: ReplicaProgress) => ({
    replicaId: replica.id,
    ...(version >= 2 && { replicaDirectoryId: replica.directoryId }),
    logEndOffset: replica.logEndOffset,
    lastFetchTimestamp: replica.lastFetchMs,
    lastCaughtUpTimestamp: replica.lastCaughtUpMs,
  });
}
