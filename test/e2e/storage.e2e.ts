/** What lies on disk, the quorum and configs: read and changed in the window, on real brokers. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, screenshot } from './browser.ts';
import { command, LabWindow, snapshotOf } from './lab-window.ts';
import { serveLab, type Serving } from './serve-process.ts';

let browser: Browser;
let lab: Serving;
let window: LabWindow;

beforeAll(async () => {
  browser = await launchBrowser();
  lab = await serveLab({ args: ['--set', 'group.initial.rebalance.delay.ms=0'] });
  window = await LabWindow.open(browser, lab.url);
  await window.untilAllFlows();
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

describe('segments', () => {
  it('show a record beside its bytes, the way to it, and the same bytes on each replica', async () => {
    await command(lab, (commands) =>
      commands.produceRecords({
        topic: 'orders',
        partition: 1,
        key: 'cust-4471',
        value: 'a value to be found',
        headers: [],
        count: 1,
        acks: 'all',
      }),
    );
    await window.goTo('/segments/orders/1');
    const { page } = window;
    const batches = page.locator('[data-position]');
    await batches.first().waitFor();
    // The newest batches of the leader; the one just written is among them, or a few before.
    await page.getByLabel('follow').uncheck();
    const fields = window.part('batch-fields');
    const offset = Number(await fields.locator('tr[data-offset]').last().getAttribute('data-offset'));
    await page.getByLabel('offset').fill(String(offset));
    await page.locator('[data-act=find]').click();
    const find = window.part('find');
    await find.getByText(`How ${offset} is found`).waitFor();
    await find.getByText('same bytes').nth(1).waitFor();
    await fields.locator(`tr.on[data-offset="${offset}"]`).waitFor();
    expect(await window.part('hex').locator('.key').count()).toBeGreaterThan(0);
    await screenshot(page, '60-segments');
  });

  it('of a dead broker are read, too', async () => {
    await command(lab, (commands) => commands.killBroker({ node: 3 }));
    await window.goTo('/segments/orders/0?node=3');
    await window.page.locator('[data-position]').first().waitFor();
    await window.page.locator('th', { hasText: 'broker-3/orders-0/' }).waitFor();
    await command(lab, (commands) => commands.startBroker({ node: 3 }));
    expect(window.errors).toEqual([]);
  });
});

describe('the quorum', () => {
  it('tells its leader, its voters and who is gone', async () => {
    await window.goTo('/quorum');
    const { page } = window;
    await page.locator('tr[data-node]').nth(2).waitFor();
    const voter = (await snapshotOf(lab)).quorum?.voters.find(({ role }) => role === 'follower')?.id ?? 1;
    await command(lab, (commands) => commands.killBroker({ node: voter }));
    await page.locator(`tr[data-node="${voter}"]`).getByText('gone').waitFor();
    await page.getByText('2 of 3, 2 needed').waitFor();
    await screenshot(page, '61-quorum');
    await command(lab, (commands) => commands.startBroker({ node: voter }));
    await page.getByText('3 of 3, 2 needed').waitFor();
    expect(window.errors).toEqual([]);
  });
});

describe('configs', () => {
  it('of all brokers and of one are set, told with their source, and taken back', async () => {
    const { page } = window;
    const config = page.locator('[data-config="log.retention.ms"]');
    // One that was not just killed: it answers at once.
    const leader = (await snapshotOf(lab)).quorum?.leader ?? 1;
    await window.goTo(`/configs?of=${leader}`);
    await config.locator('[data-act=edit]').click();
    await page.keyboard.type('600000');
    await page.keyboard.press('Enter');
    await config.getByText('600000').waitFor();
    await config.getByText('broker, dynamic').waitFor();
    await screenshot(page, '62-configs');
    await config.locator('[data-act=reset]').click();
    await config.getByText('broker, dynamic').waitFor({ state: 'detached' });
    expect(window.errors).toEqual([]);
  });

  it('that no broker would take are refused in its words, in place', async () => {
    const { page } = window;
    const config = page.locator('[data-config="log.retention.ms"]');
    await config.locator('[data-act=edit]').click();
    await page.keyboard.type('soon');
    await page.keyboard.press('Enter');
    await config.locator('[role=alert]').waitFor();
    await page.keyboard.press('Escape');
    expect(await config.getByText('broker, dynamic').count()).toBe(0);
  });
});
