/**
 * AlterPartition (56): a leader wants another ISR for its partitions, or says that it has recovered from an unclean
 * election (`ReplicationControlManager.alterPartition`). Versions 2 and 3 know topics by id; from 3 on the ISR comes with
 * broker epochs (KIP-903), so that a replica which was restarted meanwhile cannot slip into the ISR.
 */
import type { BrokerEpoch, NodeId, PartitionIndex, TopicName } from '../../base/ids.ts';
import {
  leaderRecoveryStateCode,
  leaderRecoveryStateOf,
  mergePartition,
  noLeaderChange,
} from '../../metadata/index.ts';
import type { MetadataRecord, PartitionRegistration, TopicImage } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { AlterPartitionRequest, AlterPartitionResponseInput } from '../../protocol/index.ts';
import type { Decision, Refusal } from '../outcome.ts';
import { staleBrokerEpoch } from '../view.ts';
import type { ControllerView } from '../view.ts';
import { electionFor, partitionChange } from './leader-updates.ts';
import { decidePartitionChange } from './partition-change.ts';

type PartitionRequest = AlterPartitionRequest['topics'][number]['partitions'][number];
type TopicResult = AlterPartitionResponseInput['topics'][number];
type PartitionResult = TopicResult['partitions'][number];

interface ReplicaState {
  readonly brokerId: NodeId;
  /** -1: not checked. */
  readonly brokerEpoch: BrokerEpoch;
}

interface Rejection {
  readonly code: ErrorCode;
  readonly reason: string;
}

export function decideAlterPartition(
  view: ControllerView,
  request: AlterPartitionRequest,
): Decision<AlterPartitionResponseInput> | Refusal {
  const stale = staleBrokerEpoch(view, request.brokerId, request.brokerEpoch);
  if (stale !== null) return stale;
  const records: MetadataRecord[] = [];
  const why: string[] = [];
  const topics = request.topics.map(({ topicId, partitions }): TopicResult => {
    const topic = view.image.topics.byId.get(topicId);
    return {
      topicId,
      partitions: partitions.map((partition) =>
        topic === undefined
          ? errorResult(partition.partitionIndex, ErrorCode.UNKNOWN_TOPIC_ID)
          : alterOne(view, request.brokerId, topic, partition, records, why),
      ),
    };
  });
  return {
    records,
    reply: { errorCode: ErrorCode.NONE, topics },
    ...(why.length > 0 ? { why: why.join('; ') } : {}),
  };
}

function errorResult(partitionIndex: PartitionIndex, errorCode: ErrorCode): PartitionResult {
  return { partitionIndex, errorCode, leaderId: 0, leaderEpoch: 0, isr: [], partitionEpoch: 0 };
}

function alterOne(
  view: ControllerView,
  brokerId: NodeId,
  topic: TopicImage,
  request: PartitionRequest,
  records: MetadataRecord[],
  why: string[],
): PartitionResult {
  const index = request.partitionIndex;
  const before = topic.partitions.get(index);
  if (before === undefined) return errorResult(index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const newIsr = requestedIsr(request);
  const rejection = reject(view, brokerId, before, request, newIsr);
  if (rejection !== null) {
    why.push(`${isrOf(topic.name, index)} stays [${before.isr}]: ${rejection.reason}`);
    return errorResult(index, rejection.code);
  }
  const record = decidePartitionChange({
    ...partitionChange(view, { topic, index, partition: before }, electionFor(view, topic)),
    targetIsr: newIsr.map((replica) => replica.brokerId),
    targetRecoveryState: leaderRecoveryStateOf(request.leaderRecoveryState),
  });
  if (record === null) return acceptedResult(index, before);
  records.push(record);
  const after = mergePartition(before, record);
  why.push(`${isrOf(topic.name, index)} becomes [${after.isr}] as its leader ${brokerId} asked`);
  // The change completed a reassignment that took the leadership away from the asking broker.
  if (record.leader !== noLeaderChange && record.leader !== brokerId) {
    return errorResult(index, ErrorCode.NEW_LEADER_ELECTED);
  }
  return acceptedResult(index, after);
}

function isrOf(topic: TopicName, index: PartitionIndex): string {
  return `ISR of ${topic}-${index}`;
}

function acceptedResult(partitionIndex: PartitionIndex, partition: PartitionRegistration): PartitionResult {
  return {
    partitionIndex,
    errorCode: ErrorCode.NONE,
    leaderId: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    isr: partition.isr,
    leaderRecoveryState: leaderRecoveryStateCode(partition.leaderRecoveryState),
    partitionEpoch: partition.partitionEpoch,
  };
}

function requestedIsr(request: PartitionRequest): readonly ReplicaState[] {
  if (request.newIsrWithEpochs.length > 0) return request.newIsrWithEpochs;
  return request.newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }));
}

