/**
 * Lab clients as the window sees them: producers and consumers that the lab runs, each in a worker of its own, over the
 * wire like anybody's. Config names, defaults and states are the Java client's. A number is what the client said last
 * (`sampledMs`); `null` is unknown and never zero.
 */
import type {
  DurationMs,
  GroupId,
  MemberId,
  NodeId,
  Offset,
  PartitionIndex,
  ProducerEpoch,
  ProducerId,
  TimestampMs,
  TopicName,
} from '../base/ids.ts';

/** Unique among the lab's clients, and the `client.id` it connects with: `order-feed`, `billing-1`. */
export type ClientName = string;

/**
 * - `starting`: its thread runs, the client has no metadata or group yet
 * - `stopping`: closing with its time-out; a producer flushes, a consumer commits and leaves the group
 * - `stopped`: closed by itself
 * - `killed`: its thread was terminated; nobody was told
 * - `frozen`: its thread stands still, sockets stay open; it misses heartbeats
 * - `failed`: it could not start (a bad config) or ended by an error, see `failure`
 */
export type ClientState = 'starting' | 'running' | 'frozen' | 'stopping' | 'stopped' | 'killed' | 'failed';

export interface ClientError {
  readonly atMs: TimestampMs;
  /** Kafka's name: `NOT_LEADER_OR_FOLLOWER`, `TimeoutException`, `ConfigException`. */
  readonly code: string;
  readonly message: string;
}

export type Acks = '0' | '1' | 'all';

/** How a lab producer makes keys: none (null keys, sticky partitioning), so many different ones, or one of them most of the time. */
export type KeyStrategy = 'none' | 'round' | 'random' | 'skewed';

/** What the lab producer does. Everything else is `configs`. */
export interface ProducerSettings {
  readonly topic: TopicName;
  /** Records per second that it tries to send; 0 sends nothing, the accumulator stays. */
  readonly recordsPerSecond: number;
  readonly keys: KeyStrategy;
  /** Different keys, for every strategy but `none`. */
  readonly keyCount: number;
  /** Of the value. */
  readonly recordBytes: number;
  readonly acks: Acks;
  /** Explicit ones besides `acks`, by Kafka's names: `linger.ms`, `batch.size`, ... Others have the client's defaults. */
  readonly configs: Readonly<Record<string, string>>;
}

export type BatchSendReason = 'full' | 'linger' | 'flush' | 'close' | 'memory';

/** One partition's accumulator and what is on its way. */
export interface AccumulatorView {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** Of the batch that fills: bytes and records so far; 0 when there is none. */
  readonly batchBytes: number;
  readonly batchRecords: number;
  /** Closed or filling batches that are not sent yet, the filling one among them. */
  readonly waitingBatches: number;
  readonly inFlightBatches: number;
  /** The oldest batch waits for another attempt. */
  readonly retrying: boolean;
  readonly lastSent: {
    readonly reason: BatchSendReason;
    readonly bytes: number;
    readonly records: number;
    readonly atMs: TimestampMs;
  } | null;
  /** From send to answer of the newest answered batch. */
  readonly ackMs: DurationMs | null;
  /** Kafka's name of the newest error; null after a success. */
  readonly error: string | null;
  /** Of the newest acknowledged record; null with `acks=0` or before the first. */
  readonly lastOffset: Offset | null;
}

export interface ProducerTotals {
  /** Given to `send()`. */
  readonly sent: number;
  readonly acknowledged: number;
  /** Their callback got an error. */
  readonly failed: number;
  /** Attempts after the first, in batches. */
  readonly retries: number;
  /** Batches sent, by what closed them. */
  readonly batches: Readonly<Record<BatchSendReason, number>>;
  readonly bytes: number;
}

export interface ProducerView {
  readonly id: ClientName;
  readonly state: ClientState;
  readonly stateSinceMs: TimestampMs;
  readonly settings: ProducerSettings;
  /** `batch.size`, `linger.ms`, `buffer.memory`, `enable.idempotence`, ... as in effect: defaults and explicit ones. */
  readonly effective: Readonly<Record<string, string>>;
  /** -1 before it has one, or without idempotence. */
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly totals: ProducerTotals;
  /** Acknowledged records (sent ones with `acks=0`) per second, over the newest three seconds. */
  readonly recordsPerSecond: number | null;
  /** Of the newest some hundred batches, send to answer. */
  readonly ackMs: { readonly median: DurationMs; readonly p99: DurationMs } | null;
  readonly inFlightRequests: number;
  readonly bufferBytes: number;
  /** In the order of topic and partition. */
  readonly accumulators: readonly AccumulatorView[];
  readonly lastError: ClientError | null;
  /** Why it could not start or ended; null otherwise. */
  readonly failure: ClientError | null;
  readonly sampledMs: TimestampMs | null;
}

export type Assignor = 'range' | 'roundrobin' | 'sticky' | 'cooperative-sticky';
export type CommitMode = 'auto' | 'sync' | 'async' | 'none';

export interface ConsumerSettings {
  readonly group: GroupId;
  readonly topics: readonly TopicName[];
  /** `partition.assignment.strategy`, in order of preference. */
  readonly assignors: readonly Assignor[];
  readonly commit: CommitMode;
  /** `group.instance.id`; null: dynamic membership. */
  readonly instanceId: string | null;
  /** Time that it takes for each record, as an application would. */
  readonly processingMs: number;
  /** Explicit ones, by Kafka's names: `session.timeout.ms`, `auto.offset.reset`, ... */
  readonly configs: Readonly<Record<string, string>>;
}

/** `AbstractCoordinator.MemberState` of the Java client. */
export type MemberState = 'unjoined' | 'preparing-rebalance' | 'completing-rebalance' | 'stable';

export interface OwnedPartitionView {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** Of the next record that `poll()` returns. */
  readonly position: Offset | null;
  /** As this consumer committed or fetched it. */
  readonly committed: Offset | null;
  /** As its newest fetch told. */
  readonly highWatermark: Offset | null;
  /** Fetched and not yet returned by `poll()`. */
  readonly buffered: number;
}

export interface CallbackView {
  readonly atMs: TimestampMs;
  readonly callback: 'onPartitionsRevoked' | 'onPartitionsAssigned' | 'onPartitionsLost';
  /** `orders-0`. */
  readonly partitions: readonly string[];
}

export interface ConsumerView {
  readonly id: ClientName;
  readonly state: ClientState;
  readonly stateSinceMs: TimestampMs;
  readonly settings: ConsumerSettings;
  readonly effective: Readonly<Record<string, string>>;
  readonly memberId: MemberId | null;
  readonly memberState: MemberState;
  /** -1 before the first. */
  readonly generation: number;
  readonly isLeader: boolean;
  /** The broker that coordinates its group, as it found it; null while unknown. */
  readonly coordinator: NodeId | null;
  readonly partitions: readonly OwnedPartitionView[];
  readonly lastHeartbeatMs: TimestampMs | null;
  readonly lastPollMs: TimestampMs | null;
  /** Returned by `poll()` since it started. */
  readonly consumed: number;
  readonly recordsPerSecond: number | null;
  readonly commits: number;
  /** The newest ones, oldest first, at most eight. */
  readonly callbacks: readonly CallbackView[];
  readonly lastError: ClientError | null;
  readonly failure: ClientError | null;
  readonly sampledMs: TimestampMs | null;
}
