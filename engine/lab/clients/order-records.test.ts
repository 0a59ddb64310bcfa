import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../env/sim/seeded-random.ts';
import { OrderRecords, type OrderSettings } from './order-records.ts';

const decoder = new TextDecoder();
const settings: OrderSettings = { keys: 'round', keyCount: 3, recordBytes: 320 };

function keysOf(count: number, change: Partial<OrderSettings>): string[] {
  const orders = new OrderRecords(new SeededRandom(1));
  return Array.from({ length: count }, () => {
    const { key } = orders.next({ ...settings, ...change }, 0);
    return key === null ? 'null' : decoder.decode(key);
  });
}

describe('orders', () => {
  it.each([1, 2, 13, 14, 15, 40, 99, 100, 320, 5000])('have exactly %i bytes', (recordBytes) => {
    const orders = new OrderRecords(new SeededRandom(7));
    for (let i = 0; i < 50; i++) {
      expect(orders.next({ ...settings, recordBytes }, 1_750_000_000_000).value).toHaveLength(recordBytes);
    }
  });

  it('are JSON of an order, as a shop would write it', () => {
    const { value } = new OrderRecords(new SeededRandom(7)).next(settings, 1_750_000_000_000);
    expect(JSON.parse(decoder.decode(value))).toMatchObject({
      orderId: 1,
      customer: 'cust-1000',
      placedAt: '2025-06-15T15:06:40.000Z',
      currency: 'EUR',
    });
  });

  it('go round the keys, or choose by chance, or have one most of the time, or none', () => {
    expect(keysOf(4, { keys: 'round' })).toEqual(['cust-1000', 'cust-1001', 'cust-1002', 'cust-1000']);
    expect(new Set(keysOf(200, { keys: 'random', keyCount: 5 })).size).toBe(5);
    expect(keysOf(2, { keys: 'none' })).toEqual(['null', 'null']);
    const skewed = keysOf(1000, { keys: 'skewed', keyCount: 100 });
    const first = skewed.filter((key) => key === 'cust-1000').length;
    expect(first).toBeGreaterThan(700);
    expect(first).toBeLessThan(900);
  });

  it('are the same ones for the same seed', () => {
    const run = (): string[] => {
      const orders = new OrderRecords(new SeededRandom(3));
      return Array.from({ length: 20 }, (_, at) =>
        decoder.decode(orders.next({ ...settings, keys: 'random' }, at).value),
      );
    };
    expect(run()).toEqual(run());
  });
});
