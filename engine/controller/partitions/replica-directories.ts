/** AssignReplicasToDirs (73): a broker says in which of its log directories replicas live (KIP-858). */
import type { NodeId, Uuid } from '../../base/ids.ts';
import type { MetadataRecord } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { AssignReplicasToDirsRequest, AssignReplicasToDirsResponseInput } from '../../protocol/index.ts';
import type { Decision, Refusal } from '../outcome.ts';
import { staleBrokerEpoch } from '../view.ts';
import type { ControllerView } from '../view.ts';
import { leaderUpdates, partitionChange } from './leader-updates.ts';
import type { PlacedPartition } from './leader-updates.ts';
import { decidePartitionChange } from './partition-change.ts';

export function decideReplicaDirectories(
  view: ControllerView,
  request: AssignReplicasToDirsRequest,
): Decision<AssignReplicasToDirsResponseInput> | Refusal {
  const { brokerId, brokerEpoch } = request;
  const stale = staleBrokerEpoch(view, brokerId, brokerEpoch);
  if (stale !== null) return stale;
  const logDirs = view.image.cluster.brokers.get(brokerId)?.logDirs ?? [];
  const records: MetadataRecord[] = [];
  const offline: PlacedPartition[] = [];
  const directories = request.directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => {
        const placed = find(view, brokerId, topicId, partitionIndex);
        if (typeof placed === 'number') return { partitionIndex, errorCode: placed };
        const record = assign(view, placed, brokerId, id);
        if (record !== null) records.push(record);
        if (logDirs.length > 0 && !logDirs.includes(id)) offline.push(placed);
        return { partitionIndex, errorCode: ErrorCode.NONE };
      }),
    })),
  }));
  records.push(...leaderUpdates(view, offline, { remove: brokerId }));
  return { records, reply: { errorCode: ErrorCode.NONE, directories } };
}

function find(view: ControllerView, broker: NodeId, topicId: Uuid, index: number): PlacedPartition | ErrorCode {
  const topic = view.image.topics.byId.get(topicId);
  if (topic === undefined) return ErrorCode.UNKNOWN_TOPIC_ID;
  const partition = topic.partitions.get(index);
  if (partition === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  return partition.replicas.includes(broker) ? { topic, index, partition } : ErrorCode.NOT_LEADER_OR_FOLLOWER;
}

function assign(view: ControllerView, placed: PlacedPartition, broker: NodeId, directory: Uuid): MetadataRecord | null {
  return decidePartitionChange({
    ...partitionChange(view, placed, 'online'),
    directories: new Map([[broker, directory]]),
  });
}
