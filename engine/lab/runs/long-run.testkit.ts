/**
 * A journal with as many events as are wanted, and an export of it in a process of its own: for what an export costs in
 * memory. Run as a program it exports: `long-run.testkit.ts DIR TARGET zip|folder`, and prints what it took.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventOf, labSnapshot } from '../../contract/snapshot.testkit.ts';
import { openJournalFile } from '../journal/journal-file.ts';
import { JournalWriter } from '../journal/journal-writer.ts';
import { exportRun } from './export-run.ts';
import { exportSetup } from './written-run.testkit.ts';

const kinds = ['batches-sent', 'offsets-committed', 'isr-shrunk', 'leader-changed', 'log'] as const;
const pageEvents = 2_000;

/** Events a millisecond apart, as long as those of a lab are. */
export async function writeLongRun(directory: string, events: number): Promise<void> {
  const { file } = await openJournalFile(join(directory, 'journal.db'), 16 * 1024 ** 3);
  const first = labSnapshot({ events: [], eventCount: 0 });
  const writer = new JournalWriter(file, first);
  for (let from = 1; from <= events; from += pageEvents) {
    const ids = Array.from({ length: Math.min(pageEvents, events - from + 1) }, (_, index) => from + index);
    file.addEvents(
      writer.run,
      ids.map((id) =>
        eventOf(id, {
          atMs: first.sampledMs + id,
          kind: kinds[id % kinds.length]!,
          args: {
            client: `order-feed-${id % 7}`,
            topic: 'orders',
            partition: id % 3,
            batches: id % 40,
            detail: `number ${id}`,
          },
        }),
      ),
    );
    file.commit(writer.run, first.sampledMs + from + ids.length);
  }
  writer.close();
  file.close();
}

export interface MeasuredExport {
  readonly events: number;
  readonly bytes: number;
  readonly seconds: number;
  /** The most that the whole process had in memory. */
  readonly residentBytes: number;
  /** Times that it told how far it was. */
  readonly told: number;
}

export function measureExport(directory: string, target: string, format: 'zip' | 'folder'): Promise<MeasuredExport> {
  return new Promise((resolve, reject) => {
    const self = fileURLToPath(import.meta.url);
    const child = spawn(process.execPath, [self, directory, target, format], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('close', (status) => {
      if (status === 0) resolve(JSON.parse(text) as MeasuredExport);
      else reject(new Error(`the export ended with ${status}`));
    });
  });
}

if (import.meta.main) {
  const [directory = '', target = '', format] = process.argv.slice(2);
  let told = 0;
  // Looked at again and again: what the system keeps as the most includes the process that this one was forked from.
  let residentBytes = 0;
  const looking = setInterval(() => (residentBytes = Math.max(residentBytes, process.memoryUsage.rss())), 5);
  const startedMs = performance.now();
  const { events, bytes } = await exportRun({
    ...exportSetup(directory, target, { format: format === 'zip' ? 'zip' : 'folder' }),
    workerEntry: new URL('./run-worker.ts', import.meta.url),
    onProgress: () => (told += 1),
  });
  const seconds = (performance.now() - startedMs) / 1000;
  clearInterval(looking);
  process.stdout.write(JSON.stringify({ events, bytes, seconds, residentBytes, told }));
}
