/**
 * Reads a partition of `__consumer_offsets` into {@link DurableGroups} (`CoordinatorLoaderImpl`): from the log's start to
 * its end, a piece at a time with other work in between. Records that no version explains are skipped with a warning, as
 * are those of other kinds of groups; nothing is ever written.
 */
import type { Offset, PartitionIndex } from '../../base/ids.ts';
import type { Clock, Tracer } from '../../env/index.ts';
import { MalformedMessageError } from '../../protocol/index.ts';
import {
  decodeControlRecord,
  iterateBatches,
  RecordCursor,
  type BatchHeader,
  type RecordCodecs,
} from '../../record/index.ts';
import type { PartitionReader } from '../partition-log.ts';
import type { DurableGroups } from './durable-groups.ts';
import { decodeGroupRecord, type LoadedRecord } from './records/group-record.ts';

export interface LoadDeps {
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly codecs: RecordCodecs;
  readonly reader: PartitionReader;
  readonly bytesAtATime: number;
  /** Of the partition: what lies below need not be told apart from what is committed. */
  readonly highWatermark: () => Offset;
  readonly component: string;
}

export interface LoadResult {
  readonly records: number;
  readonly bytes: number;
}

/** Calls back later, once, unless `cancelled` says so: with an error when the log cannot be read (any more). */
export function loadGroups(
  deps: LoadDeps,
  partition: PartitionIndex,
  state: DurableGroups,
  cancelled: () => boolean,
  done: (result: LoadResult | { readonly error: unknown }) => void,
): void {
  let next: Offset | null = null;
  let records = 0;
  let bytes = 0;
  const step = (): void => {
    if (cancelled()) return;
    let finished: boolean;
    try {
      finished = readPiece();
    } catch (error) {
      done({ error });
      return;
    }
    if (finished) done({ records, bytes });
    else deps.clock.soon(step);
  };
  const readPiece = (): boolean => {
    const range = deps.reader.range(partition);
    if (range === null) throw new Error(`this broker does not lead __consumer_offsets-${partition} any more`);
    next = Math.max(next ?? range.logStartOffset, range.logStartOffset);
    if (next >= range.logEndOffset) return true;
    const piece = deps.reader.read(partition, next, deps.bytesAtATime);
    const before = next;
    for (const batch of iterateBatches(piece)) {
      records += applyBatch(deps, state, batch, next);
      bytes += batch.sizeInBytes;
      next = Math.max(next, batch.nextOffset);
    }
    state.advance(deps.highWatermark());
    // Offsets at the end may have been compacted away.
    return next === before || next >= range.logEndOffset;
  };
  deps.clock.soon(step);
}

/** Applies the batch's records from offset `from` on; returns how many there were. */
function applyBatch(deps: LoadDeps, state: DurableGroups, batch: BatchHeader, from: Offset): number {
  const cursor = new RecordCursor(batch, deps.codecs);
  let records = 0;
  while (cursor.next()) {
    if (cursor.offset < from) continue;
    records++;
    if (batch.isControl) {
      const marker = decodeControlRecord(cursor.key, cursor.value);
      if (marker?.type === 'commit' || marker?.type === 'abort') {
        state.applyMarker(batch.producerId, marker.type === 'commit', cursor.offset);
      }
      continue;
    }
    const record = decode(deps, cursor);
    if (record !== null) state.apply(record, cursor.offset, batch.isTransactional ? batch.producerId : undefined);
  }
  return records;
}

function decode(deps: LoadDeps, cursor: RecordCursor): LoadedRecord | null {
  const { key, value, offset } = cursor;
  if (key === null) return null;
  try {
    // Copies: the state outlives the piece of log that was read.
    return decodeGroupRecord(key.slice(), value?.slice() ?? null);
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    deps.tracer.log(
      'warn',
      deps.component,
      `Skipping the record at offset ${offset}, which cannot be read: ${error.message}`,
    );
    return null;
  }
}
