/**
 * The desktop shell, as thin as it can be: hosts the lab in its main process (the brokers are its worker threads), opens
 * one window on the same renderer that a browser gets, and hands it a message port to the contract.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, BrowserWindow, dialog, ipcMain, Menu, MessageChannelMain, session, shell } from 'electron';
import { attachMessagePort } from '../engine/lab/contract-server.ts';
import { defaultBrokers, defaultDataDir, startLab, type RunningLab } from '../engine/lab/index.ts';
import { menuTemplate } from './menu.ts';
import { contentSecurityPolicy, isOwnPage, windowOptions } from './window.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const page = join(here, '../renderer/index.html');

let window: BrowserWindow | null = null;
let running: RunningLab | null = null;

function openWindow(): void {
  const opened = new BrowserWindow(windowOptions(join(here, '../preload/preload.cjs')));
  window = opened;
  opened.once('ready-to-show', () => opened.show());
  opened.on('closed', () => (window = null));
  opened.webContents.setWindowOpenHandler(({ url }) => {
    if (url.startsWith('https://')) void shell.openExternal(url);
    return { action: 'deny' };
  });
  opened.webContents.on('will-navigate', (event, url) => {
    if (!isOwnPage(url, page)) event.preventDefault();
  });
  void opened.loadFile(page);
}

async function startRunning(): Promise<void> {
  try {
    running = await startLab({
      dataDir: process.env.BROKERLAB_DATA_DIR ?? defaultDataDir(app.getPath('home')),
      workerEntry: new URL('./broker-worker.js', import.meta.url),
      brokers: defaultBrokers,
      port: null,
      set: {},
      defaultWorkload: true,
      doorPort: 0,
      rendererDir: null,
      hasWindow: true,
    });
    // A broker that cannot start is the window's to show.
    if (running.failure === null) running.lab.ready().catch(() => {});
  } catch (error) {
    dialog.showErrorBox('Brokerlab could not start', (error as Error).message);
    app.exit(1);
  }
}

async function main(): Promise<void> {
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  app.on('second-instance', () => {
    if (window?.isMinimized() === true) window.restore();
    window?.focus();
  });
  const started = startRunning();
  await app.whenReady();
  session.defaultSession.webRequest.onHeadersReceived((details, answer) => {
    answer({ responseHeaders: { ...details.responseHeaders, 'Content-Security-Policy': [contentSecurityPolicy] } });
  });
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, app.name)));
  // Each load of the page asks for a port of its own.
  ipcMain.on('brokerlab:ready', (event) => {
    void started.then(() => {
      if (running === null || event.sender.isDestroyed()) return;
      const { port1, port2 } = new MessageChannelMain();
      attachMessagePort(port1, running.lab);
      event.sender.postMessage('brokerlab:port', null, [port2]);
    });
  });
  openWindow();
  app.on('activate', () => {
    if (window === null) openWindow();
  });
  app.on('window-all-closed', () => app.quit());
  app.on('before-quit', (event) => {
    const lab = running;
    if (lab === null) return;
    // The brokers go by their controlled shutdown before the process does.
    event.preventDefault();
    running = null;
    void lab.stop().finally(() => app.quit());
  });
}

void main();
