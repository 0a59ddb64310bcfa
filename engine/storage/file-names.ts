/**
 * Names of the files and directories of a log (`LogFileUtils`, `LocalLog`): a segment's files are its base offset with 20
 * digits and a suffix; files to be removed get `.deleted` behind it; a deleted partition's directory is
 * `<topic>-<partition>.<32 hex>-delete`, one that nobody knows `...-stray`.
 */
import type { Offset } from '../base/ids.ts';
import { hex } from '../base/text.ts';
import type { Random } from '../env/index.ts';
import type { LogId } from './log-types.ts';

export const suffixes = {
  log: '.log',
  index: '.index',
  timeIndex: '.timeindex',
  transactionIndex: '.txnindex',
  producerSnapshot: '.snapshot',
  deleted: '.deleted',
  cleaned: '.cleaned',
  swap: '.swap',
} as const;
export const deleteDirectorySuffix = '-delete';
export const strayDirectorySuffix = '-stray';
export const futureDirectorySuffix = '-future';
/** Longest name of a directory entry. */
const nameLengthMax = 255;

export function segmentFile(directory: string, baseOffset: Offset, suffix: string): string {
  return `${directory}/${baseOffset.toString().padStart(20, '0')}${suffix}`;
}

/** The offset in a file's name that ends with `suffix`; null when the name is not of that form. */
export function offsetOfFile(name: string, suffix: string): Offset | null {
  if (!name.endsWith(suffix)) return null;
  const digits = name.slice(0, -suffix.length);
  if (!/^\d{20}$/.test(digits)) return null;
  const offset = Number(digits);
  return Number.isSafeInteger(offset) ? offset : null;
}

export function partitionDirectory({ topic, partition }: LogId): string {
  return `${topic}-${partition}`;
}

/** Topic and partition of a directory's name; null when it is no partition (or one to be deleted, or moved). */
export function parsePartitionDirectory(name: string): LogId | null {
  const dash = name.lastIndexOf('-');
  if (dash <= 0) return null;
  const digits = name.slice(dash + 1);
  if (!/^\d{1,10}$/.test(digits)) return null;
  return { topic: name.slice(0, dash), partition: Number(digits) };
}

/** A name for a directory on its way out. Long topic names are cut so that the name fits. */
export function departingDirectory({ topic, partition }: LogId, suffix: string, random: Random): string {
  const end = `-${partition}.${hex(random.bytes(16))}${suffix}`;
  return topic.slice(0, nameLengthMax - end.length) + end;
}
