/** What the command line takes from its process: paths beside it, the user's home, signals. */
import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defaultDataDir, type RunningLab, type WorkerEntries } from '../engine/lab/index.ts';

/** Files that the command line needs beside itself. */
export interface Places {
  /** The lab's threads: beside the built command line, or their source. */
  readonly workers: WorkerEntries;
  /** Where the built window is. */
  readonly rendererDir: string;
  /** Where the shipped scenarios are. */
  readonly scenariosDir: string;
}

/** As seen from the command line's entry, built or source. */
export function placesBeside(entry: string): Places {
  const fromSource = entry.endsWith('.ts');
  const worker = (source: string, built: string): URL =>
    new URL(fromSource ? `../engine/lab/${source}.ts` : `./${built}.js`, entry);
  return {
    workers: {
      broker: worker('broker-worker', 'broker-worker'),
      client: worker('clients/client-worker', 'client-worker'),
      journal: worker('journal/journal-worker', 'journal-worker'),
      ledger: worker('ledger/ledger-worker', 'ledger-worker'),
      runs: worker('runs/run-worker', 'run-worker'),
    },
    scenariosDir: fileURLToPath(new URL(fromSource ? '../scenarios' : '../../scenarios', entry)),
    rendererDir: fileURLToPath(new URL(fromSource ? '../out/renderer' : '../renderer', entry)),
  };
}

export function defaultLabDir(): string {
  return defaultDataDir(homedir());
}

/** Standard output carries the answer alone. */
export function tellOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** How often a process that npm started looks whether it still has its parent. */
const parentCheckMs = 500;

/**
 * Stops the lab cleanly at the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once. A signal to npm
 * ends the shell between npm and this process and is not passed on, so under npm a lost parent counts as one.
 */
export function stopOnSignal(running: Pick<RunningLab, 'stop'>): void {
  let asked = false;
  const stop = (): void => {
    if (asked) process.exit(1);
    asked = true;
    running.stop().then(
      () => process.exit(0),
      (error: Error) => {
        process.stderr.write(`${error.message}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    if (!asked) stop();
  }, parentCheckMs);
  check.unref();
}

/** Hands the address to the system; where that is not possible the printed one is there. */
export function openInBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '""', url]
        : ['xdg-open', url];
  const child = spawn(command ?? '', args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
