// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watch } from 'vue';
import { DeltaGapError, type LabDelta } from '../../engine/contract/delta.ts';
import { eventOf, labSnapshot } from '../../engine/contract/snapshot.testkit.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import { PlayedLab } from '../../engine/lab/lab-host.testkit.ts';
import type { LabBridge } from '../bridge/lab-bridge.ts';
import { playedBridge } from '../bridge/played-bridge.testkit.ts';
import { useLab } from './lab.ts';
import { useQueries } from './queries.ts';

const first = labSnapshot();
const delta = (change: Omit<LabDelta, 'seq' | 'sampledMs'>, step = 1): { type: 'delta'; delta: LabDelta } => ({
  type: 'delta',
  delta: { seq: first.seq + step, sampledMs: first.sampledMs + step, ...change },
});
const frame = (): unknown => vi.advanceTimersByTime(17);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'requestAnimationFrame', 'cancelAnimationFrame'] });
  setActivePinia(createPinia());
});
afterEach(() => void vi.useRealTimers());

describe('the mirror of the lab', () => {
  it('paints what came within one frame once', () => {
    const lab = useLab();
    lab.applyUpdate({ type: 'snapshot', snapshot: first });
    lab.applyUpdate(delta({ replicas: [[1, 2, 0, 1201, 1200, -1]] }));
    expect(lab.live).toBeNull();
    frame();
    expect(lab.live?.seq).toBe(first.seq + 1);
  });

  it('shows bars each frame and digits four times a second', () => {
    const lab = useLab();
    lab.applyUpdate({ type: 'snapshot', snapshot: first });
    frame();
    lab.applyUpdate(delta({ replicas: [[1, 2, 0, 1201, 1200, -1]] }));
    frame();
    expect(lab.live?.seq).toBe(first.seq + 1);
    expect(lab.calm?.seq).toBe(first.seq);
    vi.advanceTimersByTime(250);
    expect(lab.calm?.seq).toBe(first.seq + 1);
  });

  it('does not hold back what changed state', () => {
    const lab = useLab();
    lab.applyUpdate({ type: 'snapshot', snapshot: first });
    frame();
    lab.applyUpdate(delta({ brokers: [{ id: 2, process: 'killed' }] }));
    frame();
    expect(lab.calm?.brokers[1]?.process).toBe('killed');
  });

  it('keeps the pace of a reader in a storm of events', () => {
    const lab = useLab();
    lab.applyUpdate({ type: 'snapshot', snapshot: first });
    frame();
    let settled = 0;
    watch(
      () => lab.calm,
      () => (settled += 1),
      { flush: 'sync' },
    );
    for (let step = 1; step <= 58; step += 1) {
      lab.applyUpdate(delta({ events: [eventOf(100 + step, { kind: 'isr-shrunk' })] }, step));
      frame();
    }
    expect(settled).toBeLessThan(12);
    expect(settled).toBeGreaterThan(3);
  });

  it('lets batches and commits wait with the numbers', () => {
    const lab = useLab();
    lab.applyUpdate({ type: 'snapshot', snapshot: first });
    frame();
    lab.applyUpdate(delta({ events: [eventOf(100, { kind: 'offsets-committed' })] }));
    frame();
    expect(lab.calm?.seq).toBe(first.seq);
    lab.applyUpdate(delta({ events: [eventOf(101, { kind: 'group-state' })] }, 2));
    frame();
    expect(lab.calm?.events.at(-1)?.id).toBe(101);
  });

  it('applies without a frame when a tab in the background gets none', () => {
    const lab = useLab();
    lab.applyUpdate({ type: 'snapshot', snapshot: first });
    for (let step = 1; step < 64; step += 1) lab.applyUpdate(delta({}, step));
    expect(lab.live?.seq).toBe(first.seq + 63);
  });

  it('refuses a delta that does not follow', () => {
    const lab = useLab();
    expect(() => lab.applyUpdate(delta({}))).toThrow(DeltaGapError);
    lab.applyUpdate({ type: 'snapshot', snapshot: first });
    expect(() => lab.applyUpdate(delta({}, 2))).toThrow(DeltaGapError);
  });

  it('keeps what it saw when the line is lost', () => {
    const lab = useLab();
    lab.applyLine('open');
    lab.applyUpdate({ type: 'snapshot', snapshot: first });
    frame();
    lab.applyLine('lost');
    expect(lab.connected).toBe(false);
    expect(lab.calm).toEqual(first);
  });
});

describe('a moment of the past', () => {
  const pictureOf = (atMs: number): LabSnapshot => labSnapshot({ sampledMs: atMs, eventCount: 7 });
  const asked: number[] = [];
  let answers: (() => void)[] = [];
  let bridge: LabBridge | null = null;
  afterEach(() => bridge?.close());

  /** A lab whose journal answers when the test says so. */
  async function journal(refuses = false): Promise<void> {
    asked.length = 0;
    answers = [];
    const played = new PlayedLab();
    played.queries.moment = ({ atMs }) => {
      asked.push(atMs);
      const error = { code: 'no-such-moment', thing: 'moment', value: String(atMs), hint: '' };
      return new Promise((resolve) =>
        answers.push(() => resolve(refuses ? { ok: false, error } : { ok: true, value: pictureOf(atMs) })),
      );
    };
    bridge = await playedBridge(played);
    useQueries().attach(bridge);
  }
  const answerNext = async (): Promise<void> => {
    await vi.advanceTimersByTimeAsync(0);
    answers.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
  };
  function openLab() {
    const lab = useLab();
    lab.applyUpdate({ type: 'snapshot', snapshot: first });
    frame();
    return lab;
  }

  it('is what all views get, while the present goes on unseen', async () => {
    await journal();
    const lab = openLab();
    lab.showMoment(5_000);
    expect([lab.isLive, lab.atMs, lab.past?.loading]).toEqual([false, 5_000, true]);
    expect(lab.calm).toEqual(first);
    await answerNext();
    lab.applyUpdate(delta({ eventCount: 99 }));
    frame();
    vi.advanceTimersByTime(250);
    expect([lab.calm?.eventCount, lab.live?.eventCount, lab.presentCalm?.eventCount]).toEqual([7, 7, 99]);
    lab.goLive();
    expect([lab.isLive, lab.calm?.eventCount, lab.atMs]).toEqual([true, 99, null]);
  });

  it('is asked for one at a time while somebody drags, and the last one is the one that stays', async () => {
    await journal();
    const lab = openLab();
    for (const atMs of [1_000, 2_000, 3_000, 4_000]) lab.showMoment(atMs);
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toEqual([1_000]);
    await answerNext();
    expect(asked).toEqual([1_000, 4_000]);
    expect(lab.calm?.sampledMs).toBe(1_000);
    await answerNext();
    expect([lab.calm?.sampledMs, lab.past]).toEqual([4_000, { atMs: 4_000, loading: false, error: null }]);
    lab.showMoment(1_000);
    expect([lab.calm?.sampledMs, asked.length]).toEqual([1_000, 2]);
  });

  it('that the journal does not have says so and keeps the picture', async () => {
    await journal(true);
    const lab = openLab();
    lab.showMoment(5_000);
    await answerNext();
    expect(lab.past).toMatchObject({ loading: false, error: { code: 'no-such-moment' } });
    expect(lab.calm).toEqual(first);
  });

  it('that comes after going live is not shown', async () => {
    await journal();
    const lab = openLab();
    lab.showMoment(5_000);
    lab.goLive();
    await answerNext();
    expect([lab.isLive, lab.calm]).toEqual([true, first]);
  });
});
