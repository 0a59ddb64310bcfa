/** Lab time in the window: faster, standing, stepped; its clock, its log, and who does not live by it. */
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
  lab = await serveLab({ args: ['--no-default-workload'] });
  window = await LabWindow.open(browser, lab.url);
  for (const node of [1, 2, 3]) await window.untilBroker(node, 'running', false, 40_000);
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

const clock = () => window.page.locator('header .clock').innerText();
const act = (name: string) => window.part('lab-time').locator(`[data-act=${name}]`);
const heartbeats = async () => (await snapshotOf(lab)).brokers.map((each) => each.lastHeartbeatMs);

async function shots(name: string): Promise<void> {
  await screenshot(window.page, name);
  await window.page.setViewportSize({ width: 1100, height: 700 });
  await screenshot(window.page, `${name}-1100`);
  await window.page.setViewportSize({ width: 1440, height: 900 });
}

describe('lab time', () => {
  it('at twenty times its speed a killed broker is fenced while one looks', async () => {
    await window.part('speed').locator('[data-value="20"]').click();
    await window.part('speed').locator('[data-value="20"][aria-checked=true]').waitFor();
    expect((await snapshotOf(lab)).time).toMatchObject({ speed: 20, paused: false });
    const fromMs = performance.now();
    await window.button(3, 'kill').click();
    await window.untilBroker(3, 'dead', true, 30_000);
    const { events } = await snapshotOf(lab);
    const killed = events.findLast(({ kind, change }) => kind === 'process' && change?.now === 'killed');
    const fenced = events.findLast(({ kind, args }) => kind === 'broker-fenced' && args['node'] === 3);
    const tookMs = (fenced?.atMs ?? 0) - (killed?.atMs ?? Number.POSITIVE_INFINITY);
    expect(tookMs).toBeGreaterThan(6000);
    expect(performance.now() - fromMs).toBeLessThan(tookMs);
    await shots('time-1-fast');
  });

  it('Space makes it stand: the clock, the heartbeats, every age', async () => {
    await window.page.locator('body').press('Space');
    await window.page.locator('[data-act=pause-time][aria-pressed=true]').waitFor();
    await vi.waitUntil(async () => (await clock()) === (await clock()), { interval: 300, timeout: 10_000 });
    // What was on its way when time stopped still comes; then nothing does.
    const standing = async (): Promise<string> => JSON.stringify([await clock(), await heartbeats()]);
    const stands = async (): Promise<boolean> => {
      const before = await standing();
      const { seq } = await snapshotOf(lab);
      await vi.waitUntil(async () => (await snapshotOf(lab)).seq > seq + 2, { interval: 300, timeout: 20_000 });
      return (await standing()) === before;
    };
    await expect.poll(stands, { timeout: 40_000 }).toBe(true);
    await shots('time-2-stands');
  });

  it('. goes one second on, and the button lets it go', async () => {
    const { time } = await snapshotOf(lab);
    await window.page.locator('body').press('.');
    const stepped = async () => (await snapshotOf(lab)).time;
    await vi.waitUntil(async () => (await stepped()).labMs > time.labMs && (await stepped()).stepUntilMs === null, {
      interval: 200,
      timeout: 20_000,
    });
    expect((await stepped()).labMs - time.labMs).toBeCloseTo(1000, 0);
    expect(await stepped()).toMatchObject({ paused: true });
    await act('pause-time').click();
    await window.page.locator('[data-act=pause-time][aria-pressed=false]').waitFor();
    const was = await clock();
    await vi.waitUntil(async () => (await clock()) !== was, { interval: 200, timeout: 10_000 });
    expect(window.errors).toEqual([]);
  });
});
