/**
 * `lab export`: a run of a data directory as a folder or .zip. It reads the databases, so it works whether a lab runs
 * there or not; with one, the newest start is exported as it is now.
 */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { brokerlabVersion, exportRun, readLockOf } from '../../engine/lab/index.ts';
import { parse, refuseWords, requiredDataDir, UsageError } from '../arguments.ts';
import type { Places } from '../process.ts';

/** Of the line that tells how far it is. */
const tellEvery = 10;

export async function exportCommand(argv: readonly string[], places: Places): Promise<void> {
  const args = parse(argv, { 'data-dir': 'text', to: 'text', run: 'text', zip: 'flag', json: 'flag' });
  refuseWords(args.words);
  const dataDir = requiredDataDir(args);
  const to = args.text('to');
  if (to === null) throw new UsageError('--to PATH is needed: where the folder or the .zip is made');
  const isZip = args.flag('zip') || to.toLowerCase().endsWith('.zip');
  const target = resolve(to.toLowerCase().endsWith('.zip') || !isZip ? to : `${to}.zip`);
  const source = sourceOf(dataDir, args.text('run'));
  const leaving = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => leaving.abort());
  let told = 0;
  const result = await exportRun({
    ...source,
    workerEntry: places.workers.runs,
    scenario: null,
    target,
    format: isZip ? 'zip' : 'folder',
    title: basename(dataDir),
    version: brokerlabVersion,
    isLive: source.start === null && readLockOf(dataDir) !== null,
    signal: leaving.signal,
    onProgress: (done, total) => {
      const percent = Math.floor((100 * done) / total);
      if (args.flag('json') || percent < told + tellEvery) return;
      told = percent - (percent % tellEvery);
      process.stderr.write(`${told} %\n`);
    },
  });
  if (args.flag('json')) process.stdout.write(`${JSON.stringify(result)}\n`);
  else process.stdout.write(`${result.events} events to ${result.path}\n`);
}

/** `start-N` of the lab itself, else the directory of a scenario's run. */
function sourceOf(dataDir: string, run: string | null): { directory: string; start: number | null; run: string } {
  const start = /^(?:start-)?(\d+)$/.exec(run ?? '')?.[1];
  if (run === null || start !== undefined) {
    if (!existsSync(join(dataDir, 'journal.db'))) {
      throw new Error(`${dataDir} has no journal: a lab that runs there with one records what happens`);
    }
    return { directory: dataDir, start: start === undefined ? null : Number(start), run: run ?? 'start' };
  }
  const directory = join(dataDir, 'runs', basename(run));
  if (!existsSync(join(directory, 'journal.db'))) {
    throw new Error(
      `run ${run}: ${dataDir} has no such run; "start-N" is a start of the lab, others are in ${join(dataDir, 'runs')}`,
    );
  }
  return { directory, start: null, run };
}
