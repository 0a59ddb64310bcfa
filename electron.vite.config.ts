/**
 * One build for everything that runs: `out/main` holds the desktop shell, the command line and the broker worker,
 * `out/preload` the sandboxed preload, `out/renderer` the window.
 */
import { resolve } from 'node:path';
import { defineConfig } from 'electron-vite';
import { windowConfig } from './renderer/vite.config.ts';

export default defineConfig({
  main: {
    build: {
      rolldownOptions: {
        input: {
          electron: resolve('electron/main.ts'),
          cli: resolve('cli/main.ts'),
          'broker-worker': resolve('engine/lab/broker-worker.ts'),
          'client-worker': resolve('engine/lab/clients/client-worker.ts'),
          'journal-worker': resolve('engine/lab/journal/journal-worker.ts'),
          'ledger-worker': resolve('engine/lab/ledger/ledger-worker.ts'),
          'run-worker': resolve('engine/lab/runs/run-worker.ts'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      rolldownOptions: {
        input: { preload: resolve('electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: windowConfig(),
});
