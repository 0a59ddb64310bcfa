/** Scenarios in the window: a shipped one to its verdict, steps by hand, a file that is wrong, and a recording that runs. */
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
  ({ page, errors } = await openWindow(browser, lab.url, { colorScheme: 'dark' }));
  await page.locator('[data-cell="orders-2@3"]').waitFor({ timeout: 60_000 });
  await goTo('/scenarios');
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

async function goTo(path: string): Promise<void> {
  await page.goto(`${lab.url.slice(0, lab.url.indexOf('#'))}#${path}`);
}
async function complaints(): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}
const act = (name: string) => page.locator(`[data-part=scenarios] [data-act=${name}]`);
const dialog = () => page.locator('[role=dialog]');
const step = (index: number, state: string) => page.locator(`[data-step="${index}"][data-state=${state}]`);
const untilState = (state: string, timeout = 90_000) =>
  page.locator(`[data-part=run-state][data-state=${state}]`).waitFor({ timeout });

async function choose(name: string): Promise<void> {
  await page.locator(`[data-scenario="${name}"]`).click();
  await page.locator(`[data-scenario="${name}"][aria-current=true]`).waitFor();
}

/** Saves what the editor holds as one's own. */
async function saveAs(name: string): Promise<void> {
  await act('copy').click();
  await dialog().locator('[data-set=name]').fill(name);
  await page.keyboard.press('Enter');
  await page.locator(`[data-scenario="${name}"][aria-current=true]`).waitFor();
}

const slow = `version: 1
title: Slow steps
cluster: { brokers: 1 }
steps:
  - { title: A while, wait: 3s }
  - { title: Another while, wait: 3s }
  - { title: Much too long, wait: 60m }
`;

describe('scenarios in the window', () => {
  it('lists the shipped ones; a shipped one runs in a lab of its own to its verdicts', async () => {
    await page.locator('[data-scenario]').nth(7).waitFor();
    await choose('isr-shrink-and-return');
    await step(0, 'waiting').waitFor();
    expect(await complaints()).toEqual([]);
    await screenshot(page, '60-scenarios');
    await page.locator('[data-set=speed]').selectOption('5');
    await act('run').click();
    await step(5, 'active').waitFor({ timeout: 60_000 });
    expect(await complaints()).toEqual([]);
    await screenshot(page, '61-scenario-running');
    await untilState('done');
    const verdicts = await page
      .locator('[data-part=expectations] [data-verdict]')
      .evaluateAll((all) => all.map((each) => each.getAttribute('data-verdict')));
    expect(verdicts.length).toBeGreaterThan(3);
    expect(new Set(verdicts)).toEqual(new Set(['holds']));
    await screenshot(page, '62-scenario-done');
  });

  it('other views show its lab, and one’s own comes back', async () => {
    await goTo('/cluster');
    await page.locator('[data-cell="orders-2@3"]').waitFor({ state: 'detached' });
    await page.locator('[data-cell="orders-0@3"]').waitFor();
    await goTo('/scenarios');
    await act('leave').click();
    await goTo('/cluster');
    await page.locator('[data-cell="orders-2@3"]').waitFor({ timeout: 60_000 });
    await goTo('/scenarios');
    await act('leave').waitFor({ state: 'detached' });
    await expect
      .poll(() => page.locator('[data-scenario=isr-shrink-and-return] .holds').count(), { timeout: 10_000 })
      .toBe(1);
  });

  it('says line, column and reason of what is wrong in a file while one types, and does not run it', async () => {
    await choose('close-against-kill');
    await page.locator('[data-part=scenarios] [data-value=yaml]').click();
    const editor = page.locator('textarea[data-part=yaml]');
    await editor.fill(slow.replace('wait: 60m', 'wait: 60 minutes').replace('brokers: 1', 'brokers: one'));
    await page.getByText('3:21').waitFor();
    await page.getByText('7:35').waitFor();
    expect(await act('run').isDisabled()).toBe(true);
    await screenshot(page, '63-scenario-issues');
    expect(await complaints()).toEqual([]);
    await editor.fill(slow);
    await page.getByText('3 steps, 0 expectations').waitFor();
    await saveAs('slow');
  });

  it('pauses, goes on by a step, and is aborted', async () => {
    await page.locator('[data-part=scenarios] [data-value=steps]').click();
    await page.locator('[data-set=speed]').selectOption('1');
    await act('run').click();
    await step(2, 'active').waitFor({ timeout: 60_000 });
    await act('pause').click();
    await untilState('paused');
    await act('step').click();
    await step(2, 'done').waitFor({ timeout: 30_000 });
    await untilState('paused');
    expect(await step(3, 'waiting').count()).toBe(1);
    await act('resume').click();
    await step(4, 'active').waitFor({ timeout: 30_000 });
    await act('abort').click();
    await untilState('aborted');
    await step(4, 'skipped').waitFor();
    await act('leave').click();
    await goTo('/cluster');
    await page.locator('[data-cell="orders-2@3"]').waitFor({ timeout: 60_000 });
  });

  it('records three clicks and runs them', async () => {
    await goTo('/scenarios');
    await act('record').click();
    await page.locator('[data-part=recording]').waitFor();
    await goTo('/cluster');
    const broker = page.locator('[role=columnheader][data-broker="3"]');
    await broker.locator('[data-act=pause]').click();
    await broker.locator('[data-act=resume]').click({ timeout: 20_000 });
    await broker.locator('[data-act=kill]').click({ timeout: 20_000 });
    await broker.locator('[data-act=start]').waitFor({ timeout: 20_000 });
    await goTo('/scenarios');
    await act('record').click();
    await dialog().locator('[data-set=name]').fill('three-clicks');
    await page.keyboard.press('Enter');
    await choose('three-clicks');
    await page.getByText('pauseBroker').waitFor();
    await page.locator('[data-set=speed]').selectOption('5');
    await act('run').click();
    await untilState('done');
    const did = await page.locator('[data-step][data-state=done] pre').allTextContents();
    expect(did.flatMap((source) => source.match(/\w+Broker/g) ?? [])).toEqual([
      'pauseBroker',
      'resumeBroker',
      'killBroker',
    ]);
    await act('leave').click();
    await page.locator('[data-part=run-state]').waitFor({ state: 'detached', timeout: 60_000 });
  });

  it('reads well in Korean, in light, and where there is little room', async () => {
    const small = await openWindow(browser, lab.url, {
      viewport: { width: 1100, height: 700 },
      locale: 'ko-KR',
      colorScheme: 'light',
    });
    await small.page.goto(`${lab.url.slice(0, lab.url.indexOf('#'))}#/scenarios?name=acks-1-loses-what-acks-all-keeps`);
    await small.page.getByText('시나리오').first().waitFor();
    await small.page.locator('[data-step="0"]').waitFor();
    await screenshot(small.page, '64-scenarios-ko');
    const spare = await small.page
      .locator('[data-part=scenarios]')
      .evaluate((view) => view.clientWidth - view.scrollWidth);
    expect(spare).toBe(0);
    await small.page.context().close();
  });

  it('left no error in the window', () => {
    expect(errors).toEqual([]);
  });
});
