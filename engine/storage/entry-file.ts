/**
 * A file of fixed-size entries that only grows at its end or is cut there: the base of the index files. Entries are
 * kept in memory in their stored form, read from disk on first use, and written behind in groups: after an unclean stop
 * the index of every segment that could have unwritten entries is rebuilt from its log, so nothing depends on them.
 * Unlike Kafka's memory-mapped files these are never pre-allocated.
 */
import type { Disk, DiskFile } from '../env/index.ts';
import { DiskError } from '../env/index.ts';

/** Entries held back before they are written. */
const pendingMax = 64;

export class EntryFile {
  path: string;
  readonly entrySize: number;
  readonly maxEntries: number;
  readonly #disk: Disk;
  #bytes: Uint8Array = new Uint8Array(0);
  /** -1 until loaded. */
  #count = -1;
  #written = 0;
  #unsynced = false;
  /** The file on disk may be longer than what counts. */
  #isLonger = false;

  constructor(disk: Disk, path: string, entrySize: number, maxSize: number) {
    this.#disk = disk;
    this.path = path;
    this.entrySize = entrySize;
    this.maxEntries = Math.floor(maxSize / entrySize);
  }

  /** A file that is known not to exist: nothing is read. */
  startEmpty(): void {
    this.#count = 0;
    this.#written = 0;
  }

  get exists(): boolean {
    return this.#disk.stat(this.path) !== null;
  }

  /** Whether the file on disk has whole entries only. Absent counts as whole. */
  get isWhole(): boolean {
    const stat = this.#disk.stat(this.path);
    return stat === null || stat.size % this.entrySize === 0;
  }

  get count(): number {
    if (this.#count < 0) this.#load();
    return this.#count;
  }

  /** The stored entries; only the first `count * entrySize` bytes count. */
  get bytes(): Uint8Array {
    if (this.#count < 0) this.#load();
    return this.#bytes;
  }

  /** Makes room for one entry and returns where it goes; the caller fills it in at once. */
  append(): number {
    const at = this.count * this.entrySize;
    if (at + this.entrySize > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.entrySize * 16, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    this.#count++;
    return at;
  }

  /** To be called behind {@link append}: writes when enough is pending. A full disk leaves it pending. */
  appended(): void {
    if (this.#count - this.#written < pendingMax) return;
    try {
      this.write();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
    }
  }

  truncate(count: number): void {
    if (count >= this.count) return;
    this.#count = count;
    if (this.#written > count) {
      this.#written = count;
      this.#withFile((file) => file.truncate(count * this.entrySize));
    }
  }

  /** Empties it whatever is on disk, without reading that; the file follows with the next {@link write}. */
  reset(): void {
    this.#count = 0;
    this.#written = 0;
    this.#isLonger = this.exists;
  }

  /** Writes what is pending. `create`: make the file even when it is empty. */
  write(create = false): void {
    if (this.#count < 0) return;
    const isMissing = create && this.#count === 0 && !this.exists;
    if (this.#written === this.#count && !this.#isLonger && !isMissing) return;
    const from = this.#written * this.entrySize;
    const length = (this.#count - this.#written) * this.entrySize;
    this.#withFile((file) => {
      if (length > 0) file.write(this.#bytes, from, length, from);
      if (this.#isLonger && file.size() > from + length) file.truncate(from + length);
    });
    this.#written = this.#count;
    this.#isLonger = false;
  }

  /** Writes and makes durable. */
  flush(): void {
    this.write();
    if (!this.#unsynced) return;
    const file = this.#disk.open(this.path, 'write');
    try {
      file.sync();
    } finally {
      file.close();
    }
    this.#unsynced = false;
  }

  rename(path: string): void {
    if (this.exists) this.#disk.rename(this.path, path);
    this.path = path;
  }

  remove(): void {
    if (this.exists) this.#disk.removeFile(this.path);
    this.#count = 0;
    this.#written = 0;
  }

  #withFile(use: (file: DiskFile) => void): void {
    const file = this.#disk.open(this.path, 'write');
    try {
      use(file);
    } finally {
      file.close();
    }
    this.#unsynced = true;
  }

  #load(): void {
    const bytes = this.exists ? this.#disk.readFile(this.path) : new Uint8Array(0);
    this.#bytes = bytes;
    this.#count = Math.floor(bytes.length / this.entrySize);
    this.#written = this.#count;
  }
}
