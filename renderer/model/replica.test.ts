import { describe, expect, it } from 'vitest';
import { brokerView, partitionView } from '../../engine/contract/snapshot.testkit.ts';
import type { BrokerProcess, PartitionView } from '../../engine/contract/snapshot.ts';
import { lagOf, partitionHealth, replicaState, traceOf, traceWidth } from './replica.ts';

function partitionWith(
  ends: readonly (readonly [node: number, end: number | null, watermark: number | null])[],
): PartitionView {
  const logs = ends.map(([node, logEndOffset, highWatermark]) => ({
    node,
    logStartOffset: 0,
    logEndOffset,
    highWatermark,
    caughtUpMs: null,
  }));
  return partitionView(1, 'orders', 0, { leader: 1, logs });
}
const inProcess = (process: BrokerProcess) => brokerView(2, { process });

describe('a replica', () => {
  it('of a killed leader stays the leader, dead, until the metadata says otherwise', () => {
    const partition = partitionView(1, 'orders', 1);
    expect(replicaState(partition, 2, inProcess('killed'), null)).toBe('leader-dead');
    expect(replicaState({ ...partition, leader: 3 }, 2, inProcess('killed'), null)).toBe('dead');
  });

  it.each([
    ['running', 'leader'],
    ['starting', 'leader'],
    ['shutting-down', 'leader'],
    ['paused', 'leader-paused'],
    ['stopped', 'leader-stopped'],
    ['failed', 'leader-dead'],
  ] as const)('that leads on a broker that is %s is told as %s', (process, state) => {
    expect(replicaState(partitionView(1, 'orders', 1), 2, inProcess(process), null)).toBe(state);
  });

  it('outside the ISR catches up while the gap closes and is out of sync while it does not', () => {
    const partition = {
      ...partitionWith([
        [1, 1000, 1000],
        [2, 900, 900],
      ]),
      isr: [1],
    };
    const broker = inProcess('running');
    expect(replicaState(partition, 2, broker, 40)).toBe('catching-up');
    expect(replicaState(partition, 2, broker, 0)).toBe('out-of-sync');
    expect(replicaState(partition, 2, broker, null)).toBe('out-of-sync');
    const level = {
      ...partitionWith([
        [1, 1000, 1000],
        [2, 1000, 1000],
      ]),
      isr: [1],
    };
    expect(replicaState(level, 2, broker, null)).toBe('catching-up');
  });

  it('whose end is unknown has no lag and no bar, not a lag of zero', () => {
    const partition = partitionWith([
      [1, 1000, 1000],
      [2, null, null],
    ]);
    expect(lagOf(partition, partition.logs[1]!)).toBeNull();
    expect(traceOf(partition, partition.logs[1]!)).toBeNull();
  });

  it('is measured by the furthest end that is known when it is ahead of a dead leader’s last', () => {
    const partition = partitionWith([
      [1, 1000, 990],
      [2, 1005, 990],
    ]);
    expect(lagOf(partition, partition.logs[0]!)).toBe(5);
    expect(lagOf(partition, partition.logs[1]!)).toBe(0);
  });
});

describe('the trace bar', () => {
  it('has the leader’s end at its right edge and one scale for all replicas of a partition', () => {
    const partition = partitionWith([
      [1, 1000, 980],
      [2, 960, 920],
    ]);
    expect(traceOf(partition, partition.logs[0]!)).toEqual({ start: 0, appended: 1, watermark: 0.75, committed: 0.75 });
    expect(traceOf(partition, partition.logs[1]!)).toEqual({ start: 0, appended: 0.5, watermark: 0, committed: 0 });
  });

  it.each([
    [0, 80],
    [80, 80],
    [81, 100],
    [101, 200],
    [350, 500],
    [5001, 10_000],
  ])('is wide enough for a replica of the ISR that is %i behind: %i records', (lag, width) => {
    const partition = partitionWith([
      [1, 100_000, 100_000],
      [2, 100_000 - lag, 0],
    ]);
    expect(traceWidth(partition)).toBe(width);
  });

  it('is empty where the log is: nothing is drawn before its start', () => {
    const empty = partitionWith([
      [1, 0, 0],
      [2, 0, 0],
    ]);
    expect(traceOf(empty, empty.logs[0]!)).toEqual({ start: 1, appended: 1, watermark: 1, committed: 1 });
    const short = partitionWith([
      [1, 20, 20],
      [2, 20, 10],
    ]);
    expect(traceOf(short, short.logs[1]!)).toEqual({ start: 0.75, appended: 1, watermark: 0.875, committed: 0.875 });
  });

  it('does not grow for a replica outside the ISR: beyond the scale the bar is empty', () => {
    const partition = {
      ...partitionWith([
        [1, 100_000, 100_000],
        [2, 10, 10],
      ]),
      isr: [1],
    };
    expect(traceWidth(partition)).toBe(80);
    expect(traceOf(partition, partition.logs[1]!)).toEqual({ start: 0, appended: 0, watermark: 0, committed: 0 });
  });
});

describe('the health of a partition', () => {
  const brokers = (killed: number | null) =>
    new Map([1, 2, 3].map((id) => [id, brokerView(id, { process: id === killed ? 'killed' : 'running' })]));
  const partition = partitionWith([
    [1, 1000, 990],
    [2, 1000, 990],
    [3, 1000, 990],
  ]);

  it.each([
    ['full', partition, null],
    ['stands', partition, 2],
    ['unreachable', partition, 1],
    ['shrunk', { ...partition, isr: [1, 3] }, 2],
    ['below-min', { ...partition, isr: [1] }, null],
    ['offline', { ...partition, leader: -1, isr: [] }, 1],
  ] as const)('is %s', (state, of, killed) => {
    expect(partitionHealth(of, brokers(killed), 2).state).toBe(state);
  });

  it('does not stand while there is nothing to commit', () => {
    const idle = partitionWith([
      [1, 1000, 1000],
      [2, 1000, 1000],
      [3, 1000, 1000],
    ]);
    expect(partitionHealth(idle, brokers(2), 2)).toEqual({ state: 'full', isrSize: 3, replicas: 3, silent: [2] });
  });
});
