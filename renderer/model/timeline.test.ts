import { describe, expect, it } from 'vitest';
import type { LabEvent } from '../../engine/contract/events.ts';
import type { Timeline, TimelineFlag, TimelineStep } from '../../engine/contract/queries.ts';
import {
  brokerView,
  eventOf,
  labSnapshot,
  partitionView,
  testEpochMs,
} from '../../engine/contract/snapshot.testkit.ts';
import {
  curve,
  extentAround,
  flagOf,
  isrBands,
  joinFlags,
  joinSteps,
  liveExtent,
  placeFlags,
  progressOf,
  rateTop,
  scaleTop,
  spanMs,
  stepAt,
  stepBetween,
  ticksOf,
  zoomed,
} from './timeline.ts';

const step = (atMs: number, change: Partial<TimelineStep> = {}): TimelineStep => ({
  atMs,
  produced: 400,
  consumed: 390,
  underReplicated: 0,
  underMinIsr: 0,
  offline: 0,
  rebalancing: 0,
  ...change,
});
const unknown = {
  produced: null,
  consumed: null,
  underReplicated: null,
  underMinIsr: null,
  offline: null,
  rebalancing: null,
};
const answer = (change: Partial<Timeline>): Timeline => ({
  fromMs: 0,
  toMs: 10_000,
  stepMs: 1000,
  steps: [],
  flags: [],
  ...change,
});

describe('what is seen', () => {
  it('ends a little after now while time runs', () => {
    expect(liveExtent(40_000, 100_000)).toEqual({ fromMs: 61_000, toMs: 101_000 });
  });

  it('stands still while a moment inside it is shown', () => {
    const extent = { fromMs: 61_000, toMs: 101_000 };
    expect(extentAround(70_000, extent, 40_000, 100_000)).toBe(extent);
  });

  it('goes to a moment outside it, and never further than now', () => {
    const extent = { fromMs: 61_000, toMs: 101_000 };
    expect(extentAround(30_000, extent, 40_000, 100_000)).toEqual({ fromMs: 10_000, toMs: 50_000 });
    expect(extentAround(99_000, { fromMs: 0, toMs: 40_000 }, 40_000, 100_000)).toEqual(extent);
  });

  it('has a width of half a minute when the run began just now', () => {
    expect(spanMs('run', 1_000, 2_000)).toBe(30_000);
    expect(spanMs('run', 1_000, 91_000)).toBe(90_000);
  });

  it('is zoomed from half a minute to the whole run and no further', () => {
    expect([zoomed('30s', -1), zoomed('30s', 1), zoomed('1h', 1), zoomed('run', 1)]).toEqual([
      '30s',
      '1m',
      'run',
      'run',
    ]);
  });

  it.each([
    [60_000, 6, 10_000],
    [300_000, 10, 30_000],
    [90_000_000, 8, 14_400_000],
    [9_000_000_000, 8, 1_209_600_000],
  ])('%i ms with room for %i times has one every %i ms', (length, most, stepMs) => {
    const ticks = ticksOf({ fromMs: 1, toMs: 1 + length }, most);
    expect(ticks.stepMs).toBe(stepMs);
    expect(ticks.at.length).toBeLessThanOrEqual(most + 1);
    expect(ticks.at.every((at) => at % stepMs === 0 && at >= 1)).toBe(true);
  });

  it('has a scale of 1, 2 and 5 that does not follow every wiggle', () => {
    expect([0, 11, 400, 508, 1_001].map(scaleTop)).toEqual([10, 20, 500, 1_000, 2_000]);
  });

  it('lets a spike leave the scale, so that the rest can be read', () => {
    const usual = Array.from({ length: 40 }, (_, index) => step(index * 1_000));
    expect(rateTop([...usual, step(41_000, { consumed: 9_000 })])).toBe(1_000);
    expect(rateTop(usual)).toBe(500);
    expect(rateTop([])).toBe(10);
  });
});

