import { describe, expect, it } from 'vitest';
import { EventFolder, quietMs } from './event-folder.ts';

const sent = { kind: 'batch-sent', topic: 'orders', partition: 1, broker: 2, baseSequence: 0 } as const;
const commit = (offset: number) =>
  ({
    type: 'commit',
    trigger: 'sync',
    offsets: [{ topic: 'orders', partition: 0, offset }],
    tookMs: 2,
  }) as const;

describe('a client’s events as lines', () => {
  it('batches of a second are one line for each partition and reason; attempts after the first are not sent anew', () => {
    const folder = new EventFolder();
    folder.addProducer(10, { ...sent, reason: 'linger', records: 3, bytes: 900, attempt: 1 });
    folder.addProducer(20, { ...sent, reason: 'linger', records: 2, bytes: 600, attempt: 1 });
    folder.addProducer(25, { ...sent, reason: 'linger', records: 2, bytes: 600, attempt: 2 });
    folder.addProducer(30, { ...sent, reason: 'full', records: 41, bytes: 16_384, attempt: 1 });
    expect([folder.takeLines(), folder.isFolding]).toEqual([[], true]);
    const line = { type: 'batches-sent', topic: 'orders', partition: 1 } as const;
    expect(folder.flush()).toEqual([
      { atMs: 20, line: { ...line, reason: 'linger', batches: 2, records: 5, bytes: 1500 } },
      { atMs: 30, line: { ...line, reason: 'full', batches: 1, records: 41, bytes: 16_384 } },
    ]);
    expect([folder.flush(), folder.isFolding]).toEqual([[], false]);
  });

  it('the first retry and failure are told at once; after them failures add up and retries keep the highest attempt', () => {
    const folder = new EventFolder();
    const batch = { topic: 'orders', partition: 1, bytes: 100, baseSequence: 0 } as const;
    for (const attempt of [1, 2, 3]) {
      folder.addProducer(attempt, {
        kind: 'batch-retried',
        ...batch,
        records: 5,
        error: 'NOT_LEADER_OR_FOLLOWER',
        attempt,
      });
    }
    for (const records of [5, 7]) {
      folder.addProducer(9, { kind: 'batch-failed', ...batch, records, error: 'TimeoutException', message: '' });
    }
    const retried = { type: 'batch-retried', topic: 'orders', partition: 1, error: 'NOT_LEADER_OR_FOLLOWER' } as const;
    const failed = { type: 'records-failed', topic: 'orders', partition: 1, error: 'TimeoutException' } as const;
    expect(folder.takeLines().map(({ line }) => line)).toEqual([
      { ...retried, attempt: 1 },
      { ...failed, records: 5 },
    ]);
    expect(folder.flush().map(({ line }) => line)).toEqual([
      { ...retried, attempt: 3 },
      { ...failed, records: 7 },
    ]);
  });

  it('commits that follow close are one line, from the offset before them; one that moves nothing is none', () => {
    const folder = new EventFolder();
    folder.addConsumer(0, commit(10));
    expect(folder.takeLines()).toMatchObject([{ line: { was: null, offset: 10, commits: 1 } }]);
    folder.addConsumer(1, commit(20));
    folder.addConsumer(2, commit(30));
    expect(folder.takeLines()).toEqual([]);
    expect(folder.flush()).toMatchObject([{ line: { was: 10, offset: 30, commits: 2 } }]);
    folder.addConsumer(3, commit(30));
    expect(folder.flush()).toEqual([]);
    folder.addConsumer(5000, commit(40));
    expect(folder.takeLines()).toMatchObject([{ line: { was: 30, offset: 40, commits: 1 } }]);
  });

  it('callbacks wait for nothing', () => {
    const folder = new EventFolder();
    const partitions = [{ topic: 'orders', partition: 2 }];
    folder.addConsumer(5, { type: 'callback', callback: 'onPartitionsAssigned', partitions });
    expect(folder.takeLines()).toEqual([
      { atMs: 5, line: { type: 'callback', callback: 'onPartitionsAssigned', partitions: ['orders-2'] } },
    ]);
  });

  it('a fault that repeats is told once in half a minute, one that ends the client always', () => {
    const folder = new EventFolder();
    const lost = {
      kind: 'connection',
      state: 'lost',
      broker: 2,
      endpoint: '127.0.0.1:9093',
      error: 'ECONNREFUSED',
    } as const;
    for (const atMs of [0, 100, quietMs - 1, quietMs, quietMs + 5]) {
      folder.addProducer(atMs, { ...lost, error: atMs === 0 ? 'reset' : 'refused' });
    }
    expect(folder.takeLines().map(({ atMs }) => atMs)).toEqual([0, quietMs]);
    const fatal = { type: 'fatal', error: 'FENCED_INSTANCE_ID', message: 'another one has it' } as const;
    folder.addConsumer(1, fatal);
    folder.addConsumer(2, fatal);
    expect(folder.takeLines().map(({ line }) => line)).toMatchObject([{ fatal: true }, { fatal: true }]);
  });

  it('a heartbeat that hears of a rebalance is no fault', () => {
    const folder = new EventFolder();
    folder.addConsumer(0, { type: 'heartbeat-failed', error: 'REBALANCE_IN_PROGRESS', message: '' });
    folder.addConsumer(0, { type: 'heartbeat-failed', error: 'UNKNOWN_MEMBER_ID', message: 'gone' });
    expect(folder.takeLines()).toMatchObject([{ line: { source: 'Heartbeat', error: 'UNKNOWN_MEMBER_ID' } }]);
  });
});
