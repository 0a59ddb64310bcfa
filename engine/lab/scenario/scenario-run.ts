/**
 * One run of a scenario against a lab that was started for it: makes its topics and clients, does its steps one after the
 * other in lab time, judges what it expects. It works through the lab's door alone, as a user would.
 *
 * Invariants: one step is on at a time; a step that fails ends the run, the expectations are judged all the same; while
 * it is paused lab time stands and no step begins. `run()` never rejects and resolves once.
 *
 * Leaves to others: starting and stopping the lab, deeds of steps (`step-deeds`), values and verdicts (`scenario-values`,
 * `judge`).
 */
import type { Dispose } from '../../base/disposer.ts';
import type { DurationMs, TimestampMs } from '../../base/ids.ts';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import type { LabHost } from '../../contract/host.ts';
import type { ExpectationView, ScenarioRunView, ScenarioStepView } from '../../contract/scenarios.ts';
import type { Clock } from '../../env/index.ts';
import { judged } from './judge.ts';
import { outlineOf } from './outline.ts';
import { ScenarioValues } from './scenario-values.ts';
import type { Scenario } from './scenario.ts';
import { runEvent, stepEvent, verdictEvent } from './scenario-events.ts';
import { doStep, prepareClients, prepareCluster, StepFailure, type StepStage } from './step-deeds.ts';
import { Waiting } from './waiting.ts';

export interface ScenarioRunOptions {
  readonly scenario: Scenario;
  /** Of the run, unique; also the name of its directory. */
  readonly run: string;
  /** Of the scenario's file. */
  readonly name: string;
  readonly seed: number;
  /** Null: as fast as the lab runs already. */
  readonly speed: number | null;
  readonly host: LabHost;
  /** Of the lab. */
  readonly clock: Clock;
  /** As {@link LabHost.execute}, in the name of the scenario. */
  execute(command: LabCommand): Promise<CommandResult>;
  onView(view: ScenarioRunView): void;
  onEvents(drafts: readonly LabEventDraft[]): void;
}

/** How long the ledger may read until a verdict is given without it; wall time. */
const ledgerWaitMs = 20_000;
/** How long a value that is unknown is asked for again; wall time, as the ledger reads at the machine's pace. */
const settleMs: DurationMs = 10_000;

export class ScenarioRun {
  readonly #options: ScenarioRunOptions;
  readonly #values: ScenarioValues;
  readonly #waiting: Waiting;
  #view: ScenarioRunView;
  /** When the first step of the file began. */
  #beganMs: TimestampMs | null = null;
  #pauseAfterStep = false;
  #watch: Dispose | null = null;
  readonly #due = new Set<number>();

