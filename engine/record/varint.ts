/**
 * Zigzag varints as records use them (`ByteUtils.readVarint`, `readVarlong`): 7 bits a byte, lowest first. A cursor is
 * reused over a buffer so that reading a record makes no object per field. Malformed input throws CorruptRecordError.
 */
import { CorruptRecordError } from './errors.ts';

/** Reads varints and plain bytes of one buffer, forward. `at` is the next position, `end` the first one that is not ours. */
export class VarintCursor {
  bytes: Uint8Array;
  at: number;
  end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw new CorruptRecordError(`record data ends at ${this.end} within a field`);
    return this.bytes[this.at++]!;
  }

  /** Signed 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw new CorruptRecordError(`varint before position ${this.at} is longer than 5 bytes`);
  }

  /** Signed 64 bits as a number: the nearest double beyond 2^53. */
  varlong(): number {
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.byte();
      const bits = byte & 0x7f;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (7 * index - 32);
      if (byte < 0x80) return unzigzag(low, high);
    }
    throw new CorruptRecordError(`varlong before position ${this.at} is longer than 10 bytes`);
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    if (length > this.end - this.at) {
      throw new CorruptRecordError(`a field of ${length} bytes at ${this.at} runs over the end at ${this.end}`);
    }
    const view = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return view;
  }
}

function unzigzag(low: number, high: number): number {
  const sign = -(low & 1);
  const lowHalf = ((low >>> 1) | (high << 31)) ^ sign;
  const highHalf = (high >>> 1) ^ sign;
  return highHalf * 0x1_0000_0000 + (lowHalf >>> 0);
}

/** Writes `value` (32 bits) at `at`; returns the position behind it. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/** Writes `value` (an integer within 2^53) at `at`; returns the position behind it. */
export function putVarlong(bytes: Uint8Array, at: number, value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return putVarint(bytes, at, value);
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  while (rest >= 0x80n) {
    bytes[at++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  bytes[at++] = Number(rest);
  return at;
}

export function sizeOfVarint(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5;
}

export function sizeOfVarlong(value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return sizeOfVarint(value);
  let size = 1;
  for (let rest = (value >= 0 ? value : -value - 1) * 2; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}
