/** What `lab producer` and `lab consumer` have in common: verb and name, options that a verb does not take, the answer. */
import type { CommandName } from '../engine/contract/index.ts';
import { refuseWords, UsageError, type ParsedArguments } from './arguments.ts';
import type { Accepted } from './connect.ts';

type Kind = 'producer' | 'consumer';

/** `add` takes a name or makes one; every other verb needs one. */
export function clientWords(
  kind: Kind,
  words: readonly string[],
  verbs: Readonly<Record<string, CommandName>>,
): { readonly verb: string; readonly name: CommandName; readonly client: string | null } {
  const [verb = '', client, ...more] = words;
  const name = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (name === undefined) throw new UsageError(`${kind} ${verb}: one of ${Object.keys(verbs).join(', ')} is needed`);
  if (verb !== 'add' && client === undefined) throw new UsageError(`${kind} ${verb}: which one? Give its name`);
  refuseWords(more);
  return { verb, name, client: client ?? null };
}

/** Refuses options that only other verbs take. */
export function onlyFor(
  kind: Kind,
  verb: string,
  args: ParsedArguments,
  options: readonly string[],
  verbs: readonly string[],
): void {
  for (const option of options) {
    const value = args.text(option) ?? args.list(option)[0];
    if (value === undefined) continue;
    throw new UsageError(`--${option} ${value}: not for ${kind} ${verb}; only ${verbs.join(' and ')} take it`);
  }
}

/** `set` without anything to set is a mistake. */
export function settingsGiven(kind: Kind, client: string | null, settings: object, options: readonly string[]): void {
  if (Object.keys(settings).length > 0) return;
  const words = options.map((option) => `--${option}`).join(', ');
  throw new UsageError(`${kind} set ${client ?? ''}`.trim() + `: what? Give one of ${words}`);
}

export function report(kind: Kind, verb: string, json: boolean, result: Accepted): void {
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else if (verb === 'add') process.stdout.write(`${kind} ${result.client ?? ''} added\n`);
}
