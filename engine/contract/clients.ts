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
import type { FileFormat, HeaderTemplate } from './produce.ts';

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

/**
 * How a lab producer makes keys: none (null keys, sticky partitioning), so many different ones in turn or by chance, one of
 * them most of the time, names that were given in turn, or those of a file (whose rows may bring values along).
 */
export const keyStrategies = ['none', 'round', 'random', 'skewed', 'fixed', 'file'] as const;
export type KeyStrategy = (typeof keyStrategies)[number];

/**
 * What the application around it does with `send()`: nothing (`fire-and-forget`: it never learns of failures), waits for
 * each answer before the next (`sync`), or has a callback (`async`).
 */
export const sendModes = ['fire-and-forget', 'sync', 'async'] as const;
export type SendMode = (typeof sendModes)[number];

/** `default`: murmur2 of the key, sticky without one. `custom`: an expression of `partitionExpression`. */
export const partitionerNames = ['default', 'round-robin', 'custom'] as const;
export type PartitionerName = (typeof partitionerNames)[number];

/** A file that a producer takes keys from, as it was given; its text stays in the lab's directory. */
export interface KeyFileView {
  readonly name: string;
  readonly format: FileFormat;
  readonly records: number;
  /** Of the text; the same text has the same one. */
  readonly id: string;
}

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
  /** Of a hundred records with skewed keys, so many have the first key. */
  readonly skewPercent: number;
  /** Of `fixed`, in turn. */
  readonly keyNames: readonly string[];
  /** Of `file`; null while there was none. */
  readonly keyFile: KeyFileView | null;
  /** Template of the value; null: orders of `recordBytes`, or a file's values. */
  readonly payload: string | null;
  readonly headers: readonly HeaderTemplate[];
  readonly sendMode: SendMode;
  readonly partitioner: PartitionerName;
  /** Of `custom`: `crc32(key) % partitions`. */
  readonly partitionExpression: string;
  /** The same seed gives the same keys and payloads; null: one of its name. */
  readonly seed: number | null;
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
  /** Records that the partitioner gave it, that were acknowledged, that failed. */
  readonly appended: number;
  readonly acknowledged: number;
  readonly failed: number;
  /** Of batches sent, the first time each: as they went over the wire, and without compression. */
  readonly wireBytes: number;
  readonly uncompressedBytes: number;
  /** Of the newest batch sent; null without idempotence. */
  readonly sequence: {
    readonly producerEpoch: ProducerEpoch;
    readonly base: number;
    readonly last: number;
  } | null;
  readonly retries: number;
  /** Records that lie in the log behind such as were sent later. */
  readonly reordered: number;
  /** Records of batches that the leader had already: it wrote them once. */
  readonly duplicates: number;
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
  /** Of those batches on the wire, and without compression. */
  readonly bytes: number;
  readonly uncompressedBytes: number;
  /** Of `failed`, those that the application got to know: an exception, or its callback. */
  readonly noticed: number;
  readonly reordered: number;
  readonly duplicates: number;
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
  /** How long the newest sends held the application up: `sync` waits for the answer, others where `send()` blocks. */
  readonly heldMs: { readonly median: DurationMs; readonly p99: DurationMs } | null;
  /** What the client said of its configs when it was made: idempotence that switched itself off, names it does not know. */
  readonly notices: readonly string[];
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
  /** That time is drawn evenly from so much less to so much more. */
  readonly processingJitterMs: number;
  /** What was processed is committed (`commitSync()`) within `onPartitionsRevoked`; for the commit modes that are not `auto`. */
  readonly commitOnRevoke: boolean;
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
  /** Fetched and not yet returned by `poll()`, in records and in bytes as they came over the wire. */
  readonly buffered: number;
  readonly bufferedBytes: number;
  /** Of the batch that `poll()` returns next: its first record's; null when it is not fetched yet. */
  readonly nextTimestampMs: TimestampMs | null;
  /** Of the newest fetch that brought records of it; null before the first. */
  readonly fetchedBytes: number | null;
}

/** Fetch requests of a consumer since it started. */
export interface FetchTotals {
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
  readonly fetches: FetchTotals;
  /** Over the newest three seconds. */
  readonly fetchesPerSecond: number | null;
  /** Records that its group's lab consumers had processed before, and that it began with again when it took partitions over. */
  readonly again: number;
  readonly commits: number;
  /** The newest ones, oldest first, at most eight. */
  readonly callbacks: readonly CallbackView[];
  readonly lastError: ClientError | null;
  readonly failure: ClientError | null;
  readonly sampledMs: TimestampMs | null;
}
