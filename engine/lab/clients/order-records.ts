/**
 * What a lab producer sends: orders as a shop would write them, JSON of exactly as many bytes as were asked for, with the
 * customer as the key. The same random source gives the same records.
 */
import type { KeyStrategy } from '../../contract/clients.ts';
import type { Random } from '../../env/index.ts';

export interface OrderSettings {
  readonly keys: KeyStrategy;
  readonly keyCount: number;
  readonly recordBytes: number;
}

/** Of ten records with skewed keys, so many have the first key. */
const skewedOfTen = 8;
const firstCustomer = 1000;

const skus = ['KB-104', 'MS-220', 'MON-27', 'HUB-07', 'CAM-4K', 'DOCK-1', 'SSD-2T', 'MIC-03'] as const;
const cities = ['Berlin', 'Seoul', 'Lisbon', 'Busan', 'Oslo', 'Austin', 'Jeju', 'Lyon'] as const;
const statuses = ['placed', 'paid', 'packed', 'shipped'] as const;

const encoder = new TextEncoder();

export class OrderRecords {
  readonly #random: Random;
  #made = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** `placedMs`: the wall time that the order tells. */
  next(settings: OrderSettings, placedMs: number): { readonly key: Uint8Array | null; readonly value: Uint8Array } {
    const customer = firstCustomer + this.#customer(settings);
    this.#made++;
    return {
      key: settings.keys === 'none' ? null : encoder.encode(`cust-${customer}`),
      value: encoder.encode(this.#order(customer, placedMs, settings.recordBytes)),
    };
  }

  #customer({ keys, keyCount }: OrderSettings): number {
    switch (keys) {
      case 'none':
      case 'random':
        return this.#random.integer(keyCount);
      case 'round':
        return this.#made % keyCount;
      case 'skewed':
        return this.#random.integer(10) < skewedOfTen ? 0 : this.#random.integer(keyCount);
    }
  }

  /** ASCII only, so that its length is its bytes. The largest form that fits; its note fills the rest. */
  #order(customer: number, placedMs: number, bytes: number): string {
    const orderId = this.#made;
    const quantity = 1 + this.#random.integer(4);
    const cents = 500 + this.#random.integer(30_000);
    const item = { sku: this.#pick(skus), quantity, price: cents / 100 };
    const head = { orderId, customer: `cust-${customer}`, status: this.#pick(statuses) };
    const forms = [
      {
        ...head,
        placedAt: new Date(placedMs).toISOString(),
        items: [item],
        total: (cents * quantity) / 100,
        currency: 'EUR',
        city: this.#pick(cities),
      },
      { ...head, total: (cents * quantity) / 100 },
      { orderId },
    ];
    for (const form of forms) {
      const text = filled(form, bytes);
      if (text !== null) return text;
    }
    return String(orderId).padStart(bytes, '0').slice(-bytes);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#random.integer(items.length)]!;
  }
}

const note = 'please ring twice, leave it with the neighbour, ';

/** The form as JSON of exactly `bytes`; null when it is longer, or shorter by less than a note takes. */
function filled(form: object, bytes: number): string | null {
  const bare = JSON.stringify(form);
  if (bare.length === bytes) return bare;
  const missing = bytes - bare.length - ',"note":""'.length;
  if (missing < 0) return null;
  const text = note.repeat(Math.ceil(missing / note.length)).slice(0, missing);
  return `${bare.slice(0, -1)},"note":"${text}"}`;
}
