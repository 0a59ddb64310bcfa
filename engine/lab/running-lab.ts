/**
 * A lab with its door: takes the data directory, starts the brokers, serves the contract (and, for a browser, the
 * window), and leaves cleanly. Both shells, the command line and Electron, start a lab through this.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { BrowserHost } from './browser-host.ts';
import { Lab, type LabOptions } from './lab.ts';
import { LabDirectory, type LabLock } from './lab-directory.ts';

export interface RunningLabOptions extends Omit<LabOptions, 'directory'> {
  /** Absolute. */
  readonly dataDir: string;
  /** Of the door; 0 takes any free port. */
  readonly doorPort: number;
  /** Null: no window is served. */
  readonly rendererDir: string | null;
}

export interface RunningLab {
  readonly lab: Lab;
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

/** Brokers are starting when this resolves; await `lab.ready()` for all of them. Throws LabStartError. */
export async function startLab(options: RunningLabOptions): Promise<RunningLab> {
  const directory = new LabDirectory(options.dataDir);
  const token = randomBytes(32).toString('base64url');
  const lock: LabLock = { pid: process.pid, host: '127.0.0.1', port: 0, token, startedMs: Date.now() };
  await directory.lock(lock, answers);
  let lab: Lab | null = null;
  let door: BrowserHost;
  try {
    lab = new Lab({ ...options, directory });
    await lab.start();
    // Loaded while the brokers start in their own threads.
    const { startBrowserHost } = await import('./browser-host.ts');
    door = await startBrowserHost({ host: lab, port: options.doorPort, rendererDir: options.rendererDir, token });
    directory.updateLock({ ...lock, port: door.port });
  } catch (error) {
    await lab?.stop();
    directory.unlock();
    throw error;
  }
  const running = lab;
  return {
    lab: running,
    url: door.url,
    stop: async () => {
      await running.stop();
      await door.close();
    },
  };
}

/** Where a lab keeps its data unless told otherwise: `.brokerlab` in the user's home. */
export function defaultDataDir(home: string): string {
  return join(home, '.brokerlab', 'lab');
}
