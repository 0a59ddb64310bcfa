/**
 * Writes Kafka's primitive types: the inverse of `ByteReader`. One growing buffer; with `referenceFrom`, byte strings of
 * that size and more are not copied into it but handed out by {@link ByteWriter.parts} as they are, so that a Fetch
 * response carries slices of the file to the socket untouched.
 *
 * Values that the type cannot hold are bugs of the caller (assertions); int64 saturates instead, since a number cannot
 * name the exact limits.
 */
import { assert } from '../../base/assert.ts';
import type { Uuid } from '../../base/ids.ts';
import { utf8 } from '../../base/text.ts';
import { uuidToBytes } from '../../base/uuid.ts';

/** int64's limits as doubles; writing them gives exactly Long.MAX_VALUE and Long.MIN_VALUE. */
export const int64Max: number = 2 ** 63;
export const int64Min: number = -(2 ** 63);

interface Reference {
  /** Where in the buffer the referenced bytes belong. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #at = 0;
  readonly #referenceFrom: number;
  readonly #references: Reference[] = [];
  #referencedLength = 0;

  constructor(capacity = 256, referenceFrom = Number.POSITIVE_INFINITY) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
    this.#referenceFrom = referenceFrom;
  }

  /** Bytes written so far, referenced ones included. */
  get length(): number {
    return this.#at + this.#referencedLength;
  }

  /** All that was written, as one array; a view of the buffer unless bytes were referenced. */
  bytes(): Uint8Array {
    if (this.#references.length === 0) return this.#bytes.subarray(0, this.#at);
    const whole = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts()) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** All that was written, in order; the parts together are `length` bytes. */
  parts(): Uint8Array[] {
    const parts: Uint8Array[] = [];
    let from = 0;
    for (const { at, bytes } of this.#references) {
      if (at > from) parts.push(this.#bytes.subarray(from, at));
      parts.push(bytes);
      from = at;
    }
    if (this.#at > from) parts.push(this.#bytes.subarray(from, this.#at));
    return parts;
  }

  /** Empties the writer; the buffer is used again, so views handed out before are not valid any more. */
  reset(): void {
    this.#at = 0;
    this.#references.length = 0;
    this.#referencedLength = 0;
  }

  #room(length: number): number {
    const at = this.#at;
    const needed = at + length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#at = needed;
    return at;
  }

  int8(value: number): void {
    const at = this.#room(1);
    this.#view.setInt8(at, value);
  }

  bool(value: boolean): void {
    const at = this.#room(1);
    this.#view.setInt8(at, value ? 1 : 0);
  }

  int16(value: number): void {
    assert(value >= -0x8000 && value <= 0x7fff, () => `${value} is no int16`);
    const at = this.#room(2);
    this.#view.setInt16(at, value);
  }

  uint16(value: number): void {
    assert(value >= 0 && value <= 0xffff, () => `${value} is no uint16`);
    const at = this.#room(2);
    this.#view.setUint16(at, value);
  }

  int32(value: number): void {
    assert(value >= -0x8000_0000 && value <= 0x7fff_ffff, () => `${value} is no int32`);
    const at = this.#room(4);
    this.#view.setInt32(at, value);
  }

  uint32(value: number): void {
    assert(value >= 0 && value <= 0xffff_ffff, () => `${value} is no uint32`);
    const at = this.#room(4);
    this.#view.setUint32(at, value);
  }

  /** Saturates outside of int64. */
  int64(value: number): void {
    assert(!Number.isNaN(value), 'NaN is no int64');
    const at = this.#room(8);
    if (value >= int64Max) {
      this.#view.setUint32(at, 0x7fff_ffff);
      this.#view.setUint32(at + 4, 0xffff_ffff);
    } else if (value <= int64Min) {
      this.#view.setUint32(at, 0x8000_0000);
      this.#view.setUint32(at + 4, 0);
    } else {
      const high = Math.floor(value / 0x1_0000_0000);
      this.#view.setInt32(at, high);
      this.#view.setUint32(at + 4, value - high * 0x1_0000_0000);
    }
  }

  float64(value: number): void {
    const at = this.#room(8);
    this.#view.setFloat64(at, value);
  }

  uuid(value: Uuid): void {
    const at = this.#room(16);
    uuidToBytes(value, this.#bytes, at);
  }

  unsignedVarint(value: number): void {
    assert(value >= 0 && value <= 0xffff_ffff, () => `${value} is no unsigned varint`);
    let at = this.#room(5);
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.#bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[at++] = rest;
    this.#at = at;
  }

  /** Zigzag varint of 32 bits. */
  varint(value: number): void {
    this.unsignedVarint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** Zigzag varint of 64 bits; `value` must be a safe integer. */
  varlong(value: number): void {
    assert(Number.isSafeInteger(value), () => `${value} is no safe integer`);
    if (value >= -0x4000_0000 && value < 0x4000_0000) {
      this.varint(value);
      return;
    }
    const magnitude = value < 0 ? -(value + 1) : value;
    let high = Math.floor(magnitude / 0x8000_0000);
    let low = (((magnitude * 2) % 0x1_0000_0000) >>> 0) + (value < 0 ? 1 : 0);
    let at = this.#room(10);
    while (high !== 0 || low >= 0x80) {
      this.#bytes[at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#bytes[at++] = low;
    this.#at = at;
  }

  /** The bytes themselves, without a length. */
  raw(bytes: Uint8Array): void {
    if (bytes.length >= this.#referenceFrom) {
      this.#references.push({ at: this.#at, bytes });
      this.#referencedLength += bytes.length;
      return;
    }
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  nullableString(value: string | null): void {
    if (value === null) this.int16(-1);
    else if (isAscii(value)) {
      this.int16(value.length);
      this.#ascii(value);
    } else {
      const bytes = utf8(value);
      this.int16(bytes.length);
      this.raw(bytes);
    }
  }

  compactNullableString(value: string | null): void {
    if (value === null) this.unsignedVarint(0);
    else if (isAscii(value)) {
      this.unsignedVarint(value.length + 1);
      this.#ascii(value);
    } else {
      const bytes = utf8(value);
      this.unsignedVarint(bytes.length + 1);
      this.raw(bytes);
    }
  }

  nullableBytes(value: Uint8Array | null): void {
    this.int32(value === null ? -1 : value.length);
    if (value !== null) this.raw(value);
  }

  compactNullableBytes(value: Uint8Array | null): void {
    this.unsignedVarint(value === null ? 0 : value.length + 1);
    if (value !== null) this.raw(value);
  }

  /** Overwrites four bytes that were written at buffer offset `at` (referenced bytes do not count). */
  patchInt32(at: number, value: number): void {
    assert(at >= 0 && at + 4 <= this.#at, () => `patch at ${at} of ${this.#at} bytes`);
    this.#view.setInt32(at, value);
  }

  #ascii(value: string): void {
    const at = this.#room(value.length);
    for (let i = 0; i < value.length; i++) this.#bytes[at + i] = value.charCodeAt(i);
  }
}

function isAscii(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) >= 0x80) return false;
  return true;
}
