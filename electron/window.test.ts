import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { menuTemplate } from './menu.ts';
import { isOwnPage, windowOptions } from './window.ts';

describe('the desktop window', () => {
  it('is sandboxed and isolated from Node', () => {
    const { webPreferences } = windowOptions('/app/preload.cjs');
    expect(webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
    });
  });

  it('loads nothing from elsewhere and evaluates no text', () => {
    const page = readFileSync(new URL('../renderer/index.html', import.meta.url), 'utf8');
    const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(page)?.[1];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe-eval|https?:|'unsafe-inline'.*script/);
  });

  it('navigates to its own page only, whatever the fragment', () => {
    const page = '/app/renderer/index.html';
    const href = pathToFileURL(page).href;
    expect(
      [href, `${href}#/topics`, `${href}.evil`, 'https://example.org/'].map((url) => isOwnPage(url, page)),
    ).toEqual([true, true, false, false]);
  });

  it('has an application menu where the system expects one', () => {
    expect(menuTemplate('darwin', 'Brokerlab')[0]).toEqual({ label: 'Brokerlab', role: 'appMenu' });
    expect(menuTemplate('linux', 'Brokerlab')[0]).toEqual({ role: 'fileMenu' });
  });
});
