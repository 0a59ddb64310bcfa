/**
 * What raft tells those who live on its log (the controller, the broker's metadata loader). Calls come one at a time,
 * in log order, never from within a call into raft; a listener may append, resign or create a snapshot from within.
 *
 * Invariants: commits arrive in order of offset without gaps, except that a snapshot load replaces everything before its
 * end offset. A listener on the leader hears of its leadership only after all commits of earlier epochs.
 */
import type { LeaderEpoch, NodeId, Offset, TimestampMs } from '../base/ids.ts';
import type { SnapshotReader } from './snapshot-reader.ts';

export interface LeaderAndEpoch {
  readonly leaderId: NodeId | null;
  readonly epoch: LeaderEpoch;
}

export interface OffsetAndEpoch {
  /** Exclusive where it names a snapshot's end. */
  readonly offset: Offset;
  readonly epoch: LeaderEpoch;
}

/** One record batch below the high watermark. */
export interface CommittedBatch {
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly epoch: LeaderEpoch;
  readonly appendTimestampMs: TimestampMs;
  /** Size of the batch in the log. */
  readonly sizeBytes: number;
  /** The values of the records, from `baseOffset` on; empty for raft's own control batches, which only move the offset. */
  readonly records: readonly Uint8Array[];
}

export interface RaftListener {
  handleCommit(batch: CommittedBatch): void;
  /** State must be replaced by the snapshot's. The reader is valid during the call. */
  handleLoadSnapshot(reader: SnapshotReader): void;
  handleLeaderChange(leader: LeaderAndEpoch): void;
  /** Raft is stopping; no call follows. */
  beginShutdown?(): void;
}
