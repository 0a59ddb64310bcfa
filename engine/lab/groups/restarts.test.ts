import { describe, expect, it } from 'vitest';
import { Restarts, type GroupFacts } from './restarts.ts';

const facts = (nowMs: number, change: Partial<GroupFacts> = {}): GroupFacts => ({
  isResting: true,
  isWhole: true,
  nowMs,
  rebalancesSince: () => 2,
  silentMs: (fromMs, toMs) => Math.min(toMs, fromMs + 900) - fromMs,
  ...change,
});
const once = { times: 1, rebalances: 2, silentMs: 900 };
const never = { times: 0, rebalances: 0, silentMs: 0 };

describe('restarts of a group’s consumers', () => {
  it('cost what happened from when it let go until the group is whole and at rest', () => {
    const restarts = new Restarts();
    restarts.letGo('a', 990);
    restarts.gone('a', false, 1000);
    expect(restarts.settle(facts(2000))).toBe(false);
    restarts.back('a', false, 2100);
    const waiting = [facts(9000, { isResting: false }), facts(9000, { isWhole: false }), facts(2500)];
    expect(waiting.map((each) => restarts.settle(each))).toEqual([false, false, false]);
    const asked: number[] = [];
    expect(restarts.settle(facts(9000, { silentMs: (...times) => asked.push(...times) && 900 }))).toBe(true);
    expect([restarts.costs, asked]).toEqual([{ dynamic: once, static: never }, [990, 9000]]);
    expect(restarts.settle(facts(9000))).toBe(false);
  });

  it('count by the membership, and not at all when that changed, two were away at once, or it stayed away', () => {
    const restarts = new Restarts();
    restarts.gone('a', true, 1000);
    restarts.back('a', true, 2000);
    expect(restarts.settle(facts(5000, { rebalancesSince: () => 0, silentMs: () => 100 }))).toBe(true);

    restarts.gone('a', true, 10_000);
    restarts.back('a', false, 11_000);
    restarts.gone('a', false, 20_000);
    restarts.gone('b', false, 20_500);
    restarts.back('a', false, 21_000);
    expect(restarts.settle(facts(30_000))).toBe(false);
    restarts.gone('b', false, 40_000);
    expect(restarts.settle(facts(1_000_000))).toBe(false);
    restarts.back('b', false, 1_000_001);
    expect(restarts.settle(facts(1_100_000))).toBe(false);
    expect(restarts.costs).toEqual({ dynamic: never, static: { times: 1, rebalances: 0, silentMs: 100 } });
  });
});
