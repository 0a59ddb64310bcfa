/** The way from the command line to a lab that runs: its data directory leads to it, the contract carries the command. */
import { readLockOf } from '../engine/lab/index.ts';
import { connectToLab, type LabConnection } from '../engine/lab/lab-client.ts';
import {
  parseCommand,
  type CommandName,
  type CommandResult,
  type QueryAnswers,
  type QueryInput,
  type QueryName,
  type QueryResult,
} from '../engine/contract/index.ts';
import { UsageError } from './arguments.ts';

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

export type Accepted = Extract<CommandResult, { ok: true }>;

/**
 * One command to the lab of `dataDir`. A command that no lab would take is a UsageError, told with the words `asked`;
 * one that this lab refuses is an error.
 */
export async function command(dataDir: string, name: CommandName, input: object, asked: string): Promise<Accepted> {
  const checked = parseCommand(name, input);
  if (!checked.ok) throw new UsageError(`${asked}: ${checked.error.hint}`);
  const { type: _type, ...parsed } = checked.command;
  const connection = await connect(dataDir);
  try {
    const call = connection.client.commands[name] as (input: object) => Promise<CommandResult>;
    const result = await call(parsed);
    if (result.ok) return result;
    const { thing, value, hint } = result.error;
    throw new Error(`${thing} ${value}: ${hint}`);
  } finally {
    connection.close();
  }
}

/** One question to the lab of `dataDir`; one that it cannot answer is an error. The input is in order. */
export async function query<N extends QueryName>(
  dataDir: string,
  name: N,
  input: QueryInput<N>,
): Promise<QueryAnswers[N]> {
  const connection = await connect(dataDir);
  try {
    const call = connection.client.queries[name] as (input: QueryInput<N>) => Promise<QueryResult<QueryAnswers[N]>>;
    const answer = await call(input);
    if (answer.ok) return answer.value;
    const { thing, value, hint } = answer.error;
    throw new Error(`${thing} ${value}: ${hint}`);
  } finally {
    connection.close();
  }
}
