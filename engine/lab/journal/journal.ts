/**
 * Everything that happened, in SQLite in the lab's directory. One writer in a thread of its own; the host hands it what
 * it published and never waits for it.
 */
import type { LabDelta } from '../../contract/delta.ts';
import type { LabQueries } from '../../contract/queries.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { refused } from '../outcome.ts';

export interface JournalOptions {
  readonly workerEntry: URL;
  /** The lab's data directory. */
  readonly directory: string;
  /** It cannot be written any more: a full disk, most likely. The lab goes on. */
  onFault(message: string): void;
}

export class Journal {
  readonly #options: JournalOptions;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  async start(_first: LabSnapshot): Promise<void> {}

  /** What was just published: `now` is `applyDelta(was, delta)`. Never blocks. */
  record(_delta: LabDelta, _now: LabSnapshot): void {}

  readonly queries: Pick<LabQueries, 'journal' | 'timeline' | 'moment' | 'events' | 'neighbour'> = {
    journal: () => Promise.resolve(this.#none()),
    timeline: () => Promise.resolve(this.#none()),
    moment: () => Promise.resolve(this.#none()),
    events: () => Promise.resolve(this.#none()),
    neighbour: () => Promise.resolve(this.#none()),
  };

  #none() {
    return refused('wrong-state', 'journal', this.#options.directory, 'Nothing is written yet.');
  }

  /** What was recorded is on disk when it resolves. */
  async stop(): Promise<void> {}
}
