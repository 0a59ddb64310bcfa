/**
 * Turns a schema and a version into a pair of closures that read and write messages of that version. Compiled on first
 * use and kept for as long as the schema lives.
 *
 * Rules (KIP-482 and Kafka's generated messages): tagged fields follow the others in the order of their tags and are
 * written only when they differ from their default; unknown tags are skipped; a value for a field that the version
 * lacks is refused unless it equals the default or the field is ignorable.
 */
import { assert, BugError } from '../../base/assert.ts';
import { zeroUuid } from '../../base/uuid.ts';
import { ByteReader } from '../wire/byte-reader.ts';
import { ByteWriter } from '../wire/byte-writer.ts';
import { MalformedMessageError } from '../wire/malformed-message-error.ts';
import type { Field, Fields, PrimitiveKind } from './field.ts';
import { readPrimitive, writePrimitive, type Read, type Write } from './primitive-codec.ts';
import type { Message, MessageInput, Schema } from './schema.ts';
import { inRange } from './version-range.ts';

interface Codec {
  readonly read: Read;
  readonly write: Write;
}
type Struct = Readonly<Record<string, unknown>>;

const compiled = new WeakMap<Schema, Map<number, Codec>>();

function codecOf(schema: Schema, version: number): Codec {
  let versions = compiled.get(schema);
  if (versions === undefined) compiled.set(schema, (versions = new Map<number, Codec>()));
  let codec = versions.get(version);
  if (codec === undefined) {
    assert(inRange(schema.versions, version), () => `${schema.name} has no version ${version}`);
    codec = structCodec(schema.fields, version, inRange(schema.flexible, version));
    versions.set(version, codec);
  }
  return codec;
}

/** Appends the message to `writer`. */
export function writeMessage<S extends Schema>(
  writer: ByteWriter,
  schema: S,
  version: number,
  value: MessageInput<S>,
): void {
  try {
    codecOf(schema, version).write(writer, value);
  } catch (error) {
    if (error instanceof BugError) throw new BugError(`${schema.name} v${version}: ${error.message}`);
    throw error;
  }
}

export function encodeMessage<S extends Schema>(schema: S, version: number, value: MessageInput<S>): Uint8Array {
  const writer = new ByteWriter();
  writeMessage(writer, schema, version, value);
  return writer.bytes();
}

/** Reads a message; bytes behind it stay unread. Throws {@link MalformedMessageError}. */
export function readMessage<S extends Schema>(reader: ByteReader, schema: S, version: number): Message<S> {
  try {
    return codecOf(schema, version).read(reader) as Message<S>;
  } catch (error) {
    if (error instanceof MalformedMessageError) throw error.within(`${schema.name} v${version}`);
    throw error;
  }
}

/** Reads a message from the start of `bytes`. Bytes behind it are ignored, as Kafka does. */
export function decodeMessage<S extends Schema>(
  schema: S,
  version: number,
  bytes: Uint8Array | ByteReader,
): Message<S> {
  return readMessage(bytes instanceof ByteReader ? bytes : new ByteReader(bytes), schema, version);
}

const emptyBytes = new Uint8Array(0);
const emptyArray: readonly never[] = Object.freeze([]);

/** What a decoded message holds where the version lacks the field. */
export function defaultOf(field: Field): unknown {
  if (field.default === null) return null;
  if (field.kind === 'array') return emptyArray;
  if (field.kind === 'struct') return defaultsOf(field.fields ?? {});
  return field.default ?? primitiveDefaults[field.kind];
}

const primitiveDefaults: Readonly<Record<PrimitiveKind, unknown>> = {
  bool: false,
  int8: 0,
  int16: 0,
  uint16: 0,
  int32: 0,
  uint32: 0,
  int64: 0,
  float64: 0,
  uuid: zeroUuid,
  string: '',
  bytes: emptyBytes,
  records: emptyBytes,
};

function defaultsOf(fields: Fields): Struct {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) values[name] = defaultOf(field);
  return Object.freeze(values);
}

/** Whether `value` (undefined counts as left out) says no more than the field's default. */
function isDefault(field: Field, value: unknown): boolean {
  if (value === undefined) return true;
  if (field.default === null || value === null) return value === null && field.default === null;
  if (field.kind === 'array') return (value as readonly unknown[]).length === 0;
  if (field.kind === 'bytes' || field.kind === 'records') return (value as Uint8Array).length === 0;
  if (field.kind === 'struct') {
    const struct = value as Struct;
    return Object.entries(field.fields ?? {}).every(([name, inner]) => isDefault(inner, struct[name]));
  }
  return value === defaultOf(field);
}

interface TaggedCodec extends Codec {
  readonly name: string;
  readonly tag: number;
  readonly field: Field;
}

function structCodec(fields: Fields, version: number, flexible: boolean): Codec {
  const names = Object.keys(fields);
  const reads: Read[] = [];
  const writes: Write[] = [];
  const tagged: TaggedCodec[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const fallback = defaultOf(field);
    if (!inRange(field.versions, version)) {
      reads.push(() => fallback);
      writes.push(field.ignorable ? writeNothing : refuseUnlessDefault(field, version));
    } else if (flexible && inRange(field.tagged, version)) {
      assert(field.tag !== null, () => `tagged field ${name} has no tag`);
      tagged.push({ name, tag: field.tag, field, ...fieldCodec(field, version, flexible) });
      reads.push(() => fallback);
      writes.push(writeNothing);
    } else {
      const codec = fieldCodec(field, version, flexible);
      reads.push(codec.read);
      writes.push(codec.write);
    }
  }
  tagged.sort((a, b) => a.tag - b.tag);
  return {
    read: structReader(names, reads, flexible ? tagged : null),
    write: structWriter(names, writes, flexible ? tagged : null),
  };
}

