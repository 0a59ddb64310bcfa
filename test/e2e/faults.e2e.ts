/** Faults from the window: one click each, counted down, lifted by themselves, by hand and by Ctrl Z. */
import type { Browser, Locator } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultView } from '../../engine/contract/index.ts';
import { launchBrowser, screenshot } from './browser.ts';
import { LabWindow, snapshotOf } from './lab-window.ts';
import { serveLab, type Serving } from './serve-process.ts';

let lab: Serving;
let browser: Browser;
let window: LabWindow;

beforeAll(async () => {
  browser = await launchBrowser();
  // A follower that does not answer is out of the ISR soon.
  const settings = ['replica.lag.time.max.ms=4000', 'group.initial.rebalance.delay.ms=500'];
  lab = await serveLab({ args: settings.flatMap((each) => ['--set', each]) });
  window = await LabWindow.open(browser, lab.url);
  await window.untilAllFlows();
  await window.page.locator('[data-view=faults]').click();
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

async function newest(): Promise<FaultView | undefined> {
  return (await snapshotOf(lab)).faults.at(-1);
}
const state = async (): Promise<string | undefined> => (await newest())?.state;
const process = async (node: number): Promise<string | undefined> =>
  (await snapshotOf(lab)).brokers.find((each) => each.id === node)?.process;
const isr = async (): Promise<number> =>
  (await snapshotOf(lab)).partitions.find((each) => each.topic === 'orders' && each.partition === 0)?.isr.length ?? 0;
const consumer = async (id: string): Promise<string | undefined> =>
  (await snapshotOf(lab)).consumers.find((each) => each.id === id)?.state;

const polled = { timeout: 40_000, interval: 200 };
const row = (): Locator => window.part('standing').locator('[data-fault]').first();
const link = (from: number, to: number): Locator => window.page.locator(`[data-link="${from} ${to}"]`);

describe('the view of faults', () => {
  it('kills a broker for five seconds: it comes back by itself', async () => {
    await window.page.locator('[data-set=for]').selectOption('5000');
    await window.page.locator('[data-broker="2"] [data-act=kill]').click();
    await row()
      .getByText(/lifted in \d\.\d s/)
      .waitFor();
    expect(await process(2)).toBe('killed');
    await window.page.locator('[data-flag=fault]').first().waitFor();
    await screenshot(window.page, 'faults-kill');
    await expect.poll(state, polled).toBe('lifted');
    await expect.poll(() => process(2), polled).toBe('running');
    await window.part('recent').locator('[data-state=lifted]').first().waitFor();
    await window.page.locator('[data-set=for]').selectOption('never');
  });

  it('cuts a link between two brokers: the ISR shrinks, and grows when it is lifted', async () => {
    await expect.poll(isr, polled).toBe(3);
    const orders = (await snapshotOf(lab)).partitions.find((each) => each.topic === 'orders' && each.partition === 0);
    const [leader = 1, follower = 2] = [orders?.leader, orders?.isr.find((id) => id !== orders.leader)];
    await link(leader, follower).click();
    await expect.poll(() => link(follower, leader).getAttribute('aria-pressed'), polled).toBe('true');
    await expect.poll(isr, polled).toBeLessThan(3);
    await screenshot(window.page, 'faults-cut-link');
    await link(follower, leader).click();
    await expect.poll(state, polled).toBe('lifted');
    await expect.poll(isr, polled).toBe(3);
  });

  it('freezes a consumer, and Ctrl Z thaws it', async () => {
    await window.page.locator('[data-client=billing-1] [data-act=freeze-client]').click();
    await expect.poll(() => consumer('billing-1'), polled).toBe('frozen');
    await window.part('undo').getByText('freeze, billing-1').waitFor();
    await window.page.keyboard.press('Control+z');
    await expect.poll(() => consumer('billing-1'), polled).toBe('running');
    expect(await state()).toBe('lifted');
  });

  it('asks before a power loss that the palette was asked for, and tells what vanished', async () => {
    await window.page.keyboard.press('Control+k');
    // It is fetched when it is first asked for: letters before that are keys of the window.
    await window.page.locator('[role=combobox]:focus').waitFor();
    await window.page.keyboard.type('power loss 3');
    await window.page.keyboard.press('Enter');
    const dialog = window.page.getByRole('dialog');
    await dialog.getByText('broker 3', { exact: false }).first().waitFor();
    await screenshot(window.page, 'faults-power-loss');
    await dialog.locator('[data-act=submit]').click();
    await expect.poll(() => process(3), polled).toBe('killed');
    await row()
      .getByText(/files vanished/)
      .waitFor();
    expect((await newest())?.vanished?.bytes).toBeGreaterThan(0);
    await row().locator('[data-act=lift]').click();
    await expect.poll(() => process(3), polled).toBe('running');
    expect(window.errors).toEqual([]);
  });
});
