/**
 * What a node tells about itself beyond the protocol: a typed event at each change of state, and log lines as Kafka
 * writes them. High-rate numbers (end offsets, high watermarks, rates) are sampled by the node's host, never evented.
 * An event carries what was and what is, so that a reader needs no history to understand it.
 */
import type {
  BrokerEpoch,
  GroupId,
  LeaderEpoch,
  MemberId,
  NodeId,
  Offset,
  PartitionEpoch,
  PartitionIndex,
  ProducerEpoch,
  ProducerId,
  TopicName,
  Uuid,
} from './ids.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Life of one broker as its own process sees it. The controller's view (fenced or not) is `broker-fenced`. */
export type LifecycleState = 'starting' | 'recovering' | 'registering' | 'running' | 'shutting-down' | 'stopped';

export type TelemetryEvent =
  /** A line of the node's log, in Kafka's words where Kafka has them. */
  | { type: 'log'; level: LogLevel; component: string; message: string }
  /** A step of start or stop, with how long the step before took. */
  | { type: 'lifecycle'; state: LifecycleState; detail: string }
  /** Log directory: an unclean stop was found and a partition recovered by scan. */
  | {
      type: 'log-recovered';
      topic: TopicName;
      partition: PartitionIndex;
      from: Offset;
      to: Offset;
      truncatedBytes: number;
    }
  | { type: 'segment-rolled'; topic: TopicName; partition: PartitionIndex; baseOffset: Offset; reason: string }
  | { type: 'segment-deleted'; topic: TopicName; partition: PartitionIndex; baseOffset: Offset; reason: string }
  /** An idempotent producer sent what this leader has already; it was not written again. */
  | {
      type: 'duplicate-dropped';
      topic: TopicName;
      partition: PartitionIndex;
      producerId: ProducerId;
      producerEpoch: ProducerEpoch;
      baseSequence: number;
      records: number;
      /** Where it lies. */
      baseOffset: Offset;
    }
  | { type: 'log-truncated'; topic: TopicName; partition: PartitionIndex; from: Offset; to: Offset }
  /** This node's replica changed role. */
  | {
      type: 'replica-role';
      topic: TopicName;
      partition: PartitionIndex;
      role: 'leader' | 'follower' | 'none';
      leader: NodeId;
      leaderEpoch: LeaderEpoch;
      partitionEpoch: PartitionEpoch;
    }
  /** The leader asked the controller for another ISR, and what became of it. */
  | {
      type: 'isr-change';
      topic: TopicName;
      partition: PartitionIndex;
      stage: 'proposed' | 'accepted' | 'rejected';
      was: readonly NodeId[];
      now: readonly NodeId[];
      reason: string;
    }
  /** Metadata, as this node applied it from the metadata log. */
  | {
      type: 'partition-changed';
      topic: TopicName;
      topicId: Uuid;
      partition: PartitionIndex;
      offset: Offset;
      leader: { was: NodeId; now: NodeId };
      leaderEpoch: { was: LeaderEpoch; now: LeaderEpoch };
      isr: { was: readonly NodeId[]; now: readonly NodeId[] };
      elr: { was: readonly NodeId[]; now: readonly NodeId[] };
      replicas: readonly NodeId[];
    }
  | { type: 'topic-created'; topic: TopicName; topicId: Uuid; offset: Offset }
  | { type: 'topic-deleted'; topic: TopicName; topicId: Uuid; offset: Offset }
  | { type: 'broker-registered'; broker: NodeId; brokerEpoch: BrokerEpoch; offset: Offset }
  | { type: 'broker-unregistered'; broker: NodeId; offset: Offset }
  | { type: 'broker-fenced'; broker: NodeId; fenced: boolean; inControlledShutdown: boolean; offset: Offset }
  | {
      type: 'config-changed';
      resourceType: number;
      resource: string;
      key: string;
      value: string | null;
      offset: Offset;
    }
  /** The quorum, as this voter sees it. */
  | {
      type: 'quorum-role';
      role: 'resigned' | 'unattached' | 'prospective' | 'candidate' | 'follower' | 'leader' | 'observer' | 'voted';
      epoch: number;
      leader: NodeId | null;
    }
  | { type: 'quorum-snapshot'; action: 'created' | 'loaded'; endOffset: Offset; epoch: number }
  /** The controller's own decisions, in words, with what made it decide. */
  | { type: 'controller'; action: string; detail: string }
  | {
      type: 'group-state';
      group: GroupId;
      was: string;
      now: string;
      generation: number;
      members: number;
      reason: string;
    }
  | {
      type: 'group-member';
      group: GroupId;
      member: MemberId;
      instanceId: string | null;
      clientId: string;
      action: 'joined' | 'rejoined' | 'left' | 'expired' | 'fenced' | 'replaced';
      reason: string;
    }
  /**
   * A JoinGroup, SyncGroup or LeaveGroup, when it came and when it was answered (`request` joins the two); a Heartbeat when
   * it was answered with an error, and the first one without after that.
   */
  | {
      type: 'group-request';
      stage: 'received' | 'answered';
      request: number;
      api: 'JoinGroup' | 'SyncGroup' | 'Heartbeat' | 'LeaveGroup';
      version: number;
      group: GroupId;
      /** As the member said; of an answered JoinGroup as it was told. Empty for a member that has none yet. */
      member: MemberId;
      instanceId: string | null;
      clientId: string;
      /** Kafka's name; null for none, and while it is not answered. */
      error: string | null;
      /** -1: none. */
      generation: number;
      /** What it carried or brought, in few words of Kafka's own. */
      detail: string;
    }
  /** The leader's assignment has come; nobody has it yet. `partitions` are null where they cannot be read. */
  | {
      type: 'group-assignment';
      group: GroupId;
      generation: number;
      protocol: string | null;
      leader: MemberId;
      assignments: readonly { readonly member: MemberId; readonly partitions: readonly AssignedPartitions[] | null }[];
    }
  | { type: 'offsets-committed'; group: GroupId; member: MemberId; offsets: readonly CommittedOffset[] }
  | { type: 'coordinator-loaded'; partition: PartitionIndex; groups: number; offsets: number; records: number }
  | { type: 'coordinator-unloaded'; partition: PartitionIndex }
  /** A connection was refused or closed by us, with Kafka's reason. */
  | { type: 'connection-closed'; remote: string; listener: string; reason: string }
  /** A request that took part in something worth showing; not emitted for every request of a data path. */
  | { type: 'client-error'; api: string; remote: string; clientId: string; error: string; detail: string };

export interface AssignedPartitions {
  readonly topic: TopicName;
  readonly partitions: readonly PartitionIndex[];
}

export interface CommittedOffset {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly offset: Offset;
}

export type TelemetryEventType = TelemetryEvent['type'];
