/** Index files and producer snapshots in words, checked against the log beside them. */
import type { Disk } from '../../env/index.ts';
import type { BatchHeader, RecordCodecs } from '../../record/index.ts';
import { RecordCursor, iterateBatches } from '../../record/index.ts';
import { OffsetIndex } from '../../storage/offset-index.ts';
import { CorruptSnapshotError, decodeProducerSnapshot } from '../../storage/producer-snapshot.ts';
import { TimeIndex } from '../../storage/time-index.ts';
import { TransactionIndex } from '../../storage/transaction-index.ts';
import type { DumpOptions, DumpOutput } from './dump-log.ts';

export interface IndexSource {
  readonly disk: Disk;
  readonly path: string;
  /** The path as it was asked for. */
  readonly shown: string;
  readonly baseOffset: number;
  readonly codecs: RecordCodecs;
}

/** What does not fit: printed behind all files. */
export interface TimeIndexProblems {
  readonly mismatches: (readonly [number, number])[];
  readonly outOfOrder: (readonly [number, number])[];
  readonly notFound: (readonly [number, number])[];
}

function siblingPath(path: string, suffix: string): string {
  return path.slice(0, path.lastIndexOf('.')) + suffix;
}

/** Index and log offsets that differ. */
export function dumpOffsetIndex(
  source: IndexSource,
  options: DumpOptions,
  output: DumpOutput,
): (readonly [number, number])[] {
  const { disk, path, shown, baseOffset } = source;
  const index = new OffsetIndex(disk, path, baseOffset, Number.MAX_SAFE_INTEGER);
  const { count } = index.file;
  const mismatches: (readonly [number, number])[] = [];
  if (count === 0) output.out(`${shown} is empty.`);
  else if (options.indexSanityCheck === true) checkSanity(source, index.lastOffset, index.file.isWhole, output);
  else {
    const log = disk.readFile(siblingPath(path, '.log'));
    for (let slot = 0; slot < count; slot++) {
      const { offset, position } = index.entry(slot);
      // A pre-allocated file after a crash: zeros from here on.
      if (offset === baseOffset && slot > 0) break;
      const found = firstBatch(log, position)?.lastOffset ?? -1;
      if (found !== offset) mismatches.push([offset, found]);
      if (options.verifyIndexOnly !== true) output.out(`offset: ${offset} position: ${position}`);
    }
  }
  return mismatches;
}

export function dumpTimeIndex(source: IndexSource, options: DumpOptions, output: DumpOutput): TimeIndexProblems {
  const { disk, path, baseOffset } = source;
  const index = new TimeIndex(disk, path, baseOffset, Number.MAX_SAFE_INTEGER);
  const problems: TimeIndexProblems = { mismatches: [], outOfOrder: [], notFound: [] };
  if (options.indexSanityCheck === true) {
    checkSanity(source, index.lastEntry.offset, index.file.isWhole, output);
    return problems;
  }
  const log = disk.readFile(siblingPath(path, '.log'));
  const offsets = new OffsetIndex(disk, siblingPath(path, '.index'), baseOffset, Number.MAX_SAFE_INTEGER);
  let previous = -1;
  for (let slot = 0; slot < index.file.count; slot++) {
    const { timestamp, offset } = index.entry(slot);
    if (offset === baseOffset && slot > 0) break;
    const batch = batchThatEndsAt(log, offsets.lookup(offset).position, offset);
    if (batch?.lastOffset !== offset) problems.notFound.push([offset, batch?.lastOffset ?? -1]);
    else {
      const largest = largestTimestamp(batch, source.codecs);
      if (largest !== timestamp) problems.mismatches.push([timestamp, largest]);
      if (previous >= timestamp) problems.outOfOrder.push([timestamp, previous]);
    }
    if (options.verifyIndexOnly !== true) output.out(`timestamp: ${timestamp} offset: ${offset}`);
    previous = timestamp;
  }
  return problems;
}

function checkSanity(
  { shown, path, baseOffset }: IndexSource,
  lastOffset: number,
  isWhole: boolean,
  output: DumpOutput,
): void {
  if (!isWhole) output.error(`Index file ${path} is corrupt: it ends within an entry.`);
  else if (lastOffset < baseOffset) {
    output.error(
      `Corrupt index found, index file (${path}) has a last offset of ${lastOffset} below the base offset ${baseOffset}.`,
    );
  } else output.out(`${shown} passed sanity check.`);
}

function firstBatch(log: Uint8Array, position: number): BatchHeader | null {
  const first = iterateBatches(log, position).next();
  return first.done === true ? null : first.value;
}

function batchThatEndsAt(log: Uint8Array, from: number, offset: number): BatchHeader | null {
  for (const batch of iterateBatches(log, from)) if (batch.lastOffset >= offset) return batch;
  return null;
}

function largestTimestamp(batch: BatchHeader, codecs: RecordCodecs): number {
  let largest = -1;
  const records = new RecordCursor(batch, codecs);
  while (records.next()) largest = Math.max(largest, records.timestamp);
  return largest;
}

export function dumpTransactionIndex({ disk, path, baseOffset }: IndexSource, output: DumpOutput): void {
  for (const entry of new TransactionIndex(disk, path, baseOffset).entries) {
    output.out(
      `version: ${entry.version} producerId: ${entry.producerId} firstOffset: ${entry.firstOffset}` +
        ` lastOffset: ${entry.lastOffset} lastStableOffset: ${entry.lastStableOffset}`,
    );
  }
}

export function dumpProducerSnapshot({ disk, path }: IndexSource, output: DumpOutput): void {
  try {
    for (const entry of decodeProducerSnapshot(disk.readFile(path))) {
      const open = entry.currentTransactionFirstOffset;
      const batch =
        entry.lastOffset < 0
          ? ''
          : ` firstSequence: ${entry.lastSequence - entry.offsetDelta} lastSequence: ${entry.lastSequence}` +
            ` lastOffset: ${entry.lastOffset} offsetDelta: ${entry.offsetDelta} timestamp: ${entry.timestamp}`;
      output.out(
        `producerId: ${entry.producerId} producerEpoch: ${entry.producerEpoch} coordinatorEpoch: ${entry.coordinatorEpoch}` +
          ` currentTxnFirstOffset: ${open < 0 ? 'OptionalLong.empty' : `OptionalLong[${open}]`} lastTimestamp: ${entry.timestamp}${batch}`,
      );
    }
  } catch (error) {
    if (!(error instanceof CorruptSnapshotError)) throw error;
    output.error(error.message);
  }
}
