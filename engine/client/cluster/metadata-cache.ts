/**
 * What a client knows of the cluster: brokers, and topics with their partitions' leaders, as the newest Metadata
 * responses told (`MetadataSnapshot`). A leader of an older epoch never replaces one of a newer epoch (KIP-320).
 */
import type { LeaderEpoch, NodeId, PartitionIndex, TopicName, Uuid } from '../../base/ids.ts';

export interface BrokerEndpoint {
  readonly id: NodeId;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface PartitionMetadata {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** -1: none at present. */
  readonly leader: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  readonly offlineReplicas: readonly NodeId[];
}

export interface TopicMetadata {
  readonly name: TopicName;
  readonly topicId: Uuid;
  readonly isInternal: boolean;
  /** In the order of their indexes. */
  readonly partitions: readonly PartitionMetadata[];
}
