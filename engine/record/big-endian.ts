/**
 * Big-endian integers at a position of a `Uint8Array`, without a `DataView` per call. int64 values are numbers: exact
 * within 2^53, the nearest double beyond it.
 */

export function getInt16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!;
}

export function getInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

export function getUint32(bytes: Uint8Array, at: number): number {
  return getInt32(bytes, at) >>> 0;
}

export function getInt64(bytes: Uint8Array, at: number): number {
  return getInt32(bytes, at) * 0x1_0000_0000 + getUint32(bytes, at + 4);
}

export function setInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

/** Signed or unsigned: only the low 32 bits count. */
export function setInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export function setInt64(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  setInt32(bytes, at, high);
  setInt32(bytes, at + 4, value - high * 0x1_0000_0000);
}
