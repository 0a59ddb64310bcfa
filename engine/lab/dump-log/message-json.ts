/**
 * Messages as the JSON that Kafka's generated `*JsonConverter` classes make: fields in the order of the schema, those of
 * the version only, tagged ones only when they differ from their default, bytes in base64.
 */
import type { Field, Fields, Schema } from '../../protocol/index.ts';
import { defaultOf, inRange } from '../../protocol/index.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A decoded message of `schema` in `version`. */
export function messageJson(schema: Schema, version: number, message: object): Json {
  return structJson(schema.fields, version, message);
}

function structJson(fields: Fields, version: number, struct: object): Json {
  const json: Record<string, Json> = {};
  const values = new Map(Object.entries(struct));
  for (const [name, field] of Object.entries(fields)) {
    if (!inRange(field.versions, version)) continue;
    const value: unknown = values.get(name);
    if (inRange(field.tagged, version) && isDefault(field, value)) continue;
    json[name] = fieldJson(field, version, value);
  }
  return json;
}

function isDefault(field: Field, value: unknown): boolean {
  const fallback = defaultOf(field);
  if (Array.isArray(value)) return value.length === 0 && fallback !== null;
  return value === fallback || JSON.stringify(value) === JSON.stringify(fallback);
}

function fieldJson(field: Field, version: number, value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((element: unknown) => elementJson(field, version, element));
  return elementJson(field, version, value);
}

function elementJson(field: Field, version: number, value: unknown): Json {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'object' && value !== null) return structJson(field.fields ?? {}, version, value);
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  return null;
}
