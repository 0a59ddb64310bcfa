/** Time: scrubbing to the past and back, a reload in the middle of a fault, two windows on one lab. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, screenshot } from './browser.ts';
import { LabWindow, snapshotOf } from './lab-window.ts';
import { serveLab, type Serving } from './serve-process.ts';

let lab: Serving;
let browser: Browser;
let window: LabWindow;

beforeAll(async () => {
  browser = await launchBrowser();
  lab = await serveLab({ args: ['--set', 'broker.session.timeout.ms=5000'] });
  window = await LabWindow.open(browser, lab.url);
  await window.untilAllFlows();
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

async function shots(name: string): Promise<void> {
  await screenshot(window.page, name);
  await window.page.setViewportSize({ width: 1100, height: 700 });
  await screenshot(window.page, `${name}-1100`);
  await window.page.setViewportSize({ width: 1440, height: 900 });
}

const slider = () => window.page.locator('[data-act=scrub]');
/** The moment that the timeline stands at, in milliseconds. */
const atMs = async (): Promise<number> => Number(await slider().getAttribute('aria-valuenow'));

describe('the past', () => {
  it('shows the cluster as it was before the kill, and nothing in it can be pressed', async () => {
    await window.untilTicks();
    const endsBefore = await window.logEnds();
    await window.button(2, 'kill').click();
    await window.untilBroker(2, 'dead', true, 20_000);
    await window.untilTicks();
    const flag = window.page.locator('[data-flag=fault]').first();
    await flag.waitFor({ timeout: 10_000 });
    await flag.click();
    await window.part('past').waitFor();
    // A step back from the flag: broker 2 lives, and the log ends are of then.
    await slider().focus();
    await window.page.keyboard.press('ArrowLeft');
    await window.untilBroker(2, 'running', false, 10_000);
    await window.untilHealth('full', 3, 5_000);
    expect(await window.logEnds()).toBeLessThanOrEqual(endsBefore + 2_000);
    const kill = window.button(1, 'kill');
    expect(
      (await kill.count()) === 0 || (await kill.getAttribute('aria-disabled')) === 'true' || (await kill.isDisabled()),
    ).toBe(true);
    await shots('past-1-before-the-kill');
  });

  it('stands still while the lab goes on', async () => {
    const ends = await window.logEnds();
    const [was] = (await snapshotOf(lab)).producers;
    await vi.waitUntil(async () => {
      const [now] = (await snapshotOf(lab)).producers;
      return now!.totals.acknowledged > was!.totals.acknowledged;
    }, 10_000);
    expect(await window.logEnds()).toBe(ends);
  });

  it('has steps from event to event, forth and back', async () => {
    const at = await atMs();
    await window.page.keyboard.press(']');
    await expect.poll(atMs, { timeout: 10_000, interval: 100 }).toBeGreaterThan(at);
    const later = await atMs();
    await window.page.keyboard.press('[');
    await expect.poll(atMs, { timeout: 10_000, interval: 100 }).toBeLessThan(later);
  });

  it('is left by one key: everything is now again', async () => {
    const then = await window.logEnds();
    await window.page.keyboard.press('l');
    await window.part('past').waitFor({ state: 'detached' });
    await window.untilBroker(2, 'dead', true, 5_000);
    expect(await window.logEnds()).toBeGreaterThan(then);
    await window.untilTicks();
    await shots('past-2-live-again');
  });
});

describe('a reload in the middle of it', () => {
  it('comes back to the same place with the same cluster: dead, fenced, and the past still there', async () => {
    await window.replica('orders-1', 1).click();
    await window.part('inspector').locator('h2', { hasText: 'orders-1' }).waitFor();
    await window.page.reload();
    await window.untilBroker(2, 'dead', true, 10_000);
    await window.part('inspector').locator('h2', { hasText: 'orders-1' }).waitFor();
    await window.page.locator('[data-flag=fault]').first().waitFor({ timeout: 10_000 });
    await window.untilTicks();
    expect(window.page.url()).toContain('at=replica:orders:1:1');
    await shots('past-3-reloaded');
  });
});

describe('two windows on one lab', () => {
  it('see what the other one did, each at its own place and time', async () => {
    const other = await LabWindow.open(browser, lab.url, { colorScheme: 'dark' });
    await other.untilBroker(2, 'dead', true, 10_000);
    await other.page.locator('[data-flag=fault]').first().click();
    await other.part('past').waitFor();
    await window.button(2, 'start').click();
    await window.untilAllFlows();
    await other.part('past').waitFor();
    await screenshot(other.page, 'past-4-other-window-dark');
    await other.page.keyboard.press('l');
    await other.untilBroker(2, 'running', false, 10_000);
    await other.button(3, 'pause').click();
    await window.untilBroker(3, 'paused', null, 5_000);
    await window.button(3, 'resume').click();
    await other.untilBroker(3, 'running', null, 5_000);
    expect(other.errors).toEqual([]);
    await other.close();
  });

  it('logged no error', () => {
    expect(window.errors).toEqual([]);
  });
});
