/**
 * Runs as the desk deals with them: which there are, exports as jobs, opening a recorded one, taking one away. What the
 * window shows is the desk's to decide; here is what can be shown and what can be written.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { CommandInput, CommandResult } from '../../contract/commands.ts';
import type { LabHost } from '../../contract/host.ts';
import type { QueryAnswers, QueryResult } from '../../contract/queries.ts';
import type { RunSummary } from '../../contract/runs.ts';
import type { ScenarioRunView } from '../../contract/scenarios.ts';
import { brokerlabVersion } from '../lab-options.ts';
import { refused } from '../outcome.ts';
import { askForExport } from '../runs/ask-for-export.ts';
import { exportRun } from '../runs/export-run.ts';
import { openExport, openOwn } from '../runs/open-run.ts';
import type { RecordedLab } from '../runs/recorded-lab.ts';
import { RunError } from '../runs/run-error.ts';
import type { Downloads } from './downloads.ts';
import { jobsMax, type Jobs } from './jobs.ts';
import type { LabSettings } from './lab-settings.ts';
import { exportId, listRuns, type RunListWorld } from './run-list.ts';

export interface DeskRunsOptions {
  readonly dataDir: string;
  /** Of the thread that works on runs. */
  readonly workerEntry: URL;
  readonly settings: LabSettings;
  readonly jobs: Jobs;
  /** What the window shows and what goes on. */
  shown(): Pick<RunListWorld, 'shown' | 'liveStart' | 'liveScenario'>;
}

/** What is exported. */
export interface ExportSource {
  readonly directory: string;
  readonly journal: string;
  readonly start: number | null;
  readonly run: string;
  readonly title: string;
  readonly scenario: ScenarioRunView | null;
  /** Answers what only somebody who runs or has the ledger can; null for nobody. */
  readonly host: LabHost | null;
  readonly isLive: boolean;
}

export function refusedBy(error: unknown): Extract<CommandResult, { ok: false }> {
  if (error instanceof RunError) return refused('bad-run', error.thing, error.value, error.hint);
  const { message } = error as Error;
  return refused('failed', 'run', '', message);
}

export class DeskRuns {
  readonly #options: DeskRunsOptions;

  constructor(options: DeskRunsOptions) {
    this.#options = options;
  }

  list(): RunSummary[] {
    const { dataDir, settings, shown } = this.#options;
    return listRuns({ dataDir, opened: settings.opened, ...shown() });
  }

  find(id: string): RunSummary | null {
    return this.list().find((run) => run.id === id) ?? null;
  }

  noSuchRun(id: string): Extract<CommandResult, { ok: false }> {
    const ids = this.list().map((run) => run.id);
    return refused(
      'no-such-run',
      'run',
      id,
      ids.length === 0 ? 'There are none yet.' : `Runs are ${ids.slice(0, 8).join(', ')}.`,
    );
  }

  /** Begins an export; its target is checked before that. */
  export(source: ExportSource, { path, format }: CommandInput<'exportRun'>): CommandResult {
    const { jobs, workerEntry } = this.#options;
    if (jobs.running >= jobsMax) {
      return refused('too-many-jobs', 'jobs', String(jobs.running), 'Wait for one to end, or cancel it.');
    }
    const target = this.#target(source, path, format);
    const taken = statSync(target, { throwIfNoEntry: false });
    if (taken !== undefined && !taken.isDirectory()) {
      return refused('path-taken', 'path', target, 'It is there already. Give the export a path of its own.');
    }
    const job = jobs.start('export', basename(target), async ({ signal, progress }) => {
      const { host, ...about } = source;
      mkdirSync(dirname(target), { recursive: true });
      const asked = host === null ? {} : await askForExport(host);
      const version = brokerlabVersion;
      const setup = { ...about, ...asked, target, format, version };
      const result = await exportRun({ ...setup, workerEntry, signal, onProgress: progress });
      return result.path;
    });
    return { ok: true, node: null, job, run: source.run };
  }

