/**
 * A recorded run with a door and nothing else: the window on an export, without a lab, without brokers, without a data
 * directory. What is unpacked of an archive lies in the system's temporary folder and goes at the end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { ShownRun } from '../contract/runs.ts';
import { startBrowserHost } from './browser-host.ts';
import { openExport } from './runs/open-run.ts';
import type { WorkerEntries } from './workers.ts';

export interface ShowRunOptions {
  /** Folder or .zip. */
  readonly path: string;
  readonly workers: Pick<WorkerEntries, 'runs'>;
  readonly rendererDir: string | null;
  /** Of the door; 0 takes any free port. */
  readonly doorPort: number;
}

export interface ShownRecord {
  readonly url: string;
  readonly run: ShownRun;
  stop(): Promise<void>;
}

/** Rejects with {@link RunError} for what is no export. */
export async function showRun({ path, workers, rendererDir, doorPort }: ShowRunOptions): Promise<ShownRecord> {
  const folder = mkdtempSync(join(tmpdir(), 'brokerlab-open-'));
  const clear = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const scratch = join(folder, 'run');
    const lab = await openExport({ workerEntry: workers.runs, id: basename(path), path, scratch, alone: true });
    const door = await startBrowserHost({ host: lab, port: doorPort, rendererDir }).catch(async (error: Error) => {
      await lab.close();
      throw error;
    });
    return {
      url: door.url,
      run: lab.run,
      stop: async () => {
        await door.close();
        await lab.close();
        clear();
      },
    };
  } catch (error) {
    clear();
    throw error;
  }
}
