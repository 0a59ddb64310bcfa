/** Reads batches of a log up to a bounding offset (`LocalLog.read`). */
import type { Offset } from '../base/ids.ts';
import { BatchHeader, batchSizeAt } from '../record/index.ts';
import { isOffsetOnly } from './log-offsets.ts';
import type { LogSegment } from './log-segment.ts';
import type { AbortedTransaction, FetchedRecords, OffsetMetadata } from './log-types.ts';
import type { Segments } from './segments.ts';
import type { AbortedEntry } from './transaction-index.ts';

const nothing = new Uint8Array(0);

export interface ReadRequest {
  readonly startOffset: Offset;
  readonly maxBytes: number;
  /** Nothing at or above it is read. */
  readonly limit: OffsetMetadata;
  readonly minOneMessage: boolean;
  /** Name the aborted transactions with records among those that are read. */
  readonly withAborted: boolean;
}

/**
 * Up to `maxBytes` from the batch that holds `startOffset`, and nothing at or above `limit`. `out-of-range` when
 * `startOffset` is above the log end or below the first segment.
 */
export function readLog(
  segments: Segments,
  logEnd: OffsetMetadata,
  { startOffset, maxBytes, limit, minOneMessage, withAborted }: ReadRequest,
): FetchedRecords | { readonly kind: 'out-of-range' } {
  let segment = segments.floor(startOffset);
  if (startOffset > logEnd.offset || segment === null) return { kind: 'out-of-range' };
  if (startOffset === limit.offset) return empty(limit, withAborted);
  if (startOffset > limit.offset) return empty(locateOffset(segments, logEnd, startOffset) ?? logEnd, withAborted);
  for (; segment !== null; segment = segments.behind(segment)) {
    const end = endPosition(segment, limit);
    if (end === null) break;
    const read = segment.read(startOffset, maxBytes, end, minOneMessage);
    if (read === null) continue;
    const { position, records, firstEntryIncomplete } = read;
    const fetchOffset = { offset: startOffset, segmentBaseOffset: segment.baseOffset, positionInSegment: position };
    const abortedTransactions = withAborted ? collectAborted(segments, segment, startOffset, records) : null;
    return { kind: 'records', fetchOffset, records, firstEntryIncomplete, abortedTransactions };
  }
  // In range, but all batches from there on are gone (compacted away).
  return empty(logEnd, withAborted);
}

/** Where the first batch that ends at or above `offset` begins, or the log's end; null when `offset` is out of range. */
export function locateOffset(segments: Segments, logEnd: OffsetMetadata, offset: Offset): OffsetMetadata | null {
  if (offset === logEnd.offset) return logEnd;
  let segment = segments.floor(offset);
  if (offset > logEnd.offset || segment === null) return null;
  for (; segment !== null; segment = segments.behind(segment)) {
    const found = segment.translate(offset);
    if (found !== null) return { offset, segmentBaseOffset: segment.baseOffset, positionInSegment: found.position };
  }
  return logEnd;
}

function empty(fetchOffset: OffsetMetadata, withAborted: boolean): FetchedRecords {
  const abortedTransactions = withAborted ? [] : null;
  return { kind: 'records', fetchOffset, records: nothing, firstEntryIncomplete: false, abortedTransactions };
}

/** How far `segment` may be read; null when not at all. */
function endPosition(segment: LogSegment, limit: OffsetMetadata): number | null {
  if (isOffsetOnly(limit) || segment.baseOffset > limit.segmentBaseOffset) return null;
  return segment.baseOffset < limit.segmentBaseOffset ? segment.size : limit.positionInSegment;
}

/** Aborted transactions with records among those that were read. */
function collectAborted(
  segments: Segments,
  from: LogSegment,
  startOffset: Offset,
  records: Uint8Array,
): AbortedTransaction[] {
  const found: AbortedEntry[] = [];
  const upperBound = endOffsetOf(records);
  for (let segment: LogSegment | null = from; segment !== null; segment = segments.behind(segment)) {
    if (segment.transactionIndex.collect(startOffset, upperBound, found)) break;
  }
  return found.map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
}

/** The offset behind the last batch, of which only the header need be there. */
function endOffsetOf(records: Uint8Array): Offset {
  let end = 0;
  for (let at = 0; records.length - at >= 61;) {
    const size = batchSizeAt(records, at);
    if (size === null) break;
    end = new BatchHeader(records, at).nextOffset;
    at += size;
  }
  return end;
}