  #target(source: ExportSource, path: string | undefined, format: 'folder' | 'zip'): string {
    const exports = join(this.#options.dataDir, 'exports');
    const ending = format === 'zip' ? '.zip' : '';
    if (path === undefined) return join(exports, `${slug(source.title || source.run)}-${stamp(new Date())}${ending}`);
    const home = path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
    const whole = isAbsolute(home) ? resolve(home) : resolve(exports, home);
    return whole.toLowerCase().endsWith(ending) ? whole : `${whole}${ending}`;
  }

  /** Opens a run of this lab or an export. Rejects with {@link RunError}. */
  async open(run: RunSummary): Promise<RecordedLab> {
    const { workerEntry } = this.#options;
    const { id, kind, path: directory, title } = run;
    if (kind === 'export') return this.openPath(directory);
    const start = kind === 'lab' ? Number(id.slice(id.lastIndexOf('-') + 1)) : null;
    return openOwn({ workerEntry, id, kind, directory, start, title });
  }

  async openPath(path: string): Promise<RecordedLab> {
    const { dataDir, workerEntry, jobs, settings } = this.#options;
    const home = path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
    const whole = isAbsolute(home) ? resolve(home) : resolve(dataDir, 'exports', home);
    const scratch = join(dataDir, '.opened', randomBytes(8).toString('hex'));
    const isArchive = statSync(whole, { throwIfNoEntry: false })?.isFile() === true;
    const open = (control: Pick<Parameters<typeof openExport>[0], 'signal' | 'onProgress'>): Promise<RecordedLab> =>
      openExport({ workerEntry, id: exportId(whole), path: whole, scratch, ...control });
    const lab = isArchive ? await this.#asJob(jobs, whole, open) : await open({});
    if (dirname(whole) !== join(dataDir, 'exports')) settings.addOpened(whole);
    return lab;
  }

  /** Unpacking takes a while. */
  #asJob(
    jobs: Jobs,
    path: string,
    open: (control: Pick<Parameters<typeof openExport>[0], 'signal' | 'onProgress'>) => Promise<RecordedLab>,
  ): Promise<RecordedLab> {
    return new Promise((resolve, reject) => {
      jobs.start('open', basename(path), async ({ signal, progress }) => {
        try {
          resolve(await open({ signal, onProgress: progress }));
          return path;
        } catch (error) {
          reject(error as Error);
          throw error;
        }
      });
    });
  }

  download(id: string, downloads: Downloads): QueryResult<QueryAnswers['download']> {
    const run = this.find(id);
    if (run === null) return this.noSuchRun(id);
    if (run.kind === 'export' && run.path.toLowerCase().endsWith('.zip')) {
      return { ok: true, value: { link: downloads.offer(run.path) } };
    }
    return refused('wrong-state', 'run', id, 'One .zip can be downloaded: export it as one.');
  }

  remove(id: string): CommandResult {
    const { dataDir, settings } = this.#options;
    const run = this.find(id);
    if (run === null) return this.noSuchRun(id);
    if (!run.removable) {
      const hint = run.kind === 'lab' ? 'Starts of the lab go with the limit of its journal.' : 'Close it first.';
      return refused('wrong-state', 'run', id, hint);
    }
    // An export that lies elsewhere is somebody's own: only its place in the list goes.
    if (run.kind === 'scenario' || dirname(run.path) === join(dataDir, 'exports')) {
      rmSync(run.path, { recursive: true, force: true });
    }
    settings.removeOpened(run.path);
    return { ok: true, node: null, run: id };
  }

  /** What an earlier process left unpacked. */
  clearScratch(): void {
    rmSync(join(this.#options.dataDir, '.opened'), { recursive: true, force: true });
  }
}

/** `20261121-174205`, in the reader's own time. */
export function stamp(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  return `${day}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
}

/** Of a title, what a file name bears everywhere. */
export function slug(title: string): string {
  const letters = title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return letters.replace(/^-+|-+$/g, '').slice(0, 40) || 'run';
}
