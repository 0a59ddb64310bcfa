/** `lab up`: a cluster in the foreground without a window, until SIGINT or SIGTERM. */
import { join, resolve } from 'node:path';
import { startLab } from '../../engine/lab/index.ts';
import { configPairs, parse, refuseWords } from '../arguments.ts';
import { defaultLabDir, stopOnSignal, tellOnStderr, type Places } from '../process.ts';

export async function up(argv: readonly string[], places: Places): Promise<void> {
  const args = parse(argv, {
    brokers: 'text',
    port: 'text',
    'data-dir': 'text',
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
    port: args.integer('port', 1024, 65_000),
    set: configPairs(args.list('set')),
    defaultWorkload: !args.flag('no-default-workload'),
    journal: !args.flag('no-journal'),
    doorPort: 0,
    rendererDir: null,
    console: tellOnStderr,
    hasWindow: false,
  });
  stopOnSignal(running);
  try {
    await running.lab.ready();
  } catch (error) {
    await running.stop();
    throw error;
  }
  const { bootstrapServers } = running.lab;
  if (args.flag('json')) {
    process.stdout.write(`${JSON.stringify({ bootstrapServers, dataDir, pid: process.pid })}\n`);
  } else {
    process.stdout.write(`Brokerlab is running: ${bootstrapServers}\ndata directory: ${dataDir}\nCtrl C stops it.\n`);
  }
}