describe('what the window sees itself', () => {
  const before = labSnapshot();
  const now = labSnapshot({
    sampledMs: testEpochMs + 2_000,
    partitions: before.partitions.map((each) => ({
      ...each,
      isr: each.id === 2 ? [1, 3] : each.isr,
      logs: each.logs.map((log) => ({ ...log, logEndOffset: 1_400 })),
    })),
    consumers: before.consumers.map((each) => ({
      ...each,
      partitions: each.partitions.map((owned) => ({ ...owned, position: 1_390 })),
    })),
  });

  it('are records that topics took in and groups got through, without internal topics', () => {
    expect(stepBetween(progressOf(before), progressOf(now), now)).toEqual(
      step(now.sampledMs, { produced: 300, consumed: 300, underReplicated: 1 }),
    );
  });

  it('counts what a member without a lab client commits', () => {
    const strangers = labSnapshot({ consumers: [] });
    const later = labSnapshot({
      consumers: [],
      sampledMs: testEpochMs + 1_000,
      groups: strangers.groups.map((group) => ({
        ...group,
        offsets: group.offsets.map((each) => ({ ...each, offset: each.offset + 10 })),
      })),
    });
    expect(stepBetween(progressOf(strangers), progressOf(later), later).consumed).toBe(30);
  });

  it('a partition is offline also while its dead leader still leads by metadata', () => {
    const killed = labSnapshot({ sampledMs: testEpochMs + 1_000, brokers: [brokerView(1, { process: 'killed' })] });
    const only = { ...killed, partitions: [partitionView(1, 'orders', 0, { leader: 1, isr: [1] })] };
    expect(stepBetween(progressOf(before), progressOf(only), only)).toMatchObject({ offline: 1, underMinIsr: 1 });
  });

  it('goes on where the journal ends, and is all there is without one', () => {
    const seen = [step(9_400), step(10_500), step(11_500)];
    const journal = answer({ steps: [step(8_000), step(9_000), step(10_000, unknown)] });
    expect(joinSteps(journal, seen).map((each) => each.atMs)).toEqual([8_000, 9_000, 10_500, 11_500]);
    expect(joinSteps(null, seen)).toBe(seen);
    expect(joinSteps(answer({ steps: [step(9_000, unknown)] }), seen)).toEqual(seen);
  });
});

describe('lines and bands', () => {
  it('have gaps where nothing is known and where nobody told for long', () => {
    const steps = [step(0), step(1_000), step(2_000, unknown), step(3_000), step(9_000)];
    const path = curve(
      steps,
      (each) => each.produced,
      (at) => at / 1000,
      (value) => value / 100,
      2_500,
    );
    expect(path).toBe('M0.00 4.0L1.00 4.0M3.00 4.0M9.00 4.0');
  });

  it('bands of one state are one; a partition without a living leader weighs most', () => {
    const steps = [
      step(0),
      step(1_000),
      step(2_000, { underReplicated: 3, offline: 1 }),
      step(3_000, { underReplicated: 3 }),
      step(4_000, unknown),
      step(9_000),
    ];
    expect(isrBands(steps, 2_000)).toEqual([
      { state: 'full', fromMs: 0, toMs: 2_000 },
      { state: 'offline', fromMs: 2_000, toMs: 3_000 },
      { state: 'shrunk', fromMs: 3_000, toMs: 4_000 },
      { state: 'full', fromMs: 9_000, toMs: 9_000 },
    ]);
  });

  it('the value at a moment is the last one told before it', () => {
    const steps = [step(1_000), step(2_000)];
    expect([500, 1_000, 1_999, 5_000].map((at) => stepAt(steps, at)?.atMs)).toEqual([undefined, 1_000, 1_000, 2_000]);
  });
});

