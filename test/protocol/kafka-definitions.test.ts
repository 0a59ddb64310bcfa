/**
 * Compares every schema of ours field by field with the message definitions inside the official `kafka-clients` jar, on
 * machines that have one: `KAFKA_REF_HOME` names a directory of jars, else `~/.cache/kafka-reference` is searched.
 * Keys, versions, flexible versions, types, nullability, tags, defaults and what is ignorable must agree.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  defaultOf,
  requestHeaderSchema,
  responseHeaderSchema,
  versionRange,
  type Field,
  type Fields,
  type Schema,
  type VersionRange,
  type VersionText,
} from '../../engine/protocol/index.ts';
import { allApis } from '../../engine/protocol/kafka-json.testkit.ts';

interface JsonField {
  readonly name: string;
  readonly type: string;
  readonly versions: VersionText;
  readonly nullableVersions?: VersionText;
  readonly taggedVersions?: VersionText;
  readonly flexibleVersions?: VersionText;
  readonly tag?: number;
  readonly default?: string | boolean | number;
  readonly ignorable?: boolean | string;
  readonly fields?: readonly JsonField[];
}
interface JsonMessage {
  readonly apiKey?: number;
  readonly name: string;
  readonly listeners?: readonly string[];
  readonly validVersions: VersionText;
  readonly flexibleVersions: VersionText;
  readonly latestVersionUnstable?: boolean;
  readonly fields: readonly JsonField[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly JsonField[] }[];
}

const jarName = 'kafka-clients-4.3.1.jar';
const homes = [process.env['KAFKA_REF_HOME'], join(homedir(), '.cache/kafka-reference')];
const jar = homes
  .filter((home) => home !== undefined)
  .flatMap((home) => [join(home, jarName), join(home, 'libs', jarName), join(home, '4.3.1', jarName)])
  .find((path) => existsSync(path));

/** Text files of a zip archive below `prefix`, by name: reads the central directory (APPNOTE 4.3.12). */
function zipTexts(path: string, prefix: string): Map<string, string> {
  const zip = readFileSync(path);
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  const texts = new Map<string, string>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength!);
    if (name.startsWith(prefix) && name.endsWith('.json')) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const content = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      texts.set(
        name.slice(prefix.length, -'.json'.length),
        zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(content).toString('utf8') : content.toString('utf8'),
      );
    }
    at += 46 + nameLength! + extraLength! + commentLength!;
  }
  return texts;
}

/** The definitions are JSON with comment lines. */
function withoutComments(text: string): string {
  return text.replaceAll(/^\s*\/\/.*$/gm, '').replaceAll(/\s\/\/[^"\n]*$/gm, '');
}

/** What both sides are brought to before they are compared. Versions are those that exist at all. */
interface Described {
  readonly type: string;
  readonly versions: readonly number[];
  readonly nullable: readonly number[];
  readonly tagged: readonly number[];
  readonly tag: number | null;
  readonly default: unknown;
  readonly ignorable: boolean;
  readonly flexible: readonly number[];
  readonly fields: Readonly<Record<string, Described>> | null;
}
interface Scope {
  readonly versions: readonly number[];
  readonly flexible: VersionRange;
}

function within(range: VersionRange | null, versions: readonly number[]): number[] {
  return versions.filter((version) => range !== null && version >= range.min && version <= range.max);
}

function describeOurs(fields: Fields, scope: Scope): Record<string, Described> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, describeField(field, scope)]));
}

function describeField(field: Field, scope: Scope): Described {
  const versions = within(field.versions, scope.versions);
  return {
    type: field.kind === 'array' ? `[]${String(field.element)}` : field.kind,
    versions,
    nullable: within(field.nullable, versions),
    tagged: within(field.tagged, versions),
    tag: field.tag,
    default: field.kind === 'struct' && field.default !== null ? '{}' : comparable(defaultOf(field)),
    ignorable: field.ignorable,
    flexible: within(field.flexible ?? scope.flexible, versions),
    fields: field.fields === null ? null : describeOurs(field.fields, { ...scope, versions }),
  };
}

