import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { labSnapshot, partitionView, testEpochMs } from '../../engine/contract/snapshot.testkit.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import { useHistory } from './history.ts';
import { useLab } from './lab.ts';
import { useQueries } from './queries.ts';

beforeEach(() => setActivePinia(createPinia()));

/** `orders-0` with so many records, all of them committed; the follower on 3 is behind. */
function at(ms: number, end: number, change: Partial<LabSnapshot> = {}, behind = 0): LabSnapshot {
  const logs = [1, 2, 3].map((node) => ({
    node,
    logStartOffset: 0,
    logEndOffset: node === 3 ? end - behind : end,
    highWatermark: end,
    caughtUpMs: null,
  }));
  const partition = partitionView(1, 'orders', 0, { logs });
  return labSnapshot({ sampledMs: testEpochMs + ms, partitions: [partition], ...change });
}

describe('the last minute', () => {
  it('tells no rate before there are two samples, then records per second over the last three', () => {
    const history = useHistory();
    const { partitions } = at(0, 0);
    history.record(at(0, 1000));
    expect(history.ratePerSecond(partitions)).toBeNull();
    for (let ms = 500; ms <= 6000; ms += 500) history.record(at(ms, 1000 + ms));
    expect(history.ratePerSecond(partitions)).toBe(1000);
    history.record(at(6500, 7000));
    expect(history.ratePerSecond(partitions)).toBeCloseTo(833, 0);
  });

  it('forgets what is older than a minute, and everything when the host was started again', () => {
    const history = useHistory();
    for (let ms = 0; ms <= 90_000; ms += 1000) history.record(at(ms, ms));
    expect(history.moments[0]?.atMs).toBe(testEpochMs + 30_000);
    history.record(at(10, 0));
    expect(history.moments).toHaveLength(1);
  });

  it('finds when the high watermark passed an offset: lag in seconds', () => {
    const history = useHistory();
    for (let ms = 0; ms <= 10_000; ms += 500) history.record(at(ms, ms / 10));
    const nowMs = testEpochMs + 10_200;
    expect(history.timeBehind(1, 1020, 1020, nowMs)).toEqual({ ms: 0, atLeast: false });
    expect(history.timeBehind(1, 900, 1020, nowMs)?.ms).toBeCloseTo(1200, 5);
    expect(history.timeBehind(1, 1010, 1020, nowMs)?.ms).toBeCloseTo(100, 5);
    expect(history.timeBehind(99, 900, 1020, nowMs)).toBeNull();
  });

  it('says "at least" for an offset from before the minute', () => {
    const history = useHistory();
    for (let ms = 0; ms <= 2000; ms += 500) history.record(at(ms, 5000 + ms));
    expect(history.timeBehind(1, 10, 7000, testEpochMs + 2000)).toEqual({ ms: 2000, atLeast: true });
  });

  it('measures a group once a second, and leaves a gap where the lag is not known', () => {
    const history = useHistory();
    const dead = labSnapshot().brokers.map((each) => (each.id === 1 ? { ...each, process: 'killed' as const } : each));
    for (let ms = 0; ms <= 3000; ms += 500) history.record(at(ms, 1200 + ms, ms >= 2000 ? { brokers: dead } : {}));
    expect(history.groupLagCurve('billing', 1).map(({ lag }) => lag)).toEqual([10, 1010, null, null]);
  });

  it('remembers how large the ISR was', () => {
    const history = useHistory();
    const small = at(1000, 10);
    history.record(at(0, 10));
    history.record({ ...small, partitions: small.partitions.map((each) => ({ ...each, isr: [1, 2] })) });
    expect([history.isrWas(1, 2), history.isrWas(1, 3)]).toEqual([3, null]);
  });

  it('tells whether a follower comes nearer', () => {
    const history = useHistory();
    history.record(at(0, 1000, {}, 100));
    history.record(at(1000, 1100, {}, 60));
    expect(history.gainPerSecond(1, 3)).toBe(40);
  });
});

describe('what it did not see itself', () => {
  let asked: number[] = [];
  /** A journal of a lab that takes in 500 records a second, from `fromMs` on. */
  function journal(fromMs: number): void {
    asked = [];
    useQueries().attach({
      ask: (_name, input) => {
        const ms = (input as { readonly atMs: number }).atMs - testEpochMs;
        asked.push(ms);
        const error = { code: 'no-moment', thing: 'moment', value: String(ms), hint: '' };
        return Promise.resolve(ms < fromMs ? { ok: false, error } : { ok: true, value: at(ms, ms / 2) }) as never;
      },
      tail: () => () => {},
    });
  }

  it('comes from the journal for a window that is opened late, as far as that reaches', async () => {
    journal(380_000);
    const history = useHistory();
    history.record(at(400_000, 200_000));
    await vi.waitFor(() => expect(asked).toEqual([397_000, 394_000, 388_000, 380_000, 370_000]));
    expect(history.ratePerSecond(at(0, 0).partitions)).toBe(500);
    expect(history.timeBehind(1, 195_000, 200_000, testEpochMs + 400_000)?.ms).toBe(10_000);
  });

  it('comes from the journal around a moment of the past, and goes again with it', async () => {
    journal(0);
    const lab = useLab();
    const history = useHistory();
    lab.showMoment(testEpochMs + 300_000);
    await vi.waitFor(() => expect(asked.slice(0, 3)).toEqual([300_000, 297_000, 294_000]));
    expect(history.ratePerSecond(at(0, 0).partitions)).toBe(500);
    lab.goLive();
    await Promise.resolve();
    expect(history.ratePerSecond(at(0, 0).partitions)).toBeNull();
  });
});
