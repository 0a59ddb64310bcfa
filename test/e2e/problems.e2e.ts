/** What stands in a lab's way, told on the console and in the window: the thing, the value, and what would be right. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openWindow, screenshot } from './browser.ts';
import { serveLab, type Serving } from './serve-process.ts';

let browser: Browser;
const labs: Serving[] = [];
const foreign: Server[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  for (const server of foreign) server.close();
  for (const lab of labs) await lab.dispose();
});

async function serve(...options: Parameters<typeof serveLab>): Promise<Serving> {
  const lab = await serveLab(...options);
  labs.push(lab);
  return lab;
}

function listenOn(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // Whoever takes it for a broker may leave as it likes.
    const server = createServer((socket) => socket.on('error', () => {}));
    foreign.push(server);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

const portOf = (lab: Serving, broker: number): number =>
  Number(lab.bootstrapServers.split(',')[broker - 1]?.split(':')[1]);

describe('a port that somebody else has', () => {
  it('is named when a broker wants it back, and the next free one is a click away', async () => {
    const lab = await serve();
    const port = portOf(lab, 2);
    const { page, errors } = await openWindow(browser, lab.url);
    const second = page.locator('[role=columnheader][data-broker="2"]');
    await second.and(page.locator('[data-state="running"]')).locator('[data-act=stop]').click();
    await second.and(page.locator('[data-state="stopped"]')).waitFor();
    await listenOn(port);
    await second.locator('[data-act=start]').click();
    await page.locator('[data-part=problem][data-code=port-in-use]').waitFor();
    expect(await page.locator('[role=alert] h2').textContent()).toBe(`Broker 2 cannot listen on 127.0.0.1:${port}`);
    await screenshot(page, '12-port-in-use');

    await page.locator('[data-act=next-port]').click();
    await page
      .locator('[role=columnheader][data-broker="2"][data-state="running"][data-fenced="false"]')
      .waitFor({ timeout: 20_000 });
    expect(await page.locator('[role=columnheader][data-broker="2"]').textContent()).not.toContain(`:${port}`);
    expect(errors).toEqual([]);
  });
});

describe('a port that is asked for and taken', () => {
  it('is named on the console and in the window, and nothing is started', async () => {
    const lab = await serve();
    const { page } = await openWindow(browser, lab.url);
    await page.locator('[data-cell="orders-2@3"]').waitFor();
    const port = portOf(lab, 1);
    const second = await serve({ brokerPort: port });
    expect(second.console()).toContain(`127.0.0.1:${port}`);
    const window = await openWindow(browser, second.url);
    const told = window.page.locator('[data-part=problem][data-code=start-failed] [role=alert]');
    await told.waitFor();
    expect(await told.textContent()).toContain(`127.0.0.1:${port}`);
    expect(window.errors).toEqual([]);
  });
});

describe('a data directory that another lab holds', () => {
  it('is told in the window with the other’s process id, and the first lab does not notice', async () => {
    const first = await serve();
    const { page } = await openWindow(browser, first.url);
    await page.locator('[data-cell="orders-2@3"]').waitFor();
    const second = await serve({ dataDir: first.dataDir });
    expect(second.console()).toContain(first.dataDir);
    const window = await openWindow(browser, second.url);
    const told = window.page.locator('[data-part=problem][data-code=data-dir-held] [role=alert]');
    await told.waitFor();
    expect(await told.textContent()).toMatch(/is held by another lab \(process \d+\)/);
    await screenshot(window.page, '13-directory-held');
    expect(window.errors).toEqual([]);
    expect(await page.locator('[role=columnheader][data-state="running"]').count()).toBe(3);
  });
});

describe('a directory that is no lab’s', () => {
  it('is left alone, and the window names a file that is in it', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'brokerlab-foreign-'));
    writeFileSync(join(dataDir, 'thesis.txt'), 'precious');
    const lab = await serve({ dataDir });
    const { page } = await openWindow(browser, lab.url);
    const told = page.locator('[data-part=problem][data-code=data-dir-foreign] [role=alert]');
    await told.waitFor();
    expect(await told.textContent()).toContain('thesis.txt');
    expect(readFileSync(join(dataDir, 'thesis.txt'), 'utf8')).toBe('precious');
    expect(readdirSync(dataDir)).toEqual(['thesis.txt']);
  });
});
