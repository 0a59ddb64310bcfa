/**
 * The desktop shell, as thin as it can be: hosts the lab in its main process (the brokers are its worker threads), opens
 * one window on the same renderer that a browser gets, and hands it a message port to the contract.
 */
import { join } from 'node:path';
import { app, BrowserWindow, dialog, ipcMain, Menu, MessageChannelMain, session, shell } from 'electron';
import { attachMessagePort } from '../engine/lab/contract-server.ts';
import { defaultBrokers, defaultDataDir, startLab, type RunningLab, type WorkerEntries } from '../engine/lab/index.ts';
import { menuTemplate } from './menu.ts';
import { isOwnPage, windowOptions } from './window.ts';

/** Files that the shell needs beside itself. */
export interface ShellPlaces {
  readonly page: string;
  readonly preload: string;
  readonly workers: WorkerEntries;
}

let window: BrowserWindow | null = null;
let running: RunningLab | null = null;

function openWindow({ page, preload }: ShellPlaces): void {
  const opened = new BrowserWindow(windowOptions(preload));
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

async function startRunning({ workers }: ShellPlaces): Promise<void> {
  const dataDir = process.env.BROKERLAB_DATA_DIR ?? defaultDataDir(app.getPath('home'));
  try {
    running = await startLab({
      dataDir,
      workers,
      scenarios: { shippedDir: join(app.getAppPath(), 'scenarios'), savedDir: join(dataDir, 'scenarios') },
      journal: true,
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

/** Runs the shell; resolves when its window is open, or another instance has been asked to show its own. */
export async function runShell(places: ShellPlaces): Promise<void> {
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  app.on('second-instance', () => {
    if (window?.isMinimized() === true) window.restore();
    window?.focus();
  });
  const started = startRunning(places);
  await app.whenReady();
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
  openWindow(places);
  app.on('activate', () => {
    if (window === null) openWindow(places);
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
