/**
 * What one fetch brought for one partition, unpacked as `poll()` asks for it (`CompletedFetch`): checks checksums,
 * decompresses, leaves out control records and, with `read_committed`, records of aborted transactions.
 */
import { type Offset, type TimestampMs, topicPartitionKey } from '../../base/ids.ts';
import type { FetchResponse } from '../../protocol/index.ts';
import {
  type BatchHeader,
  ControlType,
  controlTypeOf,
  ensureBatchValid,
  iterateBatches,
  RecordCursor,
  type RecordCodecs,
} from '../../record/index.ts';
import { clientError } from '../kafka-error.ts';
import type { ConsumerRecord } from './consumer-types.ts';
import type { PartitionState } from './subscription-state.ts';

export type FetchedData = FetchResponse['responses'][number]['partitions'][number];

export interface UnpackOptions {
  readonly codecs: RecordCodecs;
  readonly checkCrcs: boolean;
  readonly readCommitted: boolean;
}

export class FetchedPartition {
  readonly partition: PartitionState;
  readonly data: FetchedData;
  readonly options: UnpackOptions;
  /** Of the next record that this may give. */
  nextOffset: Offset;
  /** Of the newest record that it gave; null: none, or the batch tells none. */
  lastEpoch: number | null = null;
  /** Its error was handled and its high watermark taken over. */
  initialized = false;
  /** Nothing is left. */
  consumed = false;
  /** Whether it gave records. */
  delivered = false;
  readonly #batches: Iterator<BatchHeader>;
  readonly #aborted: { readonly producerId: number; readonly firstOffset: Offset }[];
  readonly #abortedProducers = new Set<number>();
  #records: RecordCursor | null = null;
  #batch: BatchHeader | null = null;
  /** Met behind records that were given; comes up with the next call. */
  #failure: Error | null = null;

  constructor(partition: PartitionState, data: FetchedData, offset: Offset, options: UnpackOptions) {
    this.partition = partition;
    this.data = data;
    this.options = options;
    this.nextOffset = offset;
    this.#batches = iterateBatches(data.records ?? new Uint8Array(0));
    this.#aborted = [...(data.abortedTransactions ?? [])].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Records that are left, by their offsets. */
  get left(): number {
    const { highWatermark } = this.data;
    if (this.consumed || this.data.errorCode !== 0) return 0;
    return Math.max(
      0,
      Math.min(this.#lastOffset() + 1, highWatermark < 0 ? Infinity : highWatermark) - this.nextOffset,
    );
  }

  /** Of the batches that are left, the one that is being given out among them. */
  get leftBytes(): number {
    let bytes = 0;
    for (const batch of this.#left()) bytes += batch.sizeInBytes;
    return bytes;
  }

  /** Of the first record of the batch that comes next; null when nothing is left. */
  nextTimestamp(): TimestampMs | null {
    for (const batch of this.#left()) return batch.baseTimestamp;
    return null;
  }

  *#left(): Generator<BatchHeader, void, void> {
    if (this.consumed || this.data.errorCode !== 0) return;
    for (const batch of iterateBatches(this.data.records ?? new Uint8Array(0))) {
      if (batch.lastOffset >= this.nextOffset) yield batch;
    }
  }

  /** At most `countMax` records. Throws when the first of them cannot be read. */
  take(countMax: number): ConsumerRecord[] {
    if (this.#failure !== null) throw unreadable(this.partition, this.#failure);
    const taken: ConsumerRecord[] = [];
    try {
      while (!this.consumed && taken.length < countMax) {
        const record = this.#next();
        if (record !== null) taken.push(record);
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      if (taken.length === 0) throw unreadable(this.partition, this.#failure);
    }
    if (taken.length > 0) this.delivered = true;
    return taken;
  }

  drain(): void {
    this.consumed = true;
    this.#records = null;
  }

  /** Null: a step without a record. */
  #next(): ConsumerRecord | null {
    if (this.#records === null || this.#batch === null) {
      this.#nextBatch();
      return null;
    }
    const cursor = this.#records;
    if (!cursor.next()) {
      this.#records = null;
      return null;
    }
    if (cursor.offset < this.nextOffset) return null;
    this.nextOffset = cursor.offset + 1;
    return this.#batch.isControl ? null : this.#record(cursor, this.#batch);
  }

  #record(cursor: RecordCursor, batch: BatchHeader): ConsumerRecord {
    return {
      topic: this.partition.topic,
      partition: this.partition.partition,
      offset: cursor.offset,
      timestamp: cursor.timestamp,
      timestampType: batch.timestampType,
      leaderEpoch: this.lastEpoch,
      key: cursor.key,
      value: cursor.value,
      headers: cursor.headers(),
    };
  }

  #nextBatch(): void {
    const { value: batch, done } = this.#batches.next();
    if (done === true || batch === undefined) {
      if (this.#batch !== null) this.nextOffset = Math.max(this.nextOffset, this.#batch.nextOffset);
      return this.drain();
    }
    this.#batch = batch;
    this.lastEpoch = batch.leaderEpoch < 0 ? null : batch.leaderEpoch;
    if (this.options.checkCrcs) checkBatch(this.partition, batch);
    if (this.options.readCommitted && batch.hasProducerId && this.#isAborted(batch)) {
      this.nextOffset = batch.nextOffset;
      return;
    }
    this.#records = new RecordCursor(batch, this.options.codecs);
  }

  #isAborted(batch: BatchHeader): boolean {
    for (
      let next = this.#aborted[0];
      next !== undefined && next.firstOffset <= batch.lastOffset;
      next = this.#aborted[0]
    ) {
      this.#abortedProducers.add(next.producerId);
      this.#aborted.shift();
    }
    if (batch.isControl) {
      if (isAbortMarker(batch, this.options.codecs)) this.#abortedProducers.delete(batch.producerId);
      return false;
    }
    return batch.isTransactional && this.#abortedProducers.has(batch.producerId);
  }

  #lastOffset(): Offset {
    let lastOffset = this.nextOffset - 1;
    for (const batch of iterateBatches(this.data.records ?? new Uint8Array(0))) lastOffset = batch.lastOffset;
    return lastOffset;
  }
}

function isAbortMarker(batch: BatchHeader, codecs: RecordCodecs): boolean {
  const cursor = new RecordCursor(batch, codecs);
  return cursor.next() && controlTypeOf(cursor.key) === ControlType.abort;
}

function checkBatch({ topic, partition }: PartitionState, batch: BatchHeader): void {
  try {
    ensureBatchValid(batch);
  } catch (error) {
    const name = topicPartitionKey(topic, partition);
    const cause = error instanceof Error ? error.message : String(error);
    throw clientError(
      'KafkaException',
      `Record batch for partition ${name} at offset ${batch.baseOffset} is invalid, cause: ${cause}`,
      error,
    );
  }
}

function unreadable({ topic, partition }: PartitionState, cause: Error): Error {
  const name = topicPartitionKey(topic, partition);
  return clientError(
    'KafkaException',
    `Received exception when fetching the next record from ${name}. If needed, please seek past the record to ` +
      'continue consumption.',
    cause,
  );
}
