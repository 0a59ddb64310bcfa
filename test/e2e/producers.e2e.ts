/** Lab producers with every knob, and records from templates, files and logs, in the window on real brokers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openWindow, screenshot } from './browser.ts';
import { snapshotOf } from './lab-window.ts';
import { serveLab, type Serving } from './serve-process.ts';

let browser: Browser;
let lab: Serving;
let page: Page;
let errors: readonly string[];
let files: string;

beforeAll(async () => {
  files = mkdtempSync(join(tmpdir(), 'brokerlab-files-'));
  writeFileSync(join(files, 'keys.tsv'), 'k1\tone\nk2\ttwo\n');
  writeFileSync(join(files, 'orders.csv'), 'key,city,amount\nc1,Seoul,10\nc2,"Busan, KR",20\nc3,Jeju\nc4,Daegu,40\n');
  browser = await launchBrowser();
  lab = await serveLab({ args: ['--no-journal'] });
  ({ page, errors } = await openWindow(browser, lab.url));
  await page.locator('[data-cell="orders-2@3"]').waitFor({ timeout: 60_000 });
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
  if (files !== undefined) rmSync(files, { recursive: true });
});

async function goTo(path: string): Promise<void> {
  await page.goto(`${lab.url.slice(0, lab.url.indexOf('#'))}#${path}`);
}
async function complaints(): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}
const part = (name: string): Locator => page.locator(`[data-part="${name}"]`);
const section = (name: string): Locator => page.locator(`details[data-section=${name}]`);
const job = (title: string): Locator => part('feed-jobs').locator('li', { hasText: title });

describe('a lab producer with every knob', () => {
  it('is made in one dialog that says what its configs come to, and what a template makes', async () => {
    await page.locator('[data-act=add-producer]').first().click();
    const dialog = part('add-producer');
    await dialog.locator('input').first().fill('zip-feed');
    await dialog.locator('[role=radio][data-value="1"]').click();
    await part('notes').getByText('Idempotence will switch itself off').waitFor();
    await section('delivery').locator('summary').click();
    await dialog.locator('[data-config="enable.idempotence"] select').selectOption('true');
    await part('notes').getByText('The client will refuse to start').waitFor();
    await dialog.locator('[data-config="enable.idempotence"] select').selectOption('');

    await section('records').locator('summary').click();
    await dialog.locator('[data-value=template]').click();
    const template = dialog.getByRole('textbox', { name: 'Template' });
    await template.fill('{"n": {{number}}, "k": "{{kee}}"}');
    await dialog.getByText('line 1, column 27: "kee" is unknown').waitFor();
    await template.fill('{"n": {{number}}, "k": "{{key}}", "note": "{{repeat 200 hello}}"}');
    await part('preview').getByText('"n": 1').waitFor();
    await section('batching').locator('summary').click();
    await dialog.locator('[data-config="compression.type"] select').selectOption('zstd');
    await dialog.locator('[data-config="compression.zstd.level"]').waitFor();
    await dialog.locator('[data-config="linger.ms"] input').fill('100');
    await section('partitioning').locator('summary').click();
    await dialog.locator('[data-value="round-robin"]').click();
    expect(await complaints()).toEqual([]);
    await screenshot(page, '40-producer-dialog');
    await dialog.locator('[data-act=submit]').click();
    await dialog.waitFor({ state: 'detached' });
  });

  it('shows what the client said of its configs, the path of its records and how small they became', async () => {
    await goTo('/clients');
    await page.locator('[data-client="zip-feed"]').getByRole('button', { name: 'zip-feed', exact: true }).click();
    await part('notices').getByText('Idempotence will be disabled because acks is set to 1').waitFor();
    await part('accumulators').getByText('RoundRobinPartitioner').waitFor();
    // Nothing lies on disk before something is acknowledged.
    await part('accumulators').locator('.ack').first().waitFor();
    await part('compression').locator('[data-act=measure]').click();
    await part('compression').getByText(/zstd/).nth(1).waitFor();
    expect(await complaints()).toEqual([]);
    await part('compression').scrollIntoViewIfNeeded();
    await screenshot(page, '41-producer-inspector');
  });

  it('is changed in the same dialog: another send mode as it runs, keys of a file', async () => {
    await part('acks').locator('[data-act=edit-producer]').click();
    const dialog = part('edit-producer');
    await dialog.locator('[data-act=keys]').selectOption('file');
    await dialog.locator('input[type=file]').setInputFiles(join(files, 'keys.tsv'));
    await dialog.getByText('2 rows').waitFor();
    await dialog.locator('[data-value=sync]').click();
    await dialog.locator('[data-act=submit]').click();
    await dialog.waitFor({ state: 'detached' });
    await part('acks').locator('[role=radio][data-value=sync][aria-checked=true]').waitFor();
    const { producers } = await snapshotOf(lab);
    expect(producers.find(({ id }) => id === 'zip-feed')?.settings).toMatchObject({
      keys: 'file',
      keyFile: { name: 'keys.tsv', records: 2 },
      sendMode: 'sync',
      acks: '1',
    });
  });
});

describe('records by hand', () => {
  it('come from a template whose preview is what is sent, and which is kept', async () => {
    await goTo('/records/orders?partition=0');
    await page.locator('[data-act=console]').click();
    await part('produce-panel').locator('[data-value=template]').click();
    await part('preview').locator('li').first().waitFor();
    await part('template-producer').getByRole('textbox', { name: 'Name of the template' }).fill('visit');
    await part('template-producer').locator('[data-act=keep]').click();
    await part('template-producer').getByText('Kept as visit.').waitFor();
    await part('template-producer').locator('[data-act=produce-template]').click();
    await job('× 100').getByText('100 of 100').waitFor();
    expect(await complaints()).toEqual([]);
    await screenshot(page, '42-produce-template');
  });

  it('come from a file, whose lines that cannot be read are named and left out', async () => {
    await part('produce-panel').locator('[data-value=import]').click();
    await part('file-import').locator('input[type=file]').setInputFiles(join(files, 'orders.csv'));
    await part('row-problems').getByText('Line 4 has 2 columns, the header has 3.').waitFor();
    await part('rows').getByText('{"city":"Busan, KR","amount":"20"}').waitFor();
    expect(await complaints()).toEqual([]);
    await screenshot(page, '43-import-file');
    await part('file-import').locator('[data-act=import]').click();
    await job('orders.csv').getByText('3 of 3').waitFor();
  });

  it('come out of a log again', async () => {
    await part('produce-panel').locator('[data-value=replay]').click();
    await page.locator('tbody tr[data-offset]').first().click();
    await part('replay').locator('[data-act=replay]').click();
    await job('orders-0').getByText('1 of 1').waitFor();
    expect(await complaints()).toEqual([]);
    await screenshot(page, '44-replay');
    expect(errors).toEqual([]);
  });
});
