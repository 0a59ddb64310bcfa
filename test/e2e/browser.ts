/** A Chromium to test the window in: the system's, Playwright's own, or the one that CHROME_PATH names. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright';
import { root } from './serve-process.ts';

export const shots = join(root, 'test-results', 'window');

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];

/** Throws where there is none: a test that cannot run has not passed. */
function chromiumPath(): string {
  const named = process.env.CHROME_PATH;
  if (named !== undefined && !existsSync(named)) throw new Error(`CHROME_PATH is ${named}, and nothing is there.`);
  const found = [named, ...usualPlaces, chromium.executablePath()].find(
    (path) => path !== undefined && existsSync(path),
  );
  if (found !== undefined) return found;
  throw new Error(
    'No Chromium was found, so the window was not tested. Get one with "apt-get install chromium" or ' +
      '"npx playwright install chromium", or name one in CHROME_PATH.',
  );
}

/** Nothing that looks for a network; as root Chromium's own sandbox does not start. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface OpenedWindow {
  readonly page: Page;
  /** Errors of scripts and of the page's own policy since it was opened. */
  readonly errors: readonly string[];
}

export async function openWindow(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenedWindow> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: 'en-US',
    colorScheme: 'light',
    ...options,
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), animations: 'disabled' });
}
