/**
 * Records of one partition that go together (`ProducerBatch`): filled until it is full, closed when it is drained, then
 * sent until it is acknowledged, has failed, or its time is over.
 *
 * Invariants: a batch settles once; its bytes are built once and only their producer state is written anew; as long as
 * a batch has a sequence it keeps it, unless the epoch is bumped ({@link ProducerBatch.assign}).
 */
import { assert } from '../../base/assert.ts';
import type { DurationMs, LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs } from '../../base/ids.ts';
import {
  BatchBuilder,
  batchHeader,
  batchOverhead,
  type BatchOptions,
  Compression,
  noProducerEpoch,
  noProducerId,
  noSequence,
  type RecordInput,
  setInt16,
  setInt32,
  setInt64,
} from '../../record/index.ts';
import type { KafkaError } from '../kafka-error.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { BatchNaming, BatchSendReason } from './producer-events.ts';
import type { RecordMetadata } from './producer-types.ts';

/** A record that waits for its outcome. */
export interface Thunk {
  readonly record: RecordInput & { readonly timestamp: TimestampMs };
  readonly resolve: (metadata: RecordMetadata) => void;
  readonly reject: (error: KafkaError) => void;
}

export interface BatchForm {
  readonly options: Pick<BatchOptions, 'compression' | 'compressionLevel' | 'codecs'>;
  /** Of the records' size, as earlier batches of the topic compressed; 1 without compression. */
  readonly estimatedRatio: number;
  /** Bytes at which it is full: `batch.size`, or more for one large record. */
  readonly sizeLimit: number;
}

/** `CompressionRatioEstimator` and `MemoryRecordsBuilder`: estimates are 5 % above. */
const ratioMargin = 1.05;

export class ProducerBatch {
  readonly queue: PartitionQueue;
  readonly createdMs: DurationMs;
  /** Held of `buffer.memory`; 0 for a part of a batch that was split. */
  readonly allocatedBytes: number;
  readonly #form: BatchForm;
  readonly #builder: BatchBuilder;
  readonly #thunks: Thunk[] = [];
  #bytes: Uint8Array | null = null;
  #closed = false;
  #settled: 'acknowledged' | 'failed' | null = null;
  #onSettled: (() => void)[] = [];
  #lastAttemptMs: DurationMs;
  #lastAppendMs: DurationMs;
  #leaderEpoch: LeaderEpoch | null = null;
  #attemptsAtLeaderChange = 0;
  /** Failed attempts. */
  attempts = 0;
  /** Before the next attempt; null: not drawn yet. */
  backoffMs: DurationMs | null = null;
  /** It went back into the queue at least once. */
  inRetry = false;
  /** Its sequence was given anew after an epoch bump, since it was sent last. */
  sequenceWasReset = false;
  producerId: ProducerId = noProducerId;
  producerEpoch: ProducerEpoch = noProducerEpoch;
  baseSequence = noSequence;
  /** Why it was sent first; null before. */
  reason: BatchSendReason | null = null;
  /** When it was sent last. */
  sentMs: DurationMs = 0;
  /** Its place among the partition's batches in the order of their first sending; 0 before. */
  place = 0;

  constructor(queue: PartitionQueue, form: BatchForm, createdMs: DurationMs, allocatedBytes: number) {
    this.queue = queue;
    this.createdMs = createdMs;
    this.allocatedBytes = allocatedBytes;
    this.#form = form;
    this.#lastAttemptMs = createdMs;
    this.#lastAppendMs = createdMs;
    this.#builder = new BatchBuilder(form.options);
  }

  get recordCount(): number {
    return this.#thunks.length;
  }

  get hasSequence(): boolean {
    return this.baseSequence !== noSequence;
  }

  get lastSequence(): number {
    return this.baseSequence + this.recordCount - 1;
  }

  get isDone(): boolean {
    return this.#settled !== null;
  }

  /** As events name it. */
  get naming(): BatchNaming {
    const { topic, partition } = this.queue;
    const { recordCount: records, estimatedBytes: bytes, baseSequence } = this;
    return { topic, partition, records, bytes, baseSequence };
  }

  /** Takes no more records. */
  get isFull(): boolean {
    return this.#closed || (this.recordCount > 0 && this.estimatedBytes >= this.#form.sizeLimit);
  }

