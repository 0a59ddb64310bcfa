/** Electron's entry: the shell with the files that the build put beside it. */
import { fileURLToPath } from 'node:url';
import { runShell } from './shell.ts';

const beside = (path: string): URL => new URL(path, import.meta.url);

void runShell({
  page: fileURLToPath(beside('../renderer/index.html')),
  preload: fileURLToPath(beside('../preload/preload.cjs')),
  workers: {
    broker: beside('./broker-worker.js'),
    client: beside('./client-worker.js'),
    journal: beside('./journal-worker.js'),
    ledger: beside('./ledger-worker.js'),
    runs: beside('./run-worker.js'),
  },
});
