/** What each step of a scenario does, and the making of its topics and clients. A deed resolves with what it came to in few words; it rejects with a {@link StepFailure}. */
import { formatValue, type Value } from '../../base/expression/index.ts';
import type { DurationMs } from '../../base/ids.ts';
import { parseCommand, type CommandResult, type LabCommand } from '../../contract/commands.ts';
import type { LabHost } from '../../contract/host.ts';
import type { ScenarioValues } from './scenario-values.ts';
import type { Formula, Input, Scenario, ScenarioClient, ScenarioStep, StepAction } from './scenario.ts';
import type { Waiting } from './waiting.ts';

/** Why a step could not be done, in words for a person. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
}

export interface StepStage {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly host: LabHost;
  readonly values: ScenarioValues;
  readonly waiting: Waiting;
  execute(command: LabCommand): Promise<CommandResult>;
  /** What the step that is on waits for, with the values as they are. */
  onDetail(detail: string): void;
  /** Judges an expectation by its index. */
  judge(index: number): Promise<void>;
}

type ActionOf<K extends StepAction['kind']> = Extract<StepAction, { kind: K }>;

/** How long a topic may take until all its replicas are in sync, and clients until they run; lab time. */
const prepareLimitMs: DurationMs = 120_000;

export async function prepareCluster({ topics }: Scenario, stage: StepStage): Promise<string> {
  for (const topic of topics) await mustDo('createTopic', topic, stage);
  const names = topics.map(({ name }) => name);
  const counts = new Map(topics.map(({ name, partitions }) => [name, partitions]));
  const complete = (): boolean => {
    const { partitions } = stage.host.snapshot();
    const of = (name: unknown): typeof partitions => partitions.filter((each) => each.topic === name);
    return names.every(
      (name) =>
        of(name).length === counts.get(name) && of(name).every((each) => each.isr.length === each.replicas.length),
    );
  };
  if (await stage.waiting.until(() => Promise.resolve(complete()), prepareLimitMs)) return '';
  throw new StepFailure(`the topics ${names.join(', ')} are not complete after ${prepareLimitMs / 1000} s`);
}

export async function prepareClients({ clients }: Scenario, stage: StepStage): Promise<string> {
  const starting = clients.filter((each) => each.starts);
  for (const client of starting) await addClient(client, stage);
  const isUp = ({ name }: ScenarioClient): boolean => {
    const { producers, consumers } = stage.host.snapshot();
    const view = [...producers, ...consumers].find((each) => each.id === name);
    if (view?.state === 'failed') {
      throw new StepFailure(`${name} could not start: ${view.failure?.message ?? 'it ended by itself'}`);
    }
    return view?.state === 'running';
  };
  const allUp = async (): Promise<boolean> => starting.every(isUp);
  if (await stage.waiting.until(allUp, prepareLimitMs)) return '';
  throw new StepFailure(`the clients do not run after ${prepareLimitMs / 1000} s`);
}

/** Producers without a seed of their own get one that the run's decides. */
async function addClient({ kind, name, settings }: ScenarioClient, stage: StepStage): Promise<void> {
  const place = stage.scenario.clients.findIndex((each) => each.name === name);
  const seeded = kind === 'producer' && settings.seed === undefined ? { seed: (stage.seed + place) % 2 ** 32 } : {};
  const command = kind === 'producer' ? 'addProducer' : 'addConsumer';
  await mustDo(command, { client: name, ...seeded, ...settings }, stage);
}

export function doStep({ action }: ScenarioStep, stage: StepStage): Promise<string> {
  switch (action.kind) {
    case 'do':
      return command(action, stage);
    case 'fault':
      return fault(action, stage);
    case 'lift':
      return lift(action, stage);
    case 'when':
      return when(action, stage);
    case 'wait':
      return stage.waiting.pass(action.ms).then(() => '');
    case 'note':
      return Promise.resolve(action.text);
    case 'remember':
      return remember(action, stage);
    case 'check':
      return check(action, stage);
  }
}

async function command({ command: name, input, refused }: ActionOf<'do'>, stage: StepStage): Promise<string> {
  const made = notYetMade(name, input, stage);
  if (made !== null) {
    await addClient(made, stage);
    return '';
  }
  const result = await execute(name, input, stage);
  if (refused === null) {
    if (!result.ok) throw new StepFailure(sentence(result));
    return '';
  }
  if (result.ok) throw new StepFailure(`${name} was done; it was expected to be refused with ${refused}`);
  if (result.error.code === refused) return `refused: ${refused}`;
  throw new StepFailure(`expected ${refused}, but ${sentence(result)}`);
}

