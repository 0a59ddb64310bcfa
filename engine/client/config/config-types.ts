/** Short forms for definitions of configs, with the validators of Kafka's `ConfigDef`. */
import { type ConfigKey, configException, type ConfigValue, invalidConfig, type Validator } from './config-def.ts';

/** `Range`: at least, and at most when given. */
export function range(min: number, max?: number): Validator {
  return (name, value) => {
    if (typeof value !== 'number') throw invalidConfig(name, value, 'Value must be non-null');
    if (value < min) throw invalidConfig(name, value, `Value must be at least ${min}`);
    if (max !== undefined && value > max) throw invalidConfig(name, value, `Value must be no more than ${max}`);
  };
}

/** `ValidString`. */
export function oneOf(...allowed: readonly string[]): Validator {
  return (name, value) => {
    if (typeof value !== 'string' || !allowed.includes(value)) {
      throw invalidConfig(name, value, `String must be one of: ${allowed.join(', ')}`);
    }
  };
}

/** `CaseInsensitiveValidString`; `allowed` in the order in which Kafka prints them. */
export function oneOfAnyCase(...allowed: readonly string[]): Validator {
  return (name, value) => {
    if (typeof value !== 'string' || !allowed.includes(value.toUpperCase())) {
      throw invalidConfig(name, value, `String must be one of (case insensitive): ${allowed.join(', ')}`);
    }
  };
}

/** `NonEmptyString`: null is allowed. */
export const nonEmpty: Validator = (name, value) => {
  if (value === '') throw invalidConfig(name, value, 'String must be non-empty');
};

/** `ValidList.anyNonDuplicateValues`: doubles are gone by the time that this is asked. */
export function entries(emptyAllowed: boolean): Validator {
  return (name, value) => {
    if (!Array.isArray(value)) return;
    if (value.length === 0 && !emptyAllowed) {
      throw configException(`Configuration '${name}' must not be empty. Valid values include: any non-empty value`);
    }
    if (value.includes('')) throw configException(`Configuration '${name}' values must not be empty.`);
  };
}

/** A class of the Java world; of those only what is named here can be had. */
export function classes(...known: readonly string[]): Validator {
  return (name, value) => {
    if (typeof value === 'string' && !known.includes(value)) {
      throw invalidConfig(name, value, `Class ${value} could not be found.`);
    }
  };
}

function key(type: ConfigKey['type'], fallback: ConfigValue | undefined, valid: Validator | undefined): ConfigKey {
  return { type, ...(fallback === undefined ? {} : { default: fallback }), ...(valid === undefined ? {} : { valid }) };
}

export const boolean = (fallback: boolean): ConfigKey => key('BOOLEAN', fallback, undefined);
export const int = (fallback: number | null, valid?: Validator): ConfigKey => key('INT', fallback, valid);
export const short = (fallback: number, valid?: Validator): ConfigKey => key('SHORT', fallback, valid);
export const long = (fallback: number, valid?: Validator): ConfigKey => key('LONG', fallback, valid);
export const double = (fallback: number, valid?: Validator): ConfigKey => key('DOUBLE', fallback, valid);
export const string = (fallback: string | null, valid?: Validator): ConfigKey => key('STRING', fallback, valid);
export const password = (): ConfigKey => key('PASSWORD', null, undefined);
export const className = (fallback: string | null, valid?: Validator): ConfigKey => key('CLASS', fallback, valid);
export const list = (fallback: readonly string[], valid: Validator = entries(true)): ConfigKey =>
  key('LIST', fallback, valid);
/** Must be given, with at least one entry. */
export const requiredList = (): ConfigKey => key('LIST', undefined, entries(false));
