/**
 * The thread that works on a run: an export, the unpacking of an archive, or the questions about a recorded run. Between
 * two pieces of work it looks whether it is to end; whatever ends an export or an unpacking, it cleans up.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { BugError } from '../../base/assert.ts';
import { RunArchive } from './run-archive.ts';
import { RunError } from './run-error.ts';
import { workAll, writeExport } from './export-files.ts';
import type { ArchiveSetup, FromRunWorker, RunTask, ToRunWorker } from './run-messages.ts';
import { unpackArchive } from './unpack-archive.ts';

/** Of progress that is told. */
const tellEveryMs = 100;

const work = workerData as RunTask;
const port = parentPort;
if (port === null) throw new BugError('run-worker runs in a worker thread only');

const post = (message: FromRunWorker): void => port.postMessage(message);

class CancelledError extends Error {}

let cancelled = false;
let archive: RunArchive | null = null;
port.on('message', (message: ToRunWorker) => {
  if (message.type === 'cancel') cancelled = true;
  else if (archive !== null) post({ type: 'answer', id: message.id, answer: archive.answer(message.asked) });
});

let toldMs = 0;
async function step(done: number, total: number): Promise<void> {
  // Messages come between two turns of the loop.
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (cancelled) throw new CancelledError();
  const nowMs = performance.now();
  if (nowMs - toldMs < tellEveryMs && done < total) return;
  toldMs = nowMs;
  post({ type: 'progress', done: Math.floor(done), total });
}

async function openArchive(setup: ArchiveSetup): Promise<void> {
  // A cancellation that came with the start.
  await step(0, 1);
  archive = new RunArchive(setup);
  post({ type: 'opened', opened: archive.opened });
}

try {
  switch (work.task) {
    case 'export': {
      const result = await writeExport(work.setup, (done) => step(done, workAll));
      post({ type: 'exported', result });
      break;
    }
    case 'unpack':
      await unpackArchive(work.setup, step);
      post({ type: 'unpacked' });
      break;
    case 'archive':
      await openArchive(work.setup);
  }
} catch (error) {
  if (error instanceof CancelledError) post({ type: 'cancelled' });
  else if (error instanceof RunError) {
    post({ type: 'failed', thing: error.thing, value: error.value, hint: error.hint });
  } else throw error;
}
// An archive stays for its questions.
if (archive === null) port.close();
