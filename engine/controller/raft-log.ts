/** What the controller needs of raft, and nothing more; `RaftNode` satisfies it. */
import type { LeaderEpoch, Offset, TimestampMs } from '../base/ids.ts';
import type { LeaderAndEpoch, SnapshotWriter } from '../raft/index.ts';

export interface ControllerRaft {
  leaderAndEpoch(): LeaderAndEpoch;
  /** One atomic group of records; returns the offset of its last. Throws when this node no longer leads `epoch`. */
  prepareAppend(epoch: LeaderEpoch, records: readonly Uint8Array[]): Offset;
  /** Gives up leadership of `epoch`. */
  resign(epoch: LeaderEpoch): void;
  /** Offset of the next record to be appended. */
  readonly logEndOffset: Offset;
  /** Null when a snapshot at or beyond `endOffset` exists. */
  createSnapshot(
    endOffset: Offset,
    epoch: LeaderEpoch,
    lastContainedLogTimestampMs: TimestampMs,
  ): SnapshotWriter | null;
}
