/**
 * A run that is over, as a host: answers every question that its databases can answer, through the readers of a lab that
 * runs, and refuses commands. Nothing of it is ever written.
 *
 * Its snapshot is the last moment that was recorded. Deltas say "alive" only: time stands in a run that is over.
 */
import type { Dispose } from '../../base/disposer.ts';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabDelta } from '../../contract/delta.ts';
import type { LabHost, LeaveSignal } from '../../contract/host.ts';
import type { LabQueries, TailInput, TailUpdate } from '../../contract/queries.ts';
import type { ShownRun } from '../../contract/runs.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { everyQuery, refused } from '../outcome.ts';

const beatMs = 1000;
const why = 'This is a recorded run, read-only. Close it to go back to the lab.';

export interface RecordedRun {
  readonly run: ShownRun;
  /** Where its databases are: a start of a lab, a scenario's run, an export, or what was unpacked of one. */
  readonly files: { readonly directory: string; readonly journal: string; readonly start: number };
  /** The last moment. */
  readonly last: LabSnapshot;
  /** What the databases answer; what is not here has to do with a lab that runs. */
  readonly queries: Partial<LabQueries>;
  /** Gives databases, threads and what was unpacked back. */
  close(): Promise<void>;
}

export class RecordedLab implements LabHost {
  readonly #recorded: RecordedRun;
  readonly queries: LabQueries;
  #snapshot: LabSnapshot;
  readonly #listeners = new Set<(delta: LabDelta) => void>();
  #timer: NodeJS.Timeout | null = null;

  constructor(recorded: RecordedRun) {
    this.#recorded = recorded;
    const { last, run } = recorded;
    const labMs = last.sampledMs;
    this.#snapshot = {
      ...last,
      seq: 0,
      time: { labMs, wallMs: labMs, speed: 1, paused: true, stepUntilMs: null },
      shown: run,
      recording: null,
      jobs: [],
    };
    this.queries = {
      ...everyQuery(() => Promise.resolve(refused('recorded', 'run', run.title || run.run, why))),
      ...recorded.queries,
    };
  }

  get run(): ShownRun {
    return this.#recorded.run;
  }

  get files(): RecordedRun['files'] {
    return this.#recorded.files;
  }

  snapshot(): LabSnapshot {
    return this.#snapshot;
  }

  subscribe(listener: (delta: LabDelta) => void): Dispose {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.#beat(), beatMs).unref();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }

  #beat(): void {
    this.#snapshot = { ...this.#snapshot, seq: this.#snapshot.seq + 1 };
    const { seq, sampledMs } = this.#snapshot;
    for (const listener of this.#listeners) listener({ seq, sampledMs });
  }

  execute(command: LabCommand): Promise<CommandResult> {
    return Promise.resolve(refused('recorded', 'command', command.type, why));
  }

  async *tail(_input: TailInput, _signal: LeaveSignal | undefined): AsyncGenerator<TailUpdate, void, void> {
    yield { records: [], seen: 0, matched: 0, skipped: 0, error: why };
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#listeners.clear();
    await this.#recorded.close();
  }
}
