/** `lab broker add|stop|kill|start|pause|resume [N]`: a command to the lab that runs on a data directory. */
import type { CommandName } from '../../engine/contract/index.ts';
import { parse, refuseWords, requiredDataDir, UsageError } from '../arguments.ts';
import { command } from '../connect.ts';

const verbs: Readonly<Record<string, CommandName>> = {
  add: 'addBroker',
  stop: 'stopBroker',
  kill: 'killBroker',
  start: 'startBroker',
  pause: 'pauseBroker',
  resume: 'resumeBroker',
};

export async function broker(argv: readonly string[]): Promise<void> {
  const args = parse(argv, { 'data-dir': 'text', json: 'flag' });
  const [verb = '', id, ...more] = args.words;
  const name = verbs[verb];
  if (name === undefined) throw new UsageError(`broker ${verb}: one of ${Object.keys(verbs).join(', ')} is needed`);
  if (name !== 'addBroker' && id === undefined) throw new UsageError(`broker ${verb}: which one? Give its number`);
  refuseWords(more);
  if (id !== undefined && !/^\d+$/.test(id)) throw new UsageError(`broker ${verb} ${id}: a broker's number is needed`);
  const input = id === undefined ? {} : { node: Number(id) };
  const result = await command(requiredDataDir(args), name, input, `broker ${verb} ${id}`);
  if (args.flag('json')) process.stdout.write(`${JSON.stringify(result)}\n`);
  else if (name === 'addBroker') process.stdout.write(`broker ${result.node} added\n`);
}
