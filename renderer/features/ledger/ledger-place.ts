/** What the ledger shows, as it stands in the address: so that it can be bookmarked and left with the back button. */
import type { LocationQuery, LocationQueryRaw } from 'vue-router';

export const shownKinds = ['all', 'around', 'lost', 'duplicated', 'unread'] as const;
export type Shown = (typeof shownKinds)[number];

export interface LedgerPlace {
  /** Null: all of them. */
  readonly topic: string | null;
  readonly partition: number | null;
  readonly producer: string | null;
  /** The producer in the second column; `''`: none. Null: the next one there is. */
  readonly beside: string | null;
  readonly shown: Shown;
}

export function readPlace(query: LocationQuery): LedgerPlace {
  const text = (name: string): string | null => {
    const value = query[name];
    return typeof value === 'string' && value.length <= 249 ? value : null;
  };
  const partition = Number(text('partition') ?? Number.NaN);
  const shown = shownKinds.find((kind) => kind === text('show')) ?? 'all';
  return {
    topic: text('topic'),
    partition: Number.isInteger(partition) && partition >= 0 ? partition : null,
    producer: text('producer'),
    beside: text('beside'),
    shown,
  };
}

/** Into an address that may hold more than this. */
export function writePlace(query: LocationQuery, place: LedgerPlace): LocationQueryRaw {
  const { topic, partition, producer, beside, shown } = place;
  const { topic: _t, partition: _p, producer: _r, beside: _b, show: _s, ...others } = query;
  return {
    ...others,
    ...(topic === null ? {} : { topic }),
    ...(topic === null || partition === null ? {} : { partition: String(partition) }),
    ...(producer === null ? {} : { producer }),
    ...(beside === null ? {} : { beside }),
    ...(shown === 'all' ? {} : { show: shown }),
  };
}

/** As a query's scope has it. */
export function scopeOf({ topic, partition, producer }: Pick<LedgerPlace, 'topic' | 'partition' | 'producer'>) {
  return {
    ...(topic === null ? {} : { topic }),
    ...(topic === null || partition === null ? {} : { partition }),
    ...(producer === null ? {} : { producer }),
  };
}
