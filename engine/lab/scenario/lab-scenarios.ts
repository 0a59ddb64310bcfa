/**
 * Scenarios of one lab: the library, the run that the lab was started for, and the recording of what its user does. Which
 * lab a scenario runs in is not decided here: `runScenario` and `leaveScenario` are for whoever holds several labs.
 */
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import type { LabHost } from '../../contract/host.ts';
import type { LabQueries } from '../../contract/queries.ts';
import {
  overallVerdict,
  scenarioCommands,
  type RecordingView,
  type ScenarioRunView,
} from '../../contract/scenarios.ts';
import type { Clock } from '../../env/index.ts';
import { refused } from '../outcome.ts';
import { outlineOf } from './outline.ts';
import { parseScenario } from './parse-scenario.ts';
import { Recorder } from './recorder.ts';
import { summaryOf, type ScenarioLibrary } from './scenario-library.ts';
import { ScenarioRun, type ScenarioRunOptions } from './scenario-run.ts';

export type ScenarioCommand = Extract<LabCommand, { type: keyof typeof scenarioCommands }>;

export function isScenarioCommand(command: LabCommand): command is ScenarioCommand {
  return Object.hasOwn(scenarioCommands, command.type);
}

export interface LabScenariosOptions {
  readonly library: ScenarioLibrary;
  readonly host: LabHost;
  /** Of the lab. */
  readonly clock: Clock;
  /** Broker configs that the lab was started with. */
  readonly configs: Readonly<Record<string, string>>;
  /** In the name of the scenario. */
  execute(command: LabCommand): Promise<CommandResult>;
  onChange(change: { readonly scenario: ScenarioRunView | null } | { readonly recording: RecordingView | null }): void;
  onEvents(drafts: readonly LabEventDraft[]): void;
}

const done: CommandResult = { ok: true, node: null };

export class LabScenarios {
  readonly #options: LabScenariosOptions;
  #run: ScenarioRun | null = null;
  #recorder: Recorder | null = null;

  constructor(options: LabScenariosOptions) {
    this.#options = options;
  }

  /** The run that this lab is for; null for a lab of one's own. */
  get run(): ScenarioRun | null {
    return this.#run;
  }

