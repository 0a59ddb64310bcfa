// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeltaGapError, type LabDelta } from '../../engine/contract/delta.ts';
import { labSnapshot } from '../../engine/contract/snapshot.testkit.ts';
import { useLab } from './lab.ts';

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