/** The client of the file that this command is the first to start. */
function notYetMade(name: string, input: Input, { scenario, host }: StepStage): ScenarioClient | null {
  if (name !== 'startProducer' && name !== 'startConsumer') return null;
  const { producers, consumers } = host.snapshot();
  const known = [...producers, ...consumers].some((each) => each.id === input.client);
  return known ? null : (scenario.clients.find((each) => each.name === input.client) ?? null);
}

async function fault({ fault: spec, as, afterMs, forMs }: ActionOf<'fault'>, stage: StepStage): Promise<string> {
  const timing = { ...(afterMs === null ? {} : { afterMs }), ...(forMs === null ? {} : { forMs }) };
  const settled = await settledInput(spec, stage);
  const result = await mustDo('injectFault', { fault: settled, ...timing }, stage);
  const id = result.ok ? result.fault : undefined;
  if (as !== null && id !== undefined) stage.values.nameFault(as, id);
  const whom = Object.entries(settled).filter(([key]) => ['node', 'from', 'to', 'client'].includes(key));
  return whom.map(([key, value]) => `${key} ${String(value)}`).join(', ');
}

async function lift({ fault: name }: ActionOf<'lift'>, stage: StepStage): Promise<string> {
  if (name === null) {
    await mustDo('liftAllFaults', {}, stage);
    return '';
  }
  const id = stage.values.faultOf(name);
  if (id === null) throw new StepFailure(`the fault ${name} was not injected`);
  await mustDo('liftFault', { fault: id }, stage);
  return '';
}

async function when({ condition, timeoutMs }: ActionOf<'when'>, stage: StepStage): Promise<string> {
  let told = '';
  const isSo = async (): Promise<boolean> => {
    const [{ value, evidence } = { value: null, evidence: '' }] = await stage.values.evaluate([condition]);
    told = evidence;
    stage.onDetail(evidence);
    if (value !== null && typeof value !== 'boolean')
      throw new StepFailure(`${condition.text} is ${formatValue(value)}, neither true nor false`);
    return value === true;
  };
  if (await stage.waiting.until(isSo, timeoutMs)) return told;
  throw new StepFailure(`${condition.text} was not so within ${timeoutMs / 1000} s: ${told}`);
}

async function remember({ values }: ActionOf<'remember'>, stage: StepStage): Promise<string> {
  const told: string[] = [];
  for (const { name, formula } of values) {
    const value = await knownValue(formula, stage);
    stage.values.remember(name, value);
    told.push(`${name} = ${formatValue(value)}`);
  }
  return told.join(', ');
}

async function check({ expectations }: ActionOf<'check'>, stage: StepStage): Promise<string> {
  for (const index of expectations) await stage.judge(index);
  return '';
}

/** How long a value that a step needs may be unknown; lab time. */
const unknownLimitMs: DurationMs = 20_000;

async function knownValue(formula: Formula, stage: StepStage): Promise<Exclude<Value, null>> {
  let told = '';
  let known: Value = null;
  const isKnown = async (): Promise<boolean> => {
    const [{ value, evidence } = { value: null, evidence: '' }] = await stage.values.evaluate([formula]);
    known = value;
    told = evidence;
    return value !== null;
  };
  await stage.waiting.until(isKnown, unknownLimitMs);
  if (known !== null) return known;
  throw new StepFailure(`${formula.text} is not known: ${told}`);
}

/** With the values of its formulas. */
async function settledInput(input: Input, stage: StepStage): Promise<Input> {
  const settled: [string, unknown][] = [];
  for (const [name, value] of Object.entries(input)) {
    settled.push([name, isFormula(value) ? await knownValue(value, stage) : value]);
  }
  return Object.fromEntries(settled);
}

function isFormula(value: unknown): value is Formula {
  return typeof value === 'object' && value !== null && 'expression' in value && 'text' in value;
}

async function execute(name: string, input: Input, stage: StepStage): Promise<CommandResult> {
  const parsed = parseCommand(name, await settledInput(input, stage));
  return parsed.ok ? stage.execute(parsed.command) : parsed;
}

async function mustDo(name: string, input: Input, stage: StepStage): Promise<CommandResult> {
  const result = await execute(name, input, stage);
  if (!result.ok) throw new StepFailure(sentence(result));
  return result;
}

function sentence({ error: { code, thing, value, hint } }: Extract<CommandResult, { ok: false }>): string {
  return `${thing} ${value} is refused with ${code}: ${hint}`;
}
