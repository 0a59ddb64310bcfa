/**
 * The simulated disk of one node: a tree of files in memory that outlives the node's incarnations.
 * `losePower` forgets what was not synced (of each file's content a random prefix of the writes stays, the last one torn;
 * of the operations on directories a prefix, see {@link DirectoryJournal}); a kill loses nothing that was written.
 * Faults: a full volume ({@link SimDisk.capacityBytes}) and failing operations ({@link SimDisk.fail}).
 */
import { assert } from '../../base/assert.ts';
import type { Dispose } from '../../base/disposer.ts';
import { type Disk, DiskError, type DiskFile, type FileStat, type OpenMode } from '../disk.ts';
import type { SeededRandom } from './seeded-random.ts';
import { DirectoryJournal, SimDirectory, type SimEntry } from './sim-directory.ts';
import { SimFile } from './sim-file.ts';

export type DiskOperation =
  'open' | 'read' | 'write' | 'truncate' | 'sync' | 'stat' | 'list' | 'makeDirectory' | 'rename' | 'remove';

/** Operations that fail from now on. */
export interface DiskFault {
  /** `EIO`, `EACCES`, ... */
  readonly code: string;
  /** Absent: all operations. */
  readonly operations?: readonly DiskOperation[];
  /** Only paths that contain this. Absent: all paths. */
  readonly pathContains?: string;
  /** Only so many times. Absent: until disposed of. */
  times?: number;
}

export class SimDisk {
  /** Writes beyond this total fail with ENOSPC. */
  capacityBytes = 2 ** 40;
  readonly journal = new DirectoryJournal();
  readonly #root = new SimDirectory();
  readonly #nowMs: () => number;
  readonly #faults = new Set<DiskFault>();

  constructor(nowMs: () => number = () => 0) {
    this.#nowMs = nowMs;
  }

  /** The view of one incarnation of a node: it stops working when `isGone` says so. */
  attach(isGone: () => boolean = () => false): Disk {
    return new AttachedDisk(this, isGone);
  }

