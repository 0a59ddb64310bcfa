import { describe, expect, it } from 'vitest';
import type { ProducerRecord, RecordMetadata } from '../../client/index.ts';
import type { ProducerSettings } from '../../contract/clients.ts';
import { SimWorld } from '../../env/sim/index.ts';
import { SeededRandom } from '../../env/sim/seeded-random.ts';
import { producerSettings } from './client-settings.ts';
import { ProducerWorkload } from './producer-workload.ts';
import { RecordMaker } from './record-maker.ts';

const settings: ProducerSettings = producerSettings('orders', { recordsPerSecond: 400, recordBytes: 100 });

/** `answers`: after how long each send is answered, and how; null: never. */
function played(
  change: Partial<ProducerSettings> = {},
  answers: { afterMs: number; fails?: true; blocksMs?: number } | null = { afterMs: 0 },
) {
  const world = new SimWorld(1);
  const blocked = { count: 0 };
  const sent: { atMs: number; record: ProducerRecord }[] = [];
  const metadata: RecordMetadata = { topic: 'orders', partition: 0, offset: 0, timestampMs: 0 };
  const workload = new ProducerWorkload(
    { ...settings, ...change },
    {
      clock: world.clock,
      records: new RecordMaker(new SeededRandom(1)),
      producer: {
        get blockedSends() {
          return blocked.count;
        },
        accepted: () => new Promise((resolve) => world.clock.after(answers?.blocksMs ?? 0, resolve)),
        send(record) {
          sent.push({ atMs: world.nowMs, record });
          if (answers?.blocksMs !== undefined) {
            blocked.count++;
            world.clock.after(answers.blocksMs, () => blocked.count--);
          }
          return new Promise((resolve, reject) => {
            if (answers === null) return;
            const { afterMs, fails } = answers;
            world.clock.after(afterMs, () => (fails ? reject(new Error('refused')) : resolve(metadata)));
          });
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
    const { world, sent, workload } = played({ recordsPerSecond: 20_000, recordBytes: 10 }, null);
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

  it('has one record on its way when each waits for its answer, and is held up for as long', async () => {
    const { world, sent, workload } = played({ sendMode: 'sync', recordsPerSecond: 1000 }, { afterMs: 10 });
    workload.start();
    await world.run(2000);
    // A hundred a second is what answers after 10 ms allow.
    expect(sent.length).toBeGreaterThan(190);
    expect(sent.length).toBeLessThanOrEqual(200);
    expect(workload.outstanding).toBeLessThanOrEqual(1);
    expect(workload.heldMs).toEqual({ median: 10, p99: 10 });
  });

  it('keeps its rate when answers are quicker than that, also one at a time', async () => {
    const { world, sent, workload } = played({ sendMode: 'sync', recordsPerSecond: 400 }, { afterMs: 1 });
    workload.start();
    await world.run(5000);
    expect(sent.length).toBeGreaterThan(1980);
  });

  it.each([
    ['sync', true],
    ['async', true],
    ['fire-and-forget', false],
  ] as const)('%s learns of failures: %s', async (sendMode, learns) => {
    const { world, sent, workload } = played({ sendMode, recordsPerSecond: 40 }, { afterMs: 1, fails: true });
    workload.start();
    await world.run(1010);
    expect(sent.length).toBeGreaterThan(30);
    expect(workload.noticed).toBe(learns ? sent.length : 0);
  });

  it('tells how long a send() that blocks held it up', async () => {
    const { world, workload, blocked } = played({ recordsPerSecond: 40 }, { afterMs: 0, blocksMs: 200 });
    workload.start();
    await world.run(400);
    expect(workload.heldMs?.median).toBeGreaterThanOrEqual(200);
    expect(workload.heldMs?.median).toBeLessThan(205);
    expect(blocked.count).toBeLessThanOrEqual(1);
  });
});
