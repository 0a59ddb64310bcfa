import { describe, expect, it } from 'vitest';
import type { LabSeries } from '../../../engine/contract/series.ts';
import { averageOf, clientSide, differencesOf, highestOf, pathOf, runSide, valueAt } from './sides.ts';

const nothing = [null, null, null];
const series: LabSeries = {
  fromMs: 10_000,
  toMs: 13_000,
  stepMs: 1000,
  clients: [
    {
      client: 'a',
      kind: 'producer',
      recordsPerSecond: [100, null, 300],
      ackMs: [2, 4, null],
      ackP99Ms: [3, 9, null],
      inFlight: [1, 1, 1],
      lag: nothing,
      configs: { acks: '1', 'linger.ms': '5', 'client.id': 'a' },
    },
    {
      client: 'b',
      kind: 'producer',
      recordsPerSecond: [50, 50, 50],
      ackMs: [6, null, null],
      ackP99Ms: [6, null, null],
      inFlight: [1, 2, 3],
      lag: nothing,
      configs: { acks: 'all', 'linger.ms': '5', 'client.id': 'b' },
    },
  ],
  groups: [
    { group: 'g', lag: [4, null, 0], lagMs: nothing },
    { group: 'h', lag: [1, null, 2], lagMs: nothing },
  ],
};
const a = clientSide('a', series, []);
const b = clientSide('b', series, []);
const axis = { fromX: 0, toX: 3000 };

describe('two sides', () => {
  it('differ in what is not the same, their names aside', () => {
    expect(differencesOf(a, b)).toEqual([{ name: 'acks', left: '1', right: 'all' }]);
    expect(differencesOf(a, clientSide('nobody', series, []))).toEqual([
      { name: 'acks', left: '1', right: null },
      { name: 'linger.ms', left: '5', right: null },
    ]);
  });

  it('have values from their own zero, and none where nobody told', () => {
    const curve = a.curves.get('recordsPerSecond');
    expect([0, 999, 1000, 2500, 3000, -1].map((x) => valueAt(curve, 10_000, x))).toEqual([
      100,
      100,
      null,
      300,
      null,
      null,
    ]);
    expect(valueAt(curve, 9000, 1000)).toBe(100);
    expect(valueAt(undefined, 10_000, 0)).toBeNull();
  });

  it('have averages of what is known on the axis', () => {
    const curve = a.curves.get('recordsPerSecond');
    expect(averageOf(curve, 10_000, axis)).toBe(200);
    expect(averageOf(curve, 10_000, { fromX: 1000, toX: 2000 })).toBeNull();
    expect(highestOf([curve, b.curves.get('recordsPerSecond')], [10_000, 10_000], axis)).toBe(300);
  });

  it('are drawn with gaps', () => {
    expect(pathOf(a.curves.get('recordsPerSecond'), 10_000, axis, { width: 300, height: 30, most: 300 })).toBe(
      'M50.0 20.0M250.0 0.0',
    );
    expect(pathOf(b.curves.get('recordsPerSecond'), 10_000, axis, { width: 300, height: 30, most: 50 })).toBe(
      'M50.0 0.0L150.0 0.0L250.0 0.0',
    );
  });

  it('of runs add up their groups and average their producers', () => {
    const step = { produced: 7, consumed: 5, underReplicated: 1, underMinIsr: 0, offline: 0, rebalancing: 0 };
    const timeline = { fromMs: 10_000, toMs: 12_000, stepMs: 1000, steps: [{ atMs: 10_000, ...step }], flags: [] };
    const run = runSide('first', series, timeline);
    expect(run.curves.get('lag')?.values).toEqual([5, null, 2]);
    expect(run.curves.get('ackMs')?.values).toEqual([4, 4, null]);
    expect(run.curves.get('produced')?.values).toEqual([7]);
    expect(run.configs['b acks']).toBe('all');
  });
});
