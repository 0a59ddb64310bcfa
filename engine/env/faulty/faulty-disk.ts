/**
 * A disk with faults, over any other: slow, full, and losing with the power what was not flushed. It always keeps track of
 * what is durable, as little as that takes: nothing for reads, a comparison for a write that appends.
 *
 * Invariants: without a fault and until {@link FaultyDisk.losePower} it does what the disk below does. After a loss of
 * power the disk below holds what a sync has made durable and nothing else (the worst that may happen; `env/sim` has the
 * whole range); what was there when this was opened counts as durable. One path is written in one way only.
 */
import { type Disk, DiskError, type DiskFile, type FileStat, type OpenMode } from '../disk.ts';
import { type ByteBudget, unlimited } from './byte-budget.ts';
import { readAt, UnsyncedFile } from './unsynced-file.ts';
import { UnsyncedNames } from './unsynced-names.ts';

export interface Slowness {
  /** Added to each write and flush. */
  readonly delayMs: number;
  /** Null: as fast as it is. */
  readonly bytesPerSecond: number | null;
}

export interface FaultyDiskOptions {
  /** A directory on the same volume, outside of all that its user lists: removed things wait there to be durable. */
  readonly aside: string;
  /** Stands still for so long: the disk is synchronous, so its thread waits with it. */
  readonly wait: (ms: number) => void;
  readonly budget?: ByteBudget;
}

export interface PowerLoss {
  readonly vanishedBytes: number;
  /** Files that lost something, or all. */
  readonly files: number;
}

export class FaultyDisk implements Disk {
  readonly #disk: Disk;
  readonly #names: UnsyncedNames;
  readonly #wait: (ms: number) => void;
  readonly #budget: ByteBudget;
  #slowness: Slowness | null = null;
  /** By path: every file that was opened for writing. */
  readonly #files = new Map<string, UnsyncedFile>();
  readonly #unsynced = new Set<UnsyncedFile>();
  readonly #resized = new Set<UnsyncedFile>();
  /** Files made since the last sync; a loss of power takes them whole. */
  #made = new Set<UnsyncedFile>();
  /** Files that a rename replaced since then. */
  #replaced: UnsyncedFile[] = [];

  constructor(disk: Disk, { aside, wait, budget = unlimited }: FaultyDiskOptions) {
    this.#disk = disk;
    this.#wait = wait;
    this.#budget = budget;
    this.#names = new UnsyncedNames(disk, aside);
    this.#names.clear();
  }

  setSlowness(slowness: Slowness | null): void {
    this.#slowness = slowness;
  }

