/**
 * What a member shows of itself when asked: numbers that move too fast to be events. Plain data, safe to post to another
 * thread.
 */
import type { AssignedPartitions, LifecycleState } from '../base/telemetry.ts';
import type {
  BrokerEpoch,
  GroupId,
  LeaderEpoch,
  NodeId,
  Offset,
  PartitionEpoch,
  PartitionIndex,
  TimestampMs,
  TopicName,
  Uuid,
} from '../base/ids.ts';
import type { GroupSample as CoordinatorGroupSample, MemberSample } from '../coordinator/index.ts';
import type { ReplicaSample } from '../replication/index.ts';

export type { FollowerSample, ReplicaSample } from '../replication/index.ts';

export interface QuorumVoterSample {
  readonly id: NodeId;
  /** -1: unknown (only the leader knows its followers). */
  readonly logEndOffset: Offset;
  readonly lastFetchMs: TimestampMs;
  readonly lastCaughtUpMs: TimestampMs;
}

export interface QuorumSample {
  readonly role: 'resigned' | 'unattached' | 'prospective' | 'candidate' | 'follower' | 'leader' | 'observer' | 'voted';
  readonly epoch: number;
  readonly leaderId: NodeId | null;
  /** -1: not known yet. */
  readonly highWatermark: Offset;
  readonly logEndOffset: Offset;
  /** The leader's view; on the others only the ids are known. */
  readonly voters: readonly QuorumVoterSample[];
  readonly observers: readonly QuorumVoterSample[];
}

/** The active controller's view of a broker's heartbeats. */
export interface HeartbeatSample {
  readonly broker: NodeId;
  readonly lastHeartbeatMs: TimestampMs;
}

/** Totals since the member started. */
export interface TrafficSample {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly recordsIn: number;
  readonly requests: number;
  readonly connections: number;
}

/** A member of a group as its coordinator has it; times are wall-clock. */
export interface GroupMemberSample extends Omit<MemberSample, 'assignment' | 'sessionDeadline'> {
  readonly assignment: readonly AssignedPartitions[];
  readonly sessionDeadlineMs: TimestampMs | null;
}

export interface GroupSample extends Omit<CoordinatorGroupSample, 'members' | 'rebalanceDeadline'> {
  readonly members: readonly GroupMemberSample[];
  readonly rebalanceDeadlineMs: TimestampMs | null;
}

export interface NodeSample {
  readonly nodeId: NodeId;
  readonly atMs: TimestampMs;
  readonly lifecycle: LifecycleState;
  readonly brokerEpoch: BrokerEpoch;
  readonly quorum: QuorumSample;
  readonly replicas: readonly ReplicaSample[];
  readonly heartbeats: readonly HeartbeatSample[];
  readonly diskBytes: number;
  readonly traffic: TrafficSample;
  /** Groups that this broker coordinates and that may have changed since the sample before. */
  readonly groups: readonly GroupSample[];
  /** Of these, the ones that are gone. */
  readonly groupsGone: readonly GroupId[];
}

/** Metadata as one member has applied it, in the form the host projects. */
export interface PartitionView {
  readonly partition: PartitionIndex;
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  readonly elr: readonly NodeId[];
  readonly leader: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
}

export interface TopicView {
  readonly topic: TopicName;
  readonly topicId: Uuid;
  readonly partitions: readonly PartitionView[];
  /** Overrides of this topic, by Kafka's names. */
  readonly configs: Readonly<Record<string, string>>;
}

export interface BrokerView {
  readonly id: NodeId;
  readonly epoch: BrokerEpoch;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  readonly host: string;
  readonly port: number;
}

/** Changed topics are given whole, the rest is left out. `offset` orders the views of several members. */
export interface MetadataView {
  readonly offset: Offset;
  readonly epoch: number;
  readonly clusterId: string;
  readonly brokers: readonly BrokerView[];
  readonly changedTopics: readonly TopicView[];
  readonly removedTopics: readonly TopicName[];
  /** All topics are in `changedTopics`: what was known before is void. */
  readonly complete: boolean;
}
