import { describe, expect, it } from 'vitest';
import { ReadAgain } from './read-again.ts';

const at = (offset: number, partition = 0) => ({ topic: 'orders', partition, offset });

describe('records that a group reads again', () => {
  it('are those between where its consumer stood and where the next one begins', () => {
    const again = new ReadAgain();
    expect(again.took('billing', at(100))).toBe(0);
    again.reached('billing', [at(180), { topic: 'orders', partition: 1, offset: null }]);
    expect(again.took('billing', at(150))).toBe(30);
    expect(again.took('billing', at(150))).toBe(0);
  });

  it('are none where records are skipped, in another partition, or in another group', () => {
    const again = new ReadAgain();
    again.reached('billing', [at(180)]);
    expect([
      again.took('billing', at(0, 1)),
      again.took('audit', at(0)),
      again.took('billing', at(500)),
      again.took('billing', at(480)),
    ]).toEqual([0, 0, 0, 20]);
  });
});
