/**
 * The contract as oRPC reads it: `commands.*` and `queries.*`, one procedure for each, and `subscribe`, which first yields a
 * snapshot and then deltas. A reader that falls behind, or a host whose deltas do not follow, gets a new snapshot in
 * the same stream. Which transport carries it is none of its business.
 */
import { eventIterator, oc, type, type ContractRouterClient } from '@orpc/contract';
import { commandNames, commandSchemas, type CommandName, type CommandResult } from './commands.ts';
import type { LabDelta } from './delta.ts';
import {
  queryNames,
  querySchemas,
  tailSchema,
  type QueryAnswers,
  type QueryName,
  type QueryResult,
  type TailUpdate,
} from './queries.ts';
import type { LabSnapshot } from './snapshot.ts';

export type LabUpdate =
  { readonly type: 'snapshot'; readonly snapshot: LabSnapshot } | { readonly type: 'delta'; readonly delta: LabDelta };

const result = type<CommandResult>();
const command = <N extends CommandName>(name: N) => oc.input(commandSchemas[name]).output(result);
const query = <N extends QueryName>(name: N) =>
  oc.input(querySchemas[name]).output(type<QueryResult<QueryAnswers[N]>>());

type CommandProcedures = { [N in CommandName]: ReturnType<typeof command<N>> };
type QueryProcedures = { [N in QueryName]: ReturnType<typeof query<N>> };

export const labContract = {
  // Each name has the procedure of its own schema; `fromEntries` cannot say so.
  commands: Object.fromEntries(commandNames.map((name) => [name, command(name)])) as CommandProcedures,
  queries: Object.fromEntries(queryNames.map((name) => [name, query(name)])) as QueryProcedures,
  subscribe: oc.output(eventIterator(type<LabUpdate>())),
  /** Records as they come, until the reader leaves. */
  tail: oc.input(tailSchema).output(eventIterator(type<TailUpdate>())),
};

export type LabClient = ContractRouterClient<typeof labContract>;
