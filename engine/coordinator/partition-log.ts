/**
 * The log of `__consumer_offsets` as a coordinator needs it: what it writes through and what it loads from. The broker
 * implements both over its replicas. A coordinator knows nothing of ISR, files or fetchers; it only trusts that a record
 * below the high watermark is not lost.
 */
import type { Dispose } from '../base/disposer.ts';
import type { LeaderEpoch, Offset, PartitionIndex } from '../base/ids.ts';
import type { ErrorCode } from '../protocol/index.ts';

/** `offset` is that of the batch's last record. An error means that nothing was appended. */
export type AppendOutcome = { readonly offset: Offset } | { readonly error: ErrorCode };

export interface PartitionWriter {
  /**
   * Appends one batch (base offset 0, partition leader epoch -1; the log sets both) as the partition's leader.
   * `NOT_LEADER_OR_FOLLOWER` when this node does not lead it in `expectedLeaderEpoch`, and the errors of Produce with
   * `acks=all` (`NOT_ENOUGH_REPLICAS`, `RECORD_TOO_LARGE`, `KAFKA_STORAGE_ERROR`).
   */
  append(partition: PartitionIndex, batch: Uint8Array, expectedLeaderEpoch: LeaderEpoch): AppendOutcome;
  /** The partition's high watermark; 0 when it is unknown. */
  highWatermark(partition: PartitionIndex): Offset;
  /** Calls `listener` after each advance of the high watermark (also from within `append`) until it is disposed of. */
  onHighWatermark(partition: PartitionIndex, listener: (highWatermark: Offset) => void): Dispose;
}

export interface PartitionReader {
  /** Null when this node does not lead the partition (any more). */
  range(partition: PartitionIndex): { readonly logStartOffset: Offset; readonly logEndOffset: Offset } | null;
  /**
   * Whole batches in order, the first one holding `from` (or the next offset that exists), about `maxBytes` of them but at
   * least one; empty at the log's end. Not bounded by the high watermark.
   */
  read(partition: PartitionIndex, from: Offset, maxBytes: number): Uint8Array;
}
