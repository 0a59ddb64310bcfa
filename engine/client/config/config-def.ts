/**
 * Definitions of a client's configs, and the check of values against them, with the texts of Kafka's `ConfigDef` and
 * `ConfigException`. Values arrive as text (a person types them). An unknown name is no error: whoever parses is told
 * which ones there were, as Kafka logs them ("These configurations ... were supplied but are not used yet").
 */
import { clientError, type KafkaError } from '../kafka-error.ts';

export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD';

export type ConfigValue = boolean | number | string | readonly string[] | null;

/** Throws a ConfigException when the value is not allowed. */
export type Validator = (name: string, value: ConfigValue) => void;

export interface ConfigKey {
  readonly type: ConfigType;
  /** Absent: the config is required. */
  readonly default?: ConfigValue;
  readonly valid?: Validator;
}

export type ConfigKeys = Readonly<Record<string, ConfigKey>>;

export interface ParsedConfigs {
  readonly values: ConfigValues;
  /** Given names that no definition knows, in their order. */
  readonly unknown: readonly string[];
}

/** Checks what was given and fills in defaults. Throws a ConfigException for the first config that is not in order. */
export function parseConfigs(keys: ConfigKeys, given: Readonly<Record<string, string>>): ParsedConfigs {
  const values = new Map<string, ConfigValue>();
  for (const [name, key] of Object.entries(keys)) values.set(name, parseConfig(name, key, given[name]));
  const unknown = Object.keys(given).filter((name) => keys[name] === undefined);
  return { values: new ConfigValues(values, new Set(Object.keys(given))), unknown };
}

function parseConfig(name: string, key: ConfigKey, given: string | undefined): ConfigValue {
  let value: ConfigValue;
  if (given !== undefined) value = parseType(name, key.type, given);
  else if (key.default !== undefined) value = key.default;
  else throw configException(`Missing required configuration "${name}" which has no default value.`);
  if (key.type === 'LIST' && Array.isArray(value)) value = [...new Set<string>(value)];
  key.valid?.(name, value);
  return value;
}

/** `ConfigDef.parseType` for texts. */
function parseType(name: string, type: ConfigType, given: string): ConfigValue {
  const trimmed = given.trim();
  switch (type) {
    case 'BOOLEAN': {
      const lower = trimmed.toLowerCase();
      if (lower !== 'true' && lower !== 'false') {
        throw invalidConfig(name, given, 'Expected value to be either true or false');
      }
      return lower === 'true';
    }
    case 'INT':
    case 'SHORT':
    case 'LONG':
      return parseInteger(name, type, given, trimmed);
    case 'DOUBLE': {
      const value = Number(trimmed);
      if (trimmed === '' || Number.isNaN(value)) throw invalidConfig(name, given, 'Not a number of type DOUBLE');
      return value;
    }
    case 'LIST':
      return trimmed === '' ? [] : trimmed.split(/\s*,\s*/);
    case 'STRING':
    case 'CLASS':
    case 'PASSWORD':
      return trimmed;
  }
}

/** Largest magnitude by type; a LONG beyond 2^63 is refused by its digits. */
const integerMax = { SHORT: 2 ** 15, INT: 2 ** 31, LONG: 2 ** 63 } as const;

function parseInteger(name: string, type: 'INT' | 'SHORT' | 'LONG', given: string, trimmed: string): number {
  const value = Number(trimmed);
  const max = integerMax[type];
  if (!/^[+-]?[0-9]+$/.test(trimmed) || value >= max || value < -max) {
    throw invalidConfig(name, given, `Not a number of type ${type}`);
  }
  return value;
}

/** `ConfigException(name, value, message)`. */
export function invalidConfig(name: string, value: ConfigValue, message?: string): KafkaError {
  const text = Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
  return clientError(
    'ConfigException',
    `Invalid value ${text} for configuration ${name}${message === undefined ? '' : `: ${message}`}`,
  );
}

export function configException(message: string): KafkaError {
  return clientError('ConfigException', message);
}

/** Values by name. A getter of the wrong type, or of a name that is not defined, is a bug. */
export class ConfigValues {
  readonly #values: Map<string, ConfigValue>;
  /** Names that were given, not filled in from defaults. */
  readonly given: ReadonlySet<string>;

  constructor(values: ReadonlyMap<string, ConfigValue>, given: ReadonlySet<string>) {
    this.#values = new Map(values);
    this.given = given;
  }

  boolean(name: string): boolean {
    return this.#typed(name, (value) => typeof value === 'boolean');
  }

  /** Of INT, SHORT, LONG and DOUBLE. */
  number(name: string): number {
    return this.#typed(name, (value) => typeof value === 'number');
  }

  /** Of STRING, CLASS and PASSWORD without null. */
  string(name: string): string {
    return this.#typed(name, (value) => typeof value === 'string');
  }

  nullableString(name: string): string | null {
    return this.#typed(name, (value) => value === null || typeof value === 'string');
  }

  list(name: string): readonly string[] {
    return this.#typed(name, (value) => Array.isArray(value));
  }

  /** The same values with some replaced (a post-processing as the Java client's). */
  with(changes: Readonly<Record<string, ConfigValue>>): ConfigValues {
    return new ConfigValues(new Map([...this.#values, ...Object.entries(changes)]), this.given);
  }

  /** As a person reads and types them; null is left out. For a view, which names no `ssl.` and `sasl.` ones. */
  toText(names?: readonly string[]): Record<string, string> {
    const text: Record<string, string> = {};
    for (const name of names ?? [...this.#values.keys()].sort()) {
      const value = this.#values.get(name);
      if (value === undefined || value === null) continue;
      text[name] = Array.isArray(value) ? value.join(',') : String(value);
    }
    return text;
  }

  #typed<T extends ConfigValue>(name: string, is: (value: ConfigValue) => boolean): T {
    const value = this.#values.get(name);
    if (value === undefined || !is(value)) throw new TypeError(`config ${name} is ${String(value)}`);
    return value as T;
  }
}
