/** The ledger in the window: a leader dies with records that acks=1 had acknowledged; they are named, told and exported. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, screenshot } from './browser.ts';
import { command, LabWindow, snapshotOf } from './lab-window.ts';
import { serveLab, type Serving } from './serve-process.ts';

let browser: Browser;
let lab: Serving;
let window: LabWindow;

const waitMs = { timeout: 60_000, interval: 200 };

async function acknowledged(producer: string): Promise<number> {
  return (await snapshotOf(lab)).producers.find(({ id }) => id === producer)?.totals.acknowledged ?? 0;
}

/** The leader of orders-1 takes records in alone, and dies. */
async function loseRecords(): Promise<void> {
  const { partitions } = await snapshotOf(lab);
  const leader = partitions.find(({ topic, partition }) => topic === 'orders' && partition === 1)?.leader ?? 1;
  const followers = [1, 2, 3].filter((node) => node !== leader);
  for (const node of followers) await command(lab, (commands) => commands.pauseBroker({ node }));
  const before = await acknowledged('risky-feed');
  await vi.waitUntil(async () => (await acknowledged('risky-feed')) > before + 50, waitMs);
  await command(lab, (commands) => commands.killBroker({ node: leader }));
  for (const node of followers) await command(lab, (commands) => commands.resumeBroker({ node }));
}

beforeAll(async () => {
  browser = await launchBrowser();
  lab = await serveLab({ args: ['--set', 'broker.session.timeout.ms=3000'] });
  window = await LabWindow.open(browser, lab.url);
  await window.untilAllFlows();
  await command(lab, (commands) =>
    commands.addProducer({ client: 'risky-feed', topic: 'orders', recordsPerSecond: 100, acks: '1' }),
  );
  await vi.waitUntil(async () => (await acknowledged('risky-feed')) > 200, waitMs);
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

describe('the ledger', () => {
  it('follows every record, and its properties hold while nothing happens', async () => {
    await window.goTo('/ledger?producer=risky-feed');
    const { page } = window;
    const properties = window.part('ledger-properties');
    await properties.locator('[data-property=no-acked-record-lost] [data-verdict=holds]').nth(1).waitFor();
    await window.part('ledger-rows').locator('[data-row]').nth(5).waitFor();
    await page.locator('[data-part=ledger-rows] [data-row][data-fate=consumed]').first().waitFor();
    expect(await properties.locator('[data-property=min-isr-at-each-ack] [data-of=risky-feed]').innerText()).toContain(
      'unknown',
    );
  });

  it('names the records that their leader lost, and tells of one why', async () => {
    await loseRecords();
    const { page } = window;
    await window
      .part('ledger-properties')
      .locator('[data-property=no-acked-record-lost] [data-verdict=broken]')
      .waitFor();
    await window.part('ledger-badge').locator('.words', { hasText: '1 broken' }).waitFor();
    await page.locator('[data-act=show] [data-value=lost]').click();
    const lost = page.locator('[data-row][data-fate=lost]');
    await lost.nth(3).click();
    await window.part('fate-why').waitFor();
    expect(await window.part('fate-why').getAttribute('data-reason')).toBe('not-replicated');
    expect(await window.part('fate-kept').innerText()).toContain('acks=all');
    await window.part('ledger-rows').locator('[data-mark]').first().waitFor();
    await screenshot(page, '90-ledger');
  });

  it('downloads what is shown', async () => {
    const { page } = window;
    const [csv] = await Promise.all([page.waitForEvent('download'), page.locator('[data-act=export-csv]').click()]);
    const lines = readFileSync(await csv.path(), 'utf8')
      .trim()
      .split('\n');
    expect(lines[0]).toContain('producer,number,key,topic');
    expect(lines.filter((line) => line.endsWith(',lost')).length).toBeGreaterThan(3);
    const [ndjson] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('[data-act=export-ndjson]').click(),
    ]);
    const rows = readFileSync(await ndjson.path(), 'utf8')
      .trim()
      .split('\n');
    expect(rows.some((row) => (JSON.parse(row) as { fate: string }).fate === 'lost')).toBe(true);
  });

  it('says that nothing is duplicated, and leads back to all', async () => {
    const { page } = window;
    await page.locator('[data-act=show] [data-value=duplicated]').click();
    await page.getByText('No record is in a log twice.').waitFor();
    await page.locator('[data-act=show-all]').click();
    await window.part('ledger-rows').locator('[data-row]').nth(5).waitFor();
    expect(window.errors).toEqual([]);
  });
});