  losePower(random: SeededRandom): void {
    loseContent(this.#root, random, this.journal.losePower(random));
  }

  /** Makes operations fail until the returned function is called. */
  fail(fault: DiskFault): Dispose {
    this.#faults.add(fault);
    return () => this.#faults.delete(fault);
  }

  /** Bytes of all files. */
  usedBytes(): number {
    return sizeOf(this.#root);
  }

  /** Every file below `path` with its content, for comparisons; keys are paths relative to it. */
  files(path = ''): Map<string, Uint8Array> {
    const found = new Map<string, Uint8Array>();
    const entry = this.find(path);
    if (entry instanceof SimDirectory) collect(entry, '', found);
    return found;
  }

  check(operation: DiskOperation, path: string): void {
    for (const fault of this.#faults) {
      if (fault.operations !== undefined && !fault.operations.includes(operation)) continue;
      if (fault.pathContains !== undefined && !path.includes(fault.pathContains)) continue;
      if (fault.times !== undefined && --fault.times <= 0) this.#faults.delete(fault);
      throw new DiskError(fault.code, operation, path);
    }
  }

  reserve(bytes: number, path: string): void {
    // The tree is only summed up where the limit can matter.
    if (bytes <= 0 || this.capacityBytes === 2 ** 40) return;
    if (this.usedBytes() + bytes > this.capacityBytes) throw new DiskError('ENOSPC', 'write', path);
  }

  find(path: string): SimEntry | undefined {
    let entry: SimEntry | undefined = this.#root;
    for (const name of namesOf(path)) {
      if (!(entry instanceof SimDirectory)) return undefined;
      entry = entry.get(name);
    }
    return entry;
  }

  /** The directory that holds (or would hold) `path`, and the last name of it. */
  parent(operation: string, path: string): { directory: SimDirectory; name: string } {
    const names = namesOf(path);
    const name = names.pop();
    assert(name !== undefined, () => `${operation} of the disk's root`);
    const directory = this.find(names.join('/'));
    if (!(directory instanceof SimDirectory)) throw new DiskError('ENOENT', operation, path);
    return { directory, name };
  }

  touch(entry: SimEntry): void {
    entry.modifiedMs = this.#nowMs();
  }
}

class AttachedDisk implements Disk {
  readonly #disk: SimDisk;
  readonly #isGone: () => boolean;

  constructor(disk: SimDisk, isGone: () => boolean) {
    this.#disk = disk;
    this.#isGone = isGone;
  }

  open(path: string, mode: OpenMode): DiskFile {
    this.#check('open', path);
    const { directory, name } = this.#disk.parent('open', path);
    let entry = directory.get(name);
    if (entry instanceof SimDirectory) throw new DiskError('EISDIR', 'open', path);
    if (entry === undefined) {
      if (mode === 'read') throw new DiskError('ENOENT', 'open', path);
      entry = new SimFile();
      this.#disk.touch(entry);
      this.#disk.journal.change(directory, [[name, entry]]);
      this.#disk.touch(directory);
    }
    if (mode === 'truncate' && entry.size > 0) this.#disk.journal.resize(entry, 0);
    return new OpenFile(path, entry, mode !== 'read', this.#disk, (operation) => this.#check(operation, path));
  }

  stat(path: string): FileStat | null {
    this.#check('stat', path);
    const entry = this.#disk.find(path);
    return entry === undefined ? null : { kind: entry.kind, size: entry.size, modifiedMs: entry.modifiedMs };
  }

  list(path: string): string[] {
    this.#check('list', path);
    return this.#directory('list', path).names();
  }

  makeDirectory(path: string): void {
    this.#check('makeDirectory', path);
    let at = '';
    for (const name of namesOf(path)) {
      at = at === '' ? name : `${at}/${name}`;
      const entry = this.#disk.find(at);
      if (entry instanceof SimDirectory) continue;
      if (entry !== undefined) throw new DiskError('EEXIST', 'makeDirectory', path);
      const made = new SimDirectory();
      this.#disk.touch(made);
      this.#disk.journal.change(this.#disk.parent('makeDirectory', at).directory, [[name, made]]);
    }
  }

  rename(from: string, to: string): void {
    this.#check('rename', from);
    this.#check('rename', to);
    const source = this.#disk.parent('rename', from);
    const target = this.#disk.parent('rename', to);
    const entry = source.directory.get(source.name);
    if (entry === undefined) throw new DiskError('ENOENT', 'rename', from);
    const replaced = target.directory.get(target.name);
    if (replaced === entry) return;
    if (replaced instanceof SimDirectory) {
      if (entry instanceof SimFile) throw new DiskError('EISDIR', 'rename', to);
      if (replaced.names().length > 0) throw new DiskError('ENOTEMPTY', 'rename', to);
    } else if (replaced !== undefined && entry instanceof SimDirectory) throw new DiskError('ENOTDIR', 'rename', to);
    if (source.directory === target.directory) {
      this.#disk.journal.change(source.directory, [
        [source.name, undefined],
        [target.name, entry],
      ]);
      return;
    }
    this.#disk.journal.change(target.directory, [[target.name, entry]]);
    this.#disk.journal.change(source.directory, [[source.name, undefined]]);
  }

  removeFile(path: string): void {
    this.#remove(path, 'file');
  }

  removeDirectory(path: string): void {
    this.#remove(path, 'directory');
  }

  syncDirectory(path: string): void {
    this.#check('sync', path);
    this.#directory('sync', path);
    this.#disk.journal.commit();
  }

  readFile(path: string): Uint8Array {
    this.#check('read', path);
    const entry = this.#disk.find(path);
    if (entry === undefined) throw new DiskError('ENOENT', 'read', path);
    if (entry instanceof SimDirectory) throw new DiskError('EISDIR', 'read', path);
    return entry.content();
  }

  replaceFile(path: string, content: Uint8Array): void {
    const temporary = `${path}.tmp`;
    const file = this.open(temporary, 'truncate');
    try {
      file.write(content, 0, content.length, 0);
      file.sync();
    } finally {
      file.close();
    }
    this.rename(temporary, path);
    this.syncDirectory(namesOf(path).slice(0, -1).join('/'));
  }

  space(path: string): { totalBytes: number; freeBytes: number } {
    this.#check('stat', path);
    const totalBytes = this.#disk.capacityBytes;
    return { totalBytes, freeBytes: Math.max(0, totalBytes - this.#disk.usedBytes()) };
  }

  #remove(path: string, kind: SimEntry['kind']): void {
    this.#check('remove', path);
    const entry = this.#disk.find(path);
    if (entry === undefined) return;
    if (entry.kind !== kind) throw new DiskError(entry.kind === 'file' ? 'ENOTDIR' : 'EISDIR', 'remove', path);
    const { directory, name } = this.#disk.parent('remove', path);
    this.#disk.journal.change(directory, [[name, undefined]]);
    this.#disk.touch(directory);
  }

  #directory(operation: string, path: string): SimDirectory {
    const entry = this.#disk.find(path);
    if (entry === undefined) throw new DiskError('ENOENT', operation, path);
    if (entry instanceof SimFile) throw new DiskError('ENOTDIR', operation, path);
    return entry;
  }

  #check(operation: DiskOperation, path: string): void {
    assert(!this.#isGone(), () => `${operation} ${path} by a node that is dead`);
    this.#disk.check(operation, path);
  }
}

class OpenFile implements DiskFile {
  readonly path: string;
  readonly #file: SimFile;
  readonly #writable: boolean;
  readonly #disk: SimDisk;
  readonly #check: (operation: DiskOperation) => void;
  #closed = false;

