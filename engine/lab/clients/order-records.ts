/**
 * What a lab producer sends when it is told nothing else: orders as a shop would write them, JSON of exactly as many bytes
 * as were asked for. The same random source gives the same orders.
 */
import type { Random } from '../../env/index.ts';

const firstCustomer = 1000;
const encoder = new TextEncoder();

const skus = ['KB-104', 'MS-220', 'MON-27', 'HUB-07', 'CAM-4K', 'DOCK-1', 'SSD-2T', 'MIC-03'] as const;
const cities = ['Berlin', 'Seoul', 'Lisbon', 'Busan', 'Oslo', 'Austin', 'Jeju', 'Lyon'] as const;
const statuses = ['placed', 'paid', 'packed', 'shipped'] as const;

export class OrderRecords {
  readonly #random: Random;
  #made = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** `customer`: null for one by chance; `placedMs`: the time that the order tells. */
  next(customer: string | null, placedMs: number, bytes: number): Uint8Array {
    this.#made++;
    const text = this.#order(customer ?? customerOf(this.#random.integer(1000)), placedMs, bytes);
    const encoded = encoder.encode(text);
    // A key that is not ASCII: its own letters are what is left out.
    return encoded.length === bytes ? encoded : encoder.encode(this.#order(customerOf(0), placedMs, bytes));
  }

  /** Of ASCII alone its length is its bytes. The largest form that fits; its note fills the rest. */
  #order(customer: string, placedMs: number, bytes: number): string {
    const orderId = this.#made;
    const quantity = 1 + this.#random.integer(4);
    const cents = 500 + this.#random.integer(30_000);
    const item = { sku: this.#pick(skus), quantity, price: cents / 100 };
    const head = { orderId, customer, status: this.#pick(statuses) };
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

/** `index` from 0. */
export function customerOf(index: number): string {
  return `cust-${firstCustomer + index}`;
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
