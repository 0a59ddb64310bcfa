/** One directory of the simulated disk: its live entries and the operations that were not synced, in order. */
import type { SeededRandom } from './seeded-random.ts';
import type { SimFile } from './sim-file.ts';

export type SimEntry = SimFile | SimDirectory;

/** What one operation replaced: the entries that it touched as they were before (undefined: absent). */
type UnsyncedOperation = readonly (readonly [name: string, before: SimEntry | undefined])[];

export class SimDirectory {
  readonly kind = 'directory';
  readonly size = 4096;
  modifiedMs = 0;
  readonly #entries = new Map<string, SimEntry>();
  #operations: UnsyncedOperation[] = [];

  get(name: string): SimEntry | undefined {
    return this.#entries.get(name);
  }

  names(): string[] {
    return [...this.#entries.keys()];
  }

  entries(): IterableIterator<SimEntry> {
    return this.#entries.values();
  }

  /** One atomic operation: sets (or, for undefined, removes) each entry. */
  change(changes: readonly (readonly [name: string, now: SimEntry | undefined])[]): void {
    this.#operations.push(changes.map(([name]) => [name, this.#entries.get(name)] as const));
    for (const [name, now] of changes) this.#set(name, now);
  }

  sync(): void {
    this.#operations = [];
  }

  /** Power loss: a random prefix of the unsynced operations stays; then every entry loses power too. */
  losePower(random: SeededRandom): void {
    const kept = random.integer(this.#operations.length + 1);
    for (let i = this.#operations.length - 1; i >= kept; i--) {
      for (const [name, before] of this.#operations[i]!) this.#set(name, before);
    }
    this.#operations = [];
    for (const entry of this.#entries.values()) entry.losePower(random);
  }

  #set(name: string, entry: SimEntry | undefined): void {
    if (entry === undefined) this.#entries.delete(name);
    else this.#entries.set(name, entry);
  }
}
