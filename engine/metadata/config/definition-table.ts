/**
 * The notation in which config definitions are written: one line each, seven columns between bars.
 *
 *     name | type | default | importance | update | check | what it does
 *
 * - type: boolean, string, int, short, long, double, list, class, password.
 * - default: as text; `null`: none; `required`: must be given; nothing: the empty string or list.
 * - importance: high, medium, low; `internal` after it keeps the config out of listings unless it is set.
 * - update: `cluster-wide` (for all brokers or for one), `per-broker` (for one broker), nothing: read-only.
 * - check: see check.ts.
 */
import { assert, required } from '../../base/assert.ts';
import { parseCheck, type Check } from './check.ts';

const types = ['boolean', 'string', 'int', 'short', 'long', 'double', 'list', 'class', 'password'] as const;
export type ConfigType = (typeof types)[number];
const importances = ['high', 'medium', 'low'] as const;
export type Importance = (typeof importances)[number];
/** How a broker config may change while the broker runs. */
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide';

export interface ConfigDefinition {
  readonly name: string;
  readonly type: ConfigType;
  /** Null: no default. */
  readonly default: string | null;
  readonly required: boolean;
  readonly importance: Importance;
  readonly internal: boolean;
  readonly update: UpdateMode;
  readonly check: Check;
  readonly about: string;
}

export type Definitions = ReadonlyMap<string, ConfigDefinition>;

export function parseDefinitions(table: string): Definitions {
  const lines = table.trim().split('\n');
  return new Map(lines.map(parseDefinition).map((definition) => [definition.name, definition]));
}

function parseDefinition(line: string): ConfigDefinition {
  const columns = line.split('|').map((column) => column.trim());
  assert(columns.length === 7, () => `a definition has seven columns: ${line}`);
  const [name, type, fallback, importance, update, check, about] = columns as [
    ...[string, string, string, string, string, string, string],
  ];
  const [weight, internal] = importance.split(' ');
  return {
    name,
    type: oneOf(types, type),
    default: fallback === 'null' || fallback === 'required' ? null : fallback,
    required: fallback === 'required',
    importance: oneOf(importances, weight ?? ''),
    internal: internal === 'internal',
    update: update === '' ? 'read-only' : oneOf(['per-broker', 'cluster-wide'] as const, update),
    check: parseCheck(check),
    about,
  };
}

function oneOf<T extends string>(all: readonly T[], text: string): T {
  return required(
    all.find((each) => each === text),
    `"${text}" among ${all.join(', ')}`,
  );
}
