/** The shell against a stand-in for Electron: enough of `app`, windows, IPC and message channels to start and quit it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { LabClient } from '../engine/contract/index.ts';

const stage = vi.hoisted(() => ({
  isFirst: true,
  quits: 0,
  windows: [] as { options: unknown; files: string[] }[],
}));

vi.mock('electron', async () => {
  const { EventEmitter } = await import('node:events');
  const { MessageChannel } = await import('node:worker_threads');
  const app = Object.assign(new EventEmitter(), {
    name: 'Brokerlab',
    requestSingleInstanceLock: () => stage.isFirst,
    whenReady: () => Promise.resolve(),
    getPath: () => '/nowhere',
    getAppPath: () => '/app',
    exit: (code: number) => {
      throw new Error(`exit ${code}`);
    },
    quit() {
      stage.quits += 1;
      let prevented = false;
      app.emit('before-quit', { preventDefault: () => (prevented = true) });
      if (!prevented) app.emit('quit');
    },
  });
  class BrowserWindow extends EventEmitter {
    readonly webContents = Object.assign(new EventEmitter(), { setWindowOpenHandler() {} });
    readonly #told: { options: unknown; files: string[] };

    constructor(options: unknown) {
      super();
      this.#told = { options, files: [] };
      stage.windows.push(this.#told);
    }

    loadFile(path: string): Promise<void> {
      this.#told.files.push(path);
      return Promise.resolve();
    }
  }
  class MessageChannelMain {
    readonly port1: MessagePort;
    readonly port2: MessagePort;

    constructor() {
      ({ port1: this.port1, port2: this.port2 } = new MessageChannel());
    }
  }
  return {
    app,
    BrowserWindow,
    MessageChannelMain,
    ipcMain: new EventEmitter(),
    dialog: { showErrorBox() {} },
    shell: { openExternal: () => Promise.resolve() },
    Menu: { setApplicationMenu() {}, buildFromTemplate: (template: unknown) => template },
    session: {
      defaultSession: { setPermissionRequestHandler() {} },
    },
  };
});

const dataDir = mkdtempSync(join(tmpdir(), 'brokerlab-shell-'));
const places = {
  page: '/app/renderer/index.html',
  preload: '/app/preload/preload.cjs',
  workers: {
    broker: new URL('../engine/lab/broker-worker.ts', import.meta.url),
    client: new URL('../engine/lab/clients/client-worker.ts', import.meta.url),
    journal: new URL('../engine/lab/journal/journal-worker.ts', import.meta.url),
    ledger: new URL('../engine/lab/ledger/ledger-worker.ts', import.meta.url),
    runs: new URL('../engine/lab/runs/run-worker.ts', import.meta.url),
  },
};

describe('the desktop shell', () => {
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('leaves to the instance that runs already', async () => {
    const { runShell } = await import('./shell.ts');
    stage.isFirst = false;
    await runShell(places);
    stage.isFirst = true;
    expect([stage.quits, stage.windows]).toEqual([1, []]);
  });

  it('hosts a lab, hands its window a port to the contract, and lets the brokers leave before it quits', async () => {
    const { app, ipcMain } = await import('electron');
    const { runShell } = await import('./shell.ts');
    process.env['BROKERLAB_DATA_DIR'] = dataDir;
    await runShell(places);
    expect(stage.windows.map((window) => window.files)).toEqual([['/app/renderer/index.html']]);

    const port = await new Promise<MessagePort>((resolve) => {
      const postMessage = (_channel: string, _message: null, [sent]: MessagePort[]): void => resolve(sent!);
      ipcMain.emit('brokerlab:ready', { sender: { isDestroyed: () => false, postMessage } });
    });
    const client: LabClient = createORPCClient(new RPCLink({ port }));
    port.start();
    for await (const update of await client.subscribe()) {
      if (update.type === 'snapshot') expect(update.snapshot.lab.dataDir).toBe(dataDir);
      const brokers = update.type === 'snapshot' ? update.snapshot.brokers : (update.delta.brokers ?? []);
      if (brokers.some((broker) => broker.process === 'running')) break;
    }

    const quit = new Promise<void>((resolve) => app.once('quit', () => resolve()));
    app.quit();
    await quit;
    port.close();
  }, 60_000);
});
