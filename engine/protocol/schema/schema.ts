/**
 * A message with all its versions, and an API: a request and a response under one key. Records of the metadata log and
 * of the coordinators' logs are described by the same `Schema`; their definitions live with their modules.
 */
import type { Decoded, Encodable, Fields } from './field.ts';
import { versionRange, type VersionRange, type VersionText } from './version-range.ts';

export interface Schema<F extends Fields = Fields> {
  /** As Kafka names it, e.g. `FetchRequest`, `TopicRecord`. */
  readonly name: string;
  readonly versions: VersionRange;
  /** Versions with compact lengths and tagged fields. */
  readonly flexible: VersionRange;
  readonly fields: F;
}

/** A decoded message: every field is there. */
export type Message<S extends Schema> = Decoded<S['fields']>;
/** A message to encode: fields with a written default may be left out, at every depth. */
export type MessageInput<S extends Schema> = Encodable<S['fields']>;

export function defineSchema<const F extends Fields>(definition: {
  readonly name: string;
  readonly versions: VersionText;
  readonly flexible: VersionText;
  readonly fields: F;
}): Schema<F> {
  return {
    name: definition.name,
    versions: versionRange(definition.versions),
    flexible: versionRange(definition.flexible),
    fields: definition.fields,
  };
}

/** A record type of a log: a schema under the number by which the log names it. */
export interface RecordSchema<F extends Fields = Fields> extends Schema<F> {
  readonly key: number;
}

export function defineRecord<const F extends Fields>(definition: {
  readonly key: number;
  readonly name: string;
  readonly versions: VersionText;
  readonly flexible: VersionText;
  readonly fields: F;
}): RecordSchema<F> {
  return { key: definition.key, ...defineSchema(definition) };
}

/** The kind of port that serves an API. */
export type ListenerKind = 'broker' | 'controller';

export interface Api<Req extends Schema = Schema, Res extends Schema = Schema> {
  readonly key: number;
  /** As Kafka names it, e.g. `Fetch`. */
  readonly name: string;
  readonly versions: VersionRange;
  /** First version with compact lengths, tagged fields and request header 2; null when there is none. */
  readonly flexibleSince: number | null;
  /** The highest version is not advertised and not accepted. */
  readonly latestVersionUnstable: boolean;
  readonly listeners: readonly ListenerKind[];
  readonly request: Req;
  readonly response: Res;
}

export type RequestOf<A extends Api> = Message<A['request']>;
export type ResponseOf<A extends Api> = Message<A['response']>;
export type RequestInputOf<A extends Api> = MessageInput<A['request']>;
export type ResponseInputOf<A extends Api> = MessageInput<A['response']>;

export function defineApi<const Req extends Fields, const Res extends Fields>(definition: {
  readonly key: number;
  readonly name: string;
  readonly versions: VersionText;
  readonly flexible: VersionText;
  readonly latestVersionUnstable?: true;
  readonly listeners: readonly ListenerKind[];
  readonly request: Req;
  readonly response: Res;
}): Api<Schema<Req>, Schema<Res>> {
  const { key, name, versions, flexible, listeners } = definition;
  const flexibleVersions = versionRange(flexible);
  return {
    key,
    name,
    versions: versionRange(versions),
    flexibleSince: flexibleVersions.max < flexibleVersions.min ? null : flexibleVersions.min,
    latestVersionUnstable: definition.latestVersionUnstable ?? false,
    listeners,
    request: defineSchema({ name: `${name}Request`, versions, flexible, fields: definition.request }),
    response: defineSchema({ name: `${name}Response`, versions, flexible, fields: definition.response }),
  };
}

/** A decoded message as one to encode. It always is one, but TypeScript cannot see that while `S` is open. */
export function asInput<S extends Schema>(message: Message<S>): MessageInput<S> {
  const value: unknown = message;
  return value as MessageInput<S>;
}
