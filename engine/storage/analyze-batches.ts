/**
 * What an append is made of, by its batch headers and checksums alone (`UnifiedLog.analyzeAndValidateRecords`): the one
 * pass over the bytes that every append takes.
 */
import type { LeaderEpoch, Offset, TimestampMs } from '../base/ids.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { CompressionId } from '../record/index.ts';
import { BatchHeader, CorruptRecordError, batchSizeAt, noTimestamp } from '../record/index.ts';
import type { AppendOrigin, AppendRefused } from './log-types.ts';
import { refuse } from './producer-append.ts';

export interface BatchesInfo {
  readonly kind: 'batches';
  readonly batchCount: number;
  readonly recordCount: number;
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly lastLeaderEpoch: LeaderEpoch;
  readonly maxTimestamp: TimestampMs;
  readonly validBytes: number;
  /** Codec of the last batch that has one. */
  readonly compression: CompressionId;
  readonly isMonotonic: boolean;
}

export interface AnalyzeOptions {
  readonly origin: AppendOrigin;
  readonly partition: string;
  readonly leaderEpoch: LeaderEpoch;
  /** Null: sizes are not checked (what a leader has taken, its followers take). */
  readonly maxMessageBytes: number | null;
}

export function analyzeBatches(bytes: Uint8Array, options: AnalyzeOptions): BatchesInfo | AppendRefused {
  const { origin, partition, leaderEpoch } = options;
  let batchCount = 0;
  let recordCount = 0;
  let firstOffset = -1;
  let lastOffset = -1;
  let lastLeaderEpoch = -1;
  let maxTimestamp = noTimestamp;
  let compression: CompressionId = 0;
  let isMonotonic = true;
  let at = 0;
  for (;;) {
    const size = sizeOrRefusal(bytes, at);
    if (typeof size === 'object' && size !== null) return size;
    if (size === null || size > bytes.length - at) break;
    const batch = new BatchHeader(bytes, at);
    // A follower takes nothing of a later leader than the one it fetched from (KAFKA-18723).
    if (origin === 'replication' && leaderEpoch >= 0 && batch.leaderEpoch > leaderEpoch) break;
    const refused = checkBatch(batch, size, options);
    if (refused !== null) return refused;
    if (batchCount === 0) firstOffset = batch.baseOffset;
    const batchLastOffset = batch.lastOffset;
    if (lastOffset >= batchLastOffset) isMonotonic = false;
    lastOffset = batchLastOffset;
    lastLeaderEpoch = batch.leaderEpoch;
    maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp);
    if (batch.compression !== 0) compression = batch.compression;
    recordCount += batch.recordCount;
    batchCount++;
    at += size;
  }
  if (origin === 'client' && batchCount === 0) {
    return refuse(ErrorCode.INVALID_RECORD, `Record batch has no batches at all in topic partition ${partition}`);
  }
  return {
    kind: 'batches',
    batchCount,
    recordCount,
    firstOffset,
    lastOffset,
    lastLeaderEpoch,
    maxTimestamp,
    validBytes: at,
    compression,
    isMonotonic,
  };
}

function sizeOrRefusal(bytes: Uint8Array, at: number): number | null | AppendRefused {
  try {
    return batchSizeAt(bytes, at);
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error;
    return refuse(ErrorCode.CORRUPT_MESSAGE, error.message);
  }
}

function checkBatch(batch: BatchHeader, size: number, options: AnalyzeOptions): AppendRefused | null {
  const { origin, partition, leaderEpoch, maxMessageBytes } = options;
  if (origin === 'raft-leader' && batch.leaderEpoch !== leaderEpoch) {
    return refuse(ErrorCode.INVALID_RECORD, 'Append from Raft leader did not set the batch epoch correctly');
  }
  if (origin === 'client' && batch.baseOffset !== 0) {
    return refuse(
      ErrorCode.INVALID_RECORD,
      `The baseOffset of the record batch in the append to ${partition} should be 0, but it is ${batch.baseOffset}`,
    );
  }
  if (maxMessageBytes !== null && size > maxMessageBytes) {
    return refuse(
      ErrorCode.MESSAGE_TOO_LARGE,
      `The record batch size in the append to ${partition} is ${size} bytes which exceeds the maximum configured value of ${maxMessageBytes}.`,
    );
  }
  if (batch.crc !== batch.computeCrc()) {
    return refuse(
      ErrorCode.CORRUPT_MESSAGE,
      `Record is corrupt (stored crc = ${batch.crc}) in topic partition ${partition}.`,
    );
  }
  return null;
}
