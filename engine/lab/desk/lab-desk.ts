/**
 * What the transports serve: one host that stands for whatever the window shows, which is the lab of the directory, a
 * scenario's own lab in its place, or a recorded run above either. Commands and questions go to the one that is shown;
 * which one that is, exports and other long work are the desk's own.
 *
 * Invariants: readers see one unbroken sequence of deltas for as long as the same host is shown; when another one is
 * shown the sequence jumps, and readers take a new snapshot. The directory stays locked from start to stop, whatever is
 * shown. At most one lab has brokers. Whatever fails on the way from one host to another, something is shown that can be
 * left, and the answer says what failed.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Dispose } from '../../base/disposer.ts';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabDelta } from '../../contract/delta.ts';
import type { LabHost, LeaveSignal } from '../../contract/host.ts';
import type { LabQueries, TailInput, TailUpdate } from '../../contract/queries.ts';
import { liveRun, type JobView, type ShownRun } from '../../contract/runs.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { Lab } from '../lab.ts';
import type { LabOptions } from '../lab-options.ts';
import { LabDirectory, LabStartError } from '../lab-directory.ts';
import { delegatedQueries, refused } from '../outcome.ts';
import type { RecordedLab } from '../runs/recorded-lab.ts';
import { writeCard } from '../runs/run-card.ts';
import { readStarts } from '../runs/run-starts.ts';
import { parseScenario, randomSeed, ScenarioLibrary, scenarioLab, type Scenario } from '../scenario/index.ts';
import { overallVerdict, scenarioQueriesOf } from '../scenario/lab-scenarios.ts';
import { DeskRuns, refusedBy, slug, stamp } from './desk-runs.ts';
import { Downloads } from './downloads.ts';
import { exportSourceOf } from './export-source.ts';
import { Jobs } from './jobs.ts';
import { LabSettings } from './lab-settings.ts';
import { RunSeriesReader } from './run-series.ts';

/** How far the sequence jumps when another host is shown. */
const seqJump = 1_000;

/** The lab that has brokers. */
interface Base {
  readonly lab: Lab;
  readonly run: ShownRun;
  /** Resolves when its scenario is over; null for the lab of the directory. */
  over: Promise<void> | null;
}

type Command<N extends LabCommand['type']> = Extract<LabCommand, { type: N }>;

export class LabDesk implements LabHost {
  readonly #options: LabOptions;
  readonly #settings: LabSettings;
  readonly #library: ScenarioLibrary;
  #directory: LabDirectory | null = null;
  #base: Base;
  #recorded: RecordedLab | null = null;
  /** What is on its way, in a word; one thing at a time. */
  #busy: string | null = null;
  #stopping: Promise<void> | null = null;
  readonly #listeners = new Set<(delta: LabDelta) => void>();
  #following: Dispose | null = null;
  #seq = 0;
  /** Of the host that is shown, as of its newest delta. */
  #hostJobs: readonly JobView[] = [];
  readonly #jobs: Jobs;
  readonly #runs: DeskRuns;
  readonly downloads = new Downloads(() => performance.now());
  readonly #runSeries: RunSeriesReader;
  readonly queries: LabQueries;

