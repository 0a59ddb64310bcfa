/**
 * What an append would change in the producer state: checked before a byte is written, applied after
 * (`UnifiedLog.analyzeAndValidateProducerState`).
 */
import { BatchHeader } from '../record/index.ts';
import type { LogSegment } from './log-segment.ts';
import type { AppendOrigin, AppendRefused } from './log-types.ts';
import type { CompletedTransaction, ProducerAppend } from './producer-append.ts';
import type { BatchMetadata } from './producer-entry.ts';
import type { ProducerState } from './producer-state.ts';

export interface ProducerChanges {
  readonly kind: 'changes';
  readonly appends: readonly ProducerAppend[];
  readonly completed: readonly CompletedTransaction[];
}

/** A client sent again what is in the log. */
export interface DuplicateBatch {
  readonly kind: 'duplicate';
  readonly batch: BatchMetadata;
  readonly sent: BatchHeader;
}

const noChanges: ProducerChanges = { kind: 'changes', appends: [], completed: [] };

/** Checks `records`, whose offsets are assigned and which will be written at the end of `segment`. */
export function checkProducers(
  producers: ProducerState,
  records: Uint8Array,
  segment: LogSegment,
  origin: AppendOrigin,
): ProducerChanges | DuplicateBatch | AppendRefused {
  let appends: ProducerAppend[] | null = null;
  const completed: CompletedTransaction[] = [];
  for (let at = 0; at < records.length;) {
    const batch = new BatchHeader(records, at);
    if (batch.hasProducerId) {
      const { producerId } = batch;
      const known = origin === 'client' ? producers.entries.get(producerId)?.findDuplicate(batch) : undefined;
      if (known !== undefined && known !== null) return { kind: 'duplicate', batch: known, sent: batch };
      appends ??= [];
      let append = appends.find((other) => other.producerId === producerId);
      if (append === undefined) {
        append = producers.prepare(producerId, origin);
        appends.push(append);
      }
      const outcome = append.append(batch, {
        offset: batch.baseOffset,
        segmentBaseOffset: segment.baseOffset,
        positionInSegment: segment.size + at,
      });
      if (outcome !== null) {
        if (!('kind' in outcome)) completed.push(outcome);
        else if (origin !== 'replication') return outcome;
      }
    }
    at += batch.sizeInBytes;
  }
  return appends === null ? noChanges : { kind: 'changes', appends, completed };
}

/** Takes over what was checked, once the batches are in `segment`. */
export function applyProducers(producers: ProducerState, segment: LogSegment, changes: ProducerChanges): void {
  for (const append of changes.appends) producers.update(append);
  for (const transaction of changes.completed) {
    const lastStableOffset = producers.lastStableOffsetAfter(transaction);
    if (transaction.isAborted) segment.transactionIndex.append({ ...transaction, lastStableOffset });
    producers.complete(transaction);
  }
}
