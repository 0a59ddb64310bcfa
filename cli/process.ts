/** What the command line takes from its process: paths beside it, the user's home, signals. */
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defaultDataDir, type RunningLab } from '../engine/lab/index.ts';

const fromSource = import.meta.url.endsWith('.ts');
const here = new URL('.', import.meta.url);
/** `cli/` itself or `out/main/`: the build may put this module into a chunk a folder below. */
const base = here.pathname.endsWith('/chunks/') ? new URL('..', here) : here;

/** The broker worker: a file beside the built command line, or its source. */
export function workerEntry(): URL {
  return new URL(fromSource ? '../engine/lab/broker-worker.ts' : './broker-worker.js', base);
}

/** Where the built window is. */
export function rendererDir(): string {
  return fileURLToPath(new URL(fromSource ? '../out/renderer' : '../renderer', base));
}

export function defaultLabDir(): string {
  return defaultDataDir(homedir());
}

/** Stops the lab cleanly at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function stopOnSignal(running: RunningLab): void {
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
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
