/**
 * Brings a log's producer state up to an offset: from the newest snapshot within the log, then from the batches behind
 * it (`UnifiedLog.rebuildProducerState`). On the way snapshots are taken at the last two segments, so that the next
 * recovery has less to read.
 */
import type { Offset, TimestampMs } from '../base/ids.ts';
import type { BatchHeader } from '../record/index.ts';
import { batchHeader } from '../record/index.ts';
import type { OffsetMetadata } from './log-types.ts';
import type { CompletedTransaction } from './producer-append.ts';
import type { ProducerState } from './producer-state.ts';
import { scanBatches } from './scan-batches.ts';
import type { Segments } from './segments.ts';

export interface RebuildOptions {
  readonly logStartOffset: Offset;
  readonly lastOffset: Offset;
  readonly now: TimestampMs;
  /** After a clean stop without any snapshot nobody has ever used producer ids here: nothing is read. */
  readonly afterCleanShutdown: boolean;
}

export function rebuildProducers(producers: ProducerState, segments: Segments, options: RebuildOptions): void {
  const { logStartOffset, lastOffset, now, afterCleanShutdown } = options;
  const snapshotAt = snapshotOffsets(segments, lastOffset);
  if (afterCleanShutdown && producers.snapshotOffsets.length === 0) {
    for (const offset of snapshotAt) {
      producers.updateMapEndOffset(offset);
      producers.takeSnapshot();
    }
    return;
  }
  const nothingToRead = producers.isEmpty && producers.mapEndOffset >= lastOffset;
  producers.truncateAndReload(logStartOffset, lastOffset, now);
  if (lastOffset > producers.mapEndOffset && !nothingToRead) {
    replay(producers, segments, snapshotAt, options);
  }
  producers.updateMapEndOffset(lastOffset);
  producers.takeSnapshot();
}

function snapshotOffsets(segments: Segments, lastOffset: Offset): Offset[] {
  const bases = segments.values.slice(-2).map((segment) => segment.baseOffset);
  return [...bases, lastOffset];
}

function replay(
  producers: ProducerState,
  segments: Segments,
  snapshotAt: readonly Offset[],
  { logStartOffset, lastOffset }: RebuildOptions,
): void {
  for (const segment of segments.within(producers.mapEndOffset, lastOffset)) {
    const startOffset = Math.max(segment.baseOffset, producers.mapEndOffset, logStartOffset);
    producers.updateMapEndOffset(startOffset);
    if (snapshotAt.includes(segment.baseOffset)) producers.takeSnapshot();
    const start = segment.translate(startOffset);
    if (start === null) continue;
    for (const { position, batch } of scanBatches(segment.file, start.position, segment.size)) {
      if (batch.lastOffset >= lastOffset) break;
      const firstOffset = {
        offset: batch.baseOffset,
        segmentBaseOffset: segment.baseOffset,
        positionInSegment: position,
      };
      replayBatch(producers, batch, firstOffset);
    }
  }
}

/** Takes a batch that is in the log into the producer state. The transaction that it completes, with its stable offset. */
export function replayBatch(
  producers: ProducerState,
  batch: BatchHeader,
  firstOffset: OffsetMetadata,
): { completed: CompletedTransaction; lastStableOffset: Offset } | null {
  if (!batch.hasProducerId) return null;
  const append = producers.prepare(batch.producerId, 'replication');
  // The scanner's buffer is reused: a marker's record is read here and now.
  const outcome = append.append(batchHeader(batch.bytes, batch.position), firstOffset);
  // A replica's append is refused only when a data batch contradicts an open transaction; the log has the last word.
  producers.update(append);
  if (outcome === null || 'kind' in outcome) return null;
  const lastStableOffset = producers.lastStableOffsetAfter(outcome);
  producers.complete(outcome);
  return { completed: outcome, lastStableOffset };
}
