/** The one window: its options and the page it may show. Pure, so that tests can hold it to its promises. */
import { pathToFileURL } from 'node:url';
import type { BrowserWindowConstructorOptions } from 'electron';

export function windowOptions(preload: string): BrowserWindowConstructorOptions {
  return {
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    show: false,
    title: 'Brokerlab',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  };
}

/** Whether `url` is the window's own page, with any fragment. */
export function isOwnPage(url: string, page: string): boolean {
  return url.split('#', 1)[0] === pathToFileURL(page).href;
}
