/** The lab's own clients, told by the command line, in the lab as a user starts it; looked at as a window does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsumerView, LabSnapshot, ProducerView } from '../../engine/contract/index.ts';
import { connectToLab, type LabConnection } from '../../engine/lab/lab-client.ts';
import { readLockOf } from '../../engine/lab/lab-directory.ts';
import { freePorts, startLabProcess, type LabProcess } from './lab-process.ts';

const args = ['group.initial.rebalance.delay.ms=0', 'offsets.topic.num.partitions=5'].flatMap((set) => ['--set', set]);
const within = { timeout: 60_000, interval: 300 };

let lab: LabProcess;
let port: number;
const clients = (kind: 'producer' | 'consumer', words: string): Promise<string> => lab.run(kind, ...words.split(' '));

let connection: LabConnection | null = null;

async function start(dataDir?: string): Promise<void> {
  lab = await startLabProcess({ args, port, ...(dataDir === undefined ? {} : { dataDir }) });
  const lock = readLockOf(lab.dataDir);
  if (lock === null) throw new Error('the lab has no lock');
  connection = await connectToLab(lock);
}
async function snapshot(): Promise<LabSnapshot> {
  if (connection === null) throw new Error('no lab runs');
  for await (const update of await connection.client.subscribe()) {
    if (update.type === 'snapshot') return update.snapshot;
  }
  throw new Error('the lab told nothing');
}
async function producer(id: string): Promise<ProducerView> {
  const view = (await snapshot()).producers.find((each) => each.id === id);
  if (view === undefined) throw new Error(`there is no producer ${id}`);
  return view;
}
async function consumer(id: string): Promise<ConsumerView> {
  const view = (await snapshot()).consumers.find((each) => each.id === id);
  if (view === undefined) throw new Error(`there is no consumer ${id}`);
  return view;
}
/** How many partitions each consumer of a group owns, by name. */
async function owned(group: string): Promise<readonly string[]> {
  const { consumers } = await snapshot();
  return consumers
    .filter(({ settings }) => settings.group === group)
    .map(({ id, state, partitions }) => `${id} ${state} ${partitions.length}`);
}
async function generation(group: string): Promise<number | undefined> {
  return (await snapshot()).groups.find((each) => each.id === group)?.generation;
}

