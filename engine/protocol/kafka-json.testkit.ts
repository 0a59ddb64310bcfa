/**
 * Renders a decoded message the way Kafka's generated `*JsonConverter` classes do, which is the form of the recordings:
 * fields that the version lacks and tagged fields at their default are left out, bytes are base64, record batches are
 * named only by their size.
 */
import * as messages from './messages/index.ts';
import { type Api, defaultOf, inRange, type Field, type Fields, type Schema } from './schema/index.ts';

/** Every API that the engine speaks. */
export const allApis: readonly Api[] = Object.values(messages);

export function toKafkaJson(schema: Schema, version: number, message: unknown): unknown {
  return structJson(schema.fields, version, inRange(schema.flexible, version), message);
}

function structJson(fields: Fields, version: number, flexible: boolean, value: unknown): unknown {
  const json: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!inRange(field.versions, version)) continue;
    const inner = (value as Record<string, unknown>)[name];
    if (flexible && inRange(field.tagged, version) && same(inner, defaultOf(field))) continue;
    if (field.kind === 'records') json[`${name}SizeInBytes`] = inner === null ? 0 : (inner as Uint8Array).length;
    else json[name] = fieldJson(field, version, flexible, inner);
  }
  return json;
}

function fieldJson(field: Field, version: number, flexible: boolean, value: unknown): unknown {
  if (value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (field.kind === 'struct') return structJson(field.fields ?? {}, version, flexible, value);
  if (field.kind !== 'array') return value;
  const elements = value as readonly unknown[];
  if (field.element !== 'struct') return elements;
  return elements.map((element) => structJson(field.fields ?? {}, version, flexible, element));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
