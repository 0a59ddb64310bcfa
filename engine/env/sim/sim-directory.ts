/** One directory of the simulated disk, and the journal of all operations on directories that were not synced. */
import type { SeededRandom } from './seeded-random.ts';
import type { SimFile } from './sim-file.ts';

export type SimEntry = SimFile | SimDirectory;

type Change = readonly [name: string, entry: SimEntry | undefined];

export class SimDirectory {
  readonly kind = 'directory';
  readonly size = 4096;
  modifiedMs = 0;
  readonly #entries = new Map<string, SimEntry>();

  get(name: string): SimEntry | undefined {
    return this.#entries.get(name);
  }

  names(): string[] {
    return [...this.#entries.keys()];
  }

  entries(): IterableIterator<SimEntry> {
    return this.#entries.values();
  }

  /** Sets each entry, or removes it for undefined; returns what stood there before. */
  change(changes: readonly Change[]): Change[] {
    const before = changes.map(([name]): Change => [name, this.#entries.get(name)]);
    for (const [name, now] of changes) {
      if (now === undefined) this.#entries.delete(name);
      else this.#entries.set(name, now);
    }
    return before;
  }
}

/** Stands for the directory of an operation that changes none. */
const nowhere = new SimDirectory();

/**
 * As the journals of ext4 and XFS: operations on directories and changes of a file's size become durable in order, and
 * any sync, of a file or of a directory, makes all that came before it durable. Power loss undoes a random suffix of the
 * rest.
 */
export class DirectoryJournal {
  #operations: { readonly directory: SimDirectory; readonly before: readonly Change[] }[] = [];
  readonly #resized = new Set<SimFile>();
  /** Operations since the beginning. */
  count = 0;

  /** One atomic operation. */
  change(directory: SimDirectory, changes: readonly Change[]): void {
    this.#operations.push({ directory, before: directory.change(changes) });
    this.count++;
  }

  /** A change of a file's size is an operation like any other. */
  resize(file: SimFile, length: number): void {
    this.#operations.push({ directory: nowhere, before: [] });
    this.count++;
    file.truncate(length, this.count);
    this.#resized.add(file);
  }

  commit(): void {
    this.#operations = [];
    for (const file of this.#resized) file.commitResizes();
    this.#resized.clear();
  }

  /** The count of operations up to the last one that stays. */
  losePower(random: SeededRandom): number {
    const kept = random.integer(this.#operations.length + 1);
    for (const { directory, before } of this.#operations.slice(kept).reverse()) directory.change(before);
    const durable = this.count - (this.#operations.length - kept);
    this.#operations = [];
    this.#resized.clear();
    return durable;
  }
}