  /** Takes back all that is not durable. The disk must not be used afterwards. */
  losePower(): PowerLoss {
    let vanishedBytes = 0;
    let files = 0;
    const made = this.#made;
    for (const file of made) {
      if (file.size > 0) files += 1;
      vanishedBytes += file.size;
    }
    this.#names.undo();
    for (const file of this.#unsynced) {
      if (made.has(file)) continue;
      const gone = file.undo(this.#disk);
      if (gone > 0) files += 1;
      vanishedBytes += gone;
    }
    this.#unsynced.clear();
    return { vanishedBytes, files };
  }

  open(path: string, mode: OpenMode): DiskFile {
    if (mode === 'read') return this.#disk.open(path, mode);
    let tracked = this.#files.get(path);
    const stat = tracked === undefined ? this.#disk.stat(path) : null;
    const cut =
      mode === 'truncate' && (tracked?.size ?? stat?.size ?? 0) > 0 && stat?.kind !== 'directory'
        ? this.#disk.readFile(path)
        : null;
    const file = this.#disk.open(path, mode);
    if (tracked === undefined) {
      tracked = new UnsyncedFile(path, stat?.size ?? 0);
      this.#files.set(path, tracked);
      if (stat === null) this.#noteMade(tracked);
    }
    if (cut !== null) this.#noteResize(tracked, 0, cut);
    return new FaultyFile(file, tracked, this);
  }

  #noteMade(file: UnsyncedFile): void {
    this.#made.add(file);
    this.#names.note(() => {
      this.#disk.removeFile(file.path);
      this.#files.delete(file.path);
    });
  }

  #noteResize(file: UnsyncedFile, length: number, cut: Uint8Array): void {
    if (length < file.size) this.give(file.size - length);
    file.willResize(length, cut);
    this.#resized.add(file);
    this.#unsynced.add(file);
  }

  stat(path: string): FileStat | null {
    return this.#disk.stat(path);
  }

  list(path: string): string[] {
    return this.#disk.list(path);
  }

  makeDirectory(path: string): void {
    let made = path;
    if (this.#disk.stat(path) !== null) return this.#disk.makeDirectory(path);
    for (let up = parentOf(made); up !== '' && this.#disk.stat(up) === null; up = parentOf(made)) made = up;
    this.#disk.makeDirectory(path);
    this.#names.note(() => this.#disk.removeDirectory(made));
  }

  rename(from: string, to: string): void {
    const replaced = from === to ? null : this.#disk.stat(to);
    const before = replaced?.kind === 'file' ? this.#disk.readFile(to) : null;
    this.#disk.rename(from, to);
    if (from === to) return;
    const replacedFile = this.#files.get(to);
    this.#files.delete(to);
    if (replacedFile !== undefined) this.#replaced.push(replacedFile);
    this.#move(from, to);
    this.#names.note(() => {
      this.#disk.rename(to, from);
      this.#move(to, from);
      if (replaced?.kind === 'directory') this.#disk.makeDirectory(to);
      if (before !== null) putBack(this.#disk, to, before);
      if (replacedFile !== undefined) this.#files.set(to, replacedFile);
    });
    if (before !== null) this.give(before.length);
  }

  removeFile(path: string): void {
    const stat = this.#disk.stat(path);
    if (stat === null) return;
    // The disk's own refusal.
    if (stat.kind !== 'file') return this.#disk.removeFile(path);
    this.#setAside(path);
    this.give(stat.size);
  }

  removeDirectory(path: string): void {
    const stat = this.#disk.stat(path);
    if (stat === null) return;
    if (stat.kind !== 'directory') return this.#disk.removeDirectory(path);
    this.#setAside(path);
  }

  /** Its files are tracked on where they are: what of them is not durable is not so there either. */
  #setAside(path: string): void {
    const kept = this.#names.setAside(path);
    this.#move(path, kept);
    this.#names.note(() => {
      this.#disk.rename(kept, path);
      this.#move(kept, path);
    });
  }

  syncDirectory(path: string): void {
    this.#slow(0);
    this.#disk.syncDirectory(path);
    this.commit();
  }

  readFile(path: string): Uint8Array {
    return this.#disk.readFile(path);
  }

  replaceFile(path: string, content: Uint8Array): void {
    this.#slow(content.length);
    this.#slow(0);
    this.#roomFor(content.length, path);
    const was = this.#files.get(path)?.size ?? this.#disk.stat(path)?.size ?? 0;
    this.#disk.replaceFile(path, content);
    if (content.length !== was) this.give(was - content.length);
    this.#forget(path);
    this.#forget(`${path}.tmp`);
    this.commit();
  }

  space(path: string): { totalBytes: number; freeBytes: number } {
    const { totalBytes, freeBytes } = this.#disk.space(path);
    return { totalBytes, freeBytes: Math.max(0, Math.min(freeBytes, this.#budget.left())) };
  }

  /** For its files: before `bytes` are written at `end - bytes`. */
  beforeWrite(file: UnsyncedFile, bytes: number, end: number): void {
    this.#slow(bytes);
    this.#roomFor(end - file.size, file.path);
    this.#unsynced.add(file);
  }

  /** For its files. */
  afterWrite(file: UnsyncedFile, end: number): void {
    const grown = end - file.size;
    if (grown <= 0) return;
    file.didWrite(end);
    this.give(-grown);
  }

  /** For its files, before a change of size. */
  beforeResize(file: UnsyncedFile, handle: DiskFile, length: number): void {
    const cut = length < file.size ? readAt(handle, length, file.size - length) : new Uint8Array(0);
    this.#noteResize(file, length, cut);
  }

  /** For its files. */
  beforeSync(): void {
    this.#slow(0);
  }

  /** For its files. */
  afterSync(file: UnsyncedFile): void {
    file.sync();
    this.#unsynced.delete(file);
    this.#resized.delete(file);
    this.commit();
  }

  /** A sync of anything: all operations on names and sizes so far are durable. */
  commit(): void {
    for (const path of this.#names.commit()) this.#forgetAll(path);
    for (const file of this.#replaced) this.#drop(file);
    if (this.#replaced.length > 0) this.#replaced = [];
    if (this.#made.size > 0) this.#made = new Set();
    if (this.#resized.size === 0) return;
    for (const file of this.#resized) {
      file.commitResizes();
      if (file.isDurable) this.#unsynced.delete(file);
    }
    this.#resized.clear();
  }

  /** Bytes that are free again; negative for bytes that are taken. */
  give(bytes: number): void {
    if (bytes !== 0 && this.#budget.left() !== Infinity) this.#budget.take(-bytes);
  }

  #roomFor(bytes: number, path: string): void {
    if (bytes > 0 && bytes > this.#budget.left()) throw new DiskError('ENOSPC', 'write', path);
  }

  #slow(bytes: number): void {
    if (this.#slowness === null) return;
    const { delayMs, bytesPerSecond } = this.#slowness;
    const ms = delayMs + (bytesPerSecond === null ? 0 : (bytes * 1000) / bytesPerSecond);
    if (ms > 0) this.#wait(ms);
  }

  #forget(path: string): void {
    const file = this.#files.get(path);
    if (file === undefined) return;
    this.#files.delete(path);
    this.#drop(file);
  }

  #drop(file: UnsyncedFile): void {
    this.#unsynced.delete(file);
    this.#resized.delete(file);
  }

  /** A file, or a directory with all its files. */
  #forgetAll(path: string): void {
    this.#forget(path);
    for (const each of [...this.#files.keys()]) if (each.startsWith(`${path}/`)) this.#forget(each);
  }

  /** A file, or a directory with all its files, has another name. */
  #move(from: string, to: string): void {
    const file = this.#files.get(from);
    if (file !== undefined) this.#rename(file, from, to);
    const inside = `${from}/`;
    for (const [path, each] of [...this.#files]) {
      if (path.startsWith(inside)) this.#rename(each, path, `${to}/${path.slice(inside.length)}`);
    }
  }

  #rename(file: UnsyncedFile, from: string, to: string): void {
    this.#files.delete(from);
    file.path = to;
    this.#files.set(to, file);
  }
}

class FaultyFile implements DiskFile {
  readonly path: string;
  readonly #file: DiskFile;
  readonly #tracked: UnsyncedFile;
  readonly #disk: FaultyDisk;

  constructor(file: DiskFile, tracked: UnsyncedFile, disk: FaultyDisk) {
    this.path = file.path;
    this.#file = file;
    this.#tracked = tracked;
    this.#disk = disk;
  }

  read(target: Uint8Array, targetOffset: number, length: number, position: number): number {
    return this.#file.read(target, targetOffset, length, position);
  }

  write(source: Uint8Array, sourceOffset: number, length: number, position: number): void {
    const end = position + length;
    this.#disk.beforeWrite(this.#tracked, length, end);
    this.#tracked.willWrite(this.#file, position, length);
    this.#file.write(source, sourceOffset, length, position);
    this.#disk.afterWrite(this.#tracked, end);
  }

  writev(parts: readonly Uint8Array[], position: number): void {
    let length = 0;
    for (const part of parts) length += part.length;
    const end = position + length;
    this.#disk.beforeWrite(this.#tracked, length, end);
    this.#tracked.willWrite(this.#file, position, length);
    this.#file.writev(parts, position);
    this.#disk.afterWrite(this.#tracked, end);
  }

  size(): number {
    return this.#file.size();
  }

  truncate(length: number): void {
    this.#disk.beforeResize(this.#tracked, this.#file, length);
    this.#file.truncate(length);
  }

  sync(): void {
    this.#disk.beforeSync();
    this.#file.sync();
    this.#disk.afterSync(this.#tracked);
  }

  close(): void {
    this.#file.close();
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** A file that a rename replaced comes back with what it held. */
function putBack(disk: Disk, path: string, content: Uint8Array): void {
  const file = disk.open(path, 'truncate');
  try {
    file.write(content, 0, content.length, 0);
  } finally {
    file.close();
  }
}
