/** Where reading begins, as it stands in the address: `latest`, `earliest`, `offset:120`, `time:1750000000000`. */
import type { QueryInput } from '../../../engine/contract/queries.ts';

export type Place = QueryInput<'records'>['from'];

export const latest: Place = { by: 'latest' };

/** Addresses are typed and pasted by people: what is no place is the newest. */
export function readPlace(text: unknown): Place {
  if (text === 'earliest') return { by: 'earliest' };
  const [, by, digits] = /^(offset|time):(\d{1,15})$/.exec(typeof text === 'string' ? text : '') ?? [];
  if (by === 'offset') return { by, offset: Number(digits) };
  if (by === 'time') return { by, timestampMs: Number(digits) };
  return latest;
}

export function writePlace(place: Place): string {
  switch (place.by) {
    case 'offset':
      return `offset:${place.offset}`;
    case 'time':
      return `time:${place.timestampMs}`;
    default:
      return place.by;
  }
}

/** `2025-06-15T14:26:40`, in the reader's own time zone: what a `datetime-local` field takes. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** Null for what is no time. */
export function timeOf(local: string): number | null {
  const ms = new Date(local).getTime();
  return Number.isNaN(ms) || ms < 0 ? null : ms;
}
