/**
 * The log as the quorum sees it: Kafka's `ReplicatedLog`, narrowed to what this state machine asks. `raft-log.ts` is the
 * one on disk.
 *
 * Invariants the implementation keeps: offsets and epochs never decrease along the log; `truncateTo` never cuts below
 * the high watermark that was set; `firstUnflushedOffset` is the end of what survives power loss.
 */
import type { LeaderEpoch, Offset, TimestampMs } from '../base/ids.ts';
import type { OffsetAndEpoch } from './listener.ts';
import type { SnapshotReader } from './snapshot-reader.ts';
import type { RawSnapshotWriter, SnapshotWriter } from './snapshot-writer.ts';

/** Where a replica's (offset, epoch) pair stands in this log: class `ValidOffsetAndEpoch`. */
export type OffsetValidity =
  | { readonly kind: 'valid' }
  /** The replica must cut its log back to this. */
  | { readonly kind: 'diverging'; readonly at: OffsetAndEpoch }
  /** The replica must take this snapshot: the log no longer reaches back so far. */
  | { readonly kind: 'snapshot'; readonly id: OffsetAndEpoch };

/** What a leader sent does not continue this log. */
export class InvalidAppendError extends Error {
  override readonly name = 'InvalidAppendError';
}

export interface ReplicatedLog {
  readonly startOffset: Offset;
  /** Where the next record goes. */
  readonly endOffset: Offset;
  /** Epoch of the last record, of the newest snapshot when the log is empty, 0 when there is neither. */
  readonly lastFetchedEpoch: LeaderEpoch;
  /** End of what has been flushed. */
  readonly firstUnflushedOffset: Offset;
  readonly highWatermark: Offset;
  setHighWatermark(offset: Offset): void;
  /** Notes that records from the end on belong to `epoch`. */
  initializeLeaderEpoch(epoch: LeaderEpoch): void;
  /** Appends one complete batch of this leader's epoch, base offset and epoch assigned; returns the batch's last offset. */
  appendAsLeader(batch: Uint8Array, epoch: LeaderEpoch): Offset;
  /** Appends batches as the leader sent them; what does not continue the log or is broken is refused by a thrown error. */
  appendAsFollower(batches: Uint8Array, epoch: LeaderEpoch): void;
  /** Whole batches from the one that holds `from` on; below `below`; about `maxBytes`, but at least one batch. */
  read(from: Offset, below: Offset, maxBytes: number): Uint8Array;
  /** End offset of the largest epoch that is at most `epoch`, and that epoch. */
  endOffsetForEpoch(epoch: LeaderEpoch): OffsetAndEpoch;
  validateOffsetAndEpoch(offset: Offset, epoch: LeaderEpoch): OffsetValidity;
  flush(): void;
  /** Returns the new end, which is lower when `offset` lies within a batch. */
  truncateTo(offset: Offset): Offset;
  /** Cuts back to where (offset, epoch) of a leader and this log agree; returns that offset. */
  truncateToEndOffset(at: OffsetAndEpoch): Offset;
  /** When the newest snapshot is ahead of the log: empties the log and starts it there. True when that happened. */
  truncateToLatestSnapshot(): boolean;
  latestSnapshotId(): OffsetAndEpoch | null;
  earliestSnapshotId(): OffsetAndEpoch | null;
  openSnapshot(id: OffsetAndEpoch): SnapshotReader | null;
  /** Bytes of a snapshot for FetchSnapshot; null when it is not here. */
  readSnapshot(
    id: OffsetAndEpoch,
    position: number,
    maxBytes: number,
  ): { readonly sizeBytes: number; readonly bytes: Uint8Array } | null;
  /** Null when a snapshot of that end exists, or a newer one. Throws when the end is beyond the high watermark or the epoch does not fit. */
  createSnapshot(id: OffsetAndEpoch, lastContainedLogTimestampMs: TimestampMs): SnapshotWriter | null;
  /** For a snapshot that comes from the leader byte by byte. Null when it exists. */
  storeSnapshot(id: OffsetAndEpoch): RawSnapshotWriter | null;
  /** Drops old snapshots and segments by the retention settings. True when something went. */
  clean(nowMs: TimestampMs): boolean;
  close(): void;
}
