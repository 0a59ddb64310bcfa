/** Outcomes of commands and queries as data, for everything in the host that answers them. */
import type { CommandError } from '../contract/commands.ts';
import { queryNames, type LabQueries, type QueryName, type QueryResult } from '../contract/queries.ts';

export function refused(
  code: string,
  thing: string,
  value: string,
  hint: string,
): { readonly ok: false; readonly error: CommandError } {
  return { ok: false, error: { code, thing, value, hint } };
}

/** The same answer to every question, for whoever answers few of them. */
export function everyQuery(answer: () => Promise<Extract<QueryResult<never>, { ok: false }>>): LabQueries {
  return Object.fromEntries(queryNames.map((name) => [name, answer])) as { [N in QueryName]: typeof answer };
}

/** Each question goes to whoever answers when it is asked. */
export function delegatedQueries(to: () => LabQueries): LabQueries {
  const delegated = <N extends QueryName>(name: N): LabQueries[N] => {
    const ask = (input: Parameters<LabQueries[N]>[0]) => (to()[name] as (asked: typeof input) => never)(input);
    return ask as LabQueries[N];
  };
  // Each name has the question of its own name; `fromEntries` cannot say so.
  return Object.fromEntries(queryNames.map((name) => [name, delegated(name)])) as { [N in QueryName]: LabQueries[N] };
}
