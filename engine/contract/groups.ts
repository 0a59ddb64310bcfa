/**
 * Consumer groups as their coordinators tell them, whoever their members are: lab clients or a stranger's application.
 * Times are wall-clock milliseconds. A group stays with its last values while its coordinator is gone; `sampledMs` tells
 * how old they are.
 */
import type {
  DurationMs,
  GroupId,
  MemberId,
  NodeId,
  Offset,
  PartitionIndex,
  TimestampMs,
  TopicName,
} from '../base/ids.ts';
import type { ClientName } from './clients.ts';

/** Kafka's names (`ClassicGroupState`). */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead' | 'Unknown';

export interface GroupView {
  readonly id: GroupId;
  readonly state: GroupState;
  readonly stateSinceMs: TimestampMs;
  readonly generation: number;
  /** `consumer`, or what another application uses; null for a group that only holds offsets. */
  readonly protocolType: string | null;
  /** The assignor that the members agreed on; null before they have. */
  readonly protocol: string | null;
  /** The broker that coordinates it. */
  readonly coordinator: NodeId;
  readonly leader: MemberId | null;
  readonly members: readonly GroupMemberView[];
  /** Given an id, not back with it yet. */
  readonly pendingMembers: readonly MemberId[];
  /** When the wait for joining (or for the leader's assignment) ends at the latest; null when nothing is awaited. */
  readonly rebalanceDeadlineMs: TimestampMs | null;
  /** Topics of the subscriptions and of the committed offsets, in order. */
  readonly topics: readonly TopicName[];
  /** In the order of topic and partition. Lag is theirs against the partition's high watermark. */
  readonly offsets: readonly GroupOffset[];
  /** The newest rebalance, running or over; null when none was seen since the lab started. */
  readonly rebalance: RebalanceView | null;
  /** What its lab consumers' restarts have cost since the lab started. */
  readonly restarts: RestartCosts;
  readonly sampledMs: TimestampMs;
}

/** One lab consumer went and came back; all sums. */
export interface RestartCost {
  readonly times: number;
  readonly rebalances: number;
  /** In which nobody read a partition, added up over the partitions. */
  readonly silentMs: DurationMs;
}
export interface RestartCosts {
  readonly dynamic: RestartCost;
  /** With a `group.instance.id`. */
  readonly static: RestartCost;
}

export interface GroupMemberView {
  readonly memberId: MemberId;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** The lab client that it is; null for a stranger's. */
  readonly client: ClientName | null;
  /** `c1`, `c2`, ...: stays with the member (by client.id or instance id) for as long as the lab runs. */
  readonly label: string;
  /** What the coordinator waits for from it. */
  readonly awaiting: 'join' | 'sync' | null;
  readonly sessionTimeoutMs: DurationMs;
  /** `max.poll.interval.ms` of a Java client. */
  readonly rebalanceTimeoutMs: DurationMs;
  /** When it is dropped unless it is heard of. */
  readonly sessionDeadlineMs: TimestampMs | null;
  /** Assignors that it supports, in order of preference. */
  readonly protocols: readonly string[];
  /** As the coordinator gave it; empty for a protocol that is not `consumer`. */
  readonly assignment: readonly TopicPartitions[];
}

export interface TopicPartitions {
  readonly topic: TopicName;
  readonly partitions: readonly PartitionIndex[];
}

export interface GroupOffset {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly offset: Offset;
  readonly committedMs: TimestampMs;
  /**
   * When the log's end passed this offset: the age of the oldest record that the group has not got through. Null at the
   * log's end, and where nobody knows (it was before the lab looked).
   */
  readonly passedMs: TimestampMs | null;
}

/** One rebalance as a story, from the moment the group left `Stable` (or `Empty`) until it is back. */
export interface RebalanceView {
  /** Counts up for a group since the lab started. */
  readonly number: number;
  readonly group: GroupId;
  readonly startedMs: TimestampMs;
  /** Null while it runs. */
  readonly endedMs: TimestampMs | null;
  readonly fromGeneration: number;
  /** Null before there is a new one. */
  readonly toGeneration: number | null;
  /** The coordinator's own words: `Adding new member c3-... with group instance id None; client reason: ...`. */
  readonly reason: string;
  readonly protocol: string | null;
  readonly coordinator: NodeId;
  readonly phases: readonly RebalancePhase[];
  readonly members: readonly RebalanceMember[];
  /** By member label; what is not known yet is null. `planned` is the leader's assignment before all have it. */
  readonly before: readonly MemberAssignment[];
  readonly planned: readonly MemberAssignment[] | null;
  readonly after: readonly MemberAssignment[] | null;
  /** Group requests that took part, in order, at most 200; the newest are kept. */
  readonly messages: readonly GroupMessage[];
  /** In which nobody consumed a partition, as far as it is known (lab clients: between their callbacks). One that runs still has no end. */
  readonly gaps: readonly PartitionGap[];
}

export interface RebalancePhase {
  readonly state: GroupState;
  readonly generation: number;
  readonly fromMs: TimestampMs;
  readonly toMs: TimestampMs | null;
}

export interface RebalanceMember {
  readonly label: string;
  readonly memberId: MemberId;
  readonly instanceId: string | null;
  readonly client: ClientName | null;
  readonly state: 'awaited' | 'rejoined' | 'joined' | 'left' | 'expired' | 'synced';
  /** When it got into that state; null while awaited. */
  readonly atMs: TimestampMs | null;
  /** Until when it is awaited, and by which timer. */
  readonly deadlineMs: TimestampMs | null;
  readonly timer: 'max.poll.interval.ms' | 'session.timeout.ms' | 'group.initial.rebalance.delay.ms' | null;
}

export interface MemberAssignment {
  readonly label: string;
  readonly partitions: readonly TopicPartitions[];
}

export interface GroupMessage {
  readonly atMs: TimestampMs;
  readonly label: string;
  readonly api: 'JoinGroup' | 'SyncGroup' | 'Heartbeat' | 'LeaveGroup';
  readonly version: number;
  /** Kafka's name of the error it was answered with; null for none. */
  readonly error: string | null;
  /** What was special about it, in few words of Kafka's own: `member id given`, `generation 13`. */
  readonly detail: string;
}

export interface PartitionGap {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** Who had it and who got it; null for nobody. */
  readonly from: string | null;
  readonly to: string | null;
  readonly fromMs: TimestampMs;
  readonly toMs: TimestampMs | null;
}
