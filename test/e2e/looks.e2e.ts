/** Every view in both themes, Korean and on a projector: nothing is cut off, axe finds nothing, no word is missing. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, screenshot } from './browser.ts';
import { LabWindow } from './lab-window.ts';
import { serveLab, type Serving } from './serve-process.ts';

let lab: Serving;
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
  lab = await serveLab({ args: ['--set', 'group.initial.rebalance.delay.ms=500'] });
  const first = await LabWindow.open(browser, lab.url);
  await first.untilAllFlows();
  await first.close();
});
afterAll(async () => {
  await browser?.close();
  await lab?.dispose();
});

const views = [
  { name: 'cluster', path: '#/cluster?at=replica:orders:1:3', part: 'inspector' },
  { name: 'topics', path: '#/topics', part: 'topics' },
  { name: 'topic', path: '#/topics/orders', part: 'configs' },
  { name: 'groups', path: '#/groups', part: 'groups' },
  { name: 'group', path: '#/groups/billing?at=consumer:billing-1', part: 'group' },
  { name: 'records', path: '#/records/orders', part: 'records' },
  { name: 'producer', path: '#/cluster?at=producer:order-feed', part: 'producer' },
  { name: 'clients', path: '#/clients', part: 'clients' },
  { name: 'segments', path: '#/segments/orders/1', part: 'batch-fields' },
  { name: 'quorum', path: '#/quorum', part: 'quorum-view' },
  { name: 'configs', path: '#/configs', part: 'configs' },
  { name: 'spacetime', path: '#/spacetime', part: 'spacetime' },
  { name: 'ledger', path: '#/ledger', part: 'ledger' },
  { name: 'compare', path: '#/compare', part: 'compare' },
  { name: 'scenarios', path: '#/scenarios', part: 'scenarios' },
  { name: 'faults', path: '#/faults', part: 'faults' },
  { name: 'runs', path: '#/runs', part: 'runs' },
  { name: 'settings', path: '#/settings', part: 'settings' },
] as const;

const looks: readonly { readonly name: string; readonly axe?: true; readonly options: BrowserContextOptions }[] = [
  { name: 'light', axe: true, options: { colorScheme: 'light' } },
  { name: 'dark', axe: true, options: { colorScheme: 'dark' } },
  {
    name: 'korean-dark-1100',
    options: { colorScheme: 'dark', locale: 'ko-KR', viewport: { width: 1100, height: 700 } },
  },
  { name: '1100', options: { viewport: { width: 1100, height: 700 } } },
];

describe.each(looks)('$name', ({ name: look, axe, options }) => {
  it(axe ? 'every view fits and axe finds nothing' : 'every view fits', async () => {
    const window = await LabWindow.open(browser, lab.url, options);
    await window.replica('orders-0', 1).waitFor();
    const faults: string[] = [];
    for (const { name, path, part } of views) {
      await window.goTo(path);
      await window.part(part).first().waitFor();
      await screenshot(window.page, `look-${look}-${name}`);
      const overflows = await window.page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
      if (overflows) faults.push(`${name}: wider than the window`);
      if (!axe) continue;
      const { violations } = await new AxeBuilder({ page: window.page }).analyze();
      faults.push(
        ...violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map((node) => node.html).join(' | ')}`),
      );
    }
    expect(faults).toEqual([]);
    expect(window.errors).toEqual([]);
    await window.close();
  });
});

describe('a projector', () => {
  it.each(['light', 'dark'] as const)('%s: large, without the chrome, and back', async (colorScheme) => {
    const window = await LabWindow.open(browser, lab.url, { colorScheme });
    await window.replica('orders-0', 1).waitFor();
    const size = (): Promise<number> =>
      window.page.evaluate<number>('parseFloat(getComputedStyle(document.documentElement).fontSize)');
    const before = await size();
    await window.page.keyboard.press('Shift+P');
    await window.page.locator('[data-mode=projector]').first().waitFor({ state: 'attached' });
    expect(await size()).toBeGreaterThan(before * 1.3);
    expect(await window.part('inspector').count()).toBe(0);
    await screenshot(window.page, `look-projector-${colorScheme}`);
    await window.page.keyboard.press('Shift+P');
    expect(await size()).toBe(before);
    expect(window.errors).toEqual([]);
    await window.close();
  });
});
