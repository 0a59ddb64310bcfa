import { describe, expect, it } from 'vitest';
import type { ProducerRecord, RecordMetadata } from '../../client/index.ts';
import { SimWorld } from '../../env/sim/index.ts';
import { sendRecords, type FeedRecord } from './send-records.ts';

const metadata: RecordMetadata = { topic: 'orders', partition: 0, offset: 0, timestampMs: 0 };
const records = (count: number): FeedRecord[] =>
  Array.from({ length: count }, (_, n) => ({ from: `line ${n + 1}`, topic: 'orders', key: null, value: null }));

function setup(answer: (n: number) => Promise<RecordMetadata> = () => Promise.resolve(metadata)) {
  const world = new SimWorld(1);
  const sent: { atMs: number; record: ProducerRecord }[] = [];
  const abort = new AbortController();
  const told: number[] = [];
  const run = (feed: Iterable<FeedRecord>, rate: number): Promise<number> =>
    sendRecords(feed, {
      clock: world.clock,
      producer: {
        blockedSends: 0,
        send: (record) => {
          sent.push({ atMs: world.nowMs, record });
          return answer(sent.length);
        },
        flush: () => Promise.resolve(),
      },
      rate,
      signal: abort.signal,
      progress: (count) => told.push(count),
    });
  return { world, sent, abort, told, run };
}

describe('records of a job', () => {
  it('go out at their rate, and how far it is is told', async () => {
    const { world, sent, told, run } = setup();
    expect(await world.complete(run(records(50), 100))).toBe(50);
    expect(sent.at(-1)?.atMs).toBeGreaterThanOrEqual((sent[0]?.atMs ?? 0) + 480);
    expect(sent[0]?.record).toEqual({ topic: 'orders', key: null, value: null });
    expect(told.at(-1)).toBe(50);
    expect(told.toSorted((a, b) => a - b)).toEqual(told);
  });

  it('end at the first that fails, and say which one it was', async () => {
    const { world, sent, run } = setup((n) => (n === 3 ? Promise.reject(new Error('no')) : Promise.resolve(metadata)));
    await expect(world.complete(run(records(1000), 10))).rejects.toThrow('line 3: no');
    expect(sent.length).toBeLessThan(6);
  });

  it('end when they are cancelled', async () => {
    const { world, sent, abort, run } = setup();
    const over = run(records(1000), 100).catch(() => 'cancelled');
    await world.run(200);
    abort.abort();
    await world.run(100);
    expect(await over).toBe('cancelled');
    expect(sent.length).toBeGreaterThan(15);
    expect(sent.length).toBeLessThan(30);
  });

  it('wait while two thousand of them are not answered', async () => {
    const { world, sent, abort, run } = setup(() => new Promise(() => {}));
    const over = run(records(5000), 0).catch(() => 'cancelled');
    await world.run(2000);
    expect(sent.length).toBe(2000);
    abort.abort();
    await world.run(100);
    expect(await over).toBe('cancelled');
  });
});
