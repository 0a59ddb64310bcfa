/** The door of a running lab, for benchmarks that watch it and command it as a window does. */
import { readLockOf } from '../../engine/lab/index.ts';
import { connectToLab, type LabConnection } from '../../engine/lab/lab-client.ts';

/** To the lab that runs on the directory; whoever opens closes. */
export async function openDoor(dataDir: string): Promise<LabConnection> {
  const lock = readLockOf(dataDir);
  if (lock === null) throw new Error(`no lab runs on ${dataDir}`);
  return connectToLab(lock);
}

/** Takes everything that a window takes, until the returned function is called. */
export async function watchLab(dataDir: string): Promise<() => void> {
  const { client, close } = await openDoor(dataDir);
  const updates = await client.subscribe();
  const drain = async (): Promise<void> => {
    for await (const _update of updates);
  };
  // It ends by being closed.
  drain().catch(() => {});
  return close;
}
