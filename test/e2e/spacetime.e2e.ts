/** What went over the wire, in the window: a record's way, a rebalance, an election, a time; lanes, steps, the picture as a file. */
import { readFile } from 'node:fs/promises';
import type { Browser, Locator } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  await window.page.locator('[data-view=spacetime]').click();
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

const polled = { timeout: 40_000, interval: 200 };
const steps = (): Locator => window.part('step');
const stepNames = (): Promise<(string | null)[]> =>
  steps().evaluateAll((all) => all.map((each) => each.getAttribute('data-step')));
const choose = (kind: string): Promise<void> => window.page.locator(`[role=radio][data-value=${kind}]`).click();

describe('the space-time view', () => {
  it('asks for a record first, and shows the newest one from send() to commit', async () => {
    await window.part('spacetime-empty').waitFor();
    await window.page.locator('[data-act=newest]').click();
    await expect.poll(stepNames, polled).toContain('committed');
    const names = await stepNames();
    for (const [before, after] of [
      ['drained', 'appended-leader'],
      ['appended-leader', 'high-watermark'],
      ['high-watermark', 'acked'],
      ['read', 'committed'],
    ]) {
      expect(names.indexOf(before!)).toBeLessThan(names.indexOf(after!));
    }
    expect(await window.part('call').count()).toBeGreaterThan(5);
    expect(await window.part('cut').count()).toBeGreaterThan(0);
    await window.part('budgets').waitFor();
    await screenshot(window.page, 'spacetime-record');
  });

  it('tells a call in detail when it is picked, also by keyboard', async () => {
    await steps().filter({ hasText: 'appended by leader' }).click();
    const details = window.part('call-details');
    await details.getByText('Produce v').first().waitFor();
    await details.getByText('acks').first().waitFor();
    await window.part('spacetime-diagram').focus();
    await window.page.keyboard.press('ArrowRight');
    await details.waitFor();
    await window.page.keyboard.press('Escape');
    await expect.poll(() => details.count(), polled).toBe(0);
  });

  it('hides a lane with its calls, and brings it back', async () => {
    const lanes = (): Promise<number> => window.part('lane').count();
    const before = await lanes();
    const lane = window.page.locator('[data-lane^=node-]').first();
    await lane.click();
    await expect.poll(lanes, polled).toBe(before - 1);
    await lane.click();
    await expect.poll(lanes, polled).toBe(before);
  });

  it('exports the picture as a file that has its words and colours inside', async () => {
    const [download] = await Promise.all([
      window.page.waitForEvent('download'),
      window.page.locator('[data-act=export-svg]').click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^orders-\d-offset-\d+\.svg$/);
    const svg = await readFile(await download.path(), 'utf8');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    for (const word of ['Produce v', 'broker 1', 'committed']) expect(svg).toContain(word);
  });

  it('shows a moment of the wire, and the rebalance that a new consumer brought', async () => {
    await choose('span');
    await window.page.locator('[data-act=newest]').click();
    await expect.poll(() => window.part('call').count(), polled).toBeGreaterThan(0);
    await command(lab, (commands) => commands.addConsumer({ group: 'billing' }));
    const number = async (): Promise<number> => (await snapshotOf(lab)).groups[0]?.rebalance?.number ?? 0;
    await expect.poll(async () => (await snapshotOf(lab)).groups[0]?.members.length, polled).toBe(3);
    await expect.poll(async () => (await snapshotOf(lab)).groups[0]?.rebalance?.endedMs ?? null, polled).not.toBeNull();
    await window.goTo(`#/spacetime?rebalance=billing@${await number()}`);
    await expect.poll(stepNames, polled).toEqual(expect.arrayContaining(['joined', 'generation', 'assigned']));
    await screenshot(window.page, 'spacetime-rebalance');
  });

  it('tells how orders-0 got another leader, from the line of the log', async () => {
    const leader = (await snapshotOf(lab)).partitions.find(
      (each) => each.topic === 'orders' && each.partition === 0,
    )!.leader;
    await command(lab, (commands) => commands.setSpeed({ speed: 5 }));
    await command(lab, (commands) => commands.killBroker({ node: leader }));
    const now = async (): Promise<number | undefined> =>
      (await snapshotOf(lab)).partitions.find((each) => each.topic === 'orders' && each.partition === 0)?.leader;
    await expect.poll(now, polled).not.toBe(leader);
    await command(lab, (commands) => commands.setSpeed({ speed: 1 }));
    await window.goTo('#/spacetime?election=orders-0');
    await expect.poll(stepNames, polled).toEqual(expect.arrayContaining(['elected', 'first-produce']));
    await screenshot(window.page, 'spacetime-election');
    expect(window.errors).toEqual([]);
  });
});
