/**
 * `lab dump-log`: files of a log directory in words, line for line as the official `kafka-dump-log` of 4.3.1 prints them
 * (`DumpLogSegments`). Differences: what is inside `__transaction_state` and `__share_group_state`, and records of
 * `__consumer_offsets` other than committed offsets and classic groups, is not decoded; complaints come in the order of
 * the files.
 */
import { resolve } from 'node:path';
import { DiskError } from '../../env/index.ts';
import type { Disk } from '../../env/index.ts';
import type { RecordCodecs } from '../../record/index.ts';
import type { Gaps } from './dump-batches.ts';
import { dumpBatches } from './dump-batches.ts';
import type { TimeIndexProblems } from './dump-indexes.ts';
import { dumpOffsetIndex, dumpProducerSnapshot, dumpTimeIndex, dumpTransactionIndex } from './dump-indexes.ts';
import type { RecordDecoder } from './record-text.ts';

export interface DumpOptions {
  /** A line for each record. */
  readonly deepIteration?: boolean;
  /** Keys and values, too. */
  readonly printData?: boolean;
  readonly decoder?: RecordDecoder;
  readonly skipRecordMetadata?: boolean;
  readonly verifyIndexOnly?: boolean;
  readonly indexSanityCheck?: boolean;
  /** Of each log, only so many bytes from its start. */
  readonly maxBytes?: number;
}

export interface DumpOutput {
  out(line: string): void;
  error(line: string): void;
}

export interface DumpSource {
  readonly disk: Disk;
  readonly codecs: RecordCodecs;
}

interface Complaints {
  readonly gaps: Map<string, Gaps>;
  readonly indexes: Map<string, Gaps>;
  readonly timeIndexes: Map<string, TimeIndexProblems>;
}

/** Prints `files` in turn, then what does not fit in them. False when a file could not be read. */
export function dumpLog(
  files: readonly string[],
  options: DumpOptions,
  source: DumpSource,
  output: DumpOutput,
): boolean {
  const complaints: Complaints = { gaps: new Map(), indexes: new Map(), timeIndexes: new Map() };
  let allRead = true;
  for (const shown of files) {
    output.out(`Dumping ${shown}`);
    try {
      dumpFile(shown, options, source, output, complaints);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      output.error(`${shown}: ${error.message}`);
      allRead = false;
    }
  }
  tell(complaints, output);
  return allRead;
}

function dumpFile(
  shown: string,
  options: DumpOptions,
  { disk, codecs }: DumpSource,
  output: DumpOutput,
  complaints: Complaints,
): void {
  const path = resolve(shown);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const baseOffset = Number(name.split('.')[0]);
  const index = { disk, path, shown, baseOffset, codecs };
  const suffix = name.includes('.') ? name.slice(name.lastIndexOf('.')) : '';
  switch (suffix) {
    case '.log':
    case '.checkpoint': {
      output.out(title(name, suffix));
      const gaps = dumpBatches({ name, bytes: disk.readFile(path) }, options, codecs, output);
      if (gaps.length > 0) complaints.gaps.set(path, gaps);
      return;
    }
    case '.index': {
      const mismatches = dumpOffsetIndex(index, options, output);
      if (mismatches.length > 0) complaints.indexes.set(path, mismatches);
      return;
    }
    case '.timeindex':
      complaints.timeIndexes.set(path, dumpTimeIndex(index, options, output));
      return;
    case '.txnindex':
      dumpTransactionIndex(index, output);
      return;
    case '.snapshot':
      dumpProducerSnapshot(index, output);
      return;
    default:
      output.error(`Ignoring unknown file ${shown}`);
  }
}

function title(name: string, suffix: string): string {
  if (suffix === '.log') return `Log starting offset: ${Number(name.slice(0, -suffix.length))}`;
  if (name === 'bootstrap.checkpoint') return 'KRaft bootstrap snapshot';
  const [offset, epoch] = name.slice(0, -suffix.length).split('-').map(Number);
  return `Snapshot end offset: ${offset}, epoch: ${epoch}`;
}

function tell({ gaps, indexes, timeIndexes }: Complaints, output: DumpOutput): void {
  for (const [path, pairs] of indexes) {
    output.error(`Mismatches in :${path}`);
    for (const [indexed, found] of pairs) output.error(`  Index offset: ${indexed}, log offset: ${found}`);
  }
  for (const [path, { mismatches }] of timeIndexes) {
    if (mismatches.length > 0) output.error(`Found timestamp mismatch in :${path}`);
    for (const [indexed, found] of mismatches) output.error(`  Index timestamp: ${indexed}, log timestamp: ${found}`);
  }
  for (const [path, { outOfOrder }] of timeIndexes) {
    if (outOfOrder.length > 0) output.error(`Found out of order timestamp in :${path}`);
    for (const [indexed, before] of outOfOrder) {
      output.error(`  Index timestamp: ${indexed}, Previously indexed timestamp: ${before}`);
    }
  }
  for (const { notFound } of timeIndexes.values()) {
    if (notFound.length > 0) output.error('The following indexed offsets are not found in the log.');
    for (const [indexed, found] of notFound) output.error(`Indexed offset: ${indexed}, found log offset: ${found}`);
  }
  for (const [path, pairs] of gaps) {
    output.error(`Non-consecutive offsets in ${path}`);
    for (const [first, second] of pairs) output.error(`  ${first} is followed by ${second}`);
  }
}
