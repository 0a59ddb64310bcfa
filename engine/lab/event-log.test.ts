import { describe, expect, it } from 'vitest';
import type { TelemetryEvent } from '../base/telemetry.ts';
import { EventLog } from './event-log.ts';

function leaderMoves(offset: number, partition: number): TelemetryEvent {
  return {
    type: 'partition-changed',
    topic: 'orders',
    topicId: 'an-id',
    partition,
    offset,
    leader: { was: 2, now: 3 },
    leaderEpoch: { was: 5, now: 6 },
    isr: { was: [1, 2, 3], now: [1, 3] },
    elr: { was: [], now: [] },
    replicas: [2, 3, 1],
  };
}
const fenced: TelemetryEvent = {
  type: 'broker-fenced',
  broker: 2,
  fenced: true,
  inControlledShutdown: false,
  offset: 100,
};

describe('the event log', () => {
  it('tells a change of metadata once, whoever applies it first', () => {
    const log = new EventLog();
    log.tell(1, 1000, fenced);
    log.tell(3, 1001, fenced);
    log.tell(3, 1002, leaderMoves(101, 0));
    log.tell(1, 1003, leaderMoves(101, 0));
    const told = log.drain();
    expect(told.map(({ id, node, kind }) => ({ id, node, kind }))).toEqual([
      { id: 1, node: 1, kind: 'broker-fenced' },
      { id: 2, node: 3, kind: 'leader-changed' },
    ]);
    expect(told[1]).toMatchObject({ change: { of: 'leader', was: '2', now: '3' }, args: { epochWas: 5, epoch: 6 } });
  });

  it('tells nothing when a node replays what was told', () => {
    const log = new EventLog();
    log.forgetUpTo(100);
    log.tell(1, 1000, fenced);
    expect(log.drain()).toEqual([]);
  });

  it('folds the partitions of one decision into one line', () => {
    const log = new EventLog();
    log.tell(1, 1000, fenced);
    for (let partition = 0; partition < 56; partition += 1) log.tell(1, 1000, leaderMoves(101 + partition, partition));
    const told = log.drain();
    expect(told.map((each) => each.kind)).toEqual(['broker-fenced', 'partitions-changed']);
    expect(told[1]?.args).toEqual({ partitions: 56, leaders: 56 });
    expect(log.count).toBe(2);
  });

  it('leaves the fine grain of a healthy node out', () => {
    const log = new EventLog();
    log.tell(1, 1, { type: 'log', level: 'info', component: 'LogManager', message: 'fine' });
    log.tell(1, 1, { type: 'offsets-committed', group: 'g', member: 'm', offsets: [] });
    expect(log.drain()).toEqual([]);
  });
});
