import { describe, expect, it } from 'vitest';
import { labSnapshot } from '../../../engine/contract/snapshot.testkit.ts';
import type { ScenarioRunView } from '../../../engine/contract/scenarios.ts';
import { ratePath, withPoints } from './scenario-rates.ts';

const scenario: ScenarioRunView = {
  run: 'one',
  name: 'one',
  title: 'One',
  text: '',
  seed: 1,
  speed: null,
  state: 'running',
  startedMs: 0,
  endedMs: null,
  steps: [],
  expectations: [],
  failure: null,
};

describe('rates of a scenario', () => {
  it('grow while it runs, begin anew with another run, and stay when it is over', () => {
    const at = (sampledMs: number, change: Partial<ScenarioRunView> = {}) =>
      labSnapshot({ sampledMs, scenario: { ...scenario, ...change } });
    const first = withPoints(null, at(1000));
    const second = withPoints(first, at(2000));
    const soon = withPoints(second, at(2100));
    const over = withPoints(soon, at(3000, { endedMs: 2500 }));
    const other = withPoints(over, at(4000, { run: 'two' }));
    const counts = [first, second, soon, over, other].map((each) => [...(each?.producers.values() ?? [])][0]?.length);
    expect(counts).toEqual([1, 2, 2, 2, 1]);
    expect(withPoints(other, labSnapshot({ scenario: null }))).toBeNull();
  });

  it('are drawn with gaps where nobody knows', () => {
    const points = [
      { atMs: 0, rate: 0 },
      { atMs: 500, rate: 100 },
      { atMs: 600, rate: null },
      { atMs: 1000, rate: 50 },
    ];
    const path = ratePath(points, { fromMs: 0, toMs: 1000, most: 100 }, { width: 100, height: 10 });
    expect(path).toBe('M0.0 10.0L50.0 0.0M100.0 5.0');
  });
});