function structReader(names: readonly string[], reads: readonly Read[], tagged: readonly TaggedCodec[] | null): Read {
  return (reader) => {
    const struct: Record<string, unknown> = {};
    let i = 0;
    try {
      for (; i < reads.length; i++) struct[names[i]!] = reads[i]!(reader);
    } catch (error) {
      if (error instanceof MalformedMessageError) throw error.within(names[i]!);
      throw error;
    }
    if (tagged === null) return struct;
    if (tagged.length === 0) reader.skipTaggedFields();
    else readTaggedFields(reader, tagged, struct);
    return struct;
  };
}

function readTaggedFields(reader: ByteReader, tagged: readonly TaggedCodec[], struct: Record<string, unknown>): void {
  let count = reader.unsignedVarint();
  while (count-- > 0) {
    const tag = reader.unsignedVarint();
    const size = reader.unsignedVarint();
    const codec = tagged.find((each) => each.tag === tag);
    if (codec === undefined) {
      reader.skip(size);
      continue;
    }
    const start = reader.position;
    try {
      struct[codec.name] = codec.read(reader);
      if (reader.position !== start + size) {
        throw new MalformedMessageError(
          `tag ${tag} says ${size} bytes, its value has ${reader.position - start}`,
          start,
        );
      }
    } catch (error) {
      if (error instanceof MalformedMessageError) throw error.within(codec.name);
      throw error;
    }
  }
}

function structWriter(
  names: readonly string[],
  writes: readonly Write[],
  tagged: readonly TaggedCodec[] | null,
): Write {
  return (writer, value) => {
    const struct = value as Struct;
    let i = 0;
    try {
      for (; i < writes.length; i++) writes[i]!(writer, struct[names[i]!]);
    } catch (error) {
      if (error instanceof BugError) throw new BugError(`${names[i]!}: ${error.message}`);
      throw error;
    }
    if (tagged === null) return;
    if (tagged.length === 0) writer.unsignedVarint(0);
    else writeTaggedFields(writer, tagged, struct);
  };
}

function writeTaggedFields(writer: ByteWriter, tagged: readonly TaggedCodec[], struct: Struct): void {
  const present = tagged.filter(({ name, field }) => !isDefault(field, struct[name]));
  writer.unsignedVarint(present.length);
  for (const { name, tag, write } of present) {
    const value = new ByteWriter();
    write(value, struct[name]);
    writer.unsignedVarint(tag);
    writer.unsignedVarint(value.length);
    writer.raw(value.bytes());
  }
}

const writeNothing: Write = () => {};

function refuseUnlessDefault(field: Field, version: number): Write {
  return (_writer, value) => {
    assert(isDefault(field, value), () => `version ${version} cannot carry ${JSON.stringify(value)}`);
  };
}

/** A field that is present in `version`, outside of the tagged section's frame. */
function fieldCodec(field: Field, version: number, flexible: boolean): Codec {
  const compact = field.flexible === null ? flexible : inRange(field.flexible, version);
  const nullable = inRange(field.nullable, version);
  const codec = valueCodec(field, version, compact, flexible, nullable);
  if (field.default === undefined) return codec;
  const fallback = defaultOf(field);
  return { read: codec.read, write: (writer, value) => codec.write(writer, value === undefined ? fallback : value) };
}

function valueCodec(field: Field, version: number, compact: boolean, flexible: boolean, nullable: boolean): Codec {
  if (field.kind === 'array') return arrayCodec(elementCodec(field, version, compact, flexible), compact, nullable);
  if (field.kind === 'struct') {
    const codec = structCodec(field.fields ?? {}, version, flexible);
    return nullable ? nullableStructCodec(codec) : { read: codec.read, write: refusingNull(codec.write) };
  }
  return {
    read: readPrimitive(field.kind, compact, nullable),
    write: writePrimitive(field.kind, compact, nullable),
  };
}

function elementCodec(field: Field, version: number, compact: boolean, flexible: boolean): Codec {
  if (field.element === 'struct') return structCodec(field.fields ?? {}, version, flexible);
  assert(field.element !== null, 'an array has elements of some kind');
  return {
    read: readPrimitive(field.element, compact, false),
    write: writePrimitive(field.element, compact, false),
  };
}

function refusingNull(write: Write): Write {
  return (writer, value) => {
    assert(value !== null && value !== undefined, () => `${String(value)} where a struct is due`);
    write(writer, value);
  };
}

function nullableStructCodec(codec: Codec): Codec {
  return {
    read: (reader) => (reader.int8() < 0 ? null : codec.read(reader)),
    write: (writer, value) => {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) refusingNull(codec.write)(writer, value);
    },
  };
}

function arrayCodec(element: Codec, compact: boolean, nullable: boolean): Codec {
  return {
    read: (reader) => {
      const start = reader.position;
      const count = compact ? reader.compactArrayLength() : reader.arrayLength();
      if (count === -1) {
        if (nullable) return null;
        throw new MalformedMessageError('null where an array is due', start);
      }
      const values: unknown[] = [];
      for (let i = 0; i < count; i++) values.push(element.read(reader));
      return values;
    },
    write: (writer, value) => {
      assert(value !== undefined && (nullable || value !== null), () => `${String(value)} where an array is due`);
      const values = value as readonly unknown[] | null;
      if (compact) writer.unsignedVarint(values === null ? 0 : values.length + 1);
      else writer.int32(values === null ? -1 : values.length);
      if (values !== null) for (const each of values) element.write(writer, each);
    },
  };
}
