/** Topics and records by hand: made, changed, written to, read, followed and deleted in the window, on real brokers. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openWindow, screenshot } from './browser.ts';
import { serveLab, type Serving } from './serve-process.ts';

let browser: Browser;
let lab: Serving;
let page: Page;
let errors: readonly string[];

beforeAll(async () => {
  browser = await launchBrowser();
  lab = await serveLab();
  ({ page, errors } = await openWindow(browser, lab.url));
  await page.locator('[data-cell="orders-2@3"]').waitFor({ timeout: 60_000 });
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

/** Within the page, as a link in it would. */
async function goTo(path: string): Promise<void> {
  await page.goto(`${lab.url.slice(0, lab.url.indexOf('#'))}#${path}`);
}
async function complaints(): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}
const config = (name: string) => page.locator(`[data-config="${name}"]`);
const dialog = () => page.locator('[role=dialog]');

describe('a topic by hand', () => {
  it('is made with its configs; the dialog says what is wrong with a name before', async () => {
    await goTo('/topics');
    await page.locator('[data-act=create]').click();
    await page.locator('[data-act=name]').fill('orders');
    await dialog().getByText('There is a topic of that name.').waitFor();
    await page.locator('[data-act=name]').fill('payments');
    await page.locator('[data-act=add-config]').click();
    await dialog().getByRole('textbox', { name: 'config name' }).fill('retention.ms');
    await dialog().getByRole('textbox', { name: 'value' }).fill('120000');
    expect(await complaints()).toEqual([]);
    await screenshot(page, '20-create-topic');
    await page.keyboard.press('Enter');
    await page.locator('[data-topic=payments]').waitFor();
    expect(await complaints()).toEqual([]);
    await screenshot(page, '21-topics');
  });

  it('has its config edited in place and taken back, by keys alone', async () => {
    await goTo('/topics/payments');
    await config('retention.ms').getByText('120000').waitFor();
    await config('retention.ms').locator('[data-act=edit]').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('soon');
    await page.keyboard.press('Enter');
    await config('retention.ms').locator('[role=alert]').waitFor();
    expect(await config('retention.ms').locator('[role=alert]').textContent()).toContain('Not a number of type LONG');
    await screenshot(page, '22-topic');
    await page.keyboard.press('Escape');
    await config('retention.ms').locator('[data-act=reset]').click();
    await config('retention.ms').locator('[data-act=reset]').waitFor({ state: 'detached' });
    expect(await config('retention.ms').locator('.value').first().textContent()).toBe('604800000');
    expect(await complaints()).toEqual([]);
  });

  it('gets partitions after the warning that keys move', async () => {
    await page.locator('[data-act=add]').click();
    await dialog().locator('[data-part=keys-move]').waitFor();
    await page.locator('[data-act=submit]').click();
    await page.locator('[data-partition="3"]').waitFor();
    await dialog().waitFor({ state: 'detached' });
    expect(await page.locator('[data-part=partitions] tbody tr').count()).toBe(4);
  });

  it('is written to from the console and read back, each record in full', async () => {
    await goTo('/records/payments?partition=2');
    await page.locator('[data-part=empty]').waitFor();
    await page.locator('[data-act=console]').click();
    await page.locator('#console-value').fill('{"paid":true}');
    await page.locator('#console-partition').selectOption('2');
    await page.locator('#console-count').fill('3');
    await page.locator('[data-act=produce]').click();
    await page.locator('tr[data-offset="2"]').click();
    await page.locator('[data-part=inspector] pre').getByText('"paid": true').waitFor();
    expect(await complaints()).toEqual([]);
    await screenshot(page, '23-records');
  });

  it('is followed live: paused, and resumed with what waited', async () => {
    await page.locator('[data-value=live]').click();
    await page.locator('[data-part=tail]').getByText('Waiting for the next record of payments.').waitFor();
    await page.locator('[data-act=produce]').click();
    await page.locator('[data-part=tail] tr[data-offset="5"]').waitFor();
    await page.locator('[data-act=pause]').click();
    await page.locator('[data-act=produce]').click();
    await page.locator('[data-part=waiting]').getByText('+3 waiting').waitFor();
    expect(await page.locator('[data-part=tail] tbody tr').count()).toBe(3);
    await screenshot(page, '24-tail');
    await page.locator('[data-act=pause]').click();
    await page.locator('[data-part=tail] tr[data-offset="8"]').waitFor();
    expect(await complaints()).toEqual([]);
  });

  it('is deleted only after its records were named', async () => {
    await goTo('/topics');
    await page.locator('[data-topic=payments] [data-act=delete]').click();
    await dialog().getByText('9 records of payments go for good, on every broker.').waitFor();
    expect((await dialog().locator(':focus').textContent())?.trim()).toBe('Keep it');
    await screenshot(page, '25-delete-topic');
    await page.locator('[data-act=submit]').click();
    await page.locator('[data-topic=payments]').waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
  });
});
