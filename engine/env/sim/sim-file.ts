/**
 * One file of the simulated disk: its live content, and how to undo what was not synced. Bytes that were never written
 * (a file grown by `truncate`) read as zero and take no memory.
 */
import type { SeededRandom } from './seeded-random.ts';

/** A change since the last sync, with what it replaced. `before` is empty where the file only grew. */
interface UnsyncedChange {
  readonly position: number;
  length: number;
  /** What stood at `position` before; covers the part of the range that was inside the file. */
  readonly before: Uint8Array;
  readonly sizeBefore: number;
  /** Set for a change of the size alone. */
  readonly resized: boolean;
  /** Operations of the journal up to this change; one that only resizes is such an operation itself. */
  readonly journalled: number;
}

export class SimFile {
  readonly kind = 'file';
  size = 0;
  modifiedMs = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #changes: UnsyncedChange[] = [];

  read(target: Uint8Array, targetOffset: number, length: number, position: number): number {
    const count = Math.max(0, Math.min(length, this.size - position));
    const held = this.#bytes.subarray(position, position + count);
    target.set(held, targetOffset);
    target.fill(0, targetOffset + held.length, targetOffset + count);
    return count;
  }

  content(): Uint8Array {
    const bytes = new Uint8Array(this.size);
    this.read(bytes, 0, this.size, 0);
    return bytes;
  }

  /** `journalled`: operations of the journal so far. */
  write(source: Uint8Array, position: number, journalled: number): void {
    this.#note(position, source.length, journalled);
    this.#put(source, position);
    this.size = Math.max(this.size, position + source.length);
  }

  /** `journalled`: operations of the journal, this one included. */
  truncate(length: number, journalled: number): void {
    const cut = this.#bytes.slice(length, this.size);
    this.#changes.push({
      position: length,
      length: 0,
      before: cut,
      sizeBefore: this.size,
      resized: true,
      journalled,
    });
    this.#setSize(length);
  }

  sync(): void {
    this.#changes = [];
  }

  /** A resize is an operation of the journal: it is durable now, and with it (simply) what was written before it. */
  commitResizes(): void {
    this.#changes = this.#changes.slice(this.#changes.findLastIndex(({ resized }) => resized) + 1);
  }

  /**
   * Power loss: a random prefix of the unsynced changes stays. The first lost write may be torn: cut anywhere, or (the
   * size reached the disk, the data did not) with a tail of zeros. A growth is journalled, too: none stays that came after
   * an operation of the journal that was lost, and a resize stays when its operation does (`journalled` of them stayed).
   */
  losePower(random: SeededRandom, journalled: number): void {
    if (this.#changes.length === 0) return;
    const first = this.#changes.findIndex((change) => isJournalled(change) && change.journalled > journalled);
    const most = first === -1 ? this.#changes.length : first;
    const least = this.#changes.findLastIndex(({ resized, journalled: at }) => resized && at <= journalled) + 1;
    const kept = least + random.integer(most - least + 1);
    for (let i = this.#changes.length - 1; i >= kept; i--) {
      const change = this.#changes[i]!;
      if (i === kept && i !== first && !change.resized && random.chance(0.5)) this.#tear(change, random);
      else this.#undo(change);
    }
    this.#changes = [];
  }

  #tear(change: UnsyncedChange, random: SeededRandom): void {
    const keptLength = random.integer(change.length + 1);
    const head = this.#bytes.slice(change.position, change.position + keptLength);
    this.#undo(change);
    const zeroTail = random.chance(0.3);
    this.#put(head, change.position);
    const end = change.position + (zeroTail ? change.length : keptLength);
    this.size = Math.max(this.size, end);
  }

  #undo(change: UnsyncedChange): void {
    this.#setSize(Math.min(this.size, change.sizeBefore));
    this.#put(change.before, change.position);
    this.size = change.sizeBefore;
  }

  /** Remembers what a write of `length` bytes at `position` replaces. Writes that go on at the end are one change. */
  #note(position: number, length: number, journalled: number): void {
    const last = this.#changes.at(-1);
    const atEnd = position >= this.size;
    if (atEnd && last !== undefined && !last.resized && last.position + last.length === position) {
      if (last.before.length === 0 && last.sizeBefore <= last.position && last.journalled === journalled) {
        last.length += length;
        return;
      }
    }
    const before = new Uint8Array(Math.max(0, Math.min(this.size, position + length) - position));
    this.read(before, 0, before.length, position);
    this.#changes.push({ position, length, before, sizeBefore: this.size, resized: false, journalled });
  }

  #put(source: Uint8Array, position: number): void {
    if (source.length === 0) return;
    const end = position + source.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(
        Math.max(end, Math.min(this.#bytes.length * 2, this.#bytes.length + 16 * 2 ** 20), 256),
      );
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(source, position);
  }

  #setSize(length: number): void {
    this.#bytes.fill(0, Math.min(length, this.#bytes.length));
    this.size = length;
  }
}

function isJournalled({ position, length, sizeBefore, resized }: UnsyncedChange): boolean {
  return resized || position + length > sizeBefore;
}
