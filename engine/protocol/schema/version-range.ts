/** Ranges of message versions in Kafka's notation: `3`, `0-12`, `7+`, `none`. */
import { assert } from '../../base/assert.ts';

/** Both ends included; `max` is infinite for `7+`. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

export type VersionText = `${number}` | `${number}+` | `${number}-${number}` | 'none';

const none: VersionRange = { min: 0, max: -1 };

export function versionRange(text: VersionText): VersionRange {
  if (text === 'none') return none;
  const match = /^(\d+)(\+|-(\d+))?$/.exec(text);
  assert(match !== null, () => `"${text}" is no version range`);
  const min = Number(match[1]);
  if (match[2] === undefined) return { min, max: min };
  return { min, max: match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]) };
}

export function inRange(range: VersionRange | null, version: number): boolean {
  return range !== null && version >= range.min && version <= range.max;
}