describe('flags', () => {
  const killed = eventOf(7, {
    atMs: 11_000,
    kind: 'process',
    actor: 'lab',
    args: { node: 2 },
    change: { of: 'state', was: 'running', now: 'killed' },
  });
  const moved = (id: number, atMs: number) => eventOf(id, { atMs, kind: 'leader-changed' });
  const flag = (id: number, atMs: number, kind: TimelineFlag['kind']): TimelineFlag => ({
    atMs,
    endedMs: atMs,
    kind,
    event: eventOf(id, { atMs }),
  });
  const extent = { fromMs: 0, toMs: 1_000 };
  const place = (flags: readonly TimelineFlag[]) =>
    placeFlags(
      flags,
      extent,
      1_000,
      (each) => each.kind,
      () => 100,
    ).map(({ flag: { event }, label, leftward }) => [event.id, label, leftward]);

  it('of a fresh fault stands before the journal has it, and once', () => {
    const fresh = { atMs: 11_000, endedMs: null, kind: 'fault', event: killed } as const;
    expect(joinFlags(answer({ toMs: 10_000 }), [eventOf(6, { atMs: 7_000, kind: 'problem' }), killed])).toEqual([
      fresh,
    ]);
    const lifted = { ...fresh, endedMs: 11_500 };
    expect(joinFlags(answer({ toMs: 12_000, flags: [lifted] }), [killed])).toEqual([lifted]);
  });

  it('of elections within a second are one', () => {
    const flags = joinFlags(null, [moved(1, 1_000), moved(2, 1_100), moved(3, 2_500)]);
    expect(flags.map(({ event }) => event.id)).toEqual([1, 3]);
  });

  it('are none for what only flows', () => {
    expect([flagOf(eventOf(1)), flagOf(eventOf(2, { kind: 'batches-sent' }))]).toEqual([null, null]);
    expect(flagOf(eventOf(3, { kind: 'topic-created', args: { topic: '__consumer_offsets' } }))).toBeNull();
    expect(flagOf(eventOf(4, { kind: 'partitions-changed', args: { partitions: 3, leaders: 0 } }))).toBeNull();
  });

  it('keep their words by weight where they meet, and their line where they do not', () => {
    expect(place([flag(1, 100, 'client'), flag(2, 150, 'fault'), flag(3, 400, 'election')])).toEqual([
      [1, null, false],
      [2, 'fault', false],
      [3, 'election', false],
    ]);
  });

  it('at the right edge speak leftward; outside they are not there', () => {
    expect(place([flag(1, 980, 'fault'), flag(2, 1_200, 'fault')])).toEqual([[1, 'fault', true]]);
  });

  it('are one line where hundreds fall together', () => {
    const many = Array.from({ length: 500 }, (_, index) => flag(index, 500 + index / 1000, 'change'));
    expect(place(many)).toHaveLength(1);
  });
});

describe('the flag of a fault that the journal does not have yet', () => {
  const active = (id: number, atMs: number, args: LabEvent['args']): LabEvent =>
    eventOf(id, { kind: 'fault', atMs, args, change: { of: 'state', was: 'armed', now: 'active' } });
  const became = (id: number, atMs: number, args: LabEvent['args'], now: string): LabEvent => {
    const kind = args['node'] === undefined ? 'client-process' : 'process';
    return eventOf(id, { kind, atMs, args, change: { of: 'state', was: 'running', now } });
  };
  const told = (...events: readonly LabEvent[]) =>
    joinFlags(null, events).map(({ kind, event }) => `${kind} ${event.id}`);

  it('stands for what becomes of the thread, too, whichever is told first', () => {
    expect(told(active(1, 1000, { kind: 'kill', node: 2 }), became(2, 1001, { node: 2 }, 'killed'))).toEqual([
      'fault 1',
    ]);
    expect(told(became(2, 1000, { node: 2 }, 'killed'), active(3, 1040, { kind: 'power-loss', node: 2 }))).toEqual([
      'fault 3',
    ]);
    expect(told(active(1, 1000, { kind: 'stop', node: 2 }), became(2, 1001, { node: 2 }, 'shutting-down'))).toEqual([
      'change 1',
    ]);
    expect(
      told(active(1, 1000, { kind: 'freeze-client', client: 'c' }), became(2, 1001, { client: 'c' }, 'frozen')),
    ).toEqual(['fault 1']);
  });

  it('hides nobody else, no crash, and nothing that happens later', () => {
    const full = active(1, 1000, { kind: 'full-disk', node: 2 });
    expect(told(full, became(2, 1100, { node: 2 }, 'failed'))).toEqual(['fault 1', 'fault 2']);
    expect(told(full, became(2, 1100, { node: 3 }, 'killed'))).toEqual(['fault 1', 'fault 2']);
    expect(told(full, became(2, 9000, { node: 2 }, 'killed'))).toEqual(['fault 1', 'fault 2']);
  });
});
