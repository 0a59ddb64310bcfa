/**
 * Runs: starts of a lab, scenario runs, and exports that were opened again. A run can be exported, opened read-only with the
 * same views, and put beside another one. Long work on them is a job with progress.
 */
import * as v from 'valibot';
import type { TimestampMs } from '../base/ids.ts';
import type { Verdict } from './verdicts.ts';

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
const run = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

export const runCommands = {
  /** Of the run that is open, or another one by its id. `path`: where the folder or the .zip is made; without it below the lab's directory. */
  exportRun: v.strictObject({
    run: v.optional(run),
    path: v.optional(path),
    format: v.picklist(['folder', 'zip']),
  }),
  cancelJob: v.strictObject({ job: v.pipe(v.number(), v.integer()) }),
  /** An export (folder or .zip), or a run of this lab by its id: shown read-only until `closeRun`. */
  openRun: v.strictObject({ run: v.optional(run), path: v.optional(path) }),
  closeRun: v.strictObject({}),
  removeRun: v.strictObject({ run }),
  /** The journal's size on disk; what it drops first is in docs/journal.md. */
  setJournalLimit: v.strictObject({ bytes: v.pipe(v.number(), v.integer(), v.minValue(10_000_000)) }),
} as const;

export const runQueries = {
  runs: v.strictObject({}),
  /** A link to an export's .zip, below the address of the page; good once, for a minute. */
  download: v.strictObject({ run }),
} as const;

export interface RunAnswers {
  readonly runs: { readonly runs: readonly RunSummary[] };
  readonly download: { readonly link: string };
}

/** `lab`: a start of this lab. `scenario`: a run of one here. `export`: a folder or .zip that was opened here. */
export type RunKind = 'lab' | 'scenario' | 'export';

export interface RunSummary {
  /** `start-3`, the name of a scenario run's directory, or `open-2`. */
  readonly id: string;
  readonly kind: RunKind;
  /** Of a scenario or an export; empty for a start of the lab, whose times tell it. */
  readonly title: string;
  /** Of the directory, folder or .zip that holds it. */
  readonly path: string;
  readonly startedMs: TimestampMs;
  /** Null while it goes on. */
  readonly endedMs: TimestampMs | null;
  readonly events: number;
  /** Of the directory on disk; a start of the lab shares the lab's journal and has none of its own. */
  readonly sizeBytes: number | null;
  /** Of all expectations of a scenario; null where nothing was expected, or is not known yet. */
  readonly verdict: Verdict | null;
  /** It is what the window shows. */
  readonly open: boolean;
  /** It can be taken away; false for what goes on and for starts, which leave with the journal's limit. */
  readonly removable: boolean;
}

/** What the window shows: the lab of the directory, a scenario's own lab, or a run that is over. */
export interface ShownRun {
  readonly kind: 'live' | 'scenario' | 'recorded';
  /** The id of its {@link RunSummary}. */
  readonly run: string;
  /** What kind of run a recorded one was. */
  readonly of: RunKind;
  readonly title: string;
  /** Of a recorded one: the folder, .zip or directory that it is read from; else empty. */
  readonly path: string;
  /** Of a recorded one: what it covers. */
  readonly fromMs: TimestampMs | null;
  readonly toMs: TimestampMs | null;
  /** Of a recorded one that was opened without a lab: there is nothing to go back to. */
  readonly alone?: true;
}

/** A lab that runs, as it tells of itself; whoever shows it knows better. */
export const liveRun: ShownRun = {
  kind: 'live',
  run: 'lab',
  of: 'lab',
  title: '',
  path: '',
  fromMs: null,
  toMs: null,
};

export interface JobView {
  readonly id: number;
  readonly kind: 'export' | 'open' | 'import';
  readonly title: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  /** Of the work; `total` is null while it is not known. */
  readonly done: number;
  readonly total: number | null;
  readonly startedMs: TimestampMs;
  readonly endedMs: TimestampMs | null;
  /** Where the result is, or why it failed. */
  readonly detail: string;
}
