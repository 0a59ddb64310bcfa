/**
 * `<base offset>.txnindex`: the aborted transactions whose marker lies in the segment, in the order of the markers. Only
 * there when there are some. Entry, 34 bytes big-endian: int16 version 0, int64 producer id, int64 first offset, int64
 * last offset (the marker), int64 last stable offset of the moment before the marker.
 */
import type { Offset, ProducerId } from '../base/ids.ts';
import type { Disk } from '../env/index.ts';
import { getInt16, getInt64, setInt16, setInt64 } from '../record/index.ts';
import { EntryFile } from './entry-file.ts';

export interface AbortedEntry {
  readonly version: number;
  readonly producerId: ProducerId;
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly lastStableOffset: Offset;
}

const entrySize = 34;
const version = 0;

export class TransactionIndex {
  readonly startOffset: Offset;
  readonly file: EntryFile;

  constructor(disk: Disk, path: string, startOffset: Offset) {
    this.startOffset = startOffset;
    this.file = new EntryFile(disk, path, entrySize, Number.MAX_SAFE_INTEGER);
  }

  get entries(): AbortedEntry[] {
    return Array.from({ length: this.file.count }, (_, slot) => this.entry(slot));
  }

  entry(slot: number): AbortedEntry {
    const at = slot * entrySize;
    const bytes = this.file.bytes;
    return {
      version: getInt16(bytes, at),
      producerId: getInt64(bytes, at + 2),
      firstOffset: getInt64(bytes, at + 10),
      lastOffset: getInt64(bytes, at + 18),
      lastStableOffset: getInt64(bytes, at + 26),
    };
  }

  /** Why the file is corrupt, in Kafka's words (`TransactionIndex.sanityCheck`); null when it is sound. */
  problem(): string | null {
    if (!this.file.isWhole) return `Unexpected end of file while reading the transaction index ${this.file.path}`;
    for (const entry of this.entries) {
      if (entry.version > version)
        return `Unexpected aborted transaction version ${entry.version} in transaction index ${this.file.path}, current version is ${version}`;
      if (entry.lastOffset < this.startOffset) {
        return `Last offset of aborted transaction ${entry.lastOffset} in index ${this.file.path} is less than start offset ${this.startOffset}`;
      }
    }
    return null;
  }

  append(entry: Omit<AbortedEntry, 'version'>): void {
    const at = this.file.append();
    const bytes = this.file.bytes;
    setInt16(bytes, at, version);
    setInt64(bytes, at + 2, entry.producerId);
    setInt64(bytes, at + 10, entry.firstOffset);
    setInt64(bytes, at + 18, entry.lastOffset);
    setInt64(bytes, at + 26, entry.lastStableOffset);
    this.file.write();
  }

  /**
   * Adds to `found` the transactions that overlap [`fetchOffset`, `upperBound`). True when no later segment can hold any.
   */
  collect(fetchOffset: Offset, upperBound: Offset, found: AbortedEntry[]): boolean {
    for (let slot = 0; slot < this.file.count; slot++) {
      const entry = this.entry(slot);
      if (entry.lastOffset >= fetchOffset && entry.firstOffset < upperBound) found.push(entry);
      if (entry.lastStableOffset >= upperBound) return true;
    }
    return false;
  }

  /** Removes entries whose marker is at or above `offset`. */
  truncateTo(offset: Offset): void {
    let count = this.file.count;
    while (count > 0 && this.entry(count - 1).lastOffset >= offset) count--;
    this.file.truncate(count);
  }
}
