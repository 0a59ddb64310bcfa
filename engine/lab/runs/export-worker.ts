/** The thread of an export. Between two pieces of work it looks whether it is to end; whatever ends it, it cleans up. */
import { parentPort, workerData } from 'node:worker_threads';
import { BugError } from '../../base/assert.ts';
import { workAll, writeExport } from './export-files.ts';
import type { ExportSetup, FromExporter, ToExporter } from './export-messages.ts';
import { RunError } from './run-error.ts';

/** Of progress that is told. */
const tellEveryMs = 100;

const setup = workerData as ExportSetup;
const port = parentPort;
if (port === null) throw new BugError('export-worker runs in a worker thread only');

const post = (message: FromExporter): void => port.postMessage(message);

class CancelledError extends Error {}

let cancelled = false;
port.on('message', (message: ToExporter) => {
  if (message.type === 'cancel') cancelled = true;
});

let toldMs = 0;
async function step(done: number): Promise<void> {
  // Messages come between two turns of the loop.
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (cancelled) throw new CancelledError();
  const nowMs = performance.now();
  if (nowMs - toldMs < tellEveryMs && done < workAll) return;
  toldMs = nowMs;
  post({ type: 'progress', done: Math.floor(done), total: workAll });
}

try {
  post({ type: 'done', result: await writeExport(setup, step) });
} catch (error) {
  if (error instanceof CancelledError) post({ type: 'cancelled' });
  else if (error instanceof RunError) {
    post({ type: 'failed', thing: error.thing, value: error.value, hint: error.hint });
  } else throw error;
} finally {
  port.close();
}
