/**
 * Kafka's `Uuid`: 16 bytes, printed as 22 characters of URL-safe base64 without padding.
 */
import { assert } from './assert.ts';
import type { Uuid } from './ids.ts';

/** `Uuid.ZERO_UUID`: no topic, no directory. */
export const zeroUuid: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA';
/** `Uuid.METADATA_TOPIC_ID`: topic id of `__cluster_metadata`. */
export const metadataTopicId: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const valueOf = new Map([...alphabet].map((letter, value) => [letter, value]));

/** The printed form of the 16 bytes at `offset`. */
export function uuidFromBytes(bytes: Uint8Array, offset = 0): Uuid {
  assert(bytes.length >= offset + 16, () => `uuid needs 16 bytes at ${offset}, has ${bytes.length - offset}`);
  let text = '';
  for (let i = 0; i < 15; i += 3) {
    const group = (bytes[offset + i]! << 16) | (bytes[offset + i + 1]! << 8) | bytes[offset + i + 2]!;
    text +=
      alphabet[group >> 18]! + alphabet[(group >> 12) & 63]! + alphabet[(group >> 6) & 63]! + alphabet[group & 63]!;
  }
  const last = bytes[offset + 15]!;
  return text + alphabet[last >> 2]! + alphabet[(last & 3) << 4]!;
}

/** Writes the 16 bytes of `uuid` at `offset`. The text must be valid: see {@link isUuid}. */
export function uuidToBytes(uuid: Uuid, target: Uint8Array = new Uint8Array(16), offset = 0): Uint8Array {
  assert(isUuid(uuid), () => `"${uuid}" is no uuid of 22 base64url characters`);
  let bits = 0;
  let held = 0;
  let at = offset;
  for (const letter of uuid) {
    held = (held << 6) | valueOf.get(letter)!;
    bits += 6;
    if (bits >= 8 && at < offset + 16) {
      bits -= 8;
      target[at++] = (held >> bits) & 0xff;
      held &= (1 << bits) - 1;
    }
  }
  return target;
}

/** Whether `text` is the printed form of a uuid. */
export function isUuid(text: string): boolean {
  return text.length === 22 && /^[A-Za-z0-9_-]{22}$/.test(text);
}
