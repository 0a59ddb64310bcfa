/**
 * A thread that works on a run, as the host holds it: its end is always told, by what it was made for, by a
 * {@link RunError}, or by the signal that asked it to leave.
 */
import { Worker } from 'node:worker_threads';
import { RunError } from './run-error.ts';
import type { FromRunWorker, RunTask, ToRunWorker } from './run-messages.ts';

export interface RunThreadOptions {
  readonly workerEntry: URL;
  readonly task: RunTask;
  /** What an error is about when the thread cannot say. */
  readonly about: { readonly thing: string; readonly value: string };
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Work on a run streams: garbage is collected early rather than let pile up beside a cluster. */
const resourceLimits = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 256 };
/** A thread that was told to leave and has not within this time is ended. */
const leaveLimitMs = 10_000;

export class RunThread {
  readonly #worker: Worker;
  readonly #onMessage: (message: FromRunWorker) => void;
  /** Resolves with the first message that is no progress. Rejects with {@link RunError}. */
  readonly result: Promise<FromRunWorker>;

  constructor(options: RunThreadOptions, onMessage: (message: FromRunWorker) => void = () => {}) {
    const { workerEntry, task, about, signal } = options;
    this.#worker = new Worker(workerEntry, { workerData: task, name: task.task, resourceLimits });
    this.#onMessage = onMessage;
    let limit: NodeJS.Timeout | null = null;
    const leave = (): void => {
      this.post({ type: 'cancel' });
      limit ??= setTimeout(() => void this.#worker.terminate(), leaveLimitMs);
    };
    signal?.addEventListener('abort', leave);
    if (signal?.aborted === true) leave();
    this.result = new Promise<FromRunWorker>((resolve, reject) => {
      const fail = (hint: string, cause?: unknown): void => reject(new RunError(about.thing, about.value, hint, cause));
      this.#worker.on('message', (message: FromRunWorker) => {
        switch (message.type) {
          case 'progress':
            return options.onProgress?.(message.done, message.total);
          case 'cancelled':
            return fail('It was cancelled; nothing of it is left.');
          case 'failed':
            return reject(new RunError(message.thing, message.value, message.hint));
          default:
            this.#onMessage(message);
            return resolve(message);
        }
      });
      this.#worker.on('error', (error) => fail(`Its thread ended: ${error.message}`, error));
      this.#worker.on('exit', () => fail('Its thread ended before it was done.'));
    }).finally(() => {
      if (limit !== null) clearTimeout(limit);
      signal?.removeEventListener('abort', leave);
    });
  }

  post(message: ToRunWorker): void {
    this.#worker.postMessage(message);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
