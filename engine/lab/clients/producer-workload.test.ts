import { describe, expect, it } from 'vitest';
import type { ProducerRecord, RecordMetadata } from '../../client/index.ts';
import type { ProducerSettings } from '../../contract/clients.ts';
import { SimWorld } from '../../env/sim/index.ts';
import { ProducerWorkload } from './producer-workload.ts';

const settings: ProducerSettings = {
  topic: 'orders',
  recordsPerSecond: 400,
  keys: 'round',
  keyCount: 10,
  recordBytes: 100,
  acks: 'all',
  configs: {},
};

function played(change: Partial<ProducerSettings> = {}, answers = true) {
  const world = new SimWorld(1);
  const blocked = { count: 0 };
  const sent: { atMs: number; record: ProducerRecord }[] = [];
  const metadata: RecordMetadata = { topic: 'orders', partition: 0, offset: 0, timestampMs: 0 };
  const workload = new ProducerWorkload(
    { ...settings, ...change },
    {
      clock: world.clock,
      random: world.random,
      producer: {
        get blockedSends() {
          return blocked.count;
        },
        send(record) {
          sent.push({ atMs: world.nowMs, record });
          return answers ? Promise.resolve(metadata) : new Promise(() => {});
        },
      },
    },
  );
  return { world, sent, workload, blocked };
}

describe('the workload of a producer', () => {
  it.each([1, 3, 50, 400, 2000])('sends %i records in a second, and as many in each second', async (rate) => {
    const { world, sent, workload } = played({ recordsPerSecond: rate, recordBytes: 10 });
    workload.start();
    await world.run(10_000);
    expect(Math.abs(sent.length - rate * 10)).toBeLessThanOrEqual(1);
    const inSixth = sent.filter(({ atMs }) => atMs > 5000 && atMs <= 6000).length;
    expect(Math.abs(inSixth - rate)).toBeLessThanOrEqual(1);
  });

  it('spreads them evenly: no tick has more than its share', async () => {
    const { world, sent, workload } = played();
    workload.start();
    await world.run(1000);
    const byTick = Map.groupBy(sent, ({ atMs }) => atMs);
    expect([...byTick.values()].map((each) => each.length)).toEqual(Array.from({ length: 40 }, () => 10));
  });

  it('sends nothing at rate 0, until it gets another one', async () => {
    const { world, sent, workload } = played({ recordsPerSecond: 0 });
    workload.start();
    await world.run(1000);
    expect(sent).toEqual([]);
    workload.change({ ...settings, recordsPerSecond: 100 });
    await world.run(1000);
    expect(sent).toHaveLength(100);
    workload.change({ ...settings, recordsPerSecond: 0 });
    await world.run(1000);
    expect(sent).toHaveLength(100);
  });

  it('catches up with half a second at most after its thread stood still', async () => {
    const { world, sent, workload } = played();
    workload.start();
    await world.run(1000);
    // The thread stands still: time passes, no timer runs.
    world.queue.nowMs += 60_000;
    await world.run(1000);
    expect(sent.length).toBe(400 + 200 + 400);
  });

  it('sends no more while fifty thousand records are not answered', async () => {
    const { world, sent, workload } = played({ recordsPerSecond: 20_000, recordBytes: 10 }, false);
    workload.start();
    await world.run(5000);
    expect([sent.length, workload.outstanding]).toEqual([50_000, 50_000]);
  });

  it('sends nothing while a send is blocked, and catches up with half a second of it', async () => {
    const { world, sent, workload, blocked } = played();
    workload.start();
    blocked.count = 1;
    await world.run(5000);
    expect(sent).toEqual([]);
    blocked.count = 0;
    await world.run(1000);
    expect(sent.length).toBeLessThanOrEqual(200 + 400);
  });

  it('stops', async () => {
    const { world, sent, workload } = played();
    workload.start();
    await world.run(1000);
    workload.stop();
    await world.run(1000);
    expect(sent).toHaveLength(400);
  });
});
