/**
 * What a diagram is about, as it stands in the address: `?record=orders-1@176987`, `?rebalance=billing@3`,
 * `?election=orders-1@5` (an epoch), `?election=orders-1&time=...` (the one next to that moment), `?from=...&to=...`.
 */
import type { LocationQuery, LocationQueryRaw } from 'vue-router';
import type { SpaceTimeAbout, SpaceTimeKind } from '../../../engine/contract/wire.ts';

export const kinds: readonly SpaceTimeKind[] = ['record', 'rebalance', 'election', 'span'];

const whole = /^\d{1,15}$/;

function text(value: LocationQuery[string] | undefined): string | null {
  return typeof value === 'string' && value !== '' && value.length < 600 ? value : null;
}

function number(value: LocationQuery[string] | undefined): number | null {
  const found = Number(text(value) ?? Number.NaN);
  return Number.isFinite(found) && found >= 0 ? found : null;
}

/** `orders-1` as topic and index; names of topics may have dashes, too. */
export function readPartition(name: string): { topic: string; partition: number } | null {
  const cut = name.lastIndexOf('-');
  const index = name.slice(cut + 1);
  return cut > 0 && whole.test(index) ? { topic: name.slice(0, cut), partition: Number(index) } : null;
}

/** What stands before and behind the last `@`. */
function halves(value: string): { before: string; behind: number | null } {
  const cut = value.lastIndexOf('@');
  const behind = value.slice(cut + 1);
  return cut > 0 && whole.test(behind)
    ? { before: value.slice(0, cut), behind: Number(behind) }
    : { before: value, behind: null };
}

/** Null for nothing, or for what makes no sense. */
export function readAbout(query: LocationQuery): SpaceTimeAbout | null {
  const record = text(query['record']);
  if (record !== null) {
    const { before, behind } = halves(record);
    const place = readPartition(before);
    return place === null || behind === null ? null : { kind: 'record', ...place, offset: behind };
  }
  const rebalance = text(query['rebalance']);
  if (rebalance !== null) {
    const { before, behind } = halves(rebalance);
    return behind === null ? null : { kind: 'rebalance', group: before, number: behind };
  }
  const election = text(query['election']);
  if (election !== null) {
    const { before, behind } = halves(election);
    const place = readPartition(before);
    const atMs = number(query['time']);
    const which = { ...(behind === null ? {} : { epoch: behind }), ...(atMs === null ? {} : { atMs }) };
    return place === null ? null : { kind: 'election', ...place, ...which };
  }
  const fromMs = number(query['from']);
  const toMs = number(query['to']);
  return fromMs === null || toMs === null || toMs <= fromMs ? null : { kind: 'span', fromMs, toMs };
}

export function writeAbout(about: SpaceTimeAbout): LocationQueryRaw {
  switch (about.kind) {
    case 'record':
      return { record: `${about.topic}-${about.partition}@${about.offset}` };
    case 'rebalance':
      return { rebalance: `${about.group}@${about.number}` };
    case 'election': {
      const epoch = about.epoch === undefined ? '' : `@${about.epoch}`;
      const election = `${about.topic}-${about.partition}${epoch}`;
      return about.atMs === undefined ? { election } : { election, time: about.atMs };
    }
    case 'span':
      return { from: about.fromMs, to: about.toMs };
  }
}
