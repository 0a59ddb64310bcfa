/** `lab time speed N|pause|resume|step LENGTH`: lab time of the lab that runs on a data directory; without a word what it is. */
import { labTimeAt, type LabTimeView } from '../../engine/contract/index.ts';
import { parse, refuseWords, requiredDataDir, UsageError } from '../arguments.ts';
import { command, connect } from '../connect.ts';
import { parseLength } from '../lengths.ts';

export async function time(argv: readonly string[]): Promise<void> {
  const args = parse(argv, { 'data-dir': 'text', json: 'flag' });
  const [verb, ...words] = args.words;
  const dataDir = requiredDataDir(args);
  if (verb !== undefined) await change(dataDir, verb, words);
  const view = await viewOf(dataDir);
  if (view === null) return;
  process.stdout.write(`${args.flag('json') ? JSON.stringify(view) : line(view)}\n`);
}

async function change(dataDir: string, verb: string, words: readonly string[]): Promise<void> {
  const [value, ...more] = words;
  refuseWords(more);
  const asked = `time ${[verb, ...words].join(' ')}`;
  switch (verb) {
    case 'speed':
      if (value === undefined) throw new UsageError('time speed: a number from 0.1 to 20 is needed');
      await command(dataDir, 'setSpeed', { speed: Number(value.replace(/[x×]$/, '')) }, asked);
      return;
    case 'pause':
    case 'resume':
      refuseWords(words);
      await command(dataDir, verb === 'pause' ? 'pauseTime' : 'resumeTime', {}, asked);
      return;
    case 'step':
      await command(dataDir, 'stepTime', { ms: parseLength('step', value ?? '1s') }, asked);
      return;
    default:
      throw new UsageError(`time ${verb}: one of speed, pause, resume, step is needed`);
  }
}

async function viewOf(dataDir: string): Promise<LabTimeView | null> {
  const connection = await connect(dataDir);
  try {
    for await (const update of await connection.client.subscribe()) {
      if (update.type === 'snapshot') return update.snapshot.time;
    }
    return null;
  } finally {
    connection.close();
  }
}

/** `2026-11-21T17:15:52.301Z  20x  paused`. */
function line(view: LabTimeView): string {
  const state = !view.paused ? 'running' : view.stepUntilMs === null ? 'paused' : 'stepping';
  return `${new Date(labTimeAt(view, Date.now())).toISOString()}  ${view.speed}x  ${state}`;
}