  constructor(
    path: string,
    file: SimFile,
    writable: boolean,
    disk: SimDisk,
    check: (operation: DiskOperation) => void,
  ) {
    this.path = path;
    this.#file = file;
    this.#writable = writable;
    this.#disk = disk;
    this.#check = check;
  }

  read(target: Uint8Array, targetOffset: number, length: number, position: number): number {
    this.#use('read');
    assert(
      targetOffset + length <= target.length,
      () => `read of ${length} bytes into ${target.length - targetOffset}`,
    );
    return this.#file.read(target, targetOffset, length, position);
  }

  write(source: Uint8Array, sourceOffset: number, length: number, position: number): void {
    this.#use('write');
    const end = sourceOffset + length;
    assert(end <= source.length, () => `write of ${length} bytes out of ${source.length - sourceOffset}`);
    this.#disk.reserve(position + length - this.#file.size, this.path);
    this.#file.write(source.subarray(sourceOffset, end), position, this.#disk.journal.count);
    this.#disk.touch(this.#file);
  }

  writev(parts: readonly Uint8Array[], position: number): void {
    let at = position;
    for (const part of parts) {
      this.write(part, 0, part.length, at);
      at += part.length;
    }
  }

  size(): number {
    this.#use('stat');
    return this.#file.size;
  }

  truncate(length: number): void {
    this.#use('truncate');
    this.#disk.journal.resize(this.#file, length);
    this.#disk.touch(this.#file);
  }

  sync(): void {
    this.#use('sync');
    this.#file.sync();
    this.#disk.journal.commit();
  }

  close(): void {
    this.#closed = true;
  }

  #use(operation: DiskOperation): void {
    assert(!this.#closed, () => `${operation} ${this.path} after its close`);
    if (!this.#writable && (operation === 'write' || operation === 'truncate')) {
      throw new DiskError('EBADF', operation, this.path);
    }
    this.#check(operation);
  }
}

function namesOf(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  assert(!names.includes('..'), () => `the path ${path} leaves its directory`);
  return names;
}

function sizeOf(entry: SimEntry): number {
  if (entry instanceof SimFile) return entry.size;
  let total = 0;
  for (const child of entry.entries()) total += sizeOf(child);
  return total;
}

function loseContent(directory: SimDirectory, random: SeededRandom, journalled: number): void {
  for (const entry of directory.entries()) {
    if (entry instanceof SimFile) entry.losePower(random, journalled);
    else loseContent(entry, random, journalled);
  }
}

function collect(directory: SimDirectory, prefix: string, found: Map<string, Uint8Array>): void {
  for (const name of directory.names()) {
    const entry = directory.get(name)!;
    if (entry instanceof SimFile) found.set(prefix + name, entry.content());
    else collect(entry, `${prefix}${name}/`, found);
  }
}
