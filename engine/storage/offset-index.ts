/**
 * `<base offset>.index`: where batches lie in the segment, one entry about each `index.interval.bytes`. Entry, 8 bytes
 * big-endian: int32 last offset of a batch relative to the base offset, int32 position of that batch. Both rise.
 */
import type { Offset } from '../base/ids.ts';
import { assert } from '../base/assert.ts';
import type { Disk } from '../env/index.ts';
import { getInt32, setInt32 } from '../record/index.ts';
import { EntryFile } from './entry-file.ts';

export interface OffsetPosition {
  readonly offset: Offset;
  readonly position: number;
}

const entrySize = 8;
/** Offsets of a segment lie within this distance of its base offset. */
export const relativeOffsetMax = 0x7fff_ffff;

export class OffsetIndex {
  readonly baseOffset: Offset;
  readonly file: EntryFile;

  constructor(disk: Disk, path: string, baseOffset: Offset, maxSize: number) {
    this.baseOffset = baseOffset;
    this.file = new EntryFile(disk, path, entrySize, maxSize);
  }

  get isFull(): boolean {
    return this.file.count >= this.file.maxEntries;
  }

  /** Offset of the last entry; the base offset when there is none. */
  get lastOffset(): Offset {
    const count = this.file.count;
    return count === 0 ? this.baseOffset : this.#offsetOf(count - 1);
  }

  append(offset: Offset, position: number): void {
    assert(
      this.file.count === 0 || offset > this.lastOffset,
      () => `${this.file.path}: offset ${offset} is not above the last entry's ${this.lastOffset}`,
    );
    const at = this.file.append();
    setInt32(this.file.bytes, at, offset - this.baseOffset);
    setInt32(this.file.bytes, at + 4, position);
    this.file.appended();
  }

  /** The last entry whose offset is not above `offset`; (base offset, 0) when there is none. */
  lookup(offset: Offset): OffsetPosition {
    const slot = this.#slotOf(offset);
    return slot < 0 ? { offset: this.baseOffset, position: 0 } : this.entry(slot);
  }

  entry(slot: number): OffsetPosition {
    return { offset: this.#offsetOf(slot), position: getInt32(this.file.bytes, slot * entrySize + 4) };
  }

  /** Removes entries at or above `offset`. */
  truncateTo(offset: Offset): void {
    const slot = this.#slotOf(offset);
    this.file.truncate(slot >= 0 && this.#offsetOf(slot) === offset ? slot : slot + 1);
  }

  #offsetOf(slot: number): Offset {
    return this.baseOffset + getInt32(this.file.bytes, slot * entrySize);
  }

  #slotOf(offset: Offset): number {
    let low = 0;
    let high = this.file.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (this.#offsetOf(middle) <= offset) low = middle + 1;
      else high = middle - 1;
    }
    return high;
  }
}
