/**
 * `<base offset>.timeindex`: the largest timestamp so far, written along with entries of the offset index and when a
 * segment is closed. Entry, 12 bytes big-endian: int64 timestamp, int32 relative offset of the last record of the batch
 * that has it. An entry says: no record up to that offset has a larger timestamp. Timestamps rise strictly.
 */
import type { Offset, TimestampMs } from '../base/ids.ts';
import { assert } from '../base/assert.ts';
import type { Disk } from '../env/index.ts';
import { getInt32, getInt64, noTimestamp, setInt32, setInt64 } from '../record/index.ts';
import { EntryFile } from './entry-file.ts';

export interface TimestampOffset {
  readonly timestamp: TimestampMs;
  readonly offset: Offset;
}

const entrySize = 12;

export class TimeIndex {
  readonly baseOffset: Offset;
  readonly file: EntryFile;

  constructor(disk: Disk, path: string, baseOffset: Offset, maxSize: number) {
    this.baseOffset = baseOffset;
    this.file = new EntryFile(disk, path, entrySize, maxSize);
  }

  /** One slot is kept for the entry that is written when the segment is closed. */
  get isFull(): boolean {
    return this.file.count >= this.file.maxEntries - 1;
  }

  /** (-1, base offset) when there is none. */
  get lastEntry(): TimestampOffset {
    const count = this.file.count;
    return count === 0 ? { timestamp: noTimestamp, offset: this.baseOffset } : this.entry(count - 1);
  }

  entry(slot: number): TimestampOffset {
    const at = slot * entrySize;
    const bytes = this.file.bytes;
    return { timestamp: getInt64(bytes, at), offset: this.baseOffset + getInt32(bytes, at + 8) };
  }

  /** Adds an entry when `timestamp` is larger than the last one's. */
  maybeAppend(timestamp: TimestampMs, offset: Offset): void {
    const last = this.lastEntry;
    assert(
      this.file.count === 0 || offset >= last.offset,
      () => `${this.file.path}: offset ${offset} is below the last entry's ${last.offset}`,
    );
    if (timestamp <= last.timestamp) return;
    const at = this.file.append();
    setInt64(this.file.bytes, at, timestamp);
    setInt32(this.file.bytes, at + 8, offset - this.baseOffset);
    this.file.appended();
  }

  /** The last entry whose timestamp is not above `timestamp`; (-1, base offset) when there is none. */
  lookup(timestamp: TimestampMs): TimestampOffset {
    let low = 0;
    let high = this.file.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (getInt64(this.file.bytes, middle * entrySize) <= timestamp) low = middle + 1;
      else high = middle - 1;
    }
    return high < 0 ? { timestamp: noTimestamp, offset: this.baseOffset } : this.entry(high);
  }

  /** Removes entries at or above `offset`. */
  truncateTo(offset: Offset): void {
    let count = this.file.count;
    while (count > 0 && this.entry(count - 1).offset >= offset) count--;
    this.file.truncate(count);
  }
}
