/**
 * The window on a real lab: what is seen, what the buttons do, and that the controller, not the lab, is who fences.
 * The tests are one story on one lab, in order. Screenshots are left in `test-results/window`.
 */
import { AxeBuilder } from '@axe-core/playwright';
import { Kafka, logLevel } from 'kafkajs';
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openWindow, screenshot, type OpenedWindow } from './browser.ts';
import { command, snapshotOf } from './lab-window.ts';
import { serveLab, type Serving } from './serve-process.ts';

let lab: Serving;
let browser: Browser;
let opened: OpenedWindow;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
  lab = await serveLab();
  opened = await openWindow(browser, lab.url);
  page = opened.page;
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

const head = (node: number): Locator => page.locator(`[role=columnheader][data-broker="${node}"]`);
const button = (node: number, act: string): Locator => head(node).locator(`[data-act=${act}]`);
const cell = (partition: string, node: number): Locator => page.locator(`[data-cell="${partition}@${node}"]`);
const partitions = ['orders-0', 'orders-1', 'orders-2'];

async function untilBroker(node: number, state: string, fenced: boolean | null, withinMs: number): Promise<number> {
  const startedMs = Date.now();
  const also = fenced === null ? '' : `[data-fenced="${fenced}"]`;
  await page
    .locator(`[role=columnheader][data-broker="${node}"][data-state="${state}"]${also}`)
    .waitFor({ timeout: withinMs });
  return Date.now() - startedMs;
}

/** The states of all replicas of `orders` on one broker. */
async function statesOn(node: number): Promise<string[]> {
  const states = partitions.map((partition) => cell(partition, node).getAttribute('data-state'));
  return (await Promise.all(states)).map(String);
}

/** Waits until `count` partitions of `orders` are told to be so. */
async function untilHealth(health: string, count: number, withinMs: number): Promise<void> {
  const rows = page.locator(`[role=rowheader][data-health="${health}"]`, { hasText: 'orders-' });
  await expect.poll(() => rows.count(), { timeout: withinMs, interval: 100 }).toBe(count);
}

async function allWell(withinMs = 30_000): Promise<void> {
  for (const node of [1, 2, 3]) await untilBroker(node, 'running', false, withinMs);
  await untilHealth('full', 3, withinMs);
}

async function leaderOf(partition: string): Promise<number> {
  const leader = page.locator(`[data-cell^="${partition}@"][data-state="leader"]`);
  await leader.waitFor();
  return Number((await leader.getAttribute('data-cell'))?.split('@')[1]);
}

