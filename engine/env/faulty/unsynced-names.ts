/**
 * Operations on directories that are not durable yet: files and directories made, renamed, removed. As the journals of
 * ext4 and XFS, and as `env/sim`: any sync, of a file or of a directory, makes all that came before it durable. What is
 * removed is kept aside until then, outside of the directories that its owner looks into.
 */
import type { Disk } from '../disk.ts';

const nothing: readonly string[] = [];

export class UnsyncedNames {
  readonly #disk: Disk;
  /** Where removed things wait; made when it is needed. */
  readonly #aside: string;
  #undo: (() => void)[] = [];
  #kept: string[] = [];
  #asideIsMade = false;
  #number = 0;

  constructor(disk: Disk, aside: string) {
    this.#disk = disk;
    this.#aside = aside;
  }

  /** What an owner that was killed left there is durable by now. */
  clear(): void {
    this.#disk.removeDirectory(this.#aside);
  }

  note(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** Removes by a rename; returns where it is. */
  setAside(path: string): string {
    if (!this.#asideIsMade) this.#disk.makeDirectory(this.#aside);
    this.#asideIsMade = true;
    const kept = `${this.#aside}/${++this.#number}`;
    this.#disk.rename(path, kept);
    this.#kept.push(kept);
    return kept;
  }

  /** Returns the names under which removed things were kept: they are gone now. */
  commit(): readonly string[] {
    if (this.#undo.length === 0) return nothing;
    this.#undo = [];
    const kept = this.#kept;
    this.#kept = [];
    for (const path of kept) {
      if (this.#disk.stat(path)?.kind === 'directory') this.#disk.removeDirectory(path);
      else this.#disk.removeFile(path);
    }
    return kept;
  }

  /** Takes all back, the newest first. */
  undo(): void {
    const undo = this.#undo.reverse();
    this.#undo = [];
    this.#kept = [];
    for (const each of undo) each();
    this.clear();
  }
}
