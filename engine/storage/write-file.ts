/** Small whole files: replaced by writing beside and renaming, so that a reader never sees half of one. */
import type { Disk } from '../env/index.ts';

/**
 * Replaces the file without making it durable: what is lost with the power is found again from the log, or made
 * durable by {@link syncFile} when the log is flushed.
 */
export function replaceFileLazily(disk: Disk, path: string, content: Uint8Array): void {
  const temporary = `${path}.tmp`;
  const file = disk.open(temporary, 'truncate');
  try {
    file.write(content, 0, content.length, 0);
  } finally {
    file.close();
  }
  disk.rename(temporary, path);
}

/** Makes the content of a file durable; nothing happens when it is absent. */
export function syncFile(disk: Disk, path: string): void {
  if (disk.stat(path) === null) return;
  const file = disk.open(path, 'write');
  try {
    file.sync();
  } finally {
    file.close();
  }
}

/** What `use` makes of the file; null when it is absent. */
export function readIfThere<T>(disk: Disk, path: string, use: (content: Uint8Array) => T): T | null {
  return disk.stat(path) === null ? null : use(disk.readFile(path));
}
