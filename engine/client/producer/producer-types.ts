/** What goes into a producer and comes out of it. */
import type {
  DurationMs,
  Offset,
  PartitionIndex,
  ProducerEpoch,
  ProducerId,
  TimestampMs,
  TopicName,
} from '../../base/ids.ts';
import type { RecordCodecs, RecordHeader } from '../../record/index.ts';
import type { ClientEnv } from '../cluster/index.ts';
import type { Partitioner } from './partitioner.ts';
import type { BatchSendReason, ProducerEvent } from './producer-events.ts';

export interface ProducerOptions {
  readonly env: ClientEnv;
  readonly codecs: RecordCodecs;
  /** Explicit configs by Kafka's names; others have the Java client's defaults. Serializers are not needed. */
  readonly configs: Readonly<Record<string, string>>;
  readonly onEvent: (event: ProducerEvent) => void;
  /** Instead of `partitioner.class`. */
  readonly partitioner?: Partitioner;
}

export interface ProducerRecord {
  readonly topic: TopicName;
  /** Chosen by the partitioner when absent. */
  readonly partition?: PartitionIndex;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
  /** The clock's time when absent. */
  readonly timestampMs?: TimestampMs;
  /** When it is in a batch: where the partitioner put it, and its create timestamp. */
  readonly onAppended?: (partition: PartitionIndex, timestampMs: TimestampMs) => void;
}

export interface RecordMetadata {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** -1 when it is not known (`acks=0`, a duplicate). */
  readonly offset: Offset;
  readonly timestampMs: TimestampMs;
}

/** One partition's accumulator and what is on its way; the fields are those of the contract's `AccumulatorView`, but for what only brokers know. */
export interface AccumulatorSample {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly batchBytes: number;
  readonly batchRecords: number;
  readonly waitingBatches: number;
  readonly inFlightBatches: number;
  readonly retrying: boolean;
  readonly lastSent: {
    readonly reason: BatchSendReason;
    readonly bytes: number;
    readonly records: number;
    readonly atMs: TimestampMs;
  } | null;
  readonly ackMs: DurationMs | null;
  readonly error: string | null;
  readonly lastOffset: Offset | null;
  readonly appended: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly wireBytes: number;
  readonly uncompressedBytes: number;
  readonly sequence: { readonly producerEpoch: ProducerEpoch; readonly base: number; readonly last: number } | null;
  readonly retries: number;
  readonly reordered: number;
}

/** A cheap read-only picture. Totals run from the start; rates are the reader's to take from two of them. */
export interface ProducerSample {
  /** It has metadata (and, with idempotence, an id). */
  readonly ready: boolean;
  readonly effective: Readonly<Record<string, string>>;
  /** What it said of its configs: idempotence that switched itself off, names it does not know. */
  readonly notices: readonly string[];
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly totals: {
    readonly sent: number;
    readonly acknowledged: number;
    readonly failed: number;
    readonly retries: number;
    readonly batches: Readonly<Record<BatchSendReason, number>>;
    readonly bytes: number;
    readonly uncompressedBytes: number;
    readonly reordered: number;
  };
  readonly ackMs: { readonly median: DurationMs; readonly p99: DurationMs } | null;
  readonly inFlightRequests: number;
  readonly bufferBytes: number;
  /** Sends that wait for metadata or memory; the Java client's `send()` would block. */
  readonly blockedSends: number;
  readonly accumulators: readonly AccumulatorSample[];
  readonly lastError: { readonly atMs: TimestampMs; readonly code: string; readonly message: string } | null;
}
