/**
 * What of one file would vanish with the power, and how to take it back: each change of durable content since the last sync,
 * with what it replaced. Bytes appended one after the other are one change without content, so that a log which grows costs
 * a comparison per write.
 */
import type { Disk, DiskFile } from '../disk.ts';

interface Change {
  readonly position: number;
  /** What stood at `position` before, as far as the file reached. */
  readonly before: Uint8Array;
  readonly sizeBefore: number;
  /** Set for a change of the size alone. */
  readonly resized: boolean;
}

const nothing = new Uint8Array(0);

export class UnsyncedFile {
  path: string;
  size: number;
  #changes: Change[] = [];

  constructor(path: string, size: number) {
    this.path = path;
    this.size = size;
  }

  get isDurable(): boolean {
    return this.#changes.length === 0;
  }

  /** Before a write: remembers what it replaces, read from `file`. */
  willWrite(file: DiskFile, position: number, length: number): void {
    if (length === 0) return;
    const replaced = Math.min(this.size, position + length) - position;
    const last = this.#changes.at(-1);
    if (replaced <= 0) {
      if (last === undefined || last.resized) this.#note(position, nothing, false);
    } else if (last === undefined || !covers(last, position, replaced)) {
      this.#note(position, readAt(file, position, replaced), false);
    }
  }

  /** After a write, or the part of it that was done. */
  didWrite(end: number): void {
    if (end > this.size) this.size = end;
  }

  /** Before a change of the size; `cut` are the bytes from `length` on. */
  willResize(length: number, cut: Uint8Array): void {
    this.#note(length, cut, true);
    this.size = length;
  }

  sync(): void {
    this.#changes = [];
  }

  /** A change of the size became durable, and with it what was written before it. */
  commitResizes(): void {
    this.#changes = this.#changes.slice(this.#changes.findLastIndex(({ resized }) => resized) + 1);
  }

  /** Takes back what is not durable, on the disk too; returns how many bytes that were written are gone. */
  undo(disk: Disk): number {
    const changes = this.#changes;
    this.#changes = [];
    if (changes.length === 0) return 0;
    const file = disk.open(this.path, 'write');
    let gone = 0;
    try {
      for (const { position, before, sizeBefore, resized } of changes.reverse()) {
        gone += Math.max(0, this.size - sizeBefore) + (resized ? 0 : before.length);
        if (before.length > 0) file.write(before, 0, before.length, position);
        file.truncate(sizeBefore);
        this.size = sizeBefore;
      }
    } finally {
      file.close();
    }
    return gone;
  }

  #note(position: number, before: Uint8Array, resized: boolean): void {
    this.#changes.push({ position, before, sizeBefore: this.size, resized });
  }
}

/** What stood there before is remembered already. */
function covers({ position, before, resized }: Change, from: number, length: number): boolean {
  return !resized && position <= from && position + before.length >= from + length;
}

export function readAt(file: DiskFile, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = file.read(bytes, done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return bytes;
}
