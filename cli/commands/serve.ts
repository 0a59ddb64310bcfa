/** `lab serve`: the lab with its window in a browser. */
import { join, resolve } from 'node:path';
import { startLab } from '../../engine/lab/index.ts';
import { configPairs, parse, refuseWords } from '../arguments.ts';
import { defaultLabDir, openInBrowser, stopOnSignal, tellOnStderr, type Places } from '../process.ts';

export async function serve(argv: readonly string[], places: Places): Promise<void> {
  const args = parse(argv, {
    port: 'text',
    'data-dir': 'text',
    'no-open': 'flag',
    brokers: 'text',
    'broker-port': 'text',
    set: 'list',
    'no-default-workload': 'flag',
    'no-journal': 'flag',
    json: 'flag',
  });
  refuseWords(args.words);
  const dataDir = resolve(args.text('data-dir') ?? defaultLabDir());
  const running = await startLab({
    dataDir,
    workers: places.workers,
    scenarios: { shippedDir: places.scenariosDir, savedDir: join(dataDir, 'scenarios') },
    brokers: args.integer('brokers', 1, 10),
    port: args.integer('broker-port', 1024, 65_000),
    set: configPairs(args.list('set')),
    defaultWorkload: !args.flag('no-default-workload'),
    journal: !args.flag('no-journal'),
    doorPort: args.integer('port', 0, 65_535) ?? 0,
    rendererDir: places.rendererDir,
    console: tellOnStderr,
    hasWindow: true,
  });
  stopOnSignal(running);
  if (running.failure !== null) process.stderr.write(`lab serve: ${running.failure.message}\n`);
  const { url } = running;
  const { bootstrapServers } = running.lab;
  if (args.flag('json'))
    process.stdout.write(`${JSON.stringify({ url, bootstrapServers, dataDir, pid: process.pid })}\n`);
  else
    process.stdout.write(
      `Brokerlab: ${url}\nbrokers: ${bootstrapServers}\ndata directory: ${dataDir}\nCtrl C stops it.\n`,
    );
  if (!args.flag('no-open')) openInBrowser(url);
  if (running.failure !== null) return;
  // A broker that cannot start is the window's to show; the lab lives on.
  await running.lab.ready().catch((error: Error) => process.stderr.write(`${error.message}\n`));
}
