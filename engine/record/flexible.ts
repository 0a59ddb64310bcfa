/**
 * The few primitives of Kafka's flexible encoding that control records need: big-endian integers, compact arrays and
 * strings (unsigned varint of length + 1), uuids, tagged fields. Reading validates and throws InvalidRecordError.
 */
import type { Uuid } from '../base/ids.ts';
import { fromUtf8, utf8 } from '../base/text.ts';
import { uuidFromBytes, uuidToBytes, zeroUuid } from '../base/uuid.ts';
import { getInt16, getInt32, getInt64, setInt16, setInt32, setInt64 } from './big-endian.ts';
import { InvalidRecordError } from './errors.ts';

export class FlexibleReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  #advance(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) {
      throw new InvalidRecordError(
        `control record ends after ${this.#bytes.length} bytes, ${length} more are due at ${at}`,
      );
    }
    this.#at += length;
    return at;
  }
  int16(): number {
    return getInt16(this.#bytes, this.#advance(2));
  }
  uint16(): number {
    return this.int16() & 0xffff;
  }
  int32(): number {
    return getInt32(this.#bytes, this.#advance(4));
  }
  int64(): number {
    return getInt64(this.#bytes, this.#advance(8));
  }
  uuid(): Uuid {
    return uuidFromBytes(this.#bytes, this.#advance(16));
  }
  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#advance(1)]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new InvalidRecordError('varint of a control record is longer than 5 bytes');
  }
  string(): string {
    const length = this.unsignedVarint() - 1;
    if (length < 0) throw new InvalidRecordError('string of a control record is null');
    const at = this.#advance(length);
    return fromUtf8(this.#bytes.subarray(at, at + length));
  }
  array<T>(element: () => T): T[] {
    const length = this.unsignedVarint() - 1;
    if (length > this.#bytes.length - this.#at)
      throw new InvalidRecordError(`array of a control record has ${length} elements`);
    const elements: T[] = [];
    for (let i = 0; i < length; i++) elements.push(element());
    return elements;
  }
  skipTags(): void {
    const count = this.unsignedVarint();
    for (let i = 0; i < count; i++) {
      this.unsignedVarint();
      this.#advance(this.unsignedVarint());
    }
  }
}

export class FlexibleWriter {
  #bytes = new Uint8Array(64);
  #at = 0;

  #reserve(length: number): number {
    const at = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(this.#at * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }
  int16(value: number): void {
    const at = this.#reserve(2);
    setInt16(this.#bytes, at, value);
  }
  uint16(value: number): void {
    this.int16(value);
  }
  int32(value: number): void {
    const at = this.#reserve(4);
    setInt32(this.#bytes, at, value);
  }
  int64(value: number): void {
    const at = this.#reserve(8);
    setInt64(this.#bytes, at, value);
  }
  uuid(value: Uuid | null): void {
    const at = this.#reserve(16);
    uuidToBytes(value ?? zeroUuid, this.#bytes, at);
  }
  unsignedVarint(value: number): void {
    for (; value >= 0x80; value = Math.floor(value / 128)) {
      const at = this.#reserve(1);
      this.#bytes[at] = (value % 128) | 0x80;
    }
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }
  string(value: string): void {
    const encoded = utf8(value);
    this.unsignedVarint(encoded.length + 1);
    const at = this.#reserve(encoded.length);
    this.#bytes.set(encoded, at);
  }
  array<T>(elements: readonly T[], write: (element: T) => void): void {
    this.unsignedVarint(elements.length + 1);
    for (const element of elements) write(element);
  }
  noTags(): void {
    this.unsignedVarint(0);
  }
}
