/** Runs in the window: exported while they go on, opened again read-only, looked at, and back; the journal's limit. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

describe('a run', () => {
  it('is exported as one .zip while it goes on', async () => {
    await command(lab, (commands) => commands.killBroker({ node: 2 }));
    await window.untilBroker(2, 'dead', null, 30_000);
    await window.untilHealth('shrunk', 3, 90_000);
    await window.goTo('/runs');
    const { page } = window;
    await page.locator('[data-run=start-1]').waitFor();
    await page.locator('[data-act=export-shown]').click();
    await page.locator('dialog input[name=path]').fill('walk.zip');
    await page.locator('dialog [data-act=submit]').click();
    await page.locator('[data-job][data-state=done]', { hasText: 'walk.zip' }).waitFor({ timeout: 90_000 });
    expect(existsSync(join(lab.dataDir, 'exports', 'walk.zip'))).toBe(true);
    await screenshot(page, '70-runs');
  }, 240_000);

  it('is opened again read-only: cluster, timeline, ledger and log of then', async () => {
    const { page } = window;
    await page.locator('[data-kind=export] [data-act=open]').click();
    await window.part('recorded').waitFor();
    await window.untilBroker(2, 'dead', null, 30_000);
    await window.untilHealth('shrunk', 3, 30_000);
    expect(await page.locator('[data-act=kill]').count()).toBe(0);
    await window.part('timeline').getByText('broker 2').first().waitFor();
    await screenshot(page, '71-recorded');

    // What happens meanwhile is the lab's, not the run's.
    await command(lab, (commands) => commands.closeRun({}));
    await window.part('recorded').waitFor({ state: 'detached' });
    await command(lab, (commands) => commands.startBroker({ node: 2 }));
    await window.untilBroker(2, 'running', false, 90_000);
    await command(lab, (commands) => commands.openRun({ path: join(lab.dataDir, 'exports', 'walk.zip') }));
    await window.untilBroker(2, 'dead', null, 30_000);

    await window.goTo('/ledger');
    await window.part('ledger').getByText('order-feed').filter({ visible: true }).first().waitFor();
    await window.goTo('/runs');
    await page.locator('[data-kind=export].on').waitFor();
  }, 240_000);

  it('gives its place back to the lab, which went on', async () => {
    const { page } = window;
    await page.locator('[data-act=close-run]').click();
    await window.part('recorded').waitFor({ state: 'detached' });
    await window.goTo('/cluster');
    await window.untilBroker(2, 'running', false, 90_000);
    await window.untilTicks();
    expect((await snapshotOf(lab)).shown.kind).toBe('live');
  });

  it('that is none is refused with what is wrong, and nothing changes', async () => {
    await window.goTo('/runs');
    const { page } = window;
    await page.locator('input[name=run-path]').fill('/no/such/run');
    await page.locator('[data-act=open-path]').click();
    await window.part('refusal').getByText('/no/such/run').waitFor();
    expect((await snapshotOf(lab)).shown.kind).toBe('live');
  });
});

describe('settings', () => {
  it('take another limit of the journal at once and remember it', async () => {
    await window.goTo('/settings');
    const { page } = window;
    await page.locator('input[name=journal-limit]').fill('64');
    await page.locator('[data-act=set-limit]').click();
    await window.part('journal-settings').getByText('of 64.0 MB').waitFor();
    const kept: unknown = JSON.parse(readFileSync(join(lab.dataDir, 'settings.json'), 'utf8'));
    expect(kept).toMatchObject({ journalBytes: 64_000_000 });
    await screenshot(page, '72-settings');
    expect(window.errors).toEqual([]);
  });
});
