/**
 * Reads Kafka's primitive types from bytes: big-endian numbers, zigzag and unsigned varints, strings and bytes in the
 * old form (int16 or int32 length, -1 is null) and the compact form (unsigned varint of length + 1, 0 is null).
 *
 * Every read is checked against the end; what does not fit throws {@link MalformedMessageError}. Bytes are handed out
 * as views of the input, never copied. int64 becomes a number: outside of 2^53 it is the nearest double.
 */
import type { Uuid } from '../../base/ids.ts';
import { uuidFromBytes } from '../../base/uuid.ts';
import { MalformedMessageError } from './malformed-message-error.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const asciiLengthMax = 40;

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;
  readonly #end: number;

  /** Reads `bytes` from `start` up to `end`. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
  }

  /** Offset of the next byte to read. */
  get position(): number {
    return this.#at;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  #take(length: number, what: string): number {
    const at = this.#at;
    if (length > this.#end - at) {
      throw new MalformedMessageError(`${what} needs ${length} bytes, ${this.#end - at} are left`, at);
    }
    this.#at = at + length;
    return at;
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1, 'int8'));
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1, 'uint8'));
  }

  bool(): boolean {
    return this.#view.getInt8(this.#take(1, 'bool')) !== 0;
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2, 'int16'));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2, 'uint16'));
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4, 'int32'));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4, 'uint32'));
  }

  int64(): number {
    const at = this.#take(8, 'int64');
    return this.#view.getInt32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4);
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8, 'float64'));
  }

  uuid(): Uuid {
    return uuidFromBytes(this.bytes, this.#take(16, 'uuid'));
  }

  /** Unsigned varint of up to 32 bits. */
  unsignedVarint(): number {
    const start = this.#at;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#view.getUint8(this.#take(1, 'varint'));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new MalformedMessageError('varint is longer than 5 bytes', start);
  }

  /** Zigzag varint of 32 bits. */
  varint(): number {
    const value = this.unsignedVarint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Zigzag varint of 64 bits; outside of 2^53 the nearest double. */
  varlong(): number {
    const start = this.#at;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#view.getUint8(this.#take(1, 'varlong'));
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        const sign = -(low & 1);
        const lowHalf = (((low >>> 1) | (high << 31)) ^ sign) >>> 0;
        const highHalf = (high >>> 1) ^ sign;
        return highHalf * 0x1_0000_0000 + lowHalf;
      }
    }
    throw new MalformedMessageError('varlong is longer than 10 bytes', start);
  }

  /** A view of the next `length` bytes. */
  raw(length: number): Uint8Array {
    if (length < 0) throw new MalformedMessageError(`length ${length} is negative`, this.#at);
    const at = this.#take(length, 'bytes');
    return this.bytes.subarray(at, at + length);
  }

  skip(length: number): void {
    this.#take(length, 'skipped part');
  }

  /** UTF-8 of `length` bytes; invalid sequences become U+FFFD as in Java. */
  text(length: number): string {
    const at = this.#take(length, 'string');
    if (length <= asciiLengthMax) {
      let text = '';
      for (let i = at; i < at + length; i++) {
        const byte = this.bytes[i]!;
        if (byte >= 0x80) return decoder.decode(this.bytes.subarray(at, at + length));
        text += String.fromCharCode(byte);
      }
      return text;
    }
    return decoder.decode(this.bytes.subarray(at, at + length));
  }

  nullableString(): string | null {
    const start = this.#at;
    const length = this.int16();
    if (length < -1) throw new MalformedMessageError(`string length ${length} is negative`, start);
    return length === -1 ? null : this.text(length);
  }

  compactNullableString(): string | null {
    const start = this.#at;
    const length = this.unsignedVarint() - 1;
    if (length > 0x7fff) throw new MalformedMessageError(`string length ${length} is over 32767`, start);
    return length === -1 ? null : this.text(length);
  }

  nullableBytes(): Uint8Array | null {
    const start = this.#at;
    const length = this.int32();
    if (length < -1) throw new MalformedMessageError(`bytes length ${length} is negative`, start);
    return length === -1 ? null : this.raw(length);
  }

  compactNullableBytes(): Uint8Array | null {
    const length = this.unsignedVarint() - 1;
    return length === -1 ? null : this.raw(length);
  }

  /** Element count of an array, -1 for null; refused when not even one byte per element is left. */
  arrayLength(): number {
    const start = this.#at;
    return this.#checkedCount(this.int32(), start);
  }

  compactArrayLength(): number {
    const start = this.#at;
    return this.#checkedCount(this.unsignedVarint() - 1, start);
  }

  #checkedCount(count: number, start: number): number {
    if (count < -1) throw new MalformedMessageError(`array length ${count} is negative`, start);
    if (count > this.remaining) {
      throw new MalformedMessageError(`array of ${count} elements with ${this.remaining} bytes left`, start);
    }
    return count;
  }

  /** Skips a tagged-fields section whose tags are all unknown. */
  skipTaggedFields(): void {
    let count = this.unsignedVarint();
    while (count-- > 0) {
      this.unsignedVarint();
      this.skip(this.unsignedVarint());
    }
  }
}
