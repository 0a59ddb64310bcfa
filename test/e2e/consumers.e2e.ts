/** Consumers and their groups from the window: offsets reset with a preview and taken back, all clients, two side by side. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroupView, LabEvent } from '../../engine/contract/index.ts';
import { launchBrowser, screenshot } from './browser.ts';
import { command, LabWindow, snapshotOf } from './lab-window.ts';
import { serveLab, type Serving } from './serve-process.ts';

let lab: Serving;
let browser: Browser;
let window: LabWindow;

beforeAll(async () => {
  browser = await launchBrowser();
  lab = await serveLab({ args: ['--set', 'group.initial.rebalance.delay.ms=200'] });
  window = await LabWindow.open(browser, lab.url);
  await window.untilAllFlows();
  const configs = { 'auto.commit.interval.ms': '500' };
  for (const client of ['billing-1', 'billing-2']) {
    await command(lab, (commands) => commands.setConsumer({ client, configs }));
  }
  await command(lab, (commands) =>
    commands.addProducer({ client: 'leader-only', topic: 'orders', acks: '1', recordsPerSecond: 100 }),
  );
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

async function billing(): Promise<GroupView> {
  const found = (await snapshotOf(lab)).groups.find((each) => each.id === 'billing');
  if (found === undefined) throw new Error('the lab has no group billing');
  return found;
}
async function events(kind: LabEvent['kind']): Promise<readonly LabEvent[]> {
  return (await snapshotOf(lab)).events.filter((event) => event.kind === kind);
}
/** Of a machine that has other things to do. */
const patience = { timeout: 60_000, interval: 200 };
const long = { timeout: 180_000 };
const committed = async (): Promise<number> => (await billing()).offsets.length;

describe('offsets of a group', long, () => {
  it('are reset with a preview, while its consumers are closed, and taken back', async () => {
    await window.goTo('/groups/billing');
    await expect.poll(committed, patience).toBe(3);
    await window.part('offsets').locator('[data-part=lag-time]').first().waitFor();
    await window.part('offsets').locator('[data-act=reset-offsets]').click();
    const dialog = window.part('reset-offsets');
    const rows = dialog.locator('[data-part=preview] tbody tr');
    await expect.poll(() => rows.count(), patience).toBe(3);
    await dialog.locator('[data-part=members] input').waitFor();
    await screenshot(window.page, 'reset-offsets');
    expect(await rows.first().locator('td').nth(2).textContent()).toBe('0');
    await dialog.locator('[data-act=submit]').click();
    await dialog.waitFor({ state: 'detached', timeout: 60_000 });
    await expect.poll(async () => (await events('offsets-reset')).length, patience).toBe(1);
    const again = async (): Promise<number> =>
      (await events('partition-taken')).reduce((sum, { args }) => sum + Number(args['again']), 0);
    await expect.poll(again, patience).toBeGreaterThan(0);

    await window.page.keyboard.press('Control+z');
    await expect.poll(async () => (await events('offsets-reset')).length, patience).toBe(2);
    await expect.poll(async () => (await billing()).state, patience).toBe('Stable');
    expect(window.errors).toEqual([]);
  });
});

describe('the clients view', long, () => {
  const row = (client: string) => window.part('clients').locator(`tr[data-client="${client}"]`);

  it('shows the configs of a client with what was set', async () => {
    await window.goTo('/clients');
    await row('billing-1').locator('[data-act=configs]').click();
    const configs = window.page.locator('[data-configs=billing-1]');
    expect(await configs.locator('[data-config="auto.commit.interval.ms"].set').count()).toBe(1);
    expect(await configs.locator('[data-config="session.timeout.ms"].set').count()).toBe(0);
    await screenshot(window.page, 'clients');
    await row('billing-1').locator('[data-act=configs]').click();
  });

  it('wakes a consumer up: its poll loop ends by the exception, and it closes', async () => {
    await row('billing-2').locator('[data-act=wakeupConsumer]').click();
    await row('billing-2').locator('[data-act=startConsumer]').waitFor({ timeout: 60_000 });
    expect((await events('consumer-woken')).map(({ args }) => args['client'])).toEqual(['billing-2']);
    await row('billing-2').locator('[data-act=startConsumer]').click();
    await row('billing-2').locator('[data-act=closeConsumer]').waitFor({ timeout: 60_000 });
  });

  it('cuts a client off and joins it again', async () => {
    const standing = async (): Promise<number> =>
      (await snapshotOf(lab)).faults.filter(({ spec, state }) => spec.kind === 'cut-client' && state === 'active')
        .length;
    await row('leader-only').locator('[data-act=cut]').click();
    await expect.poll(standing, patience).toBe(1);
    await row('leader-only').locator('[data-act=cut][aria-pressed=true]').click();
    await expect.poll(standing, patience).toBe(0);
  });

  it('puts two side by side: what differs, and their curves on one axis', async () => {
    await row('order-feed').locator('input[type=checkbox]').check();
    await row('leader-only').locator('input[type=checkbox]').check();
    await window.part('clients').locator('[data-act=compare]').click();
    const compare = window.part('compare');
    const acks = compare.locator('[data-config=acks] td');
    await expect.poll(() => acks.allTextContents(), patience).toEqual(['acks', 'all', '1']);
    const curve = compare.locator('[data-metric=recordsPerSecond] path.right');
    await expect.poll(async () => ((await curve.getAttribute('d')) ?? '').length, patience).toBeGreaterThan(0);
    await compare.locator('[data-part=plots]').focus();
    await window.page.keyboard.press('ArrowRight');
    await screenshot(window.page, 'compare-clients');
    expect(window.errors).toEqual([]);
  });
});
