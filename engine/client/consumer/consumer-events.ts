/**
 * What a consumer tells of itself while it works, and the picture that it gives of itself when asked. Events are state
 * changes and things that went wrong; numbers that change with every record stand in the sample.
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
  TopicPartition,
} from '../../base/ids.ts';

/** `AbstractCoordinator.MemberState` of the Java client. */
export type MemberState = 'unjoined' | 'preparing-rebalance' | 'completing-rebalance' | 'stable';

export type RebalanceCallback = 'onPartitionsRevoked' | 'onPartitionsAssigned' | 'onPartitionsLost';

/** What asked for a commit: `commitSync()`, `commitAsync()`, or the auto commit on a poll, before a rebalance, at the end. */
export type CommitTrigger = 'sync' | 'async' | 'auto-interval' | 'auto-rebalance' | 'auto-close';

export interface CommittedOffset extends TopicPartition {
  readonly offset: Offset;
}

export interface MemberAssignment {
  readonly memberId: MemberId;
  readonly instanceId: string | null;
  readonly partitions: readonly TopicPartition[];
}

/** `error` and `code` are Kafka's names: `REBALANCE_IN_PROGRESS`, `TimeoutException`, ... */
export type ConsumerEvent =
  | {
      readonly type: 'member-state';
      readonly from: MemberState;
      readonly to: MemberState;
      readonly memberId: MemberId;
      readonly generation: number;
    }
  /** Null: it lost its coordinator and looks for it again. */
  | { readonly type: 'coordinator'; readonly nodeId: NodeId | null; readonly reason: string }
  /** It asks to join (again). */
  | { readonly type: 'join-requested'; readonly memberId: MemberId; readonly reason: string }
  | {
      readonly type: 'joined';
      readonly memberId: MemberId;
      readonly generation: number;
      readonly isLeader: boolean;
      readonly assignor: string;
    }
  /** The leader has decided. */
  | {
      readonly type: 'assignment-computed';
      readonly generation: number;
      readonly assignor: string;
      readonly assignments: readonly MemberAssignment[];
    }
  | {
      readonly type: 'assignment';
      readonly generation: number;
      readonly assigned: readonly TopicPartition[];
      readonly owned: readonly TopicPartition[];
    }
  /** Before the listener runs. */
  | { readonly type: 'callback'; readonly callback: RebalanceCallback; readonly partitions: readonly TopicPartition[] }
  /** The listener has thrown. */
  | { readonly type: 'callback-failed'; readonly callback: RebalanceCallback; readonly message: string }
  | { readonly type: 'rebalance-failed'; readonly error: string; readonly message: string }
  | {
      readonly type: 'commit';
      readonly trigger: CommitTrigger;
      readonly offsets: readonly CommittedOffset[];
      readonly tookMs: DurationMs;
    }
  | {
      readonly type: 'commit-failed';
      readonly trigger: CommitTrigger;
      readonly offsets: readonly CommittedOffset[];
      readonly error: string;
      readonly message: string;
      /** It tries again by itself. */
      readonly retriable: boolean;
    }
  | { readonly type: 'heartbeat-failed'; readonly error: string; readonly message: string }
  /** `session.timeout.ms` without a successful heartbeat: the coordinator counts as lost. */
  | { readonly type: 'session-expired'; readonly sessionTimeoutMs: DurationMs }
  /** `max.poll.interval.ms` without a poll: it leaves the group. */
  | { readonly type: 'poll-overdue'; readonly maxPollIntervalMs: DurationMs }
  | { readonly type: 'left-group'; readonly memberId: MemberId; readonly reason: string }
  | {
      readonly type: 'position';
      readonly topic: TopicName;
      readonly partition: PartitionIndex;
      readonly offset: Offset;
      readonly source: 'committed' | 'reset' | 'seek' | 'truncation';
      /** With `reset`: `earliest`, `latest`, `by_duration:PT1H`. */
      readonly strategy: string | null;
    }
  /** No record is as young as `strategy` asks for: it has no position, and asks again after `request.timeout.ms`. */
  | {
      readonly type: 'reset-waits';
      readonly topic: TopicName;
      readonly partition: PartitionIndex;
      readonly strategy: string;
    }
  | {
      readonly type: 'fetch-failed';
      readonly topic: TopicName;
      readonly partition: PartitionIndex;
      readonly offset: Offset;
      readonly error: string;
    }
  /** A request did not get through: the broker is gone, slow or refuses. */
  | { readonly type: 'request-failed'; readonly nodeId: NodeId; readonly api: string; readonly message: string }
  /** `poll()` rejects with this, and will again: a fenced instance id, a group that takes no more members, ... */
  | { readonly type: 'fatal'; readonly error: string; readonly message: string };

export type ConsumerEventType = ConsumerEvent['type'];

export interface OwnedPartitionSample {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** Of the next record that `poll()` returns. */
  readonly position: Offset | null;
  /** As this consumer committed or fetched it. */
  readonly committed: Offset | null;
  /** As its newest fetch told. */
  readonly highWatermark: Offset | null;
  readonly logStartOffset: Offset | null;
  /** Fetched and not yet returned by `poll()`; an estimate (by offsets) for batches that are not unpacked yet. */
  readonly buffered: number;
  /** Of what is buffered, as it came over the wire. */
  readonly bufferedBytes: number;
  /** Of the batch that holds the record at `position`: its first record's; null when it is not there yet. */
  readonly nextTimestampMs: TimestampMs | null;
  /** Of the newest fetch that brought records of it; null before the first. */
  readonly fetchedBytes: number | null;
  readonly paused: boolean;
}

/** Fetch requests since the consumer was made. */
export interface FetchSample {
  readonly answered: number;
  /** Of those, without a record. */
  readonly empty: number;
  /** Of records, as they came over the wire. */
  readonly bytes: number;
  readonly lastBytes: number | null;
  /** From request to answer. */
  readonly lastMs: DurationMs | null;
  readonly inFlight: number;
}

export interface CallbackSample {
  readonly atMs: TimestampMs;
  readonly callback: RebalanceCallback;
  /** `orders-0`. */
  readonly partitions: readonly string[];
}

export interface ConsumerErrorSample {
  readonly atMs: TimestampMs;
  readonly code: string;
  readonly message: string;
}

/** Cheap and read-only: no request is made for it. Times are the clock's wall time. */
export interface ConsumerSample {
  readonly groupId: GroupId | null;
  readonly memberId: MemberId | null;
  readonly memberState: MemberState;
  /** -1 before the first. */
  readonly generation: number;
  readonly isLeader: boolean;
  /** The chosen assignor of the generation; null before the first. */
  readonly assignor: string | null;
  readonly coordinator: NodeId | null;
  /** In the order of topic and partition. */
  readonly partitions: readonly OwnedPartitionSample[];
  readonly lastHeartbeatMs: TimestampMs | null;
  readonly lastPollMs: TimestampMs | null;
  /** Records returned by `poll()` since it was made. */
  readonly consumed: number;
  /** Commits that succeeded. */
  readonly commits: number;
  readonly failedCommits: number;
  /** Generations this member was part of. */
  readonly rebalances: number;
  readonly fetches: FetchSample;
  /** The newest ones, oldest first, at most eight. */
  readonly callbacks: readonly CallbackSample[];
  readonly lastError: ConsumerErrorSample | null;
}