  constructor(options: LabOptions) {
    const { dataDir, scenarios = { shippedDir: null, savedDir: join(dataDir, 'scenarios') } } = options;
    this.#settings = new LabSettings(dataDir);
    this.#library = new ScenarioLibrary(scenarios);
    this.#options = { ...options, library: this.#library };
    this.#base = { lab: this.#ownLab(), run: liveRun, over: null };
    this.#jobs = new Jobs(
      () => this.#tellJobs(),
      () => Date.now(),
    );
    this.#runs = new DeskRuns({
      dataDir,
      workerEntry: options.workers.runs,
      settings: this.#settings,
      jobs: this.#jobs,
      shown: () => ({
        shown: this.#run.run,
        liveStart: this.#liveStart,
        liveScenario: this.#base.over === null ? null : this.#base.run.run,
      }),
    });
    this.#runSeries = new RunSeriesReader({
      find: (id) => this.#runs.find(id),
      own: () => (this.#base.over === null ? this.#base.lab.queries : null),
      open: (run) => this.#runs.open(run),
    });
    this.queries = {
      ...delegatedQueries(() => this.#host.queries),
      ...scenarioQueriesOf(this.#library),
      moment: (input) => this.#moment(input.atMs),
      runSeries: (input) => this.#runSeries.ask(input),
      runs: () => Promise.resolve({ ok: true, value: { runs: this.#runs.list() } }),
      download: ({ run }) => Promise.resolve(this.#runs.download(run, this.downloads)),
    };
  }

  #ownLab(): Lab {
    const bytes = this.#settings.journalBytes;
    return new Lab(bytes === null ? this.#options : { ...this.#options, journalBytes: bytes });
  }

  #starts(): ReturnType<typeof readStarts> {
    try {
      return readStarts(join(this.#options.dataDir, 'journal.db'));
    } catch {
      // A lab without a journal has no starts to tell of.
      return [];
    }
  }

  get #host(): LabHost {
    return this.#recorded ?? this.#base.lab;
  }

  get #run(): ShownRun {
    return this.#recorded?.run ?? this.#base.run;
  }

  get dataDir(): string {
    return this.#options.dataDir;
  }

  /** Of the lab that has brokers. */
  get bootstrapServers(): string {
    return this.#base.lab.bootstrapServers;
  }

  /** See {@link Lab.start}. The directory must be locked; {@link stop} gives it back. */
  async start(directory: LabDirectory): Promise<void> {
    this.#directory = directory;
    this.#runs.clearScratch();
    await this.#base.lab.start(directory);
  }

  /** See {@link Lab.ready}. */
  ready(): Promise<void> {
    return this.#base.lab.ready();
  }

  fail(error: LabStartError): void {
    this.#base.lab.fail(error);
  }

  snapshot(): LabSnapshot {
    // Taking it may publish a delta first, which counts.
    const snapshot = this.#host.snapshot();
    this.#hostJobs = snapshot.jobs;
    return this.#asShown({ ...snapshot, seq: this.#seq });
  }

  get #allJobs(): readonly JobView[] {
    return this.#hostJobs.length === 0 ? this.#jobs.views : [...this.#hostJobs, ...this.#jobs.views];
  }

  /** With what the desk knows better than the host that is shown. */
  #asShown(snapshot: LabSnapshot): LabSnapshot {
    return { ...snapshot, shown: this.#run, jobs: this.#allJobs };
  }

  async #moment(atMs: number): ReturnType<LabQueries['moment']> {
    const answer = await this.#host.queries.moment({ atMs });
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
    return this.#host.subscribe(({ shown: _shown, jobs, seq: _seq, ...delta }) => {
      if (jobs !== undefined) this.#hostJobs = jobs;
      this.#tell(jobs === undefined ? delta : { ...delta, jobs: this.#allJobs });
    });
  }

  #tell(delta: Omit<LabDelta, 'seq'>): void {
    this.#seq += 1;
    for (const listener of this.#listeners) listener({ ...delta, seq: this.#seq });
  }

  #tellJobs(): void {
    if (this.#listeners.size === 0) return;
    const { sampledMs } = this.#host.snapshot();
    this.#tell({ sampledMs, jobs: this.#allJobs });
  }

  /** Something else is shown. Readers take a new snapshot: the next delta does not follow what they have. */
  #shownChanged(): void {
    this.#following?.();
    this.#following = null;
    this.#seq += seqJump;
    if (this.#listeners.size === 0) return;
    this.#following = this.#follow();
    this.#tell({ sampledMs: this.#host.snapshot().sampledMs });
  }

  tail(input: TailInput, signal: LeaveSignal | undefined): AsyncIterable<TailUpdate> {
    return this.#host.tail(input, signal);
  }

  async execute(command: LabCommand): Promise<CommandResult> {
    switch (command.type) {
      case 'exportRun':
        return this.#export(command);
      case 'cancelJob':
        return this.#jobs.cancel(command.job)
          ? { ok: true, node: null, job: command.job }
          : this.#host.execute(command);
      case 'openRun':
        return this.#alone('opening a run', () => this.#open(command));
      case 'closeRun':
        return this.#alone('closing a run', () => this.#close());
      case 'removeRun':
        return this.#runs.remove(command.run);
      case 'setJournalLimit':
        this.#settings.setJournalBytes(command.bytes);
        return this.#base.lab.execute(command);
      case 'runScenario':
        return this.#alone('starting a scenario', () => this.#runScenario(command));
      case 'leaveScenario':
        return this.#alone('leaving a scenario', () => this.#leaveScenario());
      case 'saveScenario':
      case 'removeScenario':
        return this.#base.lab.execute(command);
      default:
        return this.#host.execute(command);
    }
  }

  /** One change of what is shown at a time; what goes wrong is an answer. */
  async #alone(what: string, action: () => Promise<CommandResult>): Promise<CommandResult> {
    if (this.#busy !== null) return refused('wrong-state', 'lab', this.#busy, 'Wait until that is over.');
    if (this.#stopping !== null) return refused('wrong-state', 'lab', 'stopping', 'Start the lab again first.');
    this.#busy = what;
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof LabStartError)) return refusedBy(error);
      return refused(error.code, error.thing, error.value, error.hint);
    } finally {
      this.#busy = null;
    }
  }

  #export(command: Command<'exportRun'>): CommandResult {
    const id = command.run ?? this.#run.run;
    const source = exportSourceOf(id, {
      dataDir: this.dataDir,
      name: this.#name,
      recorded: this.#recorded,
      base: this.#base,
      liveStart: this.#liveStart,
      find: (run) => this.#runs.find(run),
    });
    if (source === null) return this.#runs.noSuchRun(id);
    return this.#runs.export(source, command);
  }

  /** Of the lab of the directory, while that is the one that has brokers. */
  get #liveStart(): number | null {
    return this.#base.over === null ? (this.#starts().at(-1)?.id ?? null) : null;
  }

  get #name(): string {
    return this.dataDir.split(/[\\/]/).findLast((part) => part !== '') ?? 'lab';
  }

  async #open({ run, path }: Command<'openRun'>): Promise<CommandResult> {
    if ((run === undefined) === (path === undefined)) {
      return refused('invalid', 'run', run ?? path ?? '', 'Give either the id of a run or the path of an export.');
    }
    if (run !== undefined && run === this.#base.run.run) return this.#close();
    let opened: RecordedLab;
    if (path !== undefined) opened = await this.#runs.openPath(path);
    else {
      const found = run === undefined ? null : this.#runs.find(run);
      if (found === null) return this.#runs.noSuchRun(run ?? '');
      if (found.endedMs === null) return this.#close();
      opened = await this.#runs.open(found);
    }
    const before = this.#recorded;
    this.#recorded = opened;
    this.#shownChanged();
    await before?.close();
    return { ok: true, node: null, run: opened.run.run };
  }

  async #close(): Promise<CommandResult> {
    const before = this.#recorded;
    if (before === null) return { ok: true, node: null, run: this.#base.run.run };
    this.#recorded = null;
    this.#shownChanged();
    await before.close();
    return { ok: true, node: null, run: this.#base.run.run };
  }

  async #runScenario(command: Command<'runScenario'>): Promise<CommandResult> {
    const text = command.text ?? this.#library.find(command.name ?? '')?.text;
    if (text === undefined) {
      return refused('no-such-scenario', 'scenario', command.name ?? '', 'Nothing of that name is shipped or saved.');
    }
    const name = command.name ?? 'scenario';
    const parsed = parseScenario(text);
    if (!parsed.ok) {
      const [{ line, column, reason } = { line: 1, column: 1, reason: '' }] = parsed.issues;
      return refused('bad-scenario', 'scenario', `${name} ${line}:${column}`, reason);
    }
    if (this.#directory === null) {
      return refused('wrong-state', 'lab', this.dataDir, 'This directory could not be taken; see the problem.');
    }
    await this.#close();
    const ports = this.#base.lab.snapshot().brokers[0]?.port ?? this.#options.port;
    await this.#endBase();
    try {
      return await this.#startScenario(parsed.scenario, command, name, ports);
    } catch (error) {
      await this.#base.lab.stop();
      await this.#startOwn();
      throw error;
    }
  }

  async #startScenario(
    scenario: Scenario,
    { seed, speed }: Command<'runScenario'>,
    name: string,
    port: number | null,
  ): Promise<CommandResult> {
    const startedMs = Date.now();
    const run = `${slug(name)}-${stamp(new Date(startedMs))}`;
    const dataDir = join(this.dataDir, 'runs', run);
    mkdirSync(dataDir, { recursive: true });
    const { title } = scenario;
    const directory = new LabDirectory(dataDir);
    writeCard(dataDir, { name, title, startedMs, endedMs: null, verdict: null });
    const lab = new Lab({ ...this.#options, ...scenarioLab(scenario), dataDir, port });
    const shown: ShownRun = { kind: 'scenario', run, of: 'scenario', title, path: dataDir, fromMs: null, toMs: null };
    const base: Base = { lab, run: shown, over: Promise.resolve() };
    this.#base = base;
    this.#shownChanged();
    await lab.start(directory);
    const given = { scenario, name, run, seed: seed ?? scenario.seed ?? randomSeed(), speed: speed ?? null };
    base.over = lab
      .ready()
      .then(() => lab.scenarios.start(given))
      .then((view) => {
        const verdict = overallVerdict(view);
        if (view.state !== 'aborted') this.#library.setVerdict(name, verdict);
        writeCard(dataDir, { name, title, startedMs, endedMs: view.endedMs, verdict });
      })
      .catch((error: Error) => {
        if (this.#stopping === null && error instanceof LabStartError) lab.fail(error);
      });
    return { ok: true, node: null, run };
  }

  async #leaveScenario(): Promise<CommandResult> {
    if (this.#base.over === null) return refused('wrong-state', 'scenario', 'none', 'No scenario is open.');
    await this.#close();
    await this.#endBase();
    await this.#startOwn();
    return { ok: true, node: null };
  }

  /** Ends the lab that has brokers; of a scenario's, the brokers' data goes: its record stays. */
  async #endBase(): Promise<void> {
    const { lab, over, run } = this.#base;
    lab.scenarios.run?.abort();
    await lab.stop();
    await over;
    if (run.kind !== 'scenario') return;
    for (const name of readdirSync(lab.dataDir)) {
      if (/^broker-\d+$/.test(name)) rmSync(join(lab.dataDir, name), { recursive: true, force: true });
    }
  }

  /** The lab of the directory comes back; what keeps it from starting is in its picture. */
  async #startOwn(): Promise<void> {
    const lab = this.#ownLab();
    this.#base = { lab, run: liveRun, over: null };
    this.#shownChanged();
    if (this.#directory === null) return;
    try {
      await lab.start(this.#directory);
    } catch (error) {
      if (!(error instanceof LabStartError)) throw error;
      lab.fail(error);
      return;
    }
    // A broker that cannot start is the window's to show; the lab lives on.
    lab.ready().catch((error: Error) => this.#options.console?.(error.message));
  }

  /** Ends jobs, leaves what is shown, stops the lab and gives the directory back. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    this.#runSeries.stop();
    await this.#jobs.stop();
    await this.#recorded?.close();
    await this.#endBase();
    this.#directory?.unlock();
  }
}
