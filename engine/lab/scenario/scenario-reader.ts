/**
 * Reads what the form of a file cannot tell: expressions, which of its names there are, that a step does one thing.
 * Collects every issue; what it returns is good only without any.
 */
import { ExpressionError } from '../../base/expression/index.ts';
import type { CommandName } from '../../contract/commands.ts';
import type { ScenarioIssue } from '../../contract/scenarios.ts';
import { namesOfKind, selfNames, type Cast } from './cast.ts';
import { formulaOf } from './check-formula.ts';
import { durationMs } from './durations.ts';
import type { ParameterKind } from './functions.ts';
import type { Path, YamlFile } from './positions.ts';
import {
  properties,
  propertyWords,
  stepActions,
  type ExpectationFile,
  type ScenarioFile,
  type StepFile,
} from './scenario-schema.ts';
import type { Expectation, Formula, Input, Scenario, ScenarioClient, ScenarioStep, StepAction } from './scenario.ts';

const defaultTimeoutMs = 60_000;

/** Fields of commands, settings and faults that name somebody of the cast. */
const namedFields: Readonly<Record<string, ParameterKind>> = {
  topic: 'topic',
  topics: 'topic',
  client: 'client',
  group: 'group',
};
const nodeFields = new Set(['node', 'from', 'to']);
/** They bring what they name with them. */
const makers = new Set<string>(['createTopic', 'addBroker', 'addProducer', 'addConsumer']);

export class ScenarioReader {
  readonly #file: YamlFile;
  readonly #form: ScenarioFile;
  readonly #cast: Cast;
  readonly #issues: ScenarioIssue[] = [];
  readonly #expectations: Expectation[] = [];

  constructor(file: YamlFile, form: ScenarioFile, cast: Cast) {
    this.#file = file;
    this.#form = form;
    this.#cast = cast;
  }

  get issues(): readonly ScenarioIssue[] {
    return this.#issues;
  }

