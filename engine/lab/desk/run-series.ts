/**
 * How a run went, for putting it beside another one: the lab's own starts are read from the journal of the lab that runs, any
 * other run is opened read-only for it and closed when nobody has asked for a while.
 */
import type { LabQueries, QueryInput, QueryResult } from '../../contract/queries.ts';
import type { RunSummary } from '../../contract/runs.ts';
import type { RunSeries } from '../../contract/series.ts';
import { refused } from '../outcome.ts';
import type { RecordedLab } from '../runs/recorded-lab.ts';
import { refusedBy } from './desk-runs.ts';

export interface RunSeriesOptions {
  find(id: string): RunSummary | null;
  /** Of the lab whose journal has the starts of the directory; null while another one has its place. */
  own(): Pick<LabQueries, 'series' | 'timeline'> | null;
  /** Rejects with a RunError. */
  open(run: RunSummary): Promise<RecordedLab>;
}

const idleMs = 20_000;
/** Each is a thread. */
const openMax = 3;

interface Opened {
  readonly lab: Promise<RecordedLab>;
  timer: NodeJS.Timeout;
}

export class RunSeriesReader {
  readonly #options: RunSeriesOptions;
  readonly #opened = new Map<string, Opened>();

  constructor(options: RunSeriesOptions) {
    this.#options = options;
  }

  async ask({ run: id, lengthMs, buckets }: QueryInput<'runSeries'>): Promise<QueryResult<RunSeries>> {
    const run = this.#options.find(id);
    if (run === null) return refused('no-such-run', 'run', id, 'Choose one from the list.');
    try {
      const queries = (run.kind === 'lab' ? this.#options.own() : null) ?? (await this.#open(run)).queries;
      const fromMs = run.startedMs;
      const range = { fromMs, toMs: Math.min(run.endedMs ?? Infinity, fromMs + lengthMs), buckets };
      const [series, timeline] = await Promise.all([queries.series(range), queries.timeline(range)]);
      if (!series.ok) return series;
      if (!timeline.ok) return timeline;
      return { ok: true, value: { series: series.value, timeline: timeline.value } };
    } catch (error) {
      const { error: why } = refusedBy(error);
      return { ok: false, error: why };
    }
  }

  #open(run: RunSummary): Promise<RecordedLab> {
    const known = this.#opened.get(run.id);
    if (known !== undefined) {
      clearTimeout(known.timer);
      known.timer = this.#closeLater(run.id);
      return known.lab;
    }
    const lab = this.#options.open(run);
    this.#opened.set(run.id, { lab, timer: this.#closeLater(run.id) });
    lab.catch(() => this.#close(run.id));
    const oldest = this.#opened.keys().next().value;
    if (this.#opened.size > openMax && oldest !== undefined) this.#close(oldest);
    return lab;
  }

  #closeLater(id: string): NodeJS.Timeout {
    return setTimeout(() => this.#close(id), idleMs).unref();
  }

  #close(id: string): void {
    const opened = this.#opened.get(id);
    if (opened === undefined) return;
    this.#opened.delete(id);
    clearTimeout(opened.timer);
    void opened.lab.then(
      (lab) => lab.close(),
      () => {},
    );
  }

  stop(): void {
    for (const id of [...this.#opened.keys()]) this.#close(id);
  }
}
