/**
 * What the transports serve: one host that stands for whatever the window shows, which is the lab of the directory, a
 * scenario's own lab, or a recorded run. Commands and questions go to the one that is shown; which one that is, exports
 * and other long work are the desk's own.
 *
 * Invariants: readers see one unbroken sequence of deltas for as long as the same host is shown; when another one is
 * shown the sequence jumps, and readers take a new snapshot. The directory stays locked from start to stop, whatever is
 * shown. Whatever fails on the way from one host to another, something is shown that can be left.
 */
import type { Dispose } from '../../base/disposer.ts';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabDelta } from '../../contract/delta.ts';
import type { LabHost, LeaveSignal } from '../../contract/host.ts';
import type { LabQueries, TailInput, TailUpdate } from '../../contract/queries.ts';
import { liveRun, type ShownRun } from '../../contract/runs.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { Lab, type LabOptions } from '../lab.ts';
import type { LabDirectory, LabStartError } from '../lab-directory.ts';
import { delegatedQueries } from '../outcome.ts';
import { Jobs } from './jobs.ts';

/** How far the sequence jumps when another host is shown. */
const seqJump = 1_000;

/** A host and how the window calls it. */
export interface Shown {
  readonly host: LabHost;
  readonly run: ShownRun;
}

export class LabDesk implements LabHost {
  readonly #options: LabOptions;
  #directory: LabDirectory | null = null;
  #own: Lab;
  #shown: Shown;
  readonly #listeners = new Set<(delta: LabDelta) => void>();
  #following: Dispose | null = null;
  #seq = 0;
  readonly #jobs: Jobs;
  readonly queries: LabQueries;

  constructor(options: LabOptions) {
    this.#options = options;
    this.#own = new Lab(options);
    this.#shown = { host: this.#own, run: liveRun };
    this.#jobs = new Jobs(
      () => this.#tellJobs(),
      () => Date.now(),
    );
    this.queries = {
      ...delegatedQueries(() => this.#shown.host.queries),
      moment: (input) => this.#moment(input.atMs),
    };
  }

  /** The lab of the directory; another one after a scenario. */
  get own(): Lab {
    return this.#own;
  }

  get dataDir(): string {
    return this.#options.dataDir;
  }

  get bootstrapServers(): string {
    return this.#own.bootstrapServers;
  }

  /** See {@link Lab.start}. The directory must be locked; {@link stop} gives it back. */
  async start(directory: LabDirectory): Promise<void> {
    this.#directory = directory;
    await this.#own.start(directory);
  }

  /** See {@link Lab.ready}. */
  ready(): Promise<void> {
    return this.#own.ready();
  }

  fail(error: LabStartError): void {
    this.#own.fail(error);
  }

  snapshot(): LabSnapshot {
    // Taking it may publish a delta first, which counts.
    const snapshot = this.#shown.host.snapshot();
    return this.#asShown({ ...snapshot, seq: this.#seq });
  }

  /** With what the desk knows better than the host that is shown. */
  #asShown(snapshot: LabSnapshot): LabSnapshot {
    return { ...snapshot, shown: this.#shown.run, jobs: this.#jobsWith(snapshot.jobs) };
  }

  /** Its own besides those of the host that is shown. */
  #jobsWith(jobs: LabSnapshot['jobs']): LabSnapshot['jobs'] {
    return [...jobs, ...this.#jobs.views];
  }

  async #moment(atMs: number): ReturnType<LabQueries['moment']> {
    const answer = await this.#shown.host.queries.moment({ atMs });
    return answer.ok ? { ok: true, value: this.#asShown(answer.value) } : answer;
  }

  subscribe(listener: (delta: LabDelta) => void): Dispose {
    this.#listeners.add(listener);
    this.#following ??= this.#follow();
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#following?.();
      this.#following = null;
    };
  }

  #follow(): Dispose {
    return this.#shown.host.subscribe(({ shown: _shown, jobs, seq: _seq, ...delta }) =>
      this.#tell(jobs === undefined ? delta : { ...delta, jobs: this.#jobsWith(jobs) }),
    );
  }

  #tell(delta: Omit<LabDelta, 'seq'>): void {
    this.#seq += 1;
    for (const listener of this.#listeners) listener({ ...delta, seq: this.#seq });
  }

  #tellJobs(): void {
    if (this.#listeners.size === 0) return;
    const { sampledMs, jobs } = this.#shown.host.snapshot();
    this.#tell({ sampledMs, jobs: this.#jobsWith(jobs) });
  }

  execute(command: LabCommand): Promise<CommandResult> {
    return this.#shown.host.execute(command);
  }

  tail(input: TailInput, signal: LeaveSignal | undefined): AsyncIterable<TailUpdate> {
    return this.#shown.host.tail(input, signal);
  }

  /** Shows something else. Readers take a new snapshot: the next delta does not follow what they have. */
  protected show(shown: Shown): void {
    this.#following?.();
    this.#shown = shown;
    this.#seq += seqJump;
    if (this.#listeners.size === 0) {
      this.#following = null;
      return;
    }
    this.#following = this.#follow();
    this.#tell({ sampledMs: shown.host.snapshot().sampledMs });
  }

  /** Ends jobs, leaves what is shown, stops the lab and gives the directory back. Idempotent. */
  async stop(): Promise<void> {
    await this.#jobs.stop();
    await this.#own.stop();
    this.#directory?.unlock();
  }
}