  read(): Scenario {
    const { title, description, seed, speed, cluster, topics } = this.#form;
    this.#noTwice(
      'topics',
      topics.map((each) => String(each.name)),
    );
    const clients = [...this.#clients('producer'), ...this.#clients('consumer')];
    const steps = this.#form.steps.map((each, i) => this.#step(each, ['steps', i]));
    for (const [i, each] of this.#form.expectations.entries()) {
      this.#expectation(
        each,
        ['expectations', i],
        each.by === undefined || each.by === 'end' ? 'end' : durationMs(each.by),
      );
    }
    return {
      title,
      description: description.trim(),
      seed: seed ?? null,
      speed: speed ?? null,
      cluster: { brokers: cluster.brokers, configs: textsOf(cluster.configs) },
      topics: topics.map((each, i) => this.#input(each, ['topics', i], true)),
      clients,
      steps,
      expectations: this.#expectations,
      names: selfNames(this.#cast),
      waitsMs: steps.reduce((sum, { action }) => sum + (action.kind === 'wait' ? action.ms : 0), 0),
      clusterSource: this.#sourceOf(['cluster', 'topics']),
      clientsSource: this.#sourceOf(['producers', 'consumers']),
      text: this.#file.text,
    };
  }

  #sourceOf(keys: readonly string[]): Scenario['clusterSource'] {
    const sources = keys
      .filter((key) => Object.hasOwn(this.#given, key))
      .map((key) => ({ key, ...this.#file.source([key]) }));
    const text = sources.map(({ key, text: value }) => {
      if (value.startsWith('{') || value.startsWith('[')) return `${key}: ${value}`;
      return `${key}:\n${value.replaceAll(/^/gm, '  ')}`;
    });
    return { line: sources[0]?.line ?? 1, text: text.join('\n') };
  }

  get #given(): object {
    const value = this.#file.value;
    return typeof value === 'object' && value !== null ? value : {};
  }

  #report(issue: ScenarioIssue): void {
    this.#issues.push(issue);
  }

  #noTwice(key: string, names: readonly string[], earlier: readonly string[] = []): void {
    for (const [i, name] of names.entries()) {
      const before = [...earlier, ...names.slice(0, i)];
      if (before.includes(name)) this.#report(this.#file.at([key, i, 'name'], `there is another "${name}" already`));
    }
  }

  #clients(kind: ScenarioClient['kind']): readonly ScenarioClient[] {
    const key = `${kind}s` as const;
    const given: readonly Input[] = this.#form[key];
    const names = given.map((each) => String(each.name));
    this.#noTwice(key, names, kind === 'consumer' ? this.#form.producers.map((each) => String(each.name)) : []);
    return given.map((each, i) => {
      const { name, start, ...settings } = each;
      if (kind === 'producer' && settings.topic === undefined && this.#cast.topics.size === 0) {
        this.#report(this.#file.at([key, i], 'there is no topic to produce to'));
      }
      return { kind, name: String(name), starts: start !== false, settings: this.#input(settings, [key, i], false) };
    });
  }

  #step(step: StepFile, path: Path): ScenarioStep {
    const given = stepActions.filter((each) => step[each] !== undefined);
    if (given.length !== 1) {
      const what = given.length === 0 ? 'this one does nothing' : `this one has ${given.join(' and ')}`;
      this.#report(this.#file.at(path, `a step does one of ${stepActions.join(', ')}; ${what}`));
    }
    if (step.timeout !== undefined && step.when === undefined) {
      this.#report(this.#file.atKey([...path, 'timeout'], '"timeout" belongs to a step with "when"'));
    }
    if (step.refused !== undefined && step.do === undefined && step.produce === undefined) {
      this.#report(this.#file.atKey([...path, 'refused'], '"refused" belongs to a step with "do" or "produce"'));
    }
    return { title: step.title ?? '', source: this.#file.source(path), action: this.#action(step, path) };
  }

  #action(step: StepFile, path: Path): StepAction {
    const refused = step.refused ?? null;
    if (step.do !== undefined) return { ...this.#command(step.do, [...path, 'do']), refused };
    if (step.produce !== undefined) {
      const input = this.#input(step.produce, [...path, 'produce'], false);
      return { kind: 'do', command: 'produceRecords', input, refused };
    }
    if (step.fault !== undefined) return this.#fault(step.fault, [...path, 'fault']);
    if (step.lift !== undefined) return this.#lift(step.lift, [...path, 'lift']);
    if (step.when !== undefined) {
      const timeoutMs = step.timeout === undefined ? defaultTimeoutMs : durationMs(step.timeout);
      return { kind: 'when', condition: this.#formula(step.when, [...path, 'when']), timeoutMs };
    }
    if (step.wait !== undefined) return { kind: 'wait', ms: durationMs(step.wait) };
    if (step.remember !== undefined)
      return { kind: 'remember', values: this.#values(step.remember, [...path, 'remember']) };
    if (step.check !== undefined) {
      const first = this.#expectations.length;
      for (const [i, each] of step.check.entries()) this.#expectation(each, [...path, 'check', i], 'check');
      return { kind: 'check', expectations: step.check.map((_, i) => first + i) };
    }
    return { kind: 'note', text: step.note ?? '' };
  }

  #command(given: NonNullable<StepFile['do']>, path: Path): { kind: 'do'; command: CommandName; input: Input } {
    const names = Object.keys(given).filter((name) => given[name] !== undefined) as CommandName[];
    const [command = 'dismissProblem', ...others] = names;
    if (names.length !== 1) {
      const found = names.length === 0 ? 'there is none' : `there are ${[command, ...others].join(', ')}`;
      this.#report(this.#file.at(path, `"do" has one command; ${found}`));
    }
    return { kind: 'do', command, input: this.#input(given[command] ?? {}, [...path, command], makers.has(command)) };
  }

  #fault({ after, for: lasts, as, ...fault }: NonNullable<StepFile['fault']>, path: Path): StepAction {
    return {
      kind: 'fault',
      fault: this.#input(fault, path, false),
      as: as ?? null,
      afterMs: after === undefined ? null : durationMs(after),
      forMs: lasts === undefined ? null : durationMs(lasts),
    };
  }

  #lift(name: string, path: Path): StepAction {
    if (name === 'all') return { kind: 'lift', fault: null };
    if (!this.#cast.faults.has(name)) {
      const known = [...this.#cast.faults, 'all'].join(', ');
      this.#report(this.#file.at(path, `no fault is called "${name}" (by "as"); there is ${known}`));
    }
    return { kind: 'lift', fault: name };
  }

  #values(given: Readonly<Record<string, string>>, path: Path): { name: string; formula: Formula }[] {
    return Object.entries(given).map(([name, text]) => {
      const others = [
        ...namesOfKind(this.#cast, 'client'),
        ...namesOfKind(this.#cast, 'partition'),
        ...namesOfKind(this.#cast, 'group'),
      ];
      if (others.includes(name))
        this.#report(this.#file.atKey([...path, name], `"${name}" is somebody's name already`));
      return { name, formula: this.#formula(text, [...path, name]) };
    });
  }

  #formula(text: string, path: Path): Formula {
    try {
      return formulaOf(text, this.#cast);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.#report(this.#file.within(path, error.column, error.message));
      return { text, expression: { kind: 'literal', value: null, column: 1, endColumn: 1 } };
    }
  }

  #expectation(given: Omit<ExpectationFile, 'by'>, path: Path, by: Expectation['by']): void {
    const words = propertyWords.filter((word) => given[word] !== undefined);
    const count = words.length + (given.expect === undefined ? 0 : 1);
    if (count !== 1) {
      this.#report(this.#file.at(path, `an expectation has "expect" or one property (${propertyWords.join(', ')})`));
      return;
    }
    if (given.expect !== undefined) {
      const formula = this.#formula(given.expect, [...path, 'expect']);
      this.#expectations.push({ name: given.name ?? given.expect, expected: { kind: 'formula', formula }, by });
      return;
    }
    const [word = 'noAckedRecordLost'] = words;
    const producer = given[word]?.producer ?? null;
    if (producer !== null && !this.#cast.producers.has(producer))
      this.#notInFile('producer', producer, [...path, word, 'producer']);
    const name = given.name ?? (producer === null ? word : `${word} (${producer})`);
    this.#expectations.push({ name, expected: { kind: 'property', property: properties[word], producer }, by });
  }

  #notInFile(kind: ParameterKind, name: string, path: Path): void {
    const names = namesOfKind(this.#cast, kind);
    const has = names.length === 0 ? `it has no ${kind}` : `it has ${names.join(', ')}`;
    this.#report(this.#file.at(path, `${kind} "${name}" is not in this file; ${has}`));
  }

  /** Checks whom it names, reads expressions of nodes, and writes configs and `acks` as the contract does. */
  #input(given: Readonly<Record<string, unknown>>, path: Path, makes: boolean): Input {
    const read = Object.entries(given)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]): [string, unknown] => {
        const at = [...path, key];
        const kind = namedFields[key];
        if (kind !== undefined && !(makes && kind !== 'topic')) this.#checkNames(kind, value, at);
        if (nodeFields.has(key)) return [key, this.#node(value, at, makes)];
        if (key === 'configs') return [key, textsOf(value)];
        return [key, key === 'acks' ? String(value) : value];
      });
    return Object.fromEntries(read);
  }

  #checkNames(kind: ParameterKind, value: unknown, path: Path): void {
    const known = namesOfKind(this.#cast, kind);
    const names: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const [i, name] of names.entries()) {
      if (typeof name === 'string' && !known.includes(name))
        this.#notInFile(kind, name, Array.isArray(value) ? [...path, i] : path);
    }
  }

  /** A number, a client (of a link), or a formula. */
  #node(value: unknown, path: Path, makes: boolean): unknown {
    if (typeof value === 'number') {
      if (!makes && !this.#cast.brokers.has(value)) this.#notInFile('broker', String(value), path);
      return value;
    }
    if (typeof value !== 'string' || namesOfKind(this.#cast, 'client').includes(value)) return value;
    return this.#formula(value, path);
  }
}

function textsOf(configs: unknown): Readonly<Record<string, string>> {
  const entries = typeof configs === 'object' && configs !== null ? Object.entries(configs) : [];
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
