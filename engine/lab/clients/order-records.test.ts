import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../env/sim/seeded-random.ts';
import { OrderRecords } from './order-records.ts';

const decoder = new TextDecoder();

describe('orders', () => {
  it.each([1, 2, 13, 14, 15, 40, 99, 100, 320, 5000])('have exactly %i bytes', (recordBytes) => {
    const orders = new OrderRecords(new SeededRandom(7));
    for (let i = 0; i < 50; i++) {
      const customer = i % 2 === 0 ? 'cust-1000' : '고객-1';
      expect(orders.next(customer, 1_750_000_000_000, recordBytes)).toHaveLength(recordBytes);
    }
  });

  it('are JSON of an order, as a shop would write it', () => {
    const value = new OrderRecords(new SeededRandom(7)).next('cust-1000', 1_750_000_000_000, 320);
    expect(JSON.parse(decoder.decode(value))).toMatchObject({
      orderId: 1,
      customer: 'cust-1000',
      placedAt: '2025-06-15T15:06:40.000Z',
      currency: 'EUR',
    });
  });

  it('are the same ones for the same seed', () => {
    const run = (): string[] => {
      const orders = new OrderRecords(new SeededRandom(3));
      return Array.from({ length: 20 }, (_, at) => decoder.decode(orders.next(null, at, 320)));
    };
    expect(run()).toEqual(run());
  });
});
