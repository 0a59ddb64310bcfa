/** Lab clients from the window: acks by the three-way switch, static membership by its switch, ways for a consumer to go. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConsumerView, GroupView, ProducerView } from '../../engine/contract/index.ts';
import { launchBrowser, screenshot } from './browser.ts';
import { command, LabWindow, snapshotOf } from './lab-window.ts';
import { serveLab, type Serving } from './serve-process.ts';

let lab: Serving;
let browser: Browser;
let window: LabWindow;

beforeAll(async () => {
  browser = await launchBrowser();
  lab = await serveLab({ args: ['--set', 'group.initial.rebalance.delay.ms=500'] });
  window = await LabWindow.open(browser, lab.url);
  await window.untilAllFlows();
  // The shortest that a broker takes: who leaves without a word is missed soon.
  const configs = { 'session.timeout.ms': '6000', 'heartbeat.interval.ms': '1000' };
  for (const client of ['billing-1', 'billing-2']) {
    await command(lab, (commands) => commands.setConsumer({ client, configs }));
  }
  await window.untilAllFlows();
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

async function producer(): Promise<ProducerView> {
  const found = (await snapshotOf(lab)).producers.find((each) => each.id === 'order-feed');
  if (found === undefined) throw new Error('the lab has no order-feed');
  return found;
}
async function billing(): Promise<GroupView> {
  const found = (await snapshotOf(lab)).groups.find((each) => each.id === 'billing');
  if (found === undefined) throw new Error('the lab has no group billing');
  return found;
}
async function consumer(id: string): Promise<ConsumerView> {
  const found = (await snapshotOf(lab)).consumers.find((each) => each.id === id);
  if (found === undefined) throw new Error(`the lab has no ${id}`);
  return found;
}
async function untilStable(members: number): Promise<void> {
  const look = async (): Promise<string> => {
    const { state, members: list } = await billing();
    return `${state} ${list.length}`;
  };
  await vi.waitUntil(async () => (await look()) === `Stable ${members}`, { timeout: 40_000, interval: 250 });
}

async function shots(name: string): Promise<void> {
  await screenshot(window.page, name);
  await window.page.setViewportSize({ width: 1100, height: 700 });
  await screenshot(window.page, `${name}-1100`);
  await window.page.setViewportSize({ width: 1440, height: 900 });
}

describe('acks', () => {
  it.each(['0', '1', 'all'] as const)('%s: one click starts the producer again with it, and it flows', async (acks) => {
    const before = await producer();
    const radio = window.producerBand('order-feed').locator(`[role=radio][data-value="${acks}"]`);
    if (before.settings.acks === acks) throw new Error('this acks is the one that is set');
    await radio.click();
    await window.producerBand('order-feed').locator(`[role=radio][data-value="${acks}"][aria-checked=true]`).waitFor();
    await expect.poll(async () => (await producer()).state, { timeout: 10_000, interval: 100 }).toBe('running');
    await window.untilTicks();
    const now = await producer();
    expect(now.settings.acks).toBe(acks);
    // An implicit idempotence switches itself off below acks=all, as the Java client does.
    expect(now.effective['enable.idempotence']).toBe(String(acks === 'all'));
    expect(now.stateSinceMs).toBeGreaterThan(before.stateSinceMs);
    if (acks === '0') expect(now.accumulators.every((each) => each.lastOffset === null)).toBe(true);
    await shots(`clients-acks-${acks}`);
  });

  it('is taken back by Ctrl Z', async () => {
    await window.producerBand('order-feed').locator('[role=radio][data-value="1"]').click();
    await expect.poll(async () => (await producer()).settings.acks, { timeout: 10_000 }).toBe('1');
    await window.page.locator('body').click({ position: { x: 5, y: 5 } });
    await window.page.keyboard.press('Control+z');
    await expect.poll(async () => (await producer()).settings.acks, { timeout: 10_000 }).toBe('all');
  });
});

describe('a dynamic member', () => {
  it('that closes and comes back costs two rebalances', async () => {
    await untilStable(2);
    const { generation } = await billing();
    await command(lab, (commands) => commands.closeConsumer({ client: 'billing-2' }));
    await untilStable(1);
    await command(lab, (commands) => commands.startConsumer({ client: 'billing-2' }));
    await untilStable(2);
    expect((await billing()).generation).toBe(generation + 2);
  });
});

describe('static membership', () => {
  it('goes on by its switch: both members come back with a group.instance.id', async () => {
    await window.groupBand('billing').locator('[data-act=static]').click();
    await expect
      .poll(async () => (await billing()).members.map((each) => each.instanceId).sort(), {
        timeout: 40_000,
        interval: 250,
      })
      .toEqual(['billing-1', 'billing-2']);
    await untilStable(2);
    await window.groupBand('billing').locator('[data-act=static][aria-checked=true]').waitFor();
    await shots('clients-static-on');
  });

  it('a member that closes and comes back within its session keeps its partitions, and nobody rebalances', async () => {
    const { generation, members } = await billing();
    const had = (await consumer('billing-2')).partitions.map((each) => each.partition);
    await command(lab, (commands) => commands.closeConsumer({ client: 'billing-2' }));
    expect((await consumer('billing-2')).state).toBe('stopped');
    await command(lab, (commands) => commands.startConsumer({ client: 'billing-2' }));
    await expect
      .poll(async () => (await consumer('billing-2')).partitions.map((each) => each.partition), {
        timeout: 20_000,
        interval: 200,
      })
      .toEqual(had);
    const now = await billing();
    expect(now.generation).toBe(generation);
    expect(now.state).toBe('Stable');
    expect(now.members.map((each) => each.label).sort()).toEqual(members.map((each) => each.label).sort());
  });

  it('goes off again: dynamic members, another generation', async () => {
    const { generation } = await billing();
    await window.groupBand('billing').locator('[data-act=static]').click();
    await expect
      .poll(async () => (await billing()).members.map((each) => each.instanceId), { timeout: 60_000, interval: 250 })
      .toEqual([null, null]);
    await untilStable(2);
    expect((await billing()).generation).toBeGreaterThan(generation);
    await shots('clients-static-off');
  });
});

describe('a consumer that is killed', () => {
  it('keeps its partitions until its session is over: nobody reads them, and the window says who is missed', async () => {
    await window.untilOwned();
    const had = (await consumer('billing-2')).partitions.map((each) => `orders-${each.partition}`);
    expect(had.length).toBeGreaterThan(0);
    const { generation } = await billing();
    await command(lab, (commands) => commands.killConsumer({ client: 'billing-2' }));
    expect((await billing()).members).toHaveLength(2);
    await shots('clients-killed');
    await untilStable(1);
    expect((await billing()).generation).toBe(generation + 1);
    await window.untilOwned();
    expect(new Set(await window.owners()).size).toBe(1);
    await window.goTo('#/groups/billing');
    await window.part('gap-chart').first().waitFor();
    const gaps = (await billing()).rebalance?.gaps ?? [];
    expect(gaps.map((gap) => `${gap.topic}-${gap.partition}`)).toEqual(expect.arrayContaining(had));
    await shots('clients-killed-gap');
    await window.goTo('#/cluster');
  });
});

describe('the window of lab clients', () => {
  it('logged no error', () => {
    expect(window.errors).toEqual([]);
  });
});
