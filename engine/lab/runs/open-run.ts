/**
 * Opens a recorded run: an export as a folder or a .zip, or a start or scenario run in the lab's own directory. A .zip is
 * unpacked into a scratch folder that goes when the run is closed. Everything that came from outside is checked; what is
 * wrong is told with thing, value and what would be right.
 */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import type { LabQueries, QueryName } from '../../contract/queries.ts';
import type { RunKind, ShownRun } from '../../contract/runs.ts';
import { refused } from '../outcome.ts';
import { exportFiles } from './export-files.ts';
import { RecordedLab } from './recorded-lab.ts';
import { RunError } from './run-error.ts';
import { runFile, type RunFile } from './run-file.ts';
import type { Answered, ArchiveOpened, Asked } from './run-messages.ts';
import { RunThread } from './run-thread.ts';

const runFileBytesMax = 16 * 1024 * 1024;
/** Of an archive, unpacked. */
export const unpackedBytesMax = 8 * 1024 ** 3;
const askLimitMs = 15_000;
const closed = 'It was closed. Open it again.';

export interface OpenOptions {
  readonly workerEntry: URL;
  /** What the window calls it by. */
  readonly id: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface OpenExport extends OpenOptions {
  /** Folder or .zip. */
  readonly path: string;
  /** Where an archive is unpacked to: a folder that does not exist. */
  readonly scratch: string;
  /** No lab is behind it. */
  readonly alone?: true;
}

/** A run in the lab's own directory. */
export interface OpenOwn extends OpenOptions {
  readonly kind: Exclude<RunKind, 'export'>;
  readonly directory: string;
  readonly start: number | null;
  readonly title: string;
}

/** Reads `run.json` in the folder of an export. @throws {@link RunError} */
export function readRunFile(folder: string, told: string = folder): RunFile {
  const path = join(folder, exportFiles.run);
  const noExport = `It has no ${exportFiles.run}: open the folder or the .zip that an export of Brokerlab made.`;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) throw new RunError('run', told, noExport);
  if (stat.size > runFileBytesMax) throw new RunError('run', told, `Its ${exportFiles.run} is too long for one.`);
  return parseRunFile(readFileSync(path, 'utf8'), told);
}

export function parseRunFile(text: string, told: string): RunFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new RunError('run', told, `Its ${exportFiles.run} is no JSON (${(error as Error).message}).`, error);
  }
  const checked = v.safeParse(runFile, parsed);
  if (checked.success) return checked.output;
  const issue = checked.issues[0];
  throw new RunError(
    'run',
    told,
    `Its ${exportFiles.run} is no run's: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`,
  );
}

/** @throws {@link RunError}; nothing of it is left then. */
export async function openExport(options: OpenExport): Promise<RecordedLab> {
  const { path, scratch, workerEntry, signal, onProgress } = options;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new RunError('run', path, 'There is nothing. Give the path of an export.');
  if (stat.isDirectory()) return openFolder(options, path);
  const names = [exportFiles.run, exportFiles.runDb, exportFiles.ledgerDb, exportFiles.scenario];
  const setup = { archive: path, folder: scratch, names, bytesMax: unpackedBytesMax };
  const about = { thing: 'archive', value: path };
  await new RunThread({ workerEntry, task: { task: 'unpack', setup }, about, signal, onProgress }).result;
  try {
    return await openFolder(options, scratch, scratch);
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
}

async function openFolder(options: OpenExport, folder: string, scratch: string | null = null): Promise<RecordedLab> {
  const { path, id } = options;
  const alone = options.alone === undefined ? {} : { alone: options.alone };
  const file = readRunFile(folder, path);
  const db = join(folder, exportFiles.runDb);
  if (!existsSync(db)) throw new RunError('run', path, `It has no ${exportFiles.runDb}, so there is nothing to show.`);
  const ledger = join(folder, exportFiles.ledgerDb);
  const setup = { path: db, start: null, ledger: existsSync(ledger) ? ledger : null, foreign: true };
  const shown = { kind: 'recorded', run: id, of: 'export', title: file.title, path, ...alone } as const;
  return openArchive(options, setup, shown, scratch);
}

/** @throws {@link RunError} */
export function openOwn(options: OpenOwn): Promise<RecordedLab> {
  const { directory, start, kind, id, title } = options;
  const ledger = join(directory, 'ledger.db');
  const path = join(directory, 'journal.db');
  const setup = { path, start, ledger: existsSync(ledger) ? ledger : null, foreign: false };
  return openArchive(options, setup, { kind: 'recorded', run: id, of: kind, title, path: directory }, null);
}

async function openArchive(
  { workerEntry, signal }: OpenOptions,
  setup: Extract<ConstructorParameters<typeof RunThread>[0]['task'], { task: 'archive' }>['setup'],
  shown: Omit<ShownRun, 'fromMs' | 'toMs'>,
  scratch: string | null,
): Promise<RecordedLab> {
  const questions = new Questions(shown.path);
  const about = { thing: 'run', value: shown.path };
  const thread = new RunThread({ workerEntry, task: { task: 'archive', setup }, about, signal }, (message) => {
    if (message.type === 'answer') questions.settle(message.id, message.answer);
  });
  const close = async (): Promise<void> => {
    await thread.end();
    questions.end();
    if (scratch !== null) rmSync(scratch, { recursive: true, force: true });
  };
  let opened: ArchiveOpened;
  try {
    const message = await thread.result;
    if (message.type !== 'opened') throw new RunError('run', shown.path, `It ended with "${message.type}".`);
    opened = message.opened;
  } catch (error) {
    await close();
    // Its name is what somebody chose, not where it was unpacked.
    throw error instanceof RunError ? new RunError(error.thing, shown.path, error.hint, error) : error;
  }
  return new RecordedLab({
    run: { ...shown, fromMs: opened.startedMs, toMs: opened.last.sampledMs },
    files: { directory: dirname(setup.path), journal: basename(setup.path), start: opened.start },
    last: opened.last,
    queries: questions.queriesOf(opened.answers, (id, asked) => thread.post({ type: 'ask', id, asked })),
    close,
  });
}

/** Questions that wait for their answers. */
class Questions {
  readonly #about: string;
  readonly #waiting = new Map<number, { settle: (answer: Answered) => void; timer: NodeJS.Timeout }>();
  #nextId = 1;
  #ended = false;

  constructor(about: string) {
    this.#about = about;
  }

  queriesOf(names: readonly QueryName[], post: (id: number, asked: Asked) => void): Partial<LabQueries> {
    const query = (name: QueryName) => (input: object) => this.#ask({ name, input } as Asked, post);
    // Each name gets the answer of its own question.
    return Object.fromEntries(names.map((name) => [name, query(name)])) as Partial<LabQueries>;
  }

  #ask(asked: Asked, post: (id: number, asked: Asked) => void): Promise<Answered> {
    if (this.#ended) return Promise.resolve(refused('recorded', 'run', this.#about, closed));
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const late = refused('timeout', 'run', asked.name, `No answer within ${askLimitMs / 1000} s.`);
      const timer = setTimeout(() => this.settle(id, late), askLimitMs);
      this.#waiting.set(id, { settle: resolve, timer });
      post(id, asked);
    });
  }

  settle(id: number, answer: Answered): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.settle(answer);
  }

  end(): void {
    this.#ended = true;
    for (const id of [...this.#waiting.keys()]) {
      this.settle(id, refused('recorded', 'run', this.#about, closed));
    }
  }
}
