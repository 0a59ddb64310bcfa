/**
 * The host's side of an export: starts its thread, passes on how far it is, and hands over the result. The thread reads
 * the databases read-only while they are written; nothing waits for it. What it leaves behind when it is cancelled or
 * fails is nothing.
 */
import { Worker } from 'node:worker_threads';
import type { ExportResult, ExportSetup, FromExporter, ToExporter } from './export-messages.ts';
import { RunError } from './run-error.ts';

export interface ExportOptions extends Omit<ExportSetup, 'journal' | 'start' | 'properties' | 'configs' | 'isLive'> {
  readonly workerEntry: URL;
  readonly journal?: string;
  readonly start?: number | null;
  readonly properties?: ExportSetup['properties'];
  readonly configs?: ExportSetup['configs'];
  readonly isLive?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A thread that was told to leave and has not within this time is ended. */
const leaveLimitMs = 10_000;

/** @throws {@link RunError} for a target or a source that will not do, or when `signal` says to leave. */
export function exportRun(options: ExportOptions): Promise<ExportResult> {
  const { workerEntry, onProgress, signal, ...rest } = options;
  const setup: ExportSetup = {
    journal: 'journal.db',
    start: null,
    properties: null,
    configs: null,
    isLive: false,
    ...rest,
  };
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerEntry, { workerData: setup, name: 'export' });
    let limit: NodeJS.Timeout | null = null;
    const leave = (): void => {
      worker.postMessage({ type: 'cancel' } satisfies ToExporter);
      limit ??= setTimeout(() => void worker.terminate(), leaveLimitMs);
    };
    const end = (settle: () => void): void => {
      if (limit !== null) clearTimeout(limit);
      signal?.removeEventListener('abort', leave);
      settle();
    };
    const fail = (hint: string, cause?: unknown): void =>
      end(() => reject(new RunError('export', setup.target, hint, cause)));
    signal?.addEventListener('abort', leave);
    if (signal?.aborted === true) leave();
    worker.on('message', (message: FromExporter) => {
      switch (message.type) {
        case 'progress':
          return onProgress?.(message.done, message.total);
        case 'done':
          return end(() => resolve(message.result));
        case 'cancelled':
          return fail('It was cancelled; nothing of it is left.');
        case 'failed':
          return end(() => reject(new RunError(message.thing, message.value, message.hint)));
      }
    });
    worker.on('error', (error) => fail(`Its thread ended: ${error.message}`, error));
    worker.on('exit', () => fail('Its thread ended before it was done.'));
  });
}
