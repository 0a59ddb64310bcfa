// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import { recorded } from '../model/recorded-run.testkit.ts';
import { useTimeline } from './timeline.ts';

beforeEach(() => {
  window.sessionStorage.clear();
  window.localStorage.clear();
  setActivePinia(createPinia());
});

const calm = recorded('calm');
/** The same lab some time later, with so many records more in each partition. */
const later = (ms: number, records = 0): LabSnapshot => ({
  ...calm,
  sampledMs: calm.sampledMs + ms,
  partitions: calm.partitions.map((partition) => ({
    ...partition,
    logs: partition.logs.map((log) => ({ ...log, logEndOffset: (log.logEndOffset ?? 0) + records })),
  })),
});
const seen = () => useTimeline().seen.map(({ atMs, produced }) => [atMs - calm.sampledMs, produced]);

describe('what the window sees of rates', () => {
  it('is a step a second, however often it is told', () => {
    for (let ms = 0; ms <= 2_100; ms += 100) useTimeline().record(later(ms, ms / 10));
    expect(seen()).toEqual([
      [1_000, 300],
      [2_000, 300],
    ]);
  });

  it('has a gap where the line was lost, and begins anew with a lab that was started again', () => {
    const timeline = useTimeline();
    for (const ms of [0, 1_000, 9_000, 10_000, 500, 1_500]) timeline.record(later(ms));
    expect(seen().map(([ms]) => ms)).toEqual([1_000, 10_000, 1_500]);
  });

  it('is kept for an hour', () => {
    const timeline = useTimeline();
    for (let minute = 0; minute < 70; minute += 1) {
      timeline.record(later(minute * 60_000));
      timeline.record(later(minute * 60_000 + 1_000));
    }
    expect(seen()).toHaveLength(60);
  });

  it('shows the same span after a reload', () => {
    useTimeline().zoom(1);
    setActivePinia(createPinia());
    expect(useTimeline().span).toBe('15m');
  });
});
