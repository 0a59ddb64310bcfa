/**
 * AlterPartitionReassignments (45) and ListPartitionReassignments (46). A reassignment first adds the new replicas and
 * notes which are to go; when the ISR holds all that stay, the change that brings this about also drops the others
 * (partition-change.ts). A null target cancels.
 */
import type { NodeId, PartitionIndex } from '../../base/ids.ts';
import type { MetadataRecord, PartitionRegistration, TopicImage } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponseInput,
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponseInput,
} from '../../protocol/index.ts';
import { noError, plainError } from '../outcome.ts';
import type { ApiError, Decision } from '../outcome.ts';
import { manualAssignmentError } from '../topics/new-partitions.ts';
import { uncleanElectionEnabled } from '../view.ts';
import type { ControllerView } from '../view.ts';
import { electionFor, partitionChange } from './leader-updates.ts';
import type { PlacedPartition } from './leader-updates.ts';
import { decidePartitionChange } from './partition-change.ts';
import type { PartitionChangeRecord } from './partition-change.ts';

type Change = PartitionChangeRecord | ApiError | null;
type OngoingTopic = ListPartitionReassignmentsResponseInput['topics'][number];

export function decideReassignments(
  view: ControllerView,
  request: AlterPartitionReassignmentsRequest,
): Decision<AlterPartitionReassignmentsResponseInput> {
  const records: MetadataRecord[] = [];
  const { allowReplicationFactorChange } = request;
  const responses = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => {
      const change = reassignNamed(view, name, partitionIndex, replicas, allowReplicationFactorChange);
      const error = change !== null && 'code' in change ? change : noError;
      if (change !== null && !('code' in change)) records.push(change);
      return { partitionIndex, errorCode: error.code, errorMessage: error.message };
    }),
  }));
  return {
    records,
    reply: { errorCode: ErrorCode.NONE, errorMessage: null, allowReplicationFactorChange, responses },
    ...(records.length > 0 ? { why: `reassignment asked for: ${records.length} partitions` } : {}),
  };
}

function reassignNamed(
  view: ControllerView,
  name: string,
  index: PartitionIndex,
  replicas: readonly NodeId[] | null,
  allowFactorChange: boolean,
): Change {
  const topic = view.image.topics.byName.get(name);
  const unknown = (message: string): ApiError => ({ code: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message });
  if (topic === undefined) return unknown(`Unable to find a topic named ${name}.`);
  const partition = topic.partitions.get(index);
  if (partition === undefined) return unknown(`Unable to find partition ${name}:${index}.`);
  const placed = { topic, index, partition };
  return replicas === null ? cancel(view, placed) : reassign(view, placed, replicas, allowFactorChange);
}

function reassign(
  view: ControllerView,
  placed: PlacedPartition,
  target: readonly NodeId[],
  allowFactorChange: boolean,
): Change {
  const error = manualAssignmentError(view, target, null);
  if (error !== null) return error;
  const { partition } = placed;
  const factor = originalReplicas(partition).length;
  if (!allowFactorChange && factor !== target.length) {
    return {
      code: ErrorCode.INVALID_REPLICATION_FACTOR,
      message: `The replication factor is changed from ${factor} to ${target.length}`,
    };
  }
  const current = partition.replicas;
  const removing = current.filter((broker) => !target.includes(broker)).sort((a, b) => a - b);
  const adding = target.filter((broker) => !current.includes(broker)).sort((a, b) => a - b);
  return decidePartitionChange({
    ...partitionChange(view, placed, 'online'),
    targetReplicas: [...target, ...removing],
    ...(removing.length > 0 ? { targetRemoving: removing } : {}),
    ...(adding.length > 0 ? { targetAdding: adding } : {}),
  });
}

/** The replicas as they were: without those that the reassignment added. */
function originalReplicas(partition: PartitionRegistration): NodeId[] {
  return partition.replicas.filter((broker) => !partition.addingReplicas.includes(broker));
}

export function isReassigning(partition: PartitionRegistration): boolean {
  return partition.addingReplicas.length > 0 || partition.removingReplicas.length > 0;
}

function cancel(view: ControllerView, placed: PlacedPartition): Change {
  const { topic, index, partition } = placed;
  if (!isReassigning(partition)) return plainError(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS);
  const replicas = originalReplicas(partition);
  const isr = partition.isr.filter((broker) => !partition.addingReplicas.includes(broker));
  const first = replicas[0];
  if (isr.length === 0) {
    if (first === undefined) {
      return {
        code: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        message: 'Invalid replica assignment: addingReplicas contains all replicas.',
      };
    }
    if (!uncleanElectionEnabled(view, topic.name)) {
      return {
        code: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        message:
          `Unable to revert partition assignment for ${topic.name}:${index} because it would require an unclean ` +
          'leader election.',
      };
    }
    isr.push(first);
  }
  return decidePartitionChange({
    ...partitionChange(view, placed, electionFor(view, topic)),
    targetIsr: isr,
    targetReplicas: replicas,
    targetRemoving: [],
    targetAdding: [],
  });
}

export function decideListReassignments(
  view: ControllerView,
  request: ListPartitionReassignmentsRequest,
): Decision<ListPartitionReassignmentsResponseInput> {
  const topics: OngoingTopic[] = [];
  const list = (topic: TopicImage | undefined, indexes: Iterable<PartitionIndex>) => {
    if (topic === undefined) return;
    const partitions = [...indexes].flatMap((index) => ongoing(topic, index));
    if (partitions.length > 0) topics.push({ name: topic.name, partitions });
  };
  const { byName } = view.image.topics;
  if (request.topics === null) for (const topic of byName.values()) list(topic, topic.partitions.keys());
  else for (const { name, partitionIndexes } of request.topics) list(byName.get(name), partitionIndexes);
  return { records: [], reply: { errorCode: ErrorCode.NONE, errorMessage: null, topics } };
}

function ongoing(topic: TopicImage, partitionIndex: PartitionIndex) {
  const partition = topic.partitions.get(partitionIndex);
  if (partition === undefined || !isReassigning(partition)) return [];
  const { replicas, addingReplicas, removingReplicas } = partition;
  return [{ partitionIndex, replicas, addingReplicas, removingReplicas }];
}
