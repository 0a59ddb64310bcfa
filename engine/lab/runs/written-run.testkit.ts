/** A journal as a lab would have written it, from a random history: for tests of exports and of recorded runs. */
import { join } from 'node:path';
import type { LabEvent } from '../../contract/events.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { openJournalFile, type JournalFile } from '../journal/journal-file.ts';
import { JournalWriter } from '../journal/journal-writer.ts';
import { RandomHistory } from '../journal/random-history.testkit.ts';
import type { ExportSetup } from './run-messages.ts';

export interface WrittenRun {
  readonly history: RandomHistory;
  readonly file: JournalFile;
  readonly writer: JournalWriter;
  /** What a window had got, by its time. */
  readonly published: readonly LabSnapshot[];
  readonly events: readonly LabEvent[];
}

/** A new start of the lab. Leaves the journal open, with its newest rows committed. */
export async function writeRun(directory: string, seed: number, steps: number): Promise<WrittenRun> {
  const { file } = await openJournalFile(join(directory, 'journal.db'), 1024 ** 3);
  const history = new RandomHistory(seed);
  // Starts do not overlap.
  const before = file.row<{ lastMs: number | null }>('SELECT max(last_ms) AS lastMs FROM runs')?.lastMs ?? null;
  if (before !== null) history.published[0] = { ...history.now, sampledMs: before + 60_000 };
  const writer = new JournalWriter(file, history.now);
  writeMore({ history, writer }, steps);
  return { history, file, writer, published: history.published, events: history.events };
}

export function writeMore({ history, writer }: Pick<WrittenRun, 'history' | 'writer'>, steps: number): void {
  for (let step = 0; step < steps; step++) writer.record({ type: 'delta', delta: history.step() });
  writer.close();
}

export function exportSetup(directory: string, target: string, change: Partial<ExportSetup> = {}): ExportSetup {
  return {
    directory,
    journal: 'journal.db',
    start: null,
    scenario: null,
    properties: null,
    configs: null,
    target,
    format: 'folder',
    run: 'start-1',
    title: 'Workshop A',
    version: '0.1.0',
    isLive: false,
    ...change,
  };
}
