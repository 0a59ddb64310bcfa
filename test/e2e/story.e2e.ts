/**
 * The first two minutes: somebody opens the lab, kills a broker, sees why nothing was lost, and watches a group
 * rebalance. One story on one lab, in order, by what is on the screen; what it claims is checked with a stranger's client.
 */
import { Kafka, logLevel } from 'kafkajs';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, screenshot } from './browser.ts';
import { command, LabWindow, ordersPartitions, snapshotOf } from './lab-window.ts';
import { serveLab, type Serving } from './serve-process.ts';

let lab: Serving;
let browser: Browser;
let window: LabWindow;

beforeAll(async () => {
  browser = await launchBrowser();
  lab = await serveLab({ args: ['--set', 'broker.session.timeout.ms=5000'] });
  window = await LabWindow.open(browser, lab.url);
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

/** Both sizes that the window is drawn for. */
async function shots(name: string): Promise<void> {
  await screenshot(window.page, name);
  await window.page.setViewportSize({ width: 1100, height: 700 });
  await screenshot(window.page, `${name}-1100`);
  await window.page.setViewportSize({ width: 1440, height: 900 });
}

describe('the first two minutes', () => {
  it('a topic flows: offsets tick, batches fill, and a group of two reads', async () => {
    await window.untilTicks();
    await window.untilAllFlows();
    expect(await window.producerBand('order-feed').getByRole('radio', { checked: true }).textContent()).toBe('all');
    expect(new Set(await window.owners()).size).toBe(2);
    expect(await window.groupBand('billing').textContent()).toContain('Stable');
    await shots('story-1-flows');
  });

  it('the plug is pulled: the leader is dead and still the leader, its high watermark stands', async () => {
    const lost =
      ordersPartitions[(await Promise.all(ordersPartitions.map((each) => window.leaderOf(each)))).indexOf(2)];
    if (lost === undefined) throw new Error('broker 2 leads none of the three');
    await window.button(2, 'kill').click();
    await window.replica(lost, 2).and(window.page.locator('[data-state="leader-dead"]')).waitFor({ timeout: 2_000 });
    await window.page.locator('[data-part=moment][data-kind=killed]').waitFor();
    expect(await window.part('moment').textContent()).toMatch(/fencing in\s*\d\.\d s/);
    await window.replica(lost, 2).click();
    await window.part('inspector').locator('[data-part=fencing]').waitFor();
    await shots('story-2-killed');
  });

  it('the controller fences it: the ISR shrinks, leaders move, and the flow goes on', async () => {
    await window.untilBroker(2, 'dead', true, 20_000);
    await window.untilHealth('shrunk', 3, 10_000);
    for (const partition of ordersPartitions) expect([1, 3]).toContain(await window.leaderOf(partition));
    await window.part('log').locator('[data-kind="broker-fenced"]').first().waitFor();
    await window.untilTicks();
    await shots('story-3-fenced');
  });

  it('it comes back by one click, catches up and is in the ISR again', async () => {
    await window.part('moment').locator('[data-act=undo]').or(window.button(2, 'start')).first().click();
    await window.untilAllFlows();
    expect(await window.page.locator('[data-cell^="orders-"][data-state*=dead]').count()).toBe(0);
    await shots('story-4-back');
  });

  it('nothing was lost: what the producer was promised is in the topic', async () => {
    await window.page.keyboard.press('Escape');
    await command(lab, (commands) => commands.stopProducer({ client: 'order-feed' }));
    const { totals } = (await snapshotOf(lab)).producers.find((each) => each.id === 'order-feed')!;
    expect(totals.failed).toBe(0);
    expect(totals.acknowledged).toBe(totals.sent);
    await expect.poll(committedRecords, { timeout: 5_000, interval: 100 }).toBe(totals.acknowledged);
    expect(await recordsRead('orders', totals.acknowledged)).toBe(totals.acknowledged);
    await command(lab, (commands) => commands.startProducer({ client: 'order-feed' }));
    await window.untilTicks();
  });

  it('a third consumer joins: the rebalance is a story with a gap that was measured', async () => {
    await window.groupBand('billing').hover();
    await window.page.locator('[data-act=add-consumer]').first().click();
    await window.page.locator('[data-part=add-consumer] [type=submit]').click();
    await expect.poll(async () => new Set(await window.owners()).size, { timeout: 30_000, interval: 200 }).toBe(3);
    await window.untilOwned();
    await window.goTo('#/groups/billing');
    await window.part('gap').waitFor();
    await window.page.locator('[data-part=assignment] [data-stage=after]').waitFor({ timeout: 20_000 });
    await window.part('messages').getByText('SyncGroup').first().waitFor();
    const { groups } = await snapshotOf(lab);
    const rebalance = groups.find((each) => each.id === 'billing')?.rebalance;
    expect(rebalance?.after?.map((each) => each.label)).toHaveLength(3);
    expect(rebalance?.gaps.length).toBeGreaterThan(0);
    await shots('story-5-rebalance');
  });

  it('logged no error and broke no rule of its own policy', () => {
    expect(window.errors).toEqual([]);
  });
});

/** Below the high watermarks of `orders`, as their leaders said last. */
async function committedRecords(): Promise<number> {
  const { partitions } = await snapshotOf(lab);
  return partitions
    .filter((each) => each.topic === 'orders')
    .map((each) => each.logs.find((log) => log.node === each.leader)?.highWatermark ?? 0)
    .reduce((sum, each) => sum + each, 0);
}

/** Reads from the start until `expected` records came; the number of different ones. */
async function recordsRead(topic: string, expected: number): Promise<number> {
  const kafka = new Kafka({ brokers: lab.bootstrapServers.split(','), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: 'auditor' });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const seen = new Set<string>();
  await new Promise<void>((resolve, reject) => {
    const giveUp = setTimeout(() => reject(new Error(`${seen.size} of ${expected} records came`)), 30_000);
    const run = consumer.run({
      eachMessage: ({ partition, message }) => {
        seen.add(`${partition}:${message.offset}`);
        if (seen.size >= expected) {
          clearTimeout(giveUp);
          resolve();
        }
        return Promise.resolve();
      },
    });
    run.catch(reject);
  });
  await consumer.disconnect();
  return seen.size;
}
