import { describe, expect, it } from 'vitest';
import { gapsOf, type GapWindow } from './gaps.ts';
import { Ownership } from './ownership.ts';

const window: GapWindow = {
  startedMs: 1000,
  endedMs: 1100,
  earlierEndedMs: null,
  laterStartedMs: null,
  ownedBefore: new Set(['t-0']),
  ownedAfter: new Set(['t-0']),
  partitions: ['t-0'],
};
function held(...stretches: readonly (readonly [label: string, fromMs: number, toMs: number | null])[]): Ownership {
  const ownership = new Ownership();
  for (const [label, fromMs, toMs] of stretches) {
    ownership.hold(label, 't-0', fromMs);
    if (toMs !== null) ownership.release(label, 't-0', toMs);
  }
  return ownership;
}
const told = (change: Partial<GapWindow>, ownership: Ownership) =>
  gapsOf({ ...window, ...change }, ownership).map(
    ({ from, to, fromMs, toMs }) => `${from} → ${to}: ${fromMs} to ${toMs}`,
  );

describe('the gap of a rebalance', () => {
  it('goes from one owner’s end to the next one’s beginning, also beyond the rebalance on both sides', () => {
    expect(told({}, held(['c1', 0, 900], ['c2', 1120, null]))).toEqual(['c1 → c2: 900 to 1120']);
  });

  it('is open while nobody has it, and over with a rebalance that gives it to nobody', () => {
    expect(told({ endedMs: null }, held(['c1', 0, 1010]))).toEqual(['c1 → null: 1010 to null']);
    expect(told({ ownedAfter: new Set() }, held(['c1', 0, 1010]))).toEqual(['c1 → null: 1010 to 1100']);
  });

  it('counts from the start where nobody had it, and not at all where it is not known who did', () => {
    expect(told({ ownedBefore: new Set() }, held(['c1', 0, 500], ['c2', 1050, null]))).toEqual([
      'null → c2: 1000 to 1050',
    ]);
    expect(told({}, held(['c2', 1050, null]))).toEqual([]);
  });

  it('is divided between two rebalances that it lasts through', () => {
    const ownership = held(['c1', 0, 1010], ['c2', 2050, null]);
    expect(told({ laterStartedMs: 2000 }, ownership)).toEqual(['c1 → null: 1010 to 2000']);
    expect(told({ startedMs: 2000, endedMs: 2100, earlierEndedMs: 1100 }, ownership)).toEqual([
      'c1 → c2: 2000 to 2050',
    ]);
  });

  it('is none while somebody has it, whoever was forgotten to be told off', () => {
    expect(told({}, held(['c1', 0, null], ['c2', 1050, null]))).toEqual([]);
    expect(told({}, held(['c1', 0, 1050], ['c2', 1040, null]))).toEqual([]);
  });

  it('does not hold what is over before it or begins after it', () => {
    expect(told({}, held(['c1', 0, 500], ['c2', 600, 1200], ['c1', 1300, null]))).toEqual([]);
  });

  it('begins at the earliest end that is told, whenever it is told', () => {
    const ownership = held(['c1', 0, 1050], ['c2', 1080, null]);
    ownership.release('c1', 't-0', 1020);
    expect(told({}, ownership)).toEqual(['c1 → c2: 1020 to 1080']);
  });
});
