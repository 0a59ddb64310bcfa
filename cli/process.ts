/** What the command line takes from its process: paths beside it, the user's home, signals. */
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defaultDataDir, type RunningLab } from '../engine/lab/index.ts';

/** Files that the command line needs beside itself. */
export interface Places {
  /** The broker worker: beside the built command line, or its source. */
  readonly workerEntry: URL;
  /** Where the built window is. */
  readonly rendererDir: string;
}

/** As seen from the command line's entry, built or source. */
export function placesBeside(entry: string): Places {
  const fromSource = entry.endsWith('.ts');
  return {
    workerEntry: new URL(fromSource ? '../engine/lab/broker-worker.ts' : './broker-worker.js', entry),
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
