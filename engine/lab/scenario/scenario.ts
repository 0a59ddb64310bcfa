/**
 * A scenario as it was read from its file: checked, with every expression parsed. docs/scenarios.md describes the file,
 * `scenario-schema` its form; `parse-scenario` makes this of it.
 */
import type { Expression } from '../../base/expression/index.ts';
import type { DurationMs } from '../../base/ids.ts';
import type { CommandName } from '../../contract/commands.ts';
import type { PropertyName } from '../../contract/verdicts.ts';

export interface Scenario {
  readonly title: string;
  readonly description: string;
  /** Null: each run takes one of its own. */
  readonly seed: number | null;
  /** Of lab time; null: 1. */
  readonly speed: number | null;
  readonly cluster: { readonly brokers: number; readonly configs: Readonly<Record<string, string>> };
  /** Inputs of `createTopic`. */
  readonly topics: readonly Input[];
  readonly clients: readonly ScenarioClient[];
  readonly steps: readonly ScenarioStep[];
  /** Those of `check` steps first, in the order of the file. */
  readonly expectations: readonly Expectation[];
  /** What its expressions may name and that stands for itself: partitions, topics, clients, groups, faults. */
  readonly names: readonly string[];
  /** About how long it takes in lab time: its waits, and no more. */
  readonly waitsMs: DurationMs;
  /** Where the parts that are no steps stand. */
  readonly clusterSource: Source;
  readonly clientsSource: Source;
  /** As it stands in the file. */
  readonly text: string;
}

/** Of a command; values of a node may be expressions. */
export type Input = Readonly<Record<string, unknown>>;

export interface ScenarioClient {
  readonly kind: 'producer' | 'consumer';
  readonly name: string;
  /** With the others, before the first step; else the first `startProducer` or `startConsumer` makes it. */
  readonly starts: boolean;
  /** Of `addProducer` or `addConsumer`, without the name. */
  readonly settings: Input;
}

export interface Source {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** An expression with its text. */
export interface Formula {
  readonly text: string;
  readonly expression: Expression;
}

export interface ScenarioStep {
  /** Empty for none. */
  readonly title: string;
  readonly source: Source;
  readonly action: StepAction;
}

export type StepAction =
  | { readonly kind: 'do'; readonly command: CommandName; readonly input: Input; readonly refused: string | null }
  | {
      readonly kind: 'fault';
      readonly fault: Input;
      readonly as: string | null;
      readonly afterMs: number | null;
      readonly forMs: number | null;
    }
  /** Null: all of them. */
  | { readonly kind: 'lift'; readonly fault: string | null }
  | { readonly kind: 'when'; readonly condition: Formula; readonly timeoutMs: DurationMs }
  | { readonly kind: 'wait'; readonly ms: DurationMs }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'remember'; readonly values: readonly { readonly name: string; readonly formula: Formula }[] }
  /** Indexes of {@link Scenario.expectations}. */
  | { readonly kind: 'check'; readonly expectations: readonly number[] };

export type StepKind = StepAction['kind'];

export interface Expectation {
  readonly name: string;
  readonly expected:
    | { readonly kind: 'formula'; readonly formula: Formula }
    | { readonly kind: 'property'; readonly property: PropertyName; readonly producer: string | null };
  /** `end`: when all steps are over; a number: by so many milliseconds after the first step began; `check`: by its step. */
  readonly by: 'end' | 'check' | DurationMs;
}
