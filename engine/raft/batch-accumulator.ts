/**
 * Gathers the records of one leader epoch into batches (class `BatchAccumulator`): what is prepared within the linger
 * time of a batch's first record is written and flushed together.
 *
 * Invariants: offsets are given out without gaps from the log's end on; the records of one `append` are never split
 * over two batches, so they become visible together or not at all.
 */
import { assert } from '../base/assert.ts';
import type { DurationMs, LeaderEpoch, Offset, TimestampMs } from '../base/ids.ts';
import { BatchBuilder, estimatedBatchSize } from '../record/index.ts';

/** The records of one append are more than a batch may hold. */
export class RecordBatchTooLargeError extends Error {
  override readonly name = 'RecordBatchTooLargeError';
}

export interface BatchAccumulatorOptions {
  readonly epoch: LeaderEpoch;
  readonly baseOffset: Offset;
  readonly lingerMs: DurationMs;
  readonly batchMaxBytes: number;
}

interface OpenBatch {
  readonly builder: BatchBuilder;
  readonly timestamp: TimestampMs;
  /** Monotonic. */
  readonly dueAt: number;
}

export class BatchAccumulator {
  readonly #options: BatchAccumulatorOptions;
  readonly #complete: Uint8Array[] = [];
  #open: OpenBatch | null = null;
  #nextOffset: Offset;

  constructor(options: BatchAccumulatorOptions) {
    this.#options = options;
    this.#nextOffset = options.baseOffset;
  }

  get nextOffset(): Offset {
    return this.#nextOffset;
  }

  /** Monotonic: when {@link drain} has something to write; Infinity when nothing waits. */
  get dueAt(): number {
    if (this.#complete.length > 0) return -Infinity;
    return this.#open?.dueAt ?? Infinity;
  }

  /** Queues the records as one atomic group; returns the offset of the last. */
  append(records: readonly Uint8Array[], nowMs: TimestampMs, monotonic: number): Offset {
    assert(records.length > 0, 'an append needs at least one record');
    const size = records.reduce((sum, value) => sum + estimatedBatchSize({ key: null, value }), 0);
    if (size > this.#options.batchMaxBytes) {
      throw new RecordBatchTooLargeError(
        `${records.length} records need up to ${size} bytes, a batch may have ${this.#options.batchMaxBytes}`,
      );
    }
    if (this.#open !== null && this.#open.builder.uncompressedSize + size > this.#options.batchMaxBytes) this.#finish();
    this.#open ??= this.#newBatch(nowMs, monotonic);
    const { builder, timestamp } = this.#open;
    for (const value of records) this.#nextOffset = builder.append({ timestamp, key: null, value }) + 1;
    return this.#nextOffset - 1;
  }

  /** The batches whose time has come (all of them when `force`), in order. */
  drain(monotonic: number, force = false): Uint8Array[] {
    if (this.#open !== null && (force || this.#complete.length > 0 || monotonic >= this.#open.dueAt)) this.#finish();
    return this.#complete.splice(0);
  }

  #newBatch(timestamp: TimestampMs, monotonic: number): OpenBatch {
    const { epoch, lingerMs } = this.#options;
    return {
      builder: new BatchBuilder({ baseOffset: this.#nextOffset, leaderEpoch: epoch }),
      timestamp,
      dueAt: monotonic + lingerMs,
    };
  }

  #finish(): void {
    if (this.#open === null) return;
    this.#complete.push(this.#open.builder.build());
    this.#open = null;
  }
}
