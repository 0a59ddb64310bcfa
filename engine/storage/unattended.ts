/** Work of a log that nobody waits for (a flush behind a roll, a checkpoint, retention): where its faults go. */
import { DiskError } from '../env/index.ts';
import type { LogContext } from './log-types.ts';

/** Runs `work`; a disk's fault goes to `onDiskFailure` when there is one. */
export function unattended(context: LogContext, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof DiskError) || context.onDiskFailure === undefined) throw error;
    context.onDiskFailure(error);
  }
}
