/** CRC-32C (Castagnoli), the checksum of record batches and producer snapshots. */
import { crc32c as nativeCrc32c } from '@node-rs/crc32';

/** Checksum of `bytes` as an unsigned 32-bit integer; `seed` continues an earlier one. */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  return nativeCrc32c(bytes, seed);
}