  constructor(options: ScenarioRunOptions) {
    this.#options = options;
    const { scenario, run, name, seed, speed, host, clock } = options;
    this.#values = new ScenarioValues(host, scenario.names, () => clock.now() - (this.#beganMs ?? clock.now()));
    this.#waiting = new Waiting(host, clock);
    const { steps, expectations } = outlineOf(scenario);
    this.#view = {
      run,
      name,
      title: scenario.title,
      text: scenario.text,
      seed,
      speed: speed ?? scenario.speed,
      state: 'preparing',
      startedMs: clock.now(),
      endedMs: null,
      steps,
      expectations,
      failure: null,
    };
  }

  get view(): ScenarioRunView {
    return this.#view;
  }

  /** Resolves with how it ended. */
  async run(): Promise<ScenarioRunView> {
    const { scenario, execute } = this.#options;
    this.#tell();
    const { speed } = this.#view;
    if (speed !== null) await execute({ type: 'setSpeed', speed });
    const stage: StepStage = {
      ...this.#options,
      values: this.#values,
      waiting: this.#waiting,
      onDetail: (detail) => this.#patchActive({ detail }),
      judge: (index) => this.#judge(index, ledgerWaitMs),
    };
    const deeds = [
      () => prepareCluster(scenario, stage),
      () => prepareClients(scenario, stage),
      ...scenario.steps.map((step) => () => doStep(step, stage)),
    ];
    try {
      for (const [index, deed] of deeds.entries()) {
        if (index === 2) this.#begin();
        await this.#step(index, deed);
      }
      if (this.#beganMs === null) this.#begin();
      this.#patch({ state: 'judging' });
      await this.#judgeDue();
      await this.#judgeEnd();
      this.#end('done', null);
    } catch (error) {
      this.#skipRest();
      if (this.#waiting.aborted) this.#end('aborted', null);
      else await this.#fail(error as Error);
    }
    this.#watch?.();
    this.#waiting.close();
    return this.#view;
  }

  async #fail(error: Error): Promise<void> {
    const failed = this.#view.steps.find((step) => step.state === 'failed');
    const where = failed === undefined ? '' : `line ${failed.line}: `;
    this.#patch({ state: 'judging', failure: `${where}${error.message}` });
    await this.#judgeEnd().catch(() => {});
    this.#end(this.#waiting.aborted ? 'aborted' : 'failed', this.#view.failure);
  }

  #begin(): void {
    const { clock, scenario, host } = this.#options;
    this.#beganMs = clock.now();
    for (const [index, { by }] of scenario.expectations.entries()) if (typeof by === 'number') this.#due.add(index);
    this.#patch({ state: 'running' });
    if (this.#due.size === 0) return;
    let busy = false;
    this.#watch = host.subscribe(() => {
      if (busy || this.#waiting.aborted) return;
      busy = true;
      void this.#lookAtDue().finally(() => (busy = false));
    });
  }

  /** Expectations with a time of their own: hold as soon as they are so, are judged as they are when it is over. */
  async #lookAtDue(): Promise<void> {
    const { clock, scenario } = this.#options;
    for (const index of this.#due) {
      const expectation = scenario.expectations[index];
      if (expectation === undefined || typeof expectation.by !== 'number') continue;
      const passedMs = clock.now() - (this.#beganMs ?? clock.now());
      const verdict = await judged(expectation, this.#values, 0);
      if (verdict.verdict !== 'holds' && passedMs < expectation.by) continue;
      this.#due.delete(index);
      const at = `${verdict.evidence}, ${Math.round(passedMs)} ms after the first step began`;
      this.#setVerdict(index, { ...verdict, evidence: at });
    }
  }

  async #judgeDue(): Promise<void> {
    if (this.#due.size > 0) await this.#waiting.until(() => Promise.resolve(this.#due.size === 0), null);
  }

  async #judgeEnd(): Promise<void> {
    for (const [index, { by }] of this.#options.scenario.expectations.entries()) {
      if (by === 'end') await this.#judge(index, ledgerWaitMs);
    }
  }

  /** Asks again while the answer is not known, for a while. */
  async #judge(index: number, waitMs: DurationMs): Promise<void> {
    const expectation = this.#options.scenario.expectations[index];
    if (expectation === undefined) return;
    let verdict = await judged(expectation, this.#values, waitMs);
    if (verdict.verdict === 'unknown') {
      await this.#waiting.until(async () => {
        verdict = await judged(expectation, this.#values, waitMs);
        return verdict.verdict !== 'unknown';
      }, settleMs * this.#options.host.snapshot().time.speed);
    }
    this.#setVerdict(index, verdict);
  }

  #setVerdict(index: number, verdict: ExpectationView): void {
    const expectations = this.#view.expectations.map((each, i) => (i === index ? verdict : each));
    this.#options.onEvents([verdictEvent(verdict, this.#options.clock.now())]);
    this.#patch({ expectations });
  }

  async #step(index: number, deed: () => Promise<string>): Promise<void> {
    await this.#waiting.gate();
    this.#setStep(index, { state: 'active', startedMs: this.#options.clock.now() });
    try {
      const detail = await deed();
      this.#setStep(index, { state: 'done', endedMs: this.#options.clock.now(), detail });
    } catch (error) {
      const aborted = this.#waiting.aborted;
      const detail = aborted ? (this.#view.steps[index]?.detail ?? '') : (error as Error).message;
      this.#setStep(index, { state: aborted ? 'skipped' : 'failed', endedMs: this.#options.clock.now(), detail });
      throw error instanceof StepFailure || aborted ? error : new Error((error as Error).message, { cause: error });
    }
    if (!this.#pauseAfterStep) return;
    this.#pauseAfterStep = false;
    await this.pause();
  }

  /** Lab time stands; the step that is on goes on when it does. Does nothing when the run is over or stands already. */
  async pause(): Promise<void> {
    if (this.#view.state !== 'running' && this.#view.state !== 'preparing') return;
    this.#waiting.hold();
    await this.#options.execute({ type: 'pauseTime' });
    if (this.#view.endedMs === null) this.#patch({ state: 'paused' });
  }

  async resume(): Promise<void> {
    if (this.#view.state !== 'paused') return;
    await this.#options.execute({ type: 'resumeTime' });
    this.#patch({ state: this.#beganMs === null ? 'preparing' : 'running' });
    this.#waiting.release();
  }

  /** Goes on until the step that is on, or the next one, is over. */
  async step(): Promise<void> {
    if (this.#view.state !== 'paused') return;
    this.#pauseAfterStep = true;
    await this.resume();
  }

  /** The run ends soon; expectations that were not judged stay unknown. */
  abort(): void {
    if (this.#view.endedMs !== null) return;
    this.#waiting.abort();
    if (this.#view.state === 'paused') void this.#options.execute({ type: 'resumeTime' });
  }

  #skipRest(): void {
    const steps = this.#view.steps.map((step) =>
      step.state === 'waiting' ? { ...step, state: 'skipped' as const } : step,
    );
    this.#patch({ steps });
  }

  #end(state: 'done' | 'aborted' | 'failed', failure: string | null): void {
    this.#patch({ state, failure, endedMs: this.#options.clock.now() });
  }

  #patchActive(patch: Partial<ScenarioStepView>): void {
    const index = this.#view.steps.findIndex((step) => step.state === 'active');
    const step = this.#view.steps[index];
    if (step === undefined || Object.entries(patch).every(([key, value]) => Reflect.get(step, key) === value)) return;
    this.#patch({ steps: this.#view.steps.with(index, { ...step, ...patch }) });
  }

  #setStep(index: number, patch: Partial<ScenarioStepView>): void {
    const was = this.#view.steps[index];
    if (was === undefined) return;
    const now = { ...was, ...patch };
    this.#patch({ steps: this.#view.steps.with(index, now) });
    const { kind } = now;
    if (kind === 'cluster' || kind === 'clients') return;
    const place = { step: index - 1, steps: this.#view.steps.length - 2 };
    this.#options.onEvents([stepEvent(was, now, place, this.#options.clock.now())]);
  }

  #patch(patch: Partial<ScenarioRunView>): void {
    const was = this.#view;
    this.#view = { ...was, ...patch };
    if (this.#view.state !== was.state) this.#options.onEvents([runEvent(was, this.#view, this.#options.clock.now())]);
    this.#tell();
  }

  #tell(): void {
    this.#options.onView(this.#view);
  }
}

/** All hold, and every step was done. */
export function hasHeld({ state, expectations }: ScenarioRunView): boolean {
  return state === 'done' && expectations.every((each) => each.verdict === 'holds');
}
