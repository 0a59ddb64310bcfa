/** Files that are renamed to `.deleted` go after a delay, so that somebody who is still reading them can finish. */
import type { DurationMs } from '../base/ids.ts';
import { DiskError } from '../env/index.ts';
import type { LogContext } from './log-types.ts';

/** What a node forgets to do because it dies is done by the next start, which removes `*.deleted`. */
export function departFiles(context: LogContext, paths: readonly string[], delayMs: DurationMs): void {
  if (paths.length === 0) return;
  context.clock.after(delayMs, () => {
    try {
      for (const path of paths) context.disk.removeFile(path);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      context.tracer.log('warn', 'LogSegment', `Failed to delete ${error.path}: ${error.code}`);
    }
  });
}
