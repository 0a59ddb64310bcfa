import { beforeEach, describe, expect, it } from 'vitest';
import type { TailInput, TailUpdate } from '../../contract/queries.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { SimWorld } from '../../env/sim/index.ts';
import { LiveTail, tailIntervalMs } from './live-tail.ts';
import { ScriptedLogs } from './scripted-log.testkit.ts';

let world: SimWorld;
let logs: ScriptedLogs;
let updates: TailUpdate[];
let left: boolean;

beforeEach(async () => {
  world = new SimWorld(41);
  logs = new ScriptedLogs(world);
  await logs.start({ orders: 3 });
  updates = [];
  left = false;
});

/** A tail that runs until the test leaves it. */
async function tailing(input: TailInput): Promise<void> {
  const { cluster, reader } = logs.client();
  const sleep = (ms: number): Promise<boolean> => new Promise((resolve) => world.clock.after(ms, () => resolve(!left)));
  const tail = new LiveTail({ cluster, reader, codecs: nodeCodecs, sleep }, input);
  const run = async (): Promise<void> => {
    for await (const update of tail.updates()) updates.push(update);
  };
  void run();
  await world.run(2 * tailIntervalMs);
}
const shown = (): string[] => updates.flatMap(({ records }) => records.map((each) => each.value?.text ?? 'null'));
const last = (): TailUpdate | undefined => updates.at(-1);

describe('a live tail', () => {
  it('shows what comes from now on, of all partitions', async () => {
    logs.append('orders', 0, ['before']);
    await tailing({ topic: 'orders' });
    expect(shown()).toEqual([]);
    logs.append('orders', 0, ['a']);
    logs.append('orders', 2, ['b', 'c']);
    await world.run(1000);
    expect(shown().sort()).toEqual(['a', 'b', 'c']);
    expect(last()).toMatchObject({ seen: 3, matched: 3, skipped: 0, error: null });
  });

  it('of one partition shows that one alone', async () => {
    await tailing({ topic: 'orders', partition: 1 });
    logs.append('orders', 0, ['other']);
    logs.append('orders', 1, ['mine']);
    await world.run(1000);
    expect(shown()).toEqual(['mine']);
  });

  it('tells at most four times a second, and nothing while nothing comes', async () => {
    await tailing({ topic: 'orders' });
    const quiet = updates.length;
    await world.run(5000);
    expect(updates.length).toBe(quiet);
    for (let index = 0; index < 100; index++) {
      logs.append('orders', 0, [`v${index}`]);
      await world.run(20);
    }
    await world.run(1000);
    expect(updates.length - quiet).toBeLessThanOrEqual(9);
    expect(shown()).toEqual(Array.from({ length: 100 }, (_, index) => `v${index}`));
  });

  it('filters at the host and counts what it saw', async () => {
    await tailing({ topic: 'orders', contains: 'PAID' });
    logs.append('orders', 0, ['paid 1', 'open 2', 'Paid 3']);
    await world.run(1000);
    expect(shown()).toEqual(['paid 1', 'Paid 3']);
    expect(last()).toMatchObject({ seen: 3, matched: 2, skipped: 0 });
  });

  it('carries the newest when more comes than can be shown', async () => {
    await tailing({ topic: 'orders' });
    for (let batch = 0; batch < 30; batch++) {
      logs.append(
        'orders',
        0,
        Array.from({ length: 50 }, (_, index) => `v${batch * 50 + index}`),
      );
    }
    await world.run(2000);
    expect(last()).toMatchObject({ seen: 1500, matched: 1500, skipped: 1300 });
    expect(shown()).toEqual(Array.from({ length: 200 }, (_, index) => `v${1300 + index}`));
  });

  it('goes on from the same offset where a leader moves', async () => {
    await tailing({ topic: 'orders', partition: 0 });
    logs.append('orders', 0, ['a']);
    await world.run(1000);
    logs.cluster.moveLeader('orders', 0, 2);
    logs.append('orders', 0, ['b']);
    await world.run(3000);
    expect(shown()).toEqual(['a', 'b']);
    expect(last()?.error).toBeNull();
  });

  it('lives through the death of a leader: others are read on, its own partitions once there is another', async () => {
    await tailing({ topic: 'orders' });
    logs.cluster.kill(1);
    logs.append('orders', 1, ['b']);
    await world.run(4000);
    expect(shown()).toEqual(['b']);
    expect(last()?.error).not.toBeNull();
    logs.append('orders', 0, ['a']);
    logs.cluster.moveLeader('orders', 0, 3);
    await world.run(4000);
    expect(shown()).toEqual(['b', 'a']);
    expect(last()?.error).toBeNull();
  });

  it('waits for no broker that stands still but its own', async () => {
    await tailing({ topic: 'orders' });
    world.node('broker 1').pause();
    logs.append('orders', 0, ['a']);
    logs.append('orders', 1, ['b']);
    await world.run(2000);
    expect(shown()).toEqual(['b']);
    world.node('broker 1').resume();
    await world.run(2000);
    expect(shown()).toEqual(['b', 'a']);
  });

  it('reads partitions that are added from their beginning', async () => {
    await tailing({ topic: 'orders' });
    const topic = logs.cluster.topics.get('orders');
    topic?.leaders.push(1);
    topic?.epochs.push(0);
    logs.append('orders', 3, ['first of it']);
    await world.run(12_000);
    expect(shown()).toEqual(['first of it']);
  });

  it('goes on within a log that was cut', async () => {
    logs.append('orders', 0, ['a', 'b', 'c']);
    await tailing({ topic: 'orders', partition: 0 });
    logs.log('orders', 0).batches = [];
    logs.log('orders', 0).highWatermark = 0;
    await world.run(1000);
    logs.append('orders', 0, ['anew']);
    await world.run(1000);
    expect(shown()).toEqual(['anew']);
  });

  it('of a topic that is not there says so, and begins when it is made', async () => {
    await tailing({ topic: 'later' });
    await world.run(3000);
    expect(last()?.error).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    logs.cluster.addTopic('later', 1);
    await world.run(3000);
    expect(last()?.error).toBeNull();
    logs.append('later', 0, ['a']);
    await world.run(1000);
    expect(shown()).toEqual(['a']);
  });

  it('ends when it is left', async () => {
    await tailing({ topic: 'orders' });
    left = true;
    await world.run(1000);
    const asked = logs.fetched.length;
    logs.append('orders', 0, ['a']);
    await world.run(2000);
    expect([shown(), logs.fetched.length]).toEqual([[], asked]);
  });
});
