/**
 * Scenarios as the window sees them: which there are, the one that runs, its steps and what was expected of it. The
 * format of the files is the business of `engine/lab/scenario` and of docs/scenarios.md.
 */
import * as v from 'valibot';
import type { DurationMs, TimestampMs } from '../base/ids.ts';
import type { Verdict } from './verdicts.ts';

/** Also a file name: `<name>.yaml`. */
const scenarioName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'a scenario is named with lower-case letters, digits, ".", "_" and "-"'),
);
const text = v.pipe(v.string(), v.maxLength(200_000));
const speed = v.pipe(v.number(), v.minValue(0.1), v.maxValue(20));

export const scenarioCommands = {
  /** A shipped or saved one by name, or a text; the lab that was open is closed and comes back by `leaveScenario`. */
  runScenario: v.strictObject({
    name: v.optional(scenarioName),
    text: v.optional(text),
    speed: v.optional(speed),
    seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  }),
  /** Lab time stands, and the steps with it. */
  pauseScenario: v.strictObject({}),
  resumeScenario: v.strictObject({}),
  /** Of a paused one: until the step that is on is over. */
  stepScenario: v.strictObject({}),
  abortScenario: v.strictObject({}),
  /** Back to the lab that was open before; its brokers start again. */
  leaveScenario: v.strictObject({}),
  /** Text that does not parse is refused with line, column and reason. */
  saveScenario: v.strictObject({ name: scenarioName, text }),
  removeScenario: v.strictObject({ name: scenarioName }),
  /** What is done from now on becomes a scenario. */
  startRecording: v.strictObject({}),
  /** Saves what was recorded under that name; without one it is thrown away. */
  stopRecording: v.strictObject({ name: v.optional(scenarioName) }),
} as const;

export const scenarioQueries = {
  scenarios: v.strictObject({}),
  scenario: v.strictObject({ name: scenarioName }),
  /** Reads a text as a scenario without running it. */
  checkScenario: v.strictObject({ text }),
} as const;

export interface ScenarioAnswers {
  readonly scenarios: { readonly scenarios: readonly ScenarioSummary[] };
  readonly scenario: {
    readonly summary: ScenarioSummary;
    readonly text: string;
    readonly outline: ScenarioOutline | null;
  };
  readonly checkScenario: {
    readonly issues: readonly ScenarioIssue[];
    readonly summary: ScenarioSummary | null;
    readonly outline: ScenarioOutline | null;
  };
}

/** What a run of it would do and expect, before any; null for one that cannot run. */
export interface ScenarioOutline {
  readonly seed: number | null;
  readonly speed: number | null;
  readonly steps: readonly ScenarioStepView[];
  readonly expectations: readonly ExpectationView[];
}

export interface ScenarioIssue {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

export interface ScenarioSummary {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly shipped: boolean;
  /** About how long it takes in lab time; null when nobody can say. */
  readonly durationMs: DurationMs | null;
  readonly steps: number;
  readonly expectations: number;
  /** Why it cannot run; empty for a good one. */
  readonly issues: readonly ScenarioIssue[];
  /** Of its newest run here. */
  readonly lastVerdict: Verdict | null;
}

export interface ScenarioRunView {
  /** Of the run, unique; also the name of its directory. */
  readonly run: string;
  readonly name: string;
  readonly title: string;
  readonly text: string;
  readonly seed: number;
  /** Null for a run that does without: its lab stays at the speed it has. */
  readonly speed: number | null;
  readonly state: 'preparing' | 'running' | 'paused' | 'judging' | 'done' | 'aborted' | 'failed';
  readonly startedMs: TimestampMs;
  readonly endedMs: TimestampMs | null;
  readonly steps: readonly ScenarioStepView[];
  readonly expectations: readonly ExpectationView[];
  /** Why it failed; null otherwise. */
  readonly failure: string | null;
}

/** `cluster` and `clients` come before the first step of the file: what it says of them is made so. */
export type ScenarioStepKind =
  'cluster' | 'clients' | 'do' | 'fault' | 'lift' | 'when' | 'wait' | 'note' | 'remember' | 'check';

export interface ScenarioStepView {
  readonly kind: ScenarioStepKind;
  /** As the file has it; empty for none. */
  readonly title: string;
  /** Its lines in the file, as they stand there. */
  readonly source: string;
  readonly line: number;
  readonly state: 'waiting' | 'active' | 'done' | 'failed' | 'skipped';
  readonly startedMs: TimestampMs | null;
  readonly endedMs: TimestampMs | null;
  /** Of a condition or a wait. */
  readonly limitMs: DurationMs | null;
  /** What it waits for, with the values as they are: `leader(orders-1) = 2`. */
  readonly detail: string;
}

export interface ExpectationView {
  readonly name: string;
  readonly verdict: Verdict;
  /** A sentence with the numbers that it rests on. */
  readonly evidence: string;
}

/** While what is done is recorded. */
export interface RecordingView {
  readonly sinceMs: TimestampMs;
  readonly steps: number;
}

/** Broken when anything is or a step failed; unknown when something is; else it holds. */
export function overallVerdict({ state, expectations }: ScenarioRunView): Verdict {
  if (state === 'failed' || expectations.some((each) => each.verdict === 'broken')) return 'broken';
  return state !== 'done' || expectations.some((each) => each.verdict === 'unknown') ? 'unknown' : 'holds';
}
