/** What is known of an append by its headers, and the answers that are made of it. */
import type { LeaderEpoch, Offset, TimestampMs } from '../base/ids.ts';
import type { BatchHeader } from '../record/index.ts';
import type { Appended } from './log-types.ts';
import type { BatchMetadata } from './producer-entry.ts';

export interface AppendRange {
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly lastLeaderEpoch: LeaderEpoch;
  readonly maxTimestamp: TimestampMs;
  readonly recordCount: number;
  /** -1 unless the broker sets timestamps. */
  readonly logAppendTimeMs: TimestampMs;
}

export function rangeOfBatch(batch: BatchHeader, logAppendTimeMs: TimestampMs): AppendRange {
  return {
    firstOffset: batch.baseOffset,
    lastOffset: batch.lastOffset,
    lastLeaderEpoch: batch.leaderEpoch,
    maxTimestamp: batch.maxTimestamp,
    recordCount: batch.recordCount,
    logAppendTimeMs,
  };
}

export function appendedRange(range: AppendRange, sizeInBytes: number, logStartOffset: Offset): Appended {
  return {
    kind: 'appended',
    firstOffset: range.firstOffset,
    lastOffset: range.lastOffset,
    lastLeaderEpoch: range.lastLeaderEpoch,
    maxTimestamp: range.maxTimestamp,
    logAppendTimeMs: range.logAppendTimeMs,
    logStartOffset,
    sizeInBytes,
    recordCount: range.recordCount,
    duplicate: false,
  };
}

/** There was no whole batch to append. */
export function appendedNothing(logStartOffset: Offset): Appended {
  const none: AppendRange = {
    firstOffset: -1,
    lastOffset: -1,
    lastLeaderEpoch: -1,
    maxTimestamp: -1,
    recordCount: 0,
    logAppendTimeMs: -1,
  };
  return appendedRange(none, 0, logStartOffset);
}

/** The batch is in the log already: its offsets there are the answer. */
export function appendedBefore(known: BatchMetadata, range: AppendRange, logStartOffset: Offset): Appended {
  const { lastOffset, offsetDelta, timestamp: logAppendTimeMs } = known;
  const found = { ...range, firstOffset: lastOffset - offsetDelta, lastOffset, logAppendTimeMs };
  return { ...appendedRange(found, 0, logStartOffset), duplicate: true };
}
