/** What a file's form lacks, in words: valibot's issues with the place in the file and what would be right. */
import * as v from 'valibot';
import type { ScenarioIssue } from '../../contract/scenarios.ts';
import type { Path, YamlFile } from './positions.ts';
import { scenarioSchema } from './scenario-schema.ts';

export function formIssues(file: YamlFile, issues: readonly v.BaseIssue<unknown>[]): readonly ScenarioIssue[] {
  return issues.map((issue) => {
    const path = (issue.path ?? []).map((item) => item.key as string | number);
    const key = String(path.at(-1) ?? 'file');
    if (issue.expected === 'never') {
      return file.atKey(path, `"${key}" is not known here; there ${listed(keysAt(path.slice(0, -1), issue))}`);
    }
    if (issue.received === 'undefined') return file.at(path.slice(0, -1), `"${key}" is missing`);
    const own = issue.message.startsWith('Invalid ') ? null : issue.message;
    return file.at(path, `${key}: ${own ?? `${issue.received} is not right here; it is ${wanted(issue.expected)}`}`);
  });
}

const formWords: Readonly<Record<string, string>> = {
  Object: 'a map',
  Array: 'a list',
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
};

function wanted(expected: string | null): string {
  const forms = (expected ?? 'something else').replaceAll(/[()]/g, '').split(' | ');
  return forms.map((each) => formWords[each] ?? each).join(' or ');
}

function listed(keys: readonly string[]): string {
  if (keys.length === 0) return 'is nothing to give';
  return keys.length === 1 ? `is ${keys[0]}` : `are ${keys.slice(0, -1).join(', ')} and ${keys.at(-1)}`;
}

/** Keys that the map at a path may have. */
function keysAt(path: Path, issue: v.BaseIssue<unknown>): readonly string[] {
  let schema: unknown = scenarioSchema;
  for (const [depth, part] of path.entries()) {
    schema = inner(schema, part, issue.path?.[depth]?.value);
    if (schema === null) return [];
  }
  const entries = entriesOf(schema, issue.path?.at(-2)?.value);
  return entries === null ? [] : Object.keys(entries);
}

function inner(schema: unknown, part: string | number, value: unknown): unknown {
  const at = unwrapped(schema);
  if (hasItem(at)) return at.item;
  const entries = entriesOf(at, value);
  return entries === null ? null : (entries[part] ?? null);
}

function entriesOf(schema: unknown, value: unknown): Readonly<Record<string, unknown>> | null {
  const at = unwrapped(schema);
  if (hasEntries(at)) return at.entries;
  if (!hasOptions(at)) return null;
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : null;
  for (const option of at.options) {
    if (!hasEntries(option)) continue;
    const literal = option.entries.kind;
    if (typeof literal === 'object' && literal !== null && 'literal' in literal && literal.literal === kind) {
      return option.entries;
    }
  }
  return null;
}

/** Without `optional` and what `pipe` adds. */
function unwrapped(schema: unknown): unknown {
  let at = schema;
  while (typeof at === 'object' && at !== null && 'wrapped' in at) at = at.wrapped;
  return at;
}

function hasItem(schema: unknown): schema is { readonly item: unknown } {
  return typeof schema === 'object' && schema !== null && 'item' in schema;
}

function hasEntries(schema: unknown): schema is { readonly entries: Readonly<Record<string, unknown>> } {
  return typeof schema === 'object' && schema !== null && 'entries' in schema;
}

function hasOptions(schema: unknown): schema is { readonly options: readonly unknown[] } {
  return typeof schema === 'object' && schema !== null && 'options' in schema && Array.isArray(schema.options);
}