  /** Of the bytes as built, or as they would be by now. */
  get estimatedBytes(): number {
    if (this.#bytes !== null) return this.#bytes.length;
    const raw = this.#builder.uncompressedSize;
    if (this.#isPlain) return raw;
    return Math.floor(batchOverhead + (raw - batchOverhead) * this.#form.estimatedRatio * ratioMargin);
  }

  /** Of the bytes that it would be without compression. */
  get uncompressedBytes(): number {
    return this.#builder.uncompressedSize;
  }

  get #isPlain(): boolean {
    return (this.#form.options.compression ?? Compression.none) === Compression.none;
  }

  /** Of the records' size before and after compression; null before it is built. */
  get compressionRatio(): number | null {
    if (this.#bytes === null) return null;
    return (this.#bytes.length - batchOverhead) / (this.#builder.uncompressedSize - batchOverhead);
  }

  /** False when there is no room; then it is closed for more. The first record always has room. */
  tryAppend(thunk: Thunk, nowMs: DurationMs): boolean {
    if (this.isFull) return false;
    const { record } = thunk;
    if (this.recordCount > 0 && this.estimatedBytes + this.#builder.sizeOf(record) > this.#form.sizeLimit) return false;
    this.#builder.append(record);
    this.#thunks.push(thunk);
    this.#lastAppendMs = nowMs;
    return true;
  }

  closeForAppends(): void {
    this.#closed = true;
  }

  /** The finished bytes, to be sent now; with the producer's state once it is assigned. */
  build(): Uint8Array {
    this.#closed = true;
    this.sequenceWasReset = false;
    if (this.#bytes === null) {
      this.#bytes = this.#builder.build();
      this.#stamp();
    }
    return this.#bytes;
  }

  assign(producerId: ProducerId, producerEpoch: ProducerEpoch, baseSequence: number): void {
    if (this.hasSequence) this.sequenceWasReset = true;
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.baseSequence = baseSequence;
    this.#stamp();
  }

  /** Since it was made, or was put back after an attempt. */
  waitedMs(nowMs: DurationMs): DurationMs {
    return Math.max(0, nowMs - this.#lastAttemptMs);
  }

  hasReachedDeliveryTimeout(deliveryTimeoutMs: DurationMs, nowMs: DurationMs): boolean {
    return nowMs - this.createdMs >= deliveryTimeoutMs;
  }

  noteLeaderEpoch(epoch: LeaderEpoch): void {
    if (this.#leaderEpoch !== null && this.#leaderEpoch >= epoch) return;
    this.#leaderEpoch = epoch;
    this.#attemptsAtLeaderChange = this.attempts;
  }

  /** There is a new leader since the attempt that failed: no need to back off (KIP-951). */
  get leaderChangedForRetry(): boolean {
    return this.attempts > 0 && this.attempts === this.#attemptsAtLeaderChange;
  }

  noteRequeued(nowMs: DurationMs): void {
    this.attempts++;
    this.inRetry = true;
    this.backoffMs = null;
    this.#lastAttemptMs = Math.max(this.#lastAppendMs, nowMs);
  }

  /** -1 as base offset: unknown. False when it is settled already. */
  complete(baseOffset: Offset, logAppendTimeMs: TimestampMs): boolean {
    if (!this.#settle('acknowledged')) return false;
    const { topic, partition } = this.queue;
    this.#thunks.forEach(({ record, resolve }, index) => {
      const offset = baseOffset < 0 ? -1 : baseOffset + index;
      resolve({ topic, partition, offset, timestampMs: logAppendTimeMs >= 0 ? logAppendTimeMs : record.timestamp });
    });
    this.#notify();
    return true;
  }

  /** False when it is settled already. */
  fail(errorOf: (index: number) => KafkaError): boolean {
    if (!this.#settle('failed')) return false;
    this.#thunks.forEach(({ reject }, index) => reject(errorOf(index)));
    this.#notify();
    return true;
  }

  whenSettled(run: () => void): void {
    if (this.isDone) run();
    else this.#onSettled.push(run);
  }

  /**
   * Its records in batches of `form`, which settle in its place and go on with its sequences. Its memory stays held
   * until it is released as itself, as with Kafka.
   */
  split(form: BatchForm): ProducerBatch[] {
    const parts: ProducerBatch[] = [];
    for (const thunk of this.#thunks) {
      const last = parts.at(-1);
      if (last?.tryAppend(thunk, this.#lastAppendMs) === true) continue;
      const part = new ProducerBatch(this.queue, form, this.createdMs, 0);
      part.tryAppend(thunk, this.#lastAppendMs);
      part.reason = this.reason;
      part.place = this.place;
      parts.push(part);
    }
    let sequence = this.baseSequence;
    for (const part of parts) {
      part.closeForAppends();
      if (!this.hasSequence) continue;
      part.assign(this.producerId, this.producerEpoch, sequence);
      sequence += part.recordCount;
    }
    const settled = this.#settle('failed');
    assert(settled, 'a batch is split before it is settled');
    for (const run of this.#onSettled) whenAllSettled(parts, run);
    this.#onSettled = [];
    return parts;
  }

  #settle(as: 'acknowledged' | 'failed'): boolean {
    if (this.#settled !== null) return false;
    this.#settled = as;
    return true;
  }

  #notify(): void {
    const waiting = this.#onSettled;
    this.#onSettled = [];
    for (const run of waiting) run();
  }

  #stamp(): void {
    if (this.#bytes === null || !this.hasSequence) return;
    setInt64(this.#bytes, 43, this.producerId);
    setInt16(this.#bytes, 51, this.producerEpoch);
    setInt32(this.#bytes, 53, this.baseSequence);
    batchHeader(this.#bytes).updateCrc();
  }
}

function whenAllSettled(batches: readonly ProducerBatch[], run: () => void): void {
  let left = batches.length;
  for (const batch of batches) {
    batch.whenSettled(() => {
      if (--left === 0) run();
    });
  }
}
