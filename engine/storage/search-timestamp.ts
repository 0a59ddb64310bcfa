/** ListOffsets by timestamp (`UnifiedLog.fetchOffsetByTimestamp`): special questions, and the first record not older. */
import type { LeaderEpoch, Offset, TimestampMs } from '../base/ids.ts';
import type { BatchHeader, RecordCodecs } from '../record/index.ts';
import { RecordCursor, noTimestamp } from '../record/index.ts';
import type { LogSegment } from './log-segment.ts';
import type { EpochEntry, TimestampAndOffset } from './log-types.ts';
import { ListOffsetsTimestamp } from './log-types.ts';
import { scanBatches } from './scan-batches.ts';
import type { Segments } from './segments.ts';

export interface TimestampView {
  readonly segments: Segments;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  readonly epochEntries: readonly EpochEntry[];
  readonly codecs: RecordCodecs;
}

/** A timestamp, or one of the special questions. Null when no record answers it. */
export function answerTimestamp(timestamp: TimestampMs, view: TimestampView): TimestampAndOffset | null {
  const { segments, logStartOffset, logEndOffset, epochEntries, codecs } = view;
  switch (timestamp) {
    case ListOffsetsTimestamp.earliest:
    case ListOffsetsTimestamp.earliestLocal: {
      const earliest = epochEntries[0];
      const leaderEpoch = earliest !== undefined && earliest.startOffset <= logStartOffset ? earliest.epoch : null;
      return { timestamp: noTimestamp, offset: logStartOffset, leaderEpoch };
    }
    case ListOffsetsTimestamp.latest:
      return { timestamp: noTimestamp, offset: logEndOffset, leaderEpoch: epochEntries.at(-1)?.epoch ?? null };
    case ListOffsetsTimestamp.latestTiered:
    case ListOffsetsTimestamp.earliestPendingUpload:
      return { timestamp: noTimestamp, offset: -1, leaderEpoch: -1 };
    case ListOffsetsTimestamp.maxTimestamp:
      return searchMaxTimestamp(segments, codecs);
    default:
      return searchTimestamp(segments, timestamp, logStartOffset, codecs);
  }
}

/** The first record at or above `startOffset` whose timestamp is not below `timestamp`; null when there is none. */
function searchTimestamp(
  segments: Segments,
  timestamp: TimestampMs,
  startOffset: Offset,
  codecs: RecordCodecs,
): TimestampAndOffset | null {
  const segment = segments.values.find((candidate) => candidate.largestTimestamp >= timestamp);
  if (segment === undefined) return null;
  const from = Math.max(segment.timeIndex.lookup(timestamp).offset, startOffset);
  for (const { batch } of scanBatches(segment.file, segment.offsetIndex.lookup(from).position, segment.size)) {
    if (batch.maxTimestamp < timestamp || batch.lastOffset < startOffset) continue;
    const cursor = new RecordCursor(batch, codecs);
    while (cursor.next()) {
      if (cursor.timestamp < timestamp || cursor.offset < startOffset) continue;
      return { timestamp: cursor.timestamp, offset: cursor.offset, leaderEpoch: epochOf(batch) };
    }
  }
  return null;
}

/** The first record that has the log's largest timestamp; null when no record has one. */
function searchMaxTimestamp(segments: Segments, codecs: RecordCodecs): TimestampAndOffset | null {
  let newest: LogSegment = segments.first;
  for (const segment of segments.values) if (segment.largest.timestamp > newest.largest.timestamp) newest = segment;
  const { timestamp, offset } = newest.largest;
  if (timestamp === noTimestamp) return null;
  const from = newest.offsetIndex.lookup(offset).position;
  for (const { batch } of scanBatches(newest.file, from, newest.size)) {
    if (batch.maxTimestamp !== timestamp) continue;
    const cursor = new RecordCursor(batch, codecs);
    while (cursor.next()) {
      if (cursor.timestamp === timestamp) return { timestamp, offset: cursor.offset, leaderEpoch: epochOf(batch) };
    }
  }
  return null;
}

function epochOf(batch: BatchHeader): LeaderEpoch | null {
  return batch.leaderEpoch >= 0 ? batch.leaderEpoch : null;
}