/** In Kafka's order; who is ahead of this controller must look for the real one. */
function reject(
  view: ControllerView,
  brokerId: NodeId,
  partition: PartitionRegistration,
  request: PartitionRequest,
  newIsr: readonly ReplicaState[],
): Rejection | null {
  const { leaderEpoch, partitionEpoch } = request;
  if (leaderEpoch > partition.leaderEpoch) {
    return { code: ErrorCode.NOT_CONTROLLER, reason: `leader epoch ${leaderEpoch} is not known here yet` };
  }
  if (partitionEpoch > partition.partitionEpoch) {
    return { code: ErrorCode.NOT_CONTROLLER, reason: `partition epoch ${partitionEpoch} is not known here yet` };
  }
  if (leaderEpoch < partition.leaderEpoch) {
    const reason = `broker ${brokerId} asked in leader epoch ${leaderEpoch}, now ${partition.leaderEpoch}`;
    return { code: ErrorCode.FENCED_LEADER_EPOCH, reason };
  }
  if (brokerId !== partition.leader) {
    return { code: ErrorCode.INVALID_REQUEST, reason: `broker ${brokerId} is not the leader, ${partition.leader} is` };
  }
  if (partitionEpoch < partition.partitionEpoch) {
    const reason = `asked for partition epoch ${partitionEpoch}, now ${partition.partitionEpoch}`;
    return { code: ErrorCode.INVALID_UPDATE_VERSION, reason };
  }
  return rejectIsr(partition, request, newIsr) ?? rejectIneligible(view, newIsr);
}

function rejectIsr(
  partition: PartitionRegistration,
  request: PartitionRequest,
  newIsr: readonly ReplicaState[],
): Rejection | null {
  const invalid = (reason: string): Rejection => ({ code: ErrorCode.INVALID_REQUEST, reason });
  const ids = newIsr.map((replica) => replica.brokerId);
  if (ids.length === 0 || new Set(ids).size !== ids.length || !ids.every((id) => partition.replicas.includes(id))) {
    return invalid(`[${ids}] is no ISR of the replicas [${partition.replicas}]`);
  }
  if (!ids.includes(partition.leader)) return invalid(`[${ids}] lacks the leader ${partition.leader}`);
  const recovering = request.leaderRecoveryState === 1;
  if (recovering && ids.length > 1) return invalid(`[${ids}] has followers while the leader recovers`);
  if (recovering && partition.leaderRecoveryState === 'recovered') return invalid('a recovered leader cannot recover');
  return null;
}

function rejectIneligible(view: ControllerView, newIsr: readonly ReplicaState[]): Rejection | null {
  for (const { brokerId, brokerEpoch } of newIsr) {
    const reason = ineligible(view, brokerId, brokerEpoch);
    if (reason !== null) return { code: ErrorCode.INELIGIBLE_REPLICA, reason: `broker ${brokerId} is ${reason}` };
  }
  return null;
}

function ineligible(view: ControllerView, brokerId: NodeId, brokerEpoch: BrokerEpoch): string | null {
  const broker = view.image.cluster.brokers.get(brokerId);
  if (broker === undefined) return 'not registered';
  if (broker.inControlledShutdown) return 'shutting down';
  if (broker.fenced) return 'fenced';
  if (brokerEpoch === -1 || brokerEpoch === broker.epoch) return null;
  return `of epoch ${broker.epoch}, not ${brokerEpoch}`;
}
