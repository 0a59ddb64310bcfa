/**
 * The bare log below `RaftLog`: batches, epochs, truncation, durability. `partition-log-store.ts` keeps it in a
 * partition's files.
 */
import type { LeaderEpoch, Offset } from '../base/ids.ts';

export interface LogStore {
  readonly startOffset: Offset;
  readonly endOffset: Offset;
  /** End of what survives power loss. */
  readonly flushedOffset: Offset;
  readonly sizeBytes: number;
  /** Null when no record is there and no epoch was begun. */
  readonly latestEpoch: LeaderEpoch | null;
  /** The largest epoch not above `epoch` and its end; null when there is none. */
  endOffsetForEpoch(epoch: LeaderEpoch): { readonly epoch: LeaderEpoch; readonly endOffset: Offset } | null;
  beginEpoch(epoch: LeaderEpoch, startOffset: Offset): void;
  appendAsLeader(batch: Uint8Array, epoch: LeaderEpoch): void;
  /** Batches that were found to continue the log. */
  appendAsFollower(batches: Uint8Array): void;
  /** From the batch that holds `from` on; may end within a batch, but holds at least one whole batch. */
  read(from: Offset, maxBytes: number): Uint8Array;
  setHighWatermark(offset: Offset): void;
  flush(): void;
  truncateTo(offset: Offset): void;
  truncateFullyAndStartAt(offset: Offset): void;
  /** Moves the start and removes whole segments before it. False when the start is there already or cannot be. */
  deleteBefore(offset: Offset): boolean;
  close(): void;
}
