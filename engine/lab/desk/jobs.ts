/**
 * Long work that the window follows: exports, openings. Each has an owner's signal, tells how far it is, and stays in the
 * list for a while after it ended. Nothing here knows what the work is.
 */
import type { JobView } from '../../contract/runs.ts';

/** How long an ended job stays in the list, and how many of them. */
const endedShownMs = 10 * 60_000;
const endedMax = 8;
/** Jobs at a time; they share two cores with a cluster. */
export const jobsMax = 3;

export interface JobControl {
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number | null) => void;
}

interface Job {
  view: JobView;
  readonly abort: AbortController;
  readonly over: Promise<void>;
}

/** Counts up in the process: a lab has jobs of its own beside the desk's, and the window shows both. */
let nextId = 1;

export class Jobs {
  readonly #jobs = new Map<number, Job>();
  readonly #onChange: () => void;
  readonly #nowMs: () => number;
  #views: readonly JobView[] = [];

  constructor(onChange: () => void, nowMs: () => number) {
    this.#onChange = onChange;
    this.#nowMs = nowMs;
  }

  /** Oldest first; the same array while nothing changed. */
  get views(): readonly JobView[] {
    return this.#views;
  }

  get running(): number {
    return this.#views.filter((view) => view.state === 'running').length;
  }

  /** Begins the work and returns its id. What `work` resolves with is the job's detail, what it rejects with its failure. */
  start(kind: JobView['kind'], title: string, work: (control: JobControl) => Promise<string>): number {
    const id = nextId++;
    const abort = new AbortController();
    const startedMs = this.#nowMs();
    const view: JobView = {
      id,
      kind,
      title,
      state: 'running',
      done: 0,
      total: null,
      startedMs,
      endedMs: null,
      detail: '',
    };
    const progress = (done: number, total: number | null): void => this.#patch(id, { done, total });
    const over = work({ signal: abort.signal, progress }).then(
      (detail) => this.#end(id, 'done', detail),
      (error: Error) => this.#end(id, abort.signal.aborted ? 'cancelled' : 'failed', error.message),
    );
    this.#jobs.set(id, { view, abort, over });
    this.#changed();
    return id;
  }

  /** False when no such job runs. */
  cancel(id: number): boolean {
    const job = this.#jobs.get(id);
    if (job === undefined || job.view.state !== 'running') return false;
    job.abort.abort();
    return true;
  }

  /** Cancels all and waits for them: what they began is removed when it resolves. */
  async stop(): Promise<void> {
    const running = [...this.#jobs.values()];
    for (const job of running) job.abort.abort();
    await Promise.all(running.map((job) => job.over));
  }

  #end(id: number, state: JobView['state'], detail: string): void {
    this.#patch(id, { state, detail, endedMs: this.#nowMs() });
  }

  #patch(id: number, patch: Partial<JobView>): void {
    const job = this.#jobs.get(id);
    if (job === undefined || job.view.state !== 'running') return;
    job.view = { ...job.view, ...patch };
    this.#changed();
  }

  #changed(): void {
    const sinceMs = this.#nowMs() - endedShownMs;
    const ended = [...this.#jobs.values()].filter(({ view }) => view.endedMs !== null);
    for (const [index, { view }] of ended.reverse().entries()) {
      if (index >= endedMax || (view.endedMs ?? 0) < sinceMs) this.#jobs.delete(view.id);
    }
    this.#views = [...this.#jobs.values()].map(({ view }) => view);
    this.#onChange();
  }
}