async function produce(count: number): Promise<void> {
  const kafka = new Kafka({ brokers: lab.bootstrapServers.split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  const messages = Array.from({ length: count }, (_, index) => ({ key: `key ${index}`, value: `value ${index}` }));
  await producer.send({ topic: 'orders', acks: -1, messages });
  await producer.disconnect();
}

describe('the window', () => {
  it('shows three brokers, their quorum and the topic orders', async () => {
    await allWell();
    expect(await page.locator('[data-part=quorum]').textContent()).toMatch(/leader\s*epoch \d+.*3 of 3/);
    const leaders = await Promise.all(partitions.map(leaderOf));
    expect([...leaders].sort()).toEqual([1, 2, 3]);
    await screenshot(page, '1-running-light');
  });

  it('shows a stranger’s records without reloading', async () => {
    await command(lab, (commands) => commands.stopProducer({ client: 'order-feed' }));
    const ends = page.locator('[data-cell^="orders-"][data-state="leader"] [data-value=leo]');
    const total = async (): Promise<number> =>
      (await ends.allTextContents()).reduce((sum, text) => sum + Number(text.replaceAll(/\D/g, '')), 0);
    const { producers } = await snapshotOf(lab);
    const before = producers[0]!.totals.acknowledged;
    await expect.poll(total, { timeout: 5_000, interval: 100 }).toBe(before);
    await produce(300);
    await expect.poll(total, { timeout: 5_000, interval: 100 }).toBe(before + 300);
    expect(await page.locator('[data-cell^="orders-"][data-state="in-sync"]').count()).toBe(6);
  });

  it('kills a broker: dead at once, leader by metadata until the controller fences it by its session', async () => {
    const leaders = await Promise.all(partitions.map(leaderOf));
    const lost = partitions[leaders.indexOf(2)]!;
    const killedMs = Date.now();
    await button(2, 'kill').click();
    await untilBroker(2, 'dead', false, 5_000);
    await cell(lost, 2).and(page.locator('[data-state="leader-dead"]')).waitFor({ timeout: 5_000 });
    await page.locator('[data-part=moment][data-kind=killed]').waitFor();
    expect(await page.locator('[data-part=moment]').textContent()).toMatch(/fencing in\s*\d\.\d s/);
    await cell(lost, 2).click();
    await page.locator('[data-part=inspector] [data-part=fencing]').waitFor();
    await screenshot(page, '2-killed-light');

    await untilBroker(2, 'dead', true, 20_000);
    // Nine seconds from the last heartbeat, and a heartbeat comes every two.
    const fencedAfterMs = Date.now() - killedMs;
    expect(fencedAfterMs).toBeGreaterThan(6_500);
    expect(fencedAfterMs).toBeLessThan(14_000);
    expect([1, 3]).toContain(await leaderOf(lost));
    await untilHealth('shrunk', 3, 5_000);
    expect(await statesOn(2)).toEqual(['dead', 'dead', 'dead']);
    // Of the log, many lines later, only the newest are in sight.
    await expect
      .poll(async () => (await snapshotOf(lab)).events.some(({ kind }) => kind === 'broker-fenced'), {
        timeout: 10_000,
      })
      .toBe(true);
    await screenshot(page, '3-fenced-light');
  });

  it('starts it again: it catches up and the ISR is whole', async () => {
    await produce(100);
    await button(2, 'start').click();
    await allWell();
    expect(await statesOn(2)).not.toContain('dead');
    await screenshot(page, '4-back-light');
  });

  it('stops a broker: it hands its leaderships over and leaves at once', async () => {
    await button(3, 'stop').click();
    const leftAfterMs = await untilBroker(3, 'stopped', null, 9_000);
    expect(leftAfterMs).toBeLessThan(6_000);
    await untilHealth('shrunk', 3, 5_000);
    expect(await statesOn(3)).toEqual(['stopped', 'stopped', 'stopped']);
    const { events } = await snapshotOf(lab);
    expect(events.find(({ source, args }) => source === 'stopBroker' && args['node'] === 3)?.actor).toBe('you');
    await screenshot(page, '5-stopped-light');
    await button(3, 'start').click();
    await allWell();
  });

  it('pauses a broker and lets it run again before anybody misses it', async () => {
    await button(1, 'pause').click();
    await untilBroker(1, 'paused', false, 2_000);
    await page
      .locator('[data-part=moment][data-kind=paused]')
      .or(page.locator('[data-kind="no-controller"]'))
      .first()
      .waitFor();
    expect(await statesOn(1)).toEqual(expect.arrayContaining([expect.stringContaining('paused')]));
    await screenshot(page, '6-paused-light');
    await button(1, 'resume').click();
    await allWell();
  });

  it('does the same by keys', async () => {
    await page.keyboard.press('2');
    await page.locator('[role=columnheader][data-broker="2"]:focus').waitFor();
    await page.keyboard.press('p');
    await untilBroker(2, 'paused', null, 2_000);
    await page.keyboard.press('p');
    await untilBroker(2, 'running', null, 5_000);
    await page.keyboard.press('Enter');
    await page.locator('[data-part=inspector] h2:has-text("broker 2")').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('[data-part=inspector] h2:has-text("This lab")').waitFor();
    expect(page.url()).not.toContain('at=');
  });

  it('adds a broker', async () => {
    await page.locator('[data-act=add]').click();
    await untilBroker(4, 'running', false, 15_000);
    expect(await cell('orders-0', 4).count()).toBe(0);
    await screenshot(page, '7-four-brokers-light');
  });

  it('creates a topic and says why it will not twice', async () => {
    const create = async (): Promise<void> => {
      await page.locator('[data-part=quorum] [data-act=topic]').click();
      await page.getByRole('textbox', { name: 'Name' }).fill('payments');
      await page.getByRole('button', { name: 'Create topic' }).click();
    };
    await create();
    await page.locator('[data-row="topic:payments"]').first().waitFor();
    await create();
    await page.locator('[role=dialog] [role=alert], .n-modal [role=alert]').first().waitFor();
    expect(await page.locator('[data-row="topic:payments"][aria-expanded]').count()).toBe(1);
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  it('is dark, Korean and narrow when asked to', async () => {
    const dark = await openWindow(browser, lab.url, { colorScheme: 'dark' });
    await dark.page.locator('[data-cell="orders-0@1"]').waitFor();
    await screenshot(dark.page, '8-running-dark');
    const korean = await openWindow(browser, lab.url, { locale: 'ko-KR', viewport: { width: 1100, height: 700 } });
    await korean.page.locator('[data-cell="orders-0@1"]').waitFor();
    expect(await korean.page.locator('[role=columnheader][data-broker="1"]').textContent()).toContain('브로커 1');
    expect(await korean.page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await screenshot(korean.page, '9-running-korean-1100');
    expect([...dark.errors, ...korean.errors]).toEqual([]);
    await dark.page.context().close();
    await korean.page.context().close();
  });

  it.each(['light', 'dark'] as const)('has no accessibility fault that axe knows, %s', async (colorScheme) => {
    const { page: looked } = await openWindow(browser, lab.url, { colorScheme });
    await looked.locator('[data-cell="orders-0@1"]').click();
    await looked.locator('[data-part=inspector] h2').waitFor();
    const { violations } = await new AxeBuilder({ page: looked }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
    await looked.context().close();
  });

  it('logged no error and broke no rule of its own policy', () => {
    expect(opened.errors).toEqual([]);
  });
});

describe('a window that may not', () => {
  it('has no token: it says where to get one', async () => {
    const { page: stranger } = await openWindow(browser, lab.url.split('#')[0]!);
    await stranger.locator('[data-part=line][data-state=no-token]').waitFor();
    expect(await stranger.locator('[data-cell]').count()).toBe(0);
    await stranger.context().close();
  });

  it('has the token of another start: it says so and does not keep trying', async () => {
    const { page: stale } = await openWindow(browser, lab.url.replace(/token=.*/, 'token=of-yesterday'));
    await stale.locator('[data-part=line][data-state=token-refused]').waitFor();
    expect(await stale.locator('[data-cell]').count()).toBe(0);
    await screenshot(stale, '10-token-refused');
    await stale.context().close();
  });
});

describe('a host that goes away', () => {
  it('is told, with its age, and the last values stay', async () => {
    await lab.kill();
    await page.locator('[data-part=line][data-state=lost]').waitFor({ timeout: 5_000 });
    expect(await page.locator('[data-cell="orders-0@1"]').count()).toBe(1);
    await screenshot(page, '11-host-gone');
  });
});
