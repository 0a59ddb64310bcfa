/**
 * The host's side of an export: starts its thread, passes on how far it is, and hands over the result. The thread reads
 * the databases read-only while they are written; nothing waits for it. What it leaves behind when it is cancelled or
 * fails is nothing.
 */
import { RunError } from './run-error.ts';
import type { ExportResult, ExportSetup } from './run-messages.ts';
import { RunThread } from './run-thread.ts';

type Optional = 'journal' | 'start' | 'properties' | 'configs' | 'isLive';

export interface ExportOptions extends Omit<ExportSetup, Optional>, Partial<Pick<ExportSetup, Optional>> {
  readonly workerEntry: URL;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws {@link RunError} for a target or a source that will not do, or when `signal` says to leave. */
export async function exportRun(options: ExportOptions): Promise<ExportResult> {
  const { workerEntry, onProgress, signal, ...given } = options;
  const defaults = { journal: 'journal.db', start: null, properties: null, configs: null, isLive: false };
  const setup: ExportSetup = { ...defaults, ...given };
  const about = { thing: 'export', value: setup.target };
  const thread = new RunThread({ workerEntry, task: { task: 'export', setup }, about, onProgress, signal });
  const message = await thread.result;
  if (message.type !== 'exported') throw new RunError('export', setup.target, `It ended with "${message.type}".`);
  return message.result;
}
