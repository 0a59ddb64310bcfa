/** `lab broker add|stop|kill|start|pause|resume [N]`: a command to the lab that runs on a data directory. */
import { readLockOf } from '../../engine/lab/index.ts';
import { connectToLab, type LabConnection } from '../../engine/lab/lab-client.ts';
import { commandSchemas, parseCommand, type CommandName, type CommandResult } from '../../engine/contract/index.ts';
import { parse, refuseWords, requiredDataDir, UsageError } from '../arguments.ts';

const verbs: Readonly<Record<string, CommandName>> = {
  add: 'addBroker',
  stop: 'stopBroker',
  kill: 'killBroker',
  start: 'startBroker',
  pause: 'pauseBroker',
  resume: 'resumeBroker',
};

/** The running lab of a data directory. Throws when none runs there. */
export async function connect(dataDir: string): Promise<LabConnection> {
  const lock = readLockOf(dataDir);
  const nobody = `no lab runs on ${dataDir}; start one with "lab up --data-dir ${dataDir}"`;
  if (lock === null) throw new Error(nobody);
  try {
    return await connectToLab(lock);
  } catch (error) {
    throw new Error(nobody, { cause: error });
  }
}

export async function broker(argv: readonly string[]): Promise<void> {
  const args = parse(argv, { 'data-dir': 'text', json: 'flag' });
  const [verb = '', id, ...more] = args.words;
  const name = verbs[verb];
  if (name === undefined) throw new UsageError(`broker ${verb}: one of ${Object.keys(verbs).join(', ')} is needed`);
  if (name !== 'addBroker' && id === undefined) throw new UsageError(`broker ${verb}: which one? Give its number`);
  refuseWords(more);
  if (id !== undefined && !/^\d+$/.test(id)) throw new UsageError(`broker ${verb} ${id}: a broker's number is needed`);
  const checked = parseCommand(name, id === undefined ? {} : { node: Number(id) });
  if (!checked.ok) throw new UsageError(`broker ${verb} ${id}: ${checked.error.hint}`);
  const connection = await connect(requiredDataDir(args));
  try {
    const result = await send(connection, name, checked.command);
    if (!result.ok) {
      const { thing, value, hint } = result.error;
      throw new Error(`${thing} ${value}: ${hint}`);
    }
    if (args.flag('json')) process.stdout.write(`${JSON.stringify(result)}\n`);
    else if (name === 'addBroker') process.stdout.write(`broker ${result.node} added\n`);
  } finally {
    connection.close();
  }
}

function send(connection: LabConnection, name: CommandName, command: object): Promise<CommandResult> {
  const { type: _type, ...input } = command as { type: CommandName };
  const call = connection.client.commands[name] as (input: object) => Promise<CommandResult>;
  return call(input satisfies object as Parameters<typeof call>[0]);
}

export const brokerCommands = Object.keys(commandSchemas);
