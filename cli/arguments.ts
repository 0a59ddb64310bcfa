/** The command line's words as checked values. Every mistake names the word, its value and what would be right. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** A mistake in the words; exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type OptionKind = 'flag' | 'text' | 'list';
export type OptionKinds = Readonly<Record<string, OptionKind>>;

export interface ParsedArguments {
  readonly words: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | null;
  list(name: string): readonly string[];
  integer(name: string, min: number, max: number): number | null;
  /** One of `choices`. */
  choice<C extends string>(name: string, choices: readonly C[]): C | null;
  /** Each of them one of `choices`; a comma may stand between two. */
  choices<C extends string>(name: string, choices: readonly C[]): readonly C[];
}

/** Splits `argv` into positional words and the options named in `kinds`. */
export function parse(argv: readonly string[], kinds: OptionKinds): ParsedArguments {
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      kind === 'flag' ? { type: 'boolean' as const } : { type: 'string' as const, multiple: kind === 'list' },
    ]),
  );
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  const text = (name: string): string | null => {
    const value = values[name];
    return typeof value === 'string' ? value : null;
  };
  const chosen = <C extends string>(name: string, value: string, choices: readonly C[]): C => {
    const choice = choices.find((each) => each === value);
    if (choice === undefined) throw new UsageError(`--${name} ${value}: one of ${choices.join(', ')} is needed`);
    return choice;
  };
  const list = (name: string): readonly string[] => (Array.isArray(values[name]) ? values[name].map(String) : []);
  return {
    words: positionals,
    flag: (name) => values[name] === true,
    text,
    list,
    choice(name, choices) {
      const value = text(name);
      return value === null ? null : chosen(name, value, choices);
    },
    choices: (name, choices) =>
      list(name)
        .flatMap((value) => value.split(','))
        .map((value) => chosen(name, value, choices)),
    integer(name, min, max) {
      const value = text(name);
      if (value === null) return null;
      const number = Number(value);
      if (!/^\d+$/.test(value) || number < min || number > max) {
        throw new UsageError(`--${name} ${value}: a whole number from ${min} to ${max} is needed`);
      }
      return number;
    },
  };
}

/** `key=value` pairs of an option. */
export function configPairs(
  pairs: readonly string[],
  option = 'set',
  example = 'log.retention.hours=1',
): Record<string, string> {
  const configs: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`--${option} ${pair}: write it as name=value, e.g. --${option} ${example}`);
    configs[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return configs;
}

/** For words that no command takes: a forgotten option's name, most likely. */
export function refuseWords(words: readonly string[]): void {
  const [word] = words;
  if (word !== undefined) throw new UsageError(`${word}: not an option, and nothing else is taken here`);
}

export function requiredDataDir(args: ParsedArguments): string {
  const path = args.text('data-dir');
  if (path === null) throw new UsageError('--data-dir DIR is needed: the directory of the lab');
  return resolve(path);
}