describe('lab clients', () => {
  beforeAll(async () => {
    port = await freePorts();
    await start();
  });
  afterAll(async () => {
    connection?.close();
    await lab?.dispose();
  });

  it('are in a new lab: a producer of orders, and a group of two that reads what it sends', async () => {
    await expect.poll(() => owned('billing'), within).toEqual(['billing-1 running 2', 'billing-2 running 1']);
    await expect.poll(async () => (await producer('order-feed')).totals.acknowledged, within).toBeGreaterThan(1000);
    await expect.poll(async () => (await consumer('billing-2')).consumed, within).toBeGreaterThan(300);
    const { failed, batches } = (await producer('order-feed')).totals;
    expect([failed, batches.linger > 0]).toEqual([0, true]);
    const { partitions } = await snapshot();
    const ends = partitions.filter(({ topic }) => topic === 'orders').map(({ logs }) => logs[0]?.logEndOffset ?? 0);
    expect(Math.min(...ends)).toBeGreaterThan(100);
  });

  it('acks=0 makes the producer anew, without idempotence and without waiting; acks=all brings both back', async () => {
    const before = await producer('order-feed');
    expect(before.producerId).toBeGreaterThanOrEqual(0);
    await clients('producer', 'set order-feed --acks 0');
    await expect
      .poll(async () => {
        const { state, effective, producerId } = await producer('order-feed');
        return [state, effective['acks'], effective['enable.idempotence'], producerId];
      }, within)
      .toEqual(['running', '0', 'false', -1]);
    await clients('producer', 'set order-feed --acks all');
    await expect.poll(async () => (await producer('order-feed')).producerId, within).toBeGreaterThan(before.producerId);
  });

  it('a rate changes as the producer runs', async () => {
    const { stateSinceMs, totals } = await producer('order-feed');
    await clients('producer', 'set order-feed --rate 50 --keys none');
    const now = await producer('order-feed');
    expect([now.stateSinceMs, now.settings.recordsPerSecond]).toEqual([stateSinceMs, 50]);
    await expect.poll(async () => (await producer('order-feed')).totals.sent, within).toBeGreaterThan(totals.sent);
  });

  it('one that closes leaves its group at once: the other has all partitions', async () => {
    await clients('consumer', 'close billing-2');
    await expect.poll(() => owned('billing'), within).toEqual(['billing-1 running 3', 'billing-2 stopped 0']);
    await clients('consumer', 'start billing-2');
    await expect.poll(() => owned('billing'), within).toEqual(['billing-1 running 2', 'billing-2 running 1']);
  });

  it('one that is frozen is found out by its session, and learns that it has lost its partitions', async () => {
    const session = '--config session.timeout.ms=6000 --config heartbeat.interval.ms=1000';
    await clients('consumer', `add --group audit ${session}`);
    await clients('consumer', 'add --group audit');
    await expect.poll(() => owned('audit'), within).toEqual(['audit-1 running 2', 'audit-2 running 1']);
    await clients('consumer', 'freeze audit-2');
    await expect.poll(async () => (await consumer('audit-1')).partitions.length, within).toBe(3);
    await clients('consumer', 'thaw audit-2');
    await expect.poll(() => owned('audit'), within).toEqual(['audit-1 running 2', 'audit-2 running 1']);
    const called = (await consumer('audit-2')).callbacks.map(({ callback }) => callback);
    expect(called).toContain('onPartitionsLost');
  });

  it('a static member that is made anew gets its partitions back without a rebalance', async () => {
    await clients('consumer', 'set --group billing --static on');
    const ids = async () =>
      (await snapshot()).groups
        .find(({ id }) => id === 'billing')
        ?.members.map(({ instanceId }) => instanceId)
        .toSorted();
    await expect.poll(ids, within).toEqual(['billing-1', 'billing-2']);
    await expect.poll(() => owned('billing'), within).toEqual(['billing-1 running 2', 'billing-2 running 1']);
    const before = await generation('billing');
    await clients('consumer', 'set billing-2 --commit sync');
    await expect.poll(() => owned('billing'), within).toEqual(['billing-1 running 2', 'billing-2 running 1']);
    await expect.poll(async () => (await consumer('billing-2')).commits, within).toBeGreaterThan(0);
    expect(await generation('billing')).toBe(before);
  });

  it('a bad config fails with the words of the Java client, for everybody to see', async () => {
    await clients('producer', 'add bad --topic orders --acks 1 --config enable.idempotence=true');
    await expect.poll(async () => (await producer('bad')).state, within).toBe('failed');
    expect((await producer('bad')).failure).toMatchObject({
      code: 'ConfigException',
      message:
        'Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.',
    });
    expect(await lab.run('status')).toContain('bad                    failed    orders');
    await clients('producer', 'remove bad');
  });

  it('mistakes end with status 2 and what would be right, what this lab refuses with 1', async () => {
    await expect(clients('producer', 'add --acks 2')).rejects.toThrow(/ended with 2[^]*one of 0, 1, all is needed/);
    await expect(clients('consumer', 'kill nobody')).rejects.toThrow(/ended with 1[^]*The lab has consumers billing-1/);
  });

  it('are as they were when the lab starts again, the stopped ones stopped', async () => {
    await clients('producer', 'stop order-feed');
    await clients('consumer', 'kill audit-1');
    connection?.close();
    await lab.stop();
    await start(lab.dataDir);
    await expect.poll(() => owned('billing'), within).toEqual(['billing-1 running 2', 'billing-2 running 1']);
    await expect.poll(() => owned('audit'), within).toEqual(['audit-1 stopped 0', 'audit-2 running 3']);
    expect(await producer('order-feed')).toMatchObject({ state: 'stopped', settings: { recordsPerSecond: 50 } });
    await clients('producer', 'start order-feed');
    await expect.poll(async () => (await producer('order-feed')).totals.acknowledged, within).toBeGreaterThan(0);
  });
});
