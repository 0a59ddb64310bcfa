/** A scenario without a window: a lab of its own in a directory of its own, on ports that are free, for as long as the run takes. */
import type { ScenarioRunView } from '../../contract/scenarios.ts';
import { LabDirectory, type LabLock } from '../lab-directory.ts';
import { Lab } from '../lab.ts';
import type { LabOptions } from '../lab-options.ts';
import type { WorkerEntries } from '../workers.ts';
import type { Scenario } from './scenario.ts';

export interface HeadlessRunOptions {
  readonly scenario: Scenario;
  /** Of its file. */
  readonly name: string;
  /** Null: the file's, else one at random. */
  readonly seed: number | null;
  /** Null: the file's, else as fast as time goes. */
  readonly speed: number | null;
  /** Absolute; empty or absent. What the run leaves in it is there when this resolves. */
  readonly dataDir: string;
  readonly workers: WorkerEntries;
  readonly onView?: (view: ScenarioRunView) => void;
  readonly console?: (line: string) => void;
  /** The run ends, with what it came to until then. */
  readonly signal?: AbortSignal;
  /** While the lab still runs, after the run. */
  readonly onOver?: (lab: Lab, view: ScenarioRunView) => Promise<void>;
}

const seedMax = 2 ** 31;

/** What a lab is started with to run a scenario. */
export function scenarioLab({
  cluster,
}: Scenario): Pick<LabOptions, 'brokers' | 'set' | 'defaultWorkload' | 'journal'> {
  return { brokers: cluster.brokers, set: cluster.configs, defaultWorkload: false, journal: true };
}

/** Of a run that nobody gave one. */
export function randomSeed(): number {
  return Math.floor(Math.random() * seedMax);
}

/** Rejects with {@link LabStartError} when its lab does not start. */
export async function runHeadless(options: HeadlessRunOptions): Promise<ScenarioRunView> {
  const { scenario, name, dataDir, workers, signal, onView } = options;
  const directory = new LabDirectory(dataDir);
  const lock: LabLock = { pid: process.pid, host: '127.0.0.1', port: 0, token: '', startedMs: Date.now() };
  await directory.lock(lock, () => Promise.resolve(false));
  const lab = new Lab({
    dataDir,
    workers,
    port: null,
    ...scenarioLab(scenario),
    ...(options.console === undefined ? {} : { console: options.console }),
  });
  const abort = (): void => lab.scenarios.run?.abort();
  const unsubscribe = lab.subscribe(({ scenario: view }) => {
    if (view !== undefined && view !== null) onView?.(view);
  });
  signal?.addEventListener('abort', abort);
  try {
    await lab.start(directory);
    await lab.ready();
    const seed = options.seed ?? scenario.seed ?? randomSeed();
    const running = lab.scenarios.start({ scenario, name, run: name, seed, speed: options.speed });
    if (signal?.aborted === true) abort();
    const view = await running;
    onView?.(view);
    await options.onOver?.(lab, view);
    return view;
  } finally {
    signal?.removeEventListener('abort', abort);
    unsubscribe();
    await lab.stop();
    directory.unlock();
  }
}
