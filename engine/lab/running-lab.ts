/**
 * A lab with its door: takes the data directory, starts the brokers, serves the contract (and, for a browser, the
 * window), and leaves cleanly. Both shells, the command line and Electron, start a lab through this.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { BrowserHost } from './browser-host.ts';
import { LabDesk } from './desk/lab-desk.ts';
import type { LabOptions } from './lab-options.ts';
import { LabDirectory, LabStartError, type LabLock } from './lab-directory.ts';

export interface RunningLabOptions extends LabOptions {
  /** Somebody looks: what keeps the lab from starting is theirs to see in the window. */
  readonly hasWindow: boolean;
  /** Of the door; 0 takes any free port. */
  readonly doorPort: number;
  /** Null: no window is served. */
  readonly rendererDir: string | null;
}

export interface RunningLab {
  readonly lab: LabDesk;
  /** Why the lab has no brokers; null when it has started. */
  readonly failure: LabStartError | null;
  /** Where a browser finds the window, with its token. */
  readonly url: string;
  stop(): Promise<void>;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether the lab that wrote the lock still runs: its process lives and, once its door is open, answers there. */
async function answers(lock: LabLock): Promise<boolean> {
  if (!isAlive(lock.pid)) return false;
  if (lock.port === 0) return true;
  const { connectToLab } = await import('./lab-client.ts');
  try {
    (await connectToLab(lock)).close();
    return true;
  } catch {
    return false;
  }
}

/**
 * Brokers are starting when this resolves; await `lab.ready()` for all of them. With a window, what keeps the lab from
 * starting is shown there and the lab lives on without brokers; else it throws LabStartError.
 */
export async function startLab(options: RunningLabOptions): Promise<RunningLab> {
  const token = randomBytes(32).toString('base64url');
  const lock: LabLock = { pid: process.pid, host: '127.0.0.1', port: 0, token, startedMs: Date.now() };
  const lab = new LabDesk(options);
  let directory: LabDirectory | null = null;
  let failure: LabStartError | null = null;
  try {
    directory = new LabDirectory(options.dataDir);
    await directory.lock(lock, answers);
    await lab.start(directory);
  } catch (error) {
    if (!(error instanceof LabStartError) || !options.hasWindow) {
      await lab.stop();
      throw error;
    }
    failure = error;
    lab.fail(error);
  }
  // Loaded while the brokers start in their own threads.
  const { startBrowserHost } = await import('./browser-host.ts');
  let door: BrowserHost;
  try {
    door = await startBrowserHost({
      host: lab,
      port: options.doorPort,
      rendererDir: options.rendererDir,
      token,
      downloads: lab.downloads,
    });
  } catch (error) {
    await lab.stop();
    throw doorError(error as NodeJS.ErrnoException, options.doorPort);
  }
  directory?.updateLock({ ...lock, port: door.port });
  return {
    lab,
    failure,
    url: door.url,
    stop: async () => {
      await lab.stop();
      await door.close();
    },
  };
}

function doorError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error;
  const hint = 'is in use by another program. End it, or give the window another --port.';
  return new LabStartError('port-in-use', 'port', `127.0.0.1:${port}`, hint, error);
}

/** Where a lab keeps its data unless told otherwise: `.brokerlab` in the user's home. */
export function defaultDataDir(home: string): string {
  return join(home, '.brokerlab', 'lab');
}
