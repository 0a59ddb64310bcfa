/** `lab open PATH`: the window on a recorded run, read-only and without any brokers, until SIGINT or SIGTERM. */
import { resolve } from 'node:path';
import { showRun } from '../../engine/lab/index.ts';
import { parse, UsageError } from '../arguments.ts';
import { openInBrowser, stopOnSignal, type Places } from '../process.ts';

export async function open(argv: readonly string[], places: Places): Promise<void> {
  const args = parse(argv, { port: 'text', 'no-open': 'flag', json: 'flag' });
  const [path, ...rest] = args.words;
  if (path === undefined || rest.length > 0)
    throw new UsageError('one PATH is needed: the folder or .zip of an export');
  const shown = await showRun({
    path: resolve(path),
    workers: places.workers,
    rendererDir: places.rendererDir,
    doorPort: args.integer('port', 0, 65_535) ?? 0,
  });
  stopOnSignal(shown);
  const { url, run } = shown;
  if (args.flag('json')) process.stdout.write(`${JSON.stringify({ url, title: run.title, pid: process.pid })}\n`);
  else process.stdout.write(`Brokerlab, ${run.title}, recorded: ${url}\nCtrl C ends it.\n`);
  if (!args.flag('no-open')) openInBrowser(url);
}
