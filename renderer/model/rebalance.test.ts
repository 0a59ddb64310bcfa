import { describe, expect, it } from 'vitest';
import type { RebalanceView } from '../../engine/contract/groups.ts';
import {
  assignmentRows,
  comparable,
  costOf,
  lanesOf,
  lastAwaited,
  partitionsOf,
  phasesAhead,
  spanOf,
  ticksOf,
} from './rebalance.ts';

const startedMs = 1_750_000_000_000;
const orders = (...partitions: number[]) => [{ topic: 'orders', partitions }];
const gap = (partition: number, from: string | null, to: string | null, fromMs: number, toMs: number | null) => ({
  topic: 'orders',
  partition,
  from,
  to,
  fromMs: startedMs + fromMs,
  toMs: toMs === null ? null : startedMs + toMs,
});

/** As recorded of the Java client: c2 joins c1, cooperative, partition 2 moves. */
const cooperative: RebalanceView = {
  number: 2,
  group: 'billing',
  startedMs,
  endedMs: startedMs + 36,
  fromGeneration: 1,
  toGeneration: 3,
  reason: 'Adding new member',
  protocol: 'cooperative-sticky',
  coordinator: 2,
  phases: [
    { state: 'Stable', generation: 1, fromMs: startedMs - 2960, toMs: startedMs },
    { state: 'PreparingRebalance', generation: 1, fromMs: startedMs, toMs: startedMs + 14 },
    { state: 'CompletingRebalance', generation: 2, fromMs: startedMs + 14, toMs: startedMs + 17 },
    { state: 'Stable', generation: 2, fromMs: startedMs + 17, toMs: startedMs + 24 },
    { state: 'PreparingRebalance', generation: 2, fromMs: startedMs + 24, toMs: startedMs + 31 },
    { state: 'CompletingRebalance', generation: 3, fromMs: startedMs + 31, toMs: startedMs + 36 },
    { state: 'Stable', generation: 3, fromMs: startedMs + 36, toMs: null },
  ],
  members: [],
  before: [{ label: 'c1', partitions: orders(0, 1, 2) }],
  planned: [
    { label: 'c1', partitions: orders(0, 1) },
    { label: 'c2', partitions: [] },
  ],
  after: [
    { label: 'c1', partitions: orders(0, 1) },
    { label: 'c2', partitions: orders(2) },
  ],
  messages: [],
  gaps: [gap(2, 'c1', 'c2', 17, 36)],
};
const eager: RebalanceView = {
  ...cooperative,
  number: 1,
  protocol: 'range',
  planned: cooperative.after,
  gaps: [0, 1, 2].map((partition) => gap(partition, 'c1', partition === 2 ? 'c2' : 'c1', 220, 232)),
};

describe('a rebalance for the eye', () => {
  it('costs partition-milliseconds, in so many partitions; what still runs counts up to now', () => {
    expect(costOf(eager, startedMs)).toEqual({
      partitionMs: 36,
      silent: 3,
      partitions: 3,
      longestMs: 12,
      running: false,
    });
    const running = { ...cooperative, endedMs: null, after: null, gaps: [gap(2, 'c1', null, 17, null)] };
    expect(costOf(running, startedMs + 1017)).toMatchObject({ partitionMs: 1000, silent: 1, running: true });
  });

  it('is told by before, planned and after, and by two rows where the plan came true', () => {
    const rows = (story: RebalanceView) =>
      assignmentRows(story).map(
        ({ stage, generation, cells }) =>
          `${stage} ${generation}: ${cells.map(({ label, state }) => `${label} ${state}`).join(', ')}`,
      );
    expect(rows(cooperative)).toEqual([
      'before 1: c1 plain, c1 plain, c1 plain',
      'planned 2: c1 plain, c1 plain, c1 revoked',
      'after 3: c1 plain, c1 plain, c2 assigned',
    ]);
    expect(rows(eager).map((row) => row.split(' ')[0])).toEqual(['before', 'after']);
  });

  it('is drawn in lanes: owner, nobody, the next owner', () => {
    const span = { fromMs: -10, toMs: 100 };
    const { lanes } = lanesOf(cooperative, span, startedMs + 1000, 8);
    expect(
      lanes.map(({ name, stretches }) => [name, ...stretches.map((s) => `${s.kind} ${s.label} ${s.fromMs}–${s.toMs}`)]),
    ).toEqual([
      ['orders-0', 'owned c1 -10–100'],
      ['orders-1', 'owned c1 -10–100'],
      ['orders-2', 'owned c1 -10–17', 'nobody null 17–36', 'assigned c2 36–100'],
    ]);
  });

  it('shows the silent lanes first where there are too many', () => {
    const { lanes, hidden } = lanesOf(cooperative, spanOf(cooperative, startedMs), startedMs, 2);
    expect([lanes.map(({ name }) => name), hidden]).toEqual([['orders-0', 'orders-2'], 1]);
  });

  it('is compared with one of the other kind for the same cause, else of the other kind, else with any other', () => {
    const older = { ...cooperative, number: 0 };
    const left = { ...eager, number: 3, reason: 'explicit `LeaveGroup` request for (c3) members.' };
    const first = { ...eager, number: 4, before: [] };
    expect(comparable(cooperative, [first, left, eager, older])?.number).toBe(1);
    expect(comparable(cooperative, [first, left, older])?.number).toBe(3);
    expect(comparable(cooperative, [first, older])?.number).toBe(0);
    expect(comparable(cooperative, [cooperative])).toBe(null);
  });

  it('orders partitions by topic and number', () => {
    const story = {
      ...cooperative,
      before: [{ label: 'c1', partitions: [...orders(10, 9), { topic: 'audit', partitions: [3] }] }],
    };
    expect(partitionsOf(story)).toEqual(['audit-3', 'orders-0', 'orders-1', 'orders-2', 'orders-9', 'orders-10']);
  });

  it('has an axis with round steps', () => {
    expect(ticksOf({ fromMs: -200, toMs: 7400 })).toEqual([0, 2000, 4000, 6000]);
    expect(ticksOf({ fromMs: -3, toMs: 45 })).toEqual([0, 10, 20, 30, 40]);
  });

  it('waits for the one who is awaited, not for one of several, and has steps before it', () => {
    const member = {
      memberId: 'm',
      instanceId: null,
      client: null,
      atMs: null,
      timer: 'max.poll.interval.ms',
    } as const;
    const running: RebalanceView = {
      ...cooperative,
      endedMs: null,
      phases: cooperative.phases.slice(0, 2),
      members: [
        { ...member, label: 'c1', state: 'awaited', deadlineMs: startedMs + 10 },
        { ...member, label: 'c2', state: 'awaited', deadlineMs: startedMs + 300 },
        { ...member, label: 'c3', state: 'rejoined', deadlineMs: null, timer: null },
      ],
    };
    expect(lastAwaited(running)).toBe(null);
    expect(lastAwaited({ ...running, members: running.members.slice(1) })?.label).toBe('c2');
    expect(phasesAhead(running)).toEqual(['CompletingRebalance', 'Stable']);
    expect(phasesAhead(cooperative)).toEqual([]);
  });
});
