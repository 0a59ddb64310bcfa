/**
 * Reading and writing one primitive value, chosen once when a schema is compiled. Null is refused where the version
 * does not allow it: with {@link MalformedMessageError} on the way in, with an assertion on the way out.
 */
import { assert } from '../../base/assert.ts';
import type { ByteReader } from '../wire/byte-reader.ts';
import type { ByteWriter } from '../wire/byte-writer.ts';
import { MalformedMessageError } from '../wire/malformed-message-error.ts';
import type { PrimitiveKind } from './field.ts';

export type Read = (reader: ByteReader) => unknown;
export type Write = (writer: ByteWriter, value: unknown) => void;

const fixedReads = {
  bool: (reader: ByteReader) => reader.bool(),
  int8: (reader: ByteReader) => reader.int8(),
  int16: (reader: ByteReader) => reader.int16(),
  uint16: (reader: ByteReader) => reader.uint16(),
  int32: (reader: ByteReader) => reader.int32(),
  uint32: (reader: ByteReader) => reader.uint32(),
  int64: (reader: ByteReader) => reader.int64(),
  float64: (reader: ByteReader) => reader.float64(),
  uuid: (reader: ByteReader) => reader.uuid(),
};

export function readPrimitive(kind: PrimitiveKind, compact: boolean, nullable: boolean): Read {
  if (kind === 'string') {
    const read: Read = compact ? (reader) => reader.compactNullableString() : (reader) => reader.nullableString();
    return nullable ? read : refusingNull(read, 'string');
  }
  if (kind === 'bytes' || kind === 'records') {
    const read: Read = compact ? (reader) => reader.compactNullableBytes() : (reader) => reader.nullableBytes();
    return nullable ? read : refusingNull(read, kind);
  }
  return fixedReads[kind];
}

function refusingNull(read: Read, kind: string): Read {
  return (reader) => {
    const start = reader.position;
    const value = read(reader);
    if (value === null) throw new MalformedMessageError(`null where ${kind} is due`, start);
    return value;
  };
}

export function writePrimitive(kind: PrimitiveKind, compact: boolean, nullable: boolean): Write {
  switch (kind) {
    case 'bool':
      return (writer, value) => writer.bool(checked('boolean', value));
    case 'uuid':
      return (writer, value) => writer.uuid(checked('string', value));
    case 'string':
      return (writer, value) => {
        const text = value === null && nullable ? null : checked('string', value);
        if (compact) writer.compactNullableString(text);
        else writer.nullableString(text);
      };
    case 'bytes':
    case 'records':
      return (writer, value) => {
        assert(
          value instanceof Uint8Array || (value === null && nullable),
          () => `${String(value)} where ${kind} is due`,
        );
        if (compact) writer.compactNullableBytes(value);
        else writer.nullableBytes(value);
      };
    default:
      return (writer, value) => writer[kind](checked('number', value));
  }
}

interface Checked {
  boolean: boolean;
  number: number;
  string: string;
}

function checked<T extends keyof Checked>(type: T, value: unknown): Checked[T] {
  assert(typeof value === type, () => `${String(value)} where a ${type} is due`);
  return value as Checked[T];
}
