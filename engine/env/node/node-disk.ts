/**
 * The disk of the machine below one directory, by the synchronous calls of `node:fs`. Errors become {@link DiskError}
 * with the operating system's code.
 */
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
  writevSync,
} from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { type Disk, DiskError, type DiskFile, type FileStat, type OpenMode } from '../disk.ts';

const { O_CREAT, O_RDONLY, O_RDWR, O_TRUNC } = constants;
const openFlags: Record<OpenMode, number> = {
  read: O_RDONLY,
  write: O_RDWR | O_CREAT,
  truncate: O_RDWR | O_CREAT | O_TRUNC,
};
/** IOV_MAX of Linux and macOS. */
const partsPerWriteMax = 1024;

export class NodeDisk implements Disk {
  readonly #root: string;

  /** Relative paths are below `root`. */
  constructor(root: string) {
    this.#root = root;
  }

  open(path: string, mode: OpenMode): DiskFile {
    return attempt('open', path, () => new NodeFile(path, openSync(this.#resolve(path), openFlags[mode], 0o644)));
  }

  stat(path: string): FileStat | null {
    return attempt('stat', path, () => {
      const stat = statSync(this.#resolve(path), { throwIfNoEntry: false });
      if (stat === undefined) return null;
      return { kind: stat.isDirectory() ? 'directory' : 'file', size: stat.size, modifiedMs: stat.mtimeMs };
    });
  }

  list(path: string): string[] {
    return attempt('list', path, () => readdirSync(this.#resolve(path)));
  }

  makeDirectory(path: string): void {
    attempt('makeDirectory', path, () => mkdirSync(this.#resolve(path), { recursive: true }));
  }

  rename(from: string, to: string): void {
    attempt('rename', `${from} to ${to}`, () => renameSync(this.#resolve(from), this.#resolve(to)));
  }

  removeFile(path: string): void {
    attempt('remove', path, () => {
      try {
        unlinkSync(this.#resolve(path));
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    });
  }

  removeDirectory(path: string): void {
    attempt('remove', path, () => rmSync(this.#resolve(path), { recursive: true, force: true }));
  }

  syncDirectory(path: string): void {
    // Windows cannot open a directory; NTFS journals its entries.
    if (process.platform === 'win32') return;
    attempt('sync', path, () => {
      const handle = openSync(this.#resolve(path), O_RDONLY);
      try {
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    });
  }

  readFile(path: string): Uint8Array {
    return attempt('read', path, () => {
      const bytes = readFileSync(this.#resolve(path));
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    });
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
    this.syncDirectory(dirname(this.#resolve(path)));
  }

  space(path: string): { totalBytes: number; freeBytes: number } {
    return attempt('stat', path, () => {
      const volume = statfsSync(this.#resolve(path));
      return { totalBytes: volume.blocks * volume.bsize, freeBytes: volume.bavail * volume.bsize };
    });
  }

  #resolve(path: string): string {
    return isAbsolute(path) ? path : join(this.#root, path);
  }
}

class NodeFile implements DiskFile {
  readonly path: string;
  #handle: number;

  constructor(path: string, handle: number) {
    this.path = path;
    this.#handle = handle;
  }

  read(target: Uint8Array, targetOffset: number, length: number, position: number): number {
    try {
      return readSync(this.#handle, target, targetOffset, length, position);
    } catch (error) {
      throw asDiskError(error, 'read', this.path);
    }
  }

  write(source: Uint8Array, sourceOffset: number, length: number, position: number): void {
    try {
      let done = 0;
      while (done < length) {
        done += writeSync(this.#handle, source, sourceOffset + done, length - done, position + done);
      }
    } catch (error) {
      throw asDiskError(error, 'write', this.path);
    }
  }

  writev(parts: readonly Uint8Array[], position: number): void {
    try {
      let at = position;
      for (let first = 0; first < parts.length; first += partsPerWriteMax) {
        at = this.#writeSome(parts.slice(first, first + partsPerWriteMax), at);
      }
    } catch (error) {
      throw asDiskError(error, 'write', this.path);
    }
  }

  size(): number {
    return attempt('stat', this.path, () => fstatSync(this.#handle).size);
  }

  truncate(length: number): void {
    attempt('truncate', this.path, () => ftruncateSync(this.#handle, length));
  }

  sync(): void {
    attempt('sync', this.path, () => fdatasyncSync(this.#handle));
  }

  close(): void {
    if (this.#handle < 0) return;
    const handle = this.#handle;
    this.#handle = -1;
    attempt('close', this.path, () => closeSync(handle));
  }

  /** Writes all parts at `position`; returns where they end. A short write goes on with what is left. */
  #writeSome(parts: Uint8Array[], position: number): number {
    let at = position;
    let rest = parts;
    for (;;) {
      let written = writevSync(this.#handle, rest, at);
      at += written;
      let whole = 0;
      while (whole < rest.length && written >= rest[whole]!.length) written -= rest[whole++]!.length;
      if (whole === rest.length) return at;
      rest = [rest[whole]!.subarray(written), ...rest.slice(whole + 1)];
    }
  }
}

function attempt<T>(operation: string, path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw asDiskError(error, operation, path);
  }
}

function asDiskError(error: unknown, operation: string, path: string): DiskError {
  if (error instanceof DiskError) return error;
  return new DiskError(codeOf(error) ?? 'EIO', operation, path, error);
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
