/**
 * `LogStore` in the files of a partition, `__cluster_metadata-0` (storage's `PartitionLog`); the only file of raft that
 * knows it. Unless it was closed in good order the log is scanned whole on opening (recovery point 0, as Kafka does), so
 * that a torn tail is cut off; it is flushed once then, so that all it holds counts.
 */
import { assert } from '../base/assert.ts';
import type { DurationMs, LeaderEpoch, Offset } from '../base/ids.ts';
import { metadataTopicId } from '../base/uuid.ts';
import { PartitionLog, defaultLogConfig } from '../storage/index.ts';
import type { AppendResult, LogContext } from '../storage/index.ts';
import type { LogStore } from './log-store.ts';
import { metadataTopic } from './raft-context.ts';

export interface PartitionLogStoreOptions {
  readonly context: LogContext;
  /** `<metadata log dir>/__cluster_metadata-0`; made when absent. */
  readonly directory: string;
  /** `metadata.log.segment.bytes`. */
  readonly segmentBytes: number;
  /** `metadata.log.segment.ms`. */
  readonly segmentMs: DurationMs;
  readonly batchMaxBytes: number;
  readonly hadCleanShutdown: boolean;
}

export class PartitionLogStore implements LogStore {
  readonly #log: PartitionLog;
  #flushedOffset: Offset;

  constructor(options: PartitionLogStoreOptions) {
    const { context, directory, segmentBytes, segmentMs, batchMaxBytes, hadCleanShutdown } = options;
    this.#log = PartitionLog.open({
      context,
      path: directory,
      topic: metadataTopic,
      partition: 0,
      topicId: metadataTopicId,
      // What raft removes, it removes by the log's start; age and size do not.
      config: {
        ...defaultLogConfig,
        segmentBytes,
        segmentMs,
        maxMessageBytes: batchMaxBytes,
        retentionMs: -1,
        retentionBytes: -1,
      },
      logStartOffset: 0,
      recoveryPoint: 0,
      hadCleanShutdown,
    });
    if (this.#log.logEndOffset > this.#log.logStartOffset) this.#log.flush({ forceFlushActiveSegment: true });
    this.#flushedOffset = this.#log.logEndOffset;
  }

  get startOffset(): Offset {
    return this.#log.logStartOffset;
  }

  get endOffset(): Offset {
    return this.#log.logEndOffset;
  }

  get flushedOffset(): Offset {
    return this.#flushedOffset;
  }

  get sizeBytes(): number {
    return this.#log.sizeInBytes;
  }

  get latestEpoch(): LeaderEpoch | null {
    return this.#log.latestEpoch;
  }

  endOffsetForEpoch(epoch: LeaderEpoch): { readonly epoch: LeaderEpoch; readonly endOffset: Offset } | null {
    return this.#log.endOffsetForEpoch(epoch);
  }

  beginEpoch(epoch: LeaderEpoch, startOffset: Offset): void {
    if (epoch > (this.#log.latestEpoch ?? -1)) this.#log.assignEpochStartOffset(epoch, startOffset);
  }

  appendAsLeader(batch: Uint8Array, epoch: LeaderEpoch): void {
    expectAppended(this.#log.appendAsLeader(batch, epoch, 'raft-leader'));
  }

  appendAsFollower(batches: Uint8Array): void {
    // The log may write into what it is given; the batches belong to a frame that others may still read.
    expectAppended(this.#log.appendAsFollower(batches.slice()));
  }

  read(from: Offset, maxBytes: number): Uint8Array {
    const read = this.#log.read(from, maxBytes, 'log-end', true);
    assert(read.kind === 'records', () => (read.kind === 'records' ? '' : read.message));
    return read.records;
  }

  setHighWatermark(offset: Offset): void {
    this.#log.updateHighWatermark(offset);
  }

  flush(): void {
    if (this.#flushedOffset === this.#log.logEndOffset) return;
    this.#log.flush();
    this.#flushedOffset = this.#log.logEndOffset;
  }

  truncateTo(offset: Offset): void {
    this.#log.truncateTo(offset);
    this.#flushedOffset = Math.min(this.#flushedOffset, this.#log.logEndOffset);
  }

  truncateFullyAndStartAt(offset: Offset): void {
    this.#log.truncateFullyAndStartAt(offset);
    this.#flushedOffset = this.#log.logEndOffset;
  }

  deleteBefore(offset: Offset): boolean {
    if (this.#log.maybeIncrementLogStartOffset(offset, 'snapshot generated') !== true) return false;
    this.#log.deleteOldSegments();
    return true;
  }

  close(): void {
    this.#log.close();
  }
}

function expectAppended(result: AppendResult): void {
  assert(result.kind === 'appended', () =>
    result.kind === 'appended' ? '' : `metadata log refused: ${result.message}`,
  );
}
