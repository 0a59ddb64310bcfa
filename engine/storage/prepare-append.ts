/**
 * From the bytes that somebody wants appended to the bytes that go into the log: analysed, validated, offsets and epoch
 * assigned in place. Nothing is written here.
 */
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import { ErrorCode } from '../protocol/index.ts';
import { batchHeader } from '../record/index.ts';
import type { BatchesInfo } from './analyze-batches.ts';
import { analyzeBatches } from './analyze-batches.ts';
import type { AppendRange } from './append-range.ts';
import { rangeOfBatch } from './append-range.ts';
import type { LogConfig } from './log-config.ts';
import type { AppendOrigin, AppendRefused, LogContext } from './log-types.ts';
import { UnexpectedAppendOffsetError } from './log-types.ts';
import { refuse } from './producer-append.ts';
import { validateBatch } from './validate-batch.ts';

export interface PreparedAppend {
  readonly kind: 'prepared';
  readonly records: Uint8Array;
  readonly range: AppendRange;
  readonly origin: AppendOrigin;
}

/** The given bytes hold no whole batch. */
export interface NoBatches {
  readonly kind: 'none';
}

export interface PrepareOptions {
  readonly context: LogContext;
  readonly config: LogConfig;
  /** `topic-partition`, for messages. */
  readonly partition: string;
  readonly logEndOffset: Offset;
  readonly leaderEpoch: LeaderEpoch;
}

export function prepareAsLeader(
  records: Uint8Array,
  origin: AppendOrigin,
  options: PrepareOptions,
): PreparedAppend | NoBatches | AppendRefused {
  const { context, config, partition, leaderEpoch } = options;
  const info = analyzeBatches(records, { origin, partition, leaderEpoch, maxMessageBytes: config.maxMessageBytes });
  if (info.kind === 'refused') return info;
  if (info.validBytes === 0) return { kind: 'none' };
  if (origin === 'raft-leader') return prepareGiven(records, info, origin, options);
  if (info.batchCount > 1) {
    return refuse(ErrorCode.INVALID_RECORD, 'Compressed outer record has more than one batch');
  }
  const now = context.clock.now();
  const valid = validateBatch(batchHeader(records), { partition, origin, config, codecs: context.codecs, now });
  if (valid.kind === 'refused') return valid;
  const { batch } = valid;
  batch.setBaseOffset(options.logEndOffset);
  batch.setLeaderEpoch(leaderEpoch);
  const range = rangeOfBatch(batch, config.messageTimestampType === 'log-append-time' ? now : -1);
  return ofSegmentSize({ kind: 'prepared', records: batch.batchBytes, range, origin }, options);
}

export function prepareAsFollower(
  records: Uint8Array,
  options: PrepareOptions,
): PreparedAppend | NoBatches | AppendRefused {
  const { partition, leaderEpoch } = options;
  const origin = 'replication';
  const info = analyzeBatches(records, { origin, partition, leaderEpoch, maxMessageBytes: null });
  if (info.kind === 'refused') return info;
  return info.validBytes === 0 ? { kind: 'none' } : prepareGiven(records, info, origin, options);
}

/** Batches that bring their offsets. Throws {@link UnexpectedAppendOffsetError} when they do not continue the log. */
function prepareGiven(
  records: Uint8Array,
  info: BatchesInfo,
  origin: AppendOrigin,
  options: PrepareOptions,
): PreparedAppend | AppendRefused {
  const { partition, logEndOffset } = options;
  const { firstOffset, lastOffset } = info;
  if (!info.isMonotonic) {
    throw new UnexpectedAppendOffsetError(
      `Out of order offsets found in append to ${partition}`,
      firstOffset,
      lastOffset,
    );
  }
  if (firstOffset < logEndOffset) {
    throw new UnexpectedAppendOffsetError(
      `Unexpected offset in append to ${partition}. First offset ${firstOffset} is less than the next offset ${logEndOffset}. Last offset in append: ${lastOffset}.`,
      firstOffset,
      lastOffset,
    );
  }
  const range = { ...info, logAppendTimeMs: -1 };
  return ofSegmentSize({ kind: 'prepared', records: records.subarray(0, info.validBytes), range, origin }, options);
}

function ofSegmentSize(append: PreparedAppend, { config, partition }: PrepareOptions): PreparedAppend | AppendRefused {
  const size = append.records.length;
  if (size <= config.segmentBytes) return append;
  return refuse(
    ErrorCode.RECORD_LIST_TOO_LARGE,
    `Message batch size is ${size} bytes in append to partition ${partition}, which exceeds the maximum configured segment size of ${config.segmentBytes}.`,
  );
}
