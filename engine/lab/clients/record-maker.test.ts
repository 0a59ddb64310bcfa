import { describe, expect, it } from 'vitest';
import { fromUtf8 } from '../../base/text.ts';
import { SeededRandom } from '../../env/sim/seeded-random.ts';
import { producerSettings } from './client-settings.ts';
import { RecordMaker, type RecordSettings } from './record-maker.ts';

const settings: RecordSettings = producerSettings('orders', { keyCount: 3, recordBytes: 100 });

function made(count: number, change: Partial<RecordSettings>, maker = new RecordMaker(new SeededRandom(1))) {
  const all = { ...settings, ...change };
  return Array.from({ length: count }, () => {
    const { key, value, headers } = maker.next(all, 0);
    return {
      key: key === null ? null : fromUtf8(key),
      value: value === null ? null : fromUtf8(value),
      headers: (headers ?? []).map((each) => `${each.key}=${fromUtf8(each.value ?? new Uint8Array())}`),
    };
  });
}
const keys = (count: number, change: Partial<RecordSettings>) => made(count, change).map(({ key }) => key);

describe('records of a lab producer', () => {
  it('have keys in turn, by chance, one most of the time, by name, or none', () => {
    expect(keys(4, { keys: 'round' })).toEqual(['cust-1000', 'cust-1001', 'cust-1002', 'cust-1000']);
    expect(new Set(keys(200, { keys: 'random', keyCount: 5 })).size).toBe(5);
    expect(keys(2, { keys: 'none' })).toEqual([null, null]);
    expect(keys(3, { keys: 'fixed', keyNames: ['seoul', 'busan'] })).toEqual(['seoul', 'busan', 'seoul']);
  });

  it.each([50, 80, 100])('have the first of skewed keys %i times in a hundred', (skewPercent) => {
    const skewed = keys(2000, { keys: 'skewed', keyCount: 1000, skewPercent });
    const first = skewed.filter((key) => key === 'cust-1000').length / 20;
    expect(Math.abs(first - skewPercent)).toBeLessThan(4);
  });

  it('go through the rows of a file again and again, with their values and headers', () => {
    const rows = [
      { key: 'a', value: '1', headers: [{ key: 'h', value: 'x' }] },
      { key: 'b', value: null, headers: [] },
    ];
    const maker = new RecordMaker(new SeededRandom(1), rows);
    const [first, second, third] = made(3, { keys: 'file', headers: [{ key: 'n', value: '{{number}}' }] }, maker);
    expect(first).toEqual({ key: 'a', value: '1', headers: ['h=x', 'n=1'] });
    expect(second?.key).toBe('b');
    // A row without a value: an order of its key.
    expect(JSON.parse(second?.value ?? '')).toMatchObject({ customer: 'b' });
    expect(third).toEqual({ key: 'a', value: '1', headers: ['h=x', 'n=3'] });
  });

  it('fill their template, and headers with the same number and key', () => {
    const [, second] = made(2, {
      keys: 'fixed',
      keyNames: ['k'],
      payload: '{"n":{{number}},"k":"{{key}}"}',
      headers: [{ key: 'trace', value: '{{key}}-{{number}}' }],
    });
    expect(second).toEqual({ key: 'k', value: '{"n":2,"k":"k"}', headers: ['trace=k-2'] });
  });

  it('are the same for the same seed, and keep their keys when the template is another one', () => {
    const random = { keys: 'random', keyCount: 50 } as const;
    const payload = '{{uuid}} {{int 1 1000}}';
    expect(made(20, { ...random, payload })).toEqual(made(20, { ...random, payload }));
    expect(keys(20, { ...random, payload })).toEqual(keys(20, { ...random, payload: '{{random 7}}' }));
    const other = made(20, random, new RecordMaker(new SeededRandom(2)));
    expect(other.map(({ key }) => key)).not.toEqual(keys(20, random));
  });
});
