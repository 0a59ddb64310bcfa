/**
 * Texts to values and back, by the rules of `ConfigDef.parseType`. A long beyond 2^53 is the nearest double as a value;
 * its text stays exact.
 */
import type { ConfigValue } from './check.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigDefinition, ConfigType } from './definition-table.ts';

export interface ParsedConfig {
  readonly value: ConfigValue;
  /** As Kafka prints the value (`ConfigDef.convertToString`): without leading zeros, lists without spaces, and so on. */
  readonly text: string | null;
}

/** Parses and checks. Throws a {@link ConfigError}. */
export function parseConfig(definition: ConfigDefinition, text: string | null): ParsedConfig {
  const parsed = text === null ? { value: null, text: null } : parsers[definition.type](definition.name, text.trim());
  definition.check(definition.name, parsed.value, parsed.text);
  return parsed;
}

type Parser = (name: string, text: string) => ParsedConfig;

function integer(type: string, bits: number): Parser {
  return (name, text) => {
    if (!/^[+-]?\d+$/.test(text)) throw new ConfigError(name, text, `Not a number of type ${type}`);
    const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
    if (BigInt.asIntN(bits, value) !== value) throw new ConfigError(name, text, `Not a number of type ${type}`);
    return { value: Number(value), text: String(value) };
  };
}

function anyText(_name: string, text: string): ParsedConfig {
  return { value: text, text };
}

const parsers: Readonly<Record<ConfigType, Parser>> = {
  boolean: (name, text) => {
    const lower = text.toLowerCase();
    if (lower !== 'true' && lower !== 'false') {
      throw new ConfigError(name, text, 'Expected value to be either true or false');
    }
    return { value: lower === 'true', text: lower };
  },
  string: anyText,
  class: anyText,
  password: anyText,
  int: integer('INT', 32),
  short: integer('SHORT', 16),
  long: integer('LONG', 64),
  double: (name, text) => {
    const value = Number(text);
    if (text === '' || Number.isNaN(value)) throw new ConfigError(name, text, 'Not a number of type DOUBLE');
    return { value, text: doubleText(value) };
  },
  list: (_name, text) => {
    const value = text === '' ? [] : [...new Set(text.split(',').map((entry) => entry.trim()))];
    return { value, text: value.join(',') };
  },
};

/** As Java's `Double.toString` for the usual sizes: at least one decimal, and `E` for large and small ones. */
function doubleText(value: number): string {
  const magnitude = Math.abs(value);
  if (value !== 0 && (magnitude >= 1e7 || magnitude < 1e-3)) {
    const [mantissa = '', exponent = ''] = value.toExponential().split('e');
    return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent.replace('+', '')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