  /** Begins the run of a scenario that this lab was started for. Resolves when it is over. */
  async start(
    given: Pick<ScenarioRunOptions, 'scenario' | 'run' | 'name' | 'seed' | 'speed'>,
  ): Promise<ScenarioRunView> {
    const { host, clock, onChange, onEvents, execute, library } = this.#options;
    this.#run = new ScenarioRun({
      ...given,
      host,
      clock,
      execute,
      onEvents,
      onView: (scenario) => onChange({ scenario }),
    });
    const view = await this.#run.run();
    if (view.state !== 'aborted') library.setVerdict(given.name, overallVerdict(view));
    return view;
  }

  async execute(command: ScenarioCommand): Promise<CommandResult> {
    switch (command.type) {
      case 'runScenario':
      case 'leaveScenario':
        return refused('wrong-state', 'lab', command.type, 'This lab was started without a window.');
      case 'pauseScenario':
      case 'resumeScenario':
      case 'stepScenario':
      case 'abortScenario':
        return this.#steer(command.type);
      case 'saveScenario':
        return this.#save(command.name, command.text);
      case 'removeScenario': {
        const hint = 'Only scenarios of your own can be removed.';
        return this.#options.library.remove(command.name)
          ? done
          : refused('no-such-scenario', 'scenario', command.name, hint);
      }
      case 'startRecording':
        return this.#startRecording();
      case 'stopRecording':
        return this.#stopRecording(command.name ?? null);
    }
  }

  async #steer(command: 'pauseScenario' | 'resumeScenario' | 'stepScenario' | 'abortScenario'): Promise<CommandResult> {
    const run = this.#run;
    const state = run?.view.state ?? 'none';
    if (run === null || run.view.endedMs !== null) return refused('wrong-state', 'scenario', state, 'None runs here.');
    if (command === 'abortScenario') run.abort();
    else if (command === 'pauseScenario') {
      if (state === 'paused') return refused('wrong-state', 'scenario', state, 'It stands already.');
      await run.pause();
    } else {
      if (state !== 'paused') return refused('wrong-state', 'scenario', state, 'Pause it first.');
      await (command === 'stepScenario' ? run.step() : run.resume());
    }
    return done;
  }

  #save(name: string, text: string): CommandResult {
    const parsed = parseScenario(text);
    if (parsed.ok) {
      this.#options.library.save(name, text);
      return done;
    }
    const [{ line, column, reason } = { line: 1, column: 1, reason: '' }] = parsed.issues;
    return refused('bad-scenario', 'scenario', `${name} ${line}:${column}`, reason);
  }

  async #startRecording(): Promise<CommandResult> {
    if (this.#recorder !== null) return refused('wrong-state', 'recording', 'on', 'It is being recorded already.');
    const { host, clock, configs } = this.#options;
    const snapshot = host.snapshot();
    const recorder = new Recorder({ snapshot, configs }, clock.now());
    this.#recorder = recorder;
    this.#tellRecording();
    for (const { name, internal } of snapshot.topics) {
      if (internal) continue;
      const answer = await host.queries.topicConfigs({ topic: name });
      if (answer.ok) recorder.setTopicConfigs(name, answer.value.configs);
    }
    return done;
  }

  #stopRecording(name: string | null): CommandResult {
    const recorder = this.#recorder;
    if (recorder === null) return refused('wrong-state', 'recording', 'off', 'Nothing is being recorded.');
    if (name !== null) {
      if (this.#options.library.find(name) !== null) {
        return refused('scenario-exists', 'scenario', name, 'There is one of that name; take another.');
      }
      const saved = this.#save(name, recorder.text(name));
      if (!saved.ok) return saved;
    }
    this.#recorder = null;
    this.#tellRecording();
    return done;
  }

  /** What the user did, with what came of it. */
  done(command: LabCommand, result: CommandResult): void {
    if (this.#recorder === null || isScenarioCommand(command)) return;
    this.#recorder.record(command, result, this.#options.clock.now());
    this.#tellRecording();
  }

  #tellRecording(): void {
    const recorder = this.#recorder;
    this.#options.onChange({
      recording: recorder === null ? null : { sinceMs: recorder.sinceMs, steps: recorder.steps },
    });
  }

  /** The lab stops. */
  stop(): void {
    this.#run?.abort();
  }

  get queries(): Pick<LabQueries, 'scenarios' | 'scenario' | 'checkScenario'> {
    return scenarioQueriesOf(this.#options.library);
  }
}

export function scenarioQueriesOf(
  library: ScenarioLibrary,
): Pick<LabQueries, 'scenarios' | 'scenario' | 'checkScenario'> {
  return {
    scenarios: () => Promise.resolve({ ok: true, value: { scenarios: library.all() } }),
    scenario: ({ name }) => {
      const found = library.find(name);
      if (found === null) {
        return Promise.resolve(
          refused('no-such-scenario', 'scenario', name, 'Nothing of that name is shipped or saved.'),
        );
      }
      const parsed = parseScenario(found.text);
      const outline = parsed.ok ? outlineOf(parsed.scenario) : null;
      return Promise.resolve({ ok: true, value: { summary: library.summary(found), text: found.text, outline } });
    },
    checkScenario: ({ text }) => {
      const parsed = parseScenario(text);
      const value = parsed.ok
        ? { issues: [], summary: summaryOf(parsed), outline: outlineOf(parsed.scenario) }
        : { issues: parsed.issues, summary: null, outline: null };
      return Promise.resolve({ ok: true, value });
    },
  };
}

export { overallVerdict };
