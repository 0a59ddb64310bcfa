/**
 * The records of a lab producer, one after the other: a key by its strategy, a value from its template, from its file or
 * an order, headers. Keys and values draw from streams of their own, so that another template leaves the keys as they are;
 * the same seed makes the same records.
 */
import { utf8 } from '../../base/text.ts';
import type { ProducerSettings } from '../../contract/clients.ts';
import type { TextRecord } from '../../contract/produce.ts';
import { parseTemplate, renderTemplate, type Template } from '../../contract/templates/index.ts';
import type { SeededRandom } from '../../env/sim/seeded-random.ts';
import type { RecordHeader } from '../../record/index.ts';
import { customerOf, OrderRecords } from './order-records.ts';

export type RecordSettings = Pick<
  ProducerSettings,
  'keys' | 'keyCount' | 'keyNames' | 'skewPercent' | 'recordBytes' | 'payload' | 'headers'
>;

export interface MadeRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
}

export class RecordMaker {
  readonly #keys: SeededRandom;
  readonly #values: SeededRandom;
  readonly #orders: OrderRecords;
  readonly #rows: readonly TextRecord[];
  #made = 0;
  #compiled: Compiled | null = null;

  /** `rows`: of the producer's file; empty for none. */
  constructor(random: SeededRandom, rows: readonly TextRecord[] = []) {
    this.#keys = random.fork('keys');
    this.#values = random.fork('values');
    this.#orders = new OrderRecords(random.fork('orders'));
    this.#rows = rows;
  }

  /** Templates must be in order. `nowMs`: the time that a record tells. */
  next(settings: RecordSettings, nowMs: number): MadeRecord {
    const row = settings.keys === 'file' ? this.#rows[this.#made % Math.max(1, this.#rows.length)] : undefined;
    const key = row === undefined ? this.#key(settings) : row.key;
    this.#made++;
    const { payload, headers } = this.#templates(settings);
    const isoTime = (): string => new Date(nowMs).toISOString();
    const scope = { number: this.#made, key, nowMs, isoTime, random: this.#values };
    const value = payload === null ? (row?.value ?? null) : renderTemplate(payload, scope);
    const own = headers.map(([name, template]) => ({ key: name, value: utf8(renderTemplate(template, scope)) }));
    const all = [...(row?.headers ?? []).map((each) => ({ key: each.key, value: utf8(each.value) })), ...own];
    return {
      key: key === null ? null : utf8(key),
      value: value === null ? this.#orders.next(key, nowMs, settings.recordBytes) : utf8(value),
      ...(all.length === 0 ? {} : { headers: all }),
    };
  }

  #key({ keys, keyCount, keyNames, skewPercent }: RecordSettings): string | null {
    switch (keys) {
      case 'none':
      case 'file':
        return null;
      case 'random':
        return customerOf(this.#keys.integer(keyCount));
      case 'round':
        return customerOf(this.#made % keyCount);
      case 'fixed':
        return keyNames[this.#made % keyNames.length] ?? null;
      case 'skewed':
        return customerOf(this.#keys.integer(100) < skewPercent ? 0 : this.#keys.integer(keyCount));
    }
  }

  #templates(settings: RecordSettings): Compiled {
    if (this.#compiled?.of !== settings) this.#compiled = compiled(settings);
    return this.#compiled;
  }
}

interface Compiled {
  readonly of: RecordSettings;
  readonly payload: Template | null;
  readonly headers: readonly (readonly [name: string, value: Template])[];
}

function compiled(of: RecordSettings): Compiled {
  return {
    of,
    payload: of.payload === null ? null : parseTemplate(of.payload),
    headers: of.headers.map(({ key, value }) => [key, parseTemplate(value)] as const),
  };
}
