/**
 * `lab run FILE`: a scenario in a lab of its own, without a window. Exit status 0 when all expectations hold, 1 when one is
 * broken or unknown or a step failed, 2 for a file that cannot be run: nothing starts then.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { ScenarioRunView, ScenarioStepView } from '../../engine/contract/index.ts';
import {
  askForExport,
  exportScenarioRun,
  hasHeld,
  parseScenario,
  runHeadless,
  type AskedForExport,
  type Scenario,
} from '../../engine/lab/index.ts';
import { parse, UsageError } from '../arguments.ts';
import { tellOnStderr, type Places } from '../process.ts';

export async function run(argv: readonly string[], places: Places): Promise<void> {
  const args = parse(argv, { export: 'text', speed: 'text', seed: 'text', json: 'flag' });
  const [file, ...rest] = args.words;
  if (file === undefined || rest.length > 0) throw new UsageError('one FILE is needed: lab run scenarios/NAME.yaml');
  const speed = speedOf(args.text('speed'));
  const seed = args.integer('seed', 0, 2 ** 32 - 1);
  const target = args.text('export') === null ? null : resolve(args.text('export') ?? '');
  const scenario = readScenario(file);
  const dataDir = mkdtempSync(join(tmpdir(), 'brokerlab-run-'));
  const leaving = leaveOnSignal();
  const progress = new Progress();
  let view: ScenarioRunView;
  let exported: string | null = null;
  let asked: AskedForExport = { properties: null, configs: null };
  try {
    view = await runHeadless({
      scenario,
      name: basename(file).replace(/\.ya?ml$/, ''),
      seed,
      speed,
      dataDir,
      workers: places.workers,
      console: tellOnStderr,
      signal: leaving,
      onView: (now) => progress.tell(now),
      ...(target === null
        ? {}
        : {
            onOver: async (lab) => {
              asked = await askForExport(lab);
            },
          }),
    });
    if (target !== null)
      exported = await exportScenarioRun({ dataDir, view, target, ...asked, workers: places.workers });
  } finally {
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
  report(view, exported, args.flag('json'));
  process.exit(hasHeld(view) ? 0 : 1);
}

function speedOf(text: string | null): number | null {
  if (text === null) return null;
  const speed = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || speed < 0.1 || speed > 20) {
    throw new UsageError(`--speed ${text}: a number from 0.1 to 20 is needed`);
  }
  return speed;
}

/** Everything that is wrong with it, a line each as compilers write them. */
function readScenario(file: string): Scenario {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  const parsed = parseScenario(text);
  if (parsed.ok) return parsed.scenario;
  const lines = parsed.issues.map(({ line, column, reason }) => `${file}:${line}:${column}: ${reason}`);
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(2);
}

/** The first signal ends the run in order, a second one the process. */
function leaveOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(1);
      tellOnStderr('lab run: leaving');
      controller.abort();
    });
  }
  return controller.signal;
}

/** A line on standard error for each step that begins, ends or fails. */
class Progress {
  readonly #told = new Set<string>();
  #state = '';

  tell(view: ScenarioRunView): void {
    const { steps, startedMs, state } = view;
    for (const [index, step] of steps.entries()) {
      const key = `${index} ${step.state}`;
      if (step.state === 'waiting' || this.#told.has(key)) continue;
      this.#told.add(key);
      const at = clock((step.endedMs ?? step.startedMs ?? startedMs) - startedMs);
      const detail = step.detail === '' ? '' : `: ${step.detail}`;
      tellOnStderr(
        `${at} ${step.state.padEnd(7)} ${Math.max(0, index - 1)}/${steps.length - 2} ${titleOf(step)}${detail}`,
      );
    }
    if (state !== this.#state && (state === 'judging' || view.endedMs !== null)) tellOnStderr(state);
    this.#state = state;
  }
}

function titleOf({ kind, title, source }: ScenarioStepView): string {
  if (kind === 'cluster' || kind === 'clients') return kind;
  return title === '' ? (source.split('\n')[0] ?? '') : title;
}

function clock(ms: number): string {
  const tenths = Math.max(0, Math.floor(ms / 100));
  const seconds = Math.floor(tenths / 10) % 60;
  return `${Math.floor(tenths / 600)}:${String(seconds).padStart(2, '0')}.${tenths % 10}`;
}

function report(view: ScenarioRunView, exported: string | null, json: boolean): void {
  const { title, seed, state, failure, expectations } = view;
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ title, seed, state, failure, holds: hasHeld(view), expectations, exported })}\n`,
    );
    return;
  }
  for (const { name, verdict, evidence } of expectations) {
    process.stdout.write(`${verdict.padEnd(7)} ${name}${evidence === '' ? '' : `: ${evidence}`}\n`);
  }
  if (failure !== null) process.stdout.write(`failed  ${failure}\n`);
  if (exported !== null) process.stdout.write(`exported to ${exported}\n`);
}
