/**
 * The disk as the engine sees it: synchronous, because a broker owns its thread. Paths are absolute or relative to the
 * disk's root, with `/` between their parts. Writes go to the page cache; only `sync` makes them survive power loss.
 */

/** What the operating system refused: the fault of a disk operation. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
  /** `ENOENT`, `ENOSPC`, `EACCES`, `EEXIST`, `EIO`, ... */
  readonly code: string;
  readonly path: string;

  constructor(code: string, operation: string, path: string, cause?: unknown) {
    super(`${operation} ${path}: ${code}`, { cause });
    this.code = code;
    this.path = path;
  }
}

/** `read`: must exist. `write`: read and write, made when absent, kept when there. `truncate`: read and write, emptied. */
export type OpenMode = 'read' | 'write' | 'truncate';

export interface DiskFile {
  readonly path: string;
  /** Reads up to `length` bytes at `position` into `target` at `targetOffset`; returns how many, 0 at the end. */
  read(target: Uint8Array, targetOffset: number, length: number, position: number): number;
  /** Writes all of `length` bytes or throws; the file grows as needed. */
  write(source: Uint8Array, sourceOffset: number, length: number, position: number): void;
  /** Writes the parts one after the other from `position` on. */
  writev(parts: readonly Uint8Array[], position: number): void;
  size(): number;
  truncate(length: number): void;
  /** Makes data and size durable (fdatasync). */
  sync(): void;
  close(): void;
}

export interface FileStat {
  readonly kind: 'file' | 'directory';
  readonly size: number;
  readonly modifiedMs: number;
}

export interface Disk {
  open(path: string, mode: OpenMode): DiskFile;
  /** Null when there is nothing at `path`. */
  stat(path: string): FileStat | null;
  /** Names of the entries, in no order. */
  list(path: string): string[];
  /** Makes the directory and its parents; nothing happens when it is there. */
  makeDirectory(path: string): void;
  /** Replaces a file at `to`. */
  rename(from: string, to: string): void;
  /** Removes one file; nothing happens when it is absent. */
  removeFile(path: string): void;
  /** Removes a directory with all it holds; nothing happens when it is absent. */
  removeDirectory(path: string): void;
  /** Makes entries of the directory (creations, renames, removals) durable. */
  syncDirectory(path: string): void;
  readFile(path: string): Uint8Array;
  /** Replaces the whole file: temporary file, `sync`, rename, `syncDirectory`, as Kafka's `CheckpointFile` does. */
  replaceFile(path: string, content: Uint8Array): void;
  /** Total and free bytes of the volume that holds `path`. */
  space(path: string): { totalBytes: number; freeBytes: number };
}
