/**
 * What values a config accepts, in the notation of a definition's sixth column, with the texts of Kafka's validators
 * (`ConfigDef.Range`, `ValidString`, `ValidList`, ...) for those it refuses.
 *
 *     >= 1 | 0..1 | one of a, b | any case of A, B | not empty | not null
 *     list | list of a, b | list; not empty | list; null        (lists lose duplicates, and have no empty entries)
 *     gzip level | throttled replicas | voters | endpoints
 */
import { assert } from '../../base/assert.ts';
import { ConfigError } from './config-error.ts';

export type ConfigValue = boolean | number | string | readonly string[] | null;

/** Throws a {@link ConfigError} that names config, value and what would be right. `text` is the value as given. */
export type Check = (name: string, value: ConfigValue, text: string | null) => void;

export function parseCheck(notation: string): Check {
  const atLeast = /^>= (-?\d+)$/.exec(notation);
  if (atLeast !== null) return range(Number(atLeast[1]), Number.POSITIVE_INFINITY);
  const between = /^(-?[\d.]+?)\.\.(-?[\d.]+)$/.exec(notation);
  if (between !== null) return range(Number(between[1]), Number(between[2]));
  if (notation.startsWith('one of ')) return oneOf(words(notation.slice('one of '.length)));
  if (notation.startsWith('any case of ')) return anyCaseOf(words(notation.slice('any case of '.length)));
  if (notation.startsWith('list')) return listOf(notation);
  const check = named[notation];
  assert(check !== undefined, () => `"${notation}" is no check`);
  return check;
}

function words(text: string): string[] {
  return text.split(',').map((word) => word.trim());
}

function range(min: number, max: number): Check {
  return (name, value, text) => {
    if (value === null) throw new ConfigError(name, 'null', 'Value must be non-null');
    if (typeof value !== 'number') return;
    if (value < min) throw new ConfigError(name, text, `Value must be at least ${min}`);
    if (value > max) throw new ConfigError(name, text, `Value must be no more than ${max}`);
  };
}

function oneOf(allowed: readonly string[]): Check {
  return (name, value) => {
    if (typeof value === 'string' && allowed.includes(value)) return;
    throw new ConfigError(name, String(value), `String must be one of: ${allowed.join(', ')}`);
  };
}

function anyCaseOf(allowed: readonly string[]): Check {
  return (name, value) => {
    if (typeof value === 'string' && allowed.includes(value.toUpperCase())) return;
    throw new ConfigError(name, String(value), `String must be one of (case insensitive): ${allowed.join(', ')}`);
  };
}

function listOf(notation: string): Check {
  const [list = '', ...options] = notation.split(';').map((part) => part.trim());
  const allowed = list === 'list' ? null : words(list.slice('list of '.length));
  const member = allowed === null ? null : oneOf(allowed);
  return (name, value) => {
    if (value === null) {
      if (options.includes('null')) return;
      throw new ConfigError(name, null, `Configuration '${name}' values must not be null.`);
    }
    if (!Array.isArray(value)) return;
    if (value.length === 0 && options.includes('not empty')) {
      const valid = allowed === null ? 'any non-empty value' : `[${allowed.join(', ')}]`;
      throw new ConfigError(name, null, `Configuration '${name}' must not be empty. Valid values include: ${valid}`);
    }
    for (const entry of value as readonly string[]) {
      if (entry === '') throw new ConfigError(name, null, `Configuration '${name}' values must not be empty.`);
      member?.(name, entry, entry);
    }
  };
}

const named: Readonly<Record<string, Check>> = {
  '': () => {},
  'not null': (name, value) => {
    if (value === null) throw new ConfigError(name, 'null', 'entry must be non null');
  },
  'not empty': (name, value) => {
    if (value === '') throw new ConfigError(name, '', 'String must be non-empty');
  },
  'gzip level': (name, value, text) => {
    if (typeof value === 'number' && (value === -1 || (value >= 1 && value <= 9))) return;
    throw new ConfigError(name, text, 'Value must be between 1 and 9 or equal to -1');
  },
  'throttled replicas': (name, value, text) => {
    const entries = Array.isArray(value) ? (value as readonly string[]) : [];
    if (entries.length === 1 && entries[0] === '*') return;
    if (entries.every((entry) => /^\d+:\d+$/.test(entry))) return;
    throw new ConfigError(
      name,
      text,
      "Must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
    );
  },
  voters: (name, value, text) => {
    const entries = Array.isArray(value) ? (value as readonly string[]) : [];
    if (entries.every((entry) => /^\d+@[^@:]+:\d+$/.test(entry))) return;
    throw new ConfigError(name, text, 'Each voter must be written {id}@{host}:{port}');
  },
  endpoints: (name, value, text) => {
    const entries = Array.isArray(value) ? (value as readonly string[]) : [];
    if (entries.every((entry) => /^[^@:]+:\d+$/.test(entry))) return;
    throw new ConfigError(name, text, 'Each endpoint must be written {host}:{port}');
  },
};