function comparable(value: unknown): unknown {
  return value instanceof Uint8Array ? `bytes of ${value.length}` : value;
}

function describeTheirs(message: JsonMessage, fields: readonly JsonField[], scope: Scope): Record<string, Described> {
  return Object.fromEntries(
    fields.map((field) => {
      const isArray = field.type.startsWith('[]');
      const element = isArray ? field.type.slice(2) : field.type;
      const isStruct = /^[A-Z]/.test(element);
      const versions = within(versionRange(field.versions), scope.versions);
      const range = (text: VersionText | undefined) => within(text === undefined ? null : versionRange(text), versions);
      const inner = field.fields ?? message.commonStructs?.find(({ name }) => name === element)?.fields ?? [];
      const described: Described = {
        type: (isArray ? '[]' : '') + (isStruct ? 'struct' : element),
        versions,
        nullable: range(field.nullableVersions),
        tagged: range(field.taggedVersions),
        tag: field.tag ?? null,
        default: isStruct && !isArray && field.default !== 'null' ? '{}' : theirDefault(field),
        ignorable: field.ignorable === true || field.ignorable === 'true',
        flexible: within(versionRange(field.flexibleVersions ?? message.flexibleVersions), versions),
        fields: isStruct ? describeTheirs(message, inner, { ...scope, versions }) : null,
      };
      return [field.name.charAt(0).toLowerCase() + field.name.slice(1), described];
    }),
  );
}

function theirDefault(field: JsonField): unknown {
  const text = field.default === undefined ? '' : String(field.default);
  if (text === 'null') return null;
  if (field.type.startsWith('[]')) return [];
  switch (field.type) {
    case 'string':
      return text;
    case 'bool':
      return text === 'true';
    case 'uuid':
      return text === '' ? 'AAAAAAAAAAAAAAAAAAAAAA' : text;
    case 'bytes':
    case 'records':
      return 'bytes of 0';
    default:
      return Number(text);
  }
}

function expectSame(schema: Schema, text: string | undefined): JsonMessage {
  const message = JSON.parse(withoutComments(text ?? 'null')) as JsonMessage;
  expect(schema.versions).toEqual(versionRange(message.validVersions));
  const versions: number[] = [];
  for (let version = schema.versions.min; version <= schema.versions.max; version++) versions.push(version);
  expect(within(schema.flexible, versions)).toEqual(within(versionRange(message.flexibleVersions), versions));
  const ours = describeOurs(schema.fields, { versions, flexible: schema.flexible });
  const theirs = describeTheirs(message, message.fields, {
    versions,
    flexible: versionRange(message.flexibleVersions),
  });
  expect(ours).toEqual(theirs);
  expect(Object.keys(ours)).toEqual(Object.keys(theirs));
  return message;
}

describe.runIf(jar !== undefined)('our schemas and the definitions in the official jar', () => {
  const texts = jar === undefined ? new Map<string, string>() : zipTexts(jar, 'common/message/');

  for (const api of allApis) {
    it(`agree about ${api.name}`, () => {
      const request = expectSame(api.request, texts.get(api.request.name));
      const response = expectSame(api.response, texts.get(api.response.name));
      expect([request.apiKey, response.apiKey]).toEqual([api.key, api.key]);
      expect(request.listeners).toEqual(api.listeners);
      expect(request.latestVersionUnstable ?? false).toBe(api.latestVersionUnstable);
    });
  }

  for (const schema of [requestHeaderSchema, responseHeaderSchema]) {
    it(`agree about ${schema.name}`, () => {
      const text = texts.get(schema.name)?.replaceAll('"RequestApi', '"Api');
      expect(expectSame(schema, text).name).toBe(schema.name);
    });
  }
});

it('every API is there once', () => {
  expect(readdirSync(new URL('../../engine/protocol/messages/', import.meta.url)).length).toBe(allApis.length + 1);
  expect(new Set(allApis.map(({ key }) => key)).size).toBe(allApis.length);
});
