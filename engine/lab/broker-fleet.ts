/**
 * The lab's brokers as the supervisor holds them: which there are and where they listen, a thread for each, and what the
 * user does to them. Killing a broker tells nobody: the controller finds out by its own timeouts. What the brokers say
 * of themselves is passed on unread.
 */
import type { MessagePort } from 'node:worker_threads';
import type { CommandError, CommandResult, LabCommand } from '../contract/commands.ts';
import type { BrokerProcess as ProcessName } from '../contract/snapshot.ts';
import { BrokerProcess, type ProcessFailure, type ProcessState } from './broker-process.ts';
import { brokerConfigs, checkUserConfigs, sessionTimeoutMs } from './cluster-configs.ts';
import type { BrokerEntry, LabDirectory, LabFile } from './lab-directory.ts';
import { LabStartError } from './lab-directory.ts';
import { refused } from './outcome.ts';
import { isFree, nextFree } from './ports.ts';
import { problemOf } from './problems.ts';
import type { Projection } from './projection.ts';
import { newRoster, oneMore, portInUse, settledRoster } from './roster.ts';
import type { FromWorker } from './worker-messages.ts';
import type { World } from './world/world.ts';

export type BrokerCommand = Extract<
  LabCommand,
  { type: 'addBroker' | 'stopBroker' | 'killBroker' | 'pauseBroker' | 'resumeBroker' | 'startBroker' }
>;
type CommandOfOne = Exclude<BrokerCommand, { type: 'addBroker' }>;

export type PowerLossResult =
  | { readonly ok: true; readonly vanishedBytes: number; readonly files: number }
  | { readonly ok: false; readonly error: CommandError };

/** How long a closing lab waits for the controller to let its brokers go. */
const leaveLimitMs = 3000;

export interface BrokerFleetOptions {
  readonly workerEntry: URL;
  /** Of a new lab; an existing one keeps its brokers. Null: the lab's default. */
  readonly brokers: number | null;
  /** Port of the first broker. Null: 9092, or what is free. */
  readonly port: number | null;
  /** Broker configs for all brokers, by Kafka's names. */
  readonly set: Readonly<Record<string, string>>;
  readonly defaultBrokers: number;
  readonly projection: Projection;
  readonly world: World;
  /** A new line for a thread that begins. */
  wirePort(): MessagePort | null;
  /** Something that the window may want to know has changed. */
  onChange(): void;
  onMessage(node: number, message: FromWorker): void;
  /** The thread of a broker ended by itself: its problem is in the projection already. */
  onCrash(node: number): void;
  /** The broker's thread is gone: stopped, killed or failed. */
  onGone(node: number, state: ProcessName): void;
}

export class BrokerFleet {
  readonly #options: BrokerFleetOptions;
  readonly #projection: Projection;
  readonly #processes = new Map<number, BrokerProcess>();
  #directory: LabDirectory | null = null;
  #file: LabFile | null = null;
  #observeMs = 1000;

  constructor(options: BrokerFleetOptions) {
    this.#options = options;
    this.#projection = options.projection;
  }

  get size(): number {
    return this.#processes.size;
  }

  /**
   * Starts the threads of all brokers. Resolves with how many a known lab has, null for a new one. Throws
   * {@link LabStartError}.
   */
  async start(directory: LabDirectory): Promise<number | null> {
    this.#directory = directory;
    checkUserConfigs(this.#options.set);
    const known = directory.readLabFile();
    const { brokers, port, defaultBrokers } = this.#options;
    this.#file = known === null ? await newRoster(brokers ?? defaultBrokers, port) : await settledRoster(known, port);
    directory.writeLabFile(this.#file);
    this.#projection.patchLab({ clusterId: this.#file.clusterId });
    for (const entry of this.#file.brokers) this.#addProcess(entry);
    this.#updateBootstrap();
    for (const entry of this.#file.brokers) this.#startProcess(entry.id);
    this.#options.onChange();
    return known?.brokers.length ?? null;
  }

  /** Whether all run and the controller lets them serve. Throws {@link LabStartError} when one failed while the lab starts. */
  allUnfenced(): boolean {
    const brokers = [...this.#projection.brokers];
    const failed = brokers.find((broker) => broker.process === 'failed');
    if (failed !== undefined && this.#projection.lab.state === 'starting') {
      const failure = this.#processes.get(failed.id)?.failure;
      const text = failure?.message ?? 'ended while it started';
      if (failure?.code === 'EADDRINUSE') throw portInUse(failed.port ?? 0);
      throw new LabStartError('node-failed', `broker ${failed.id}`, 'could not start', text);
    }
    return (
      brokers.length > 0 &&
      brokers.every((broker) => broker.process === 'running' && broker.registration?.fenced === false)
    );
  }

  /** How often samples are wanted. */
  observe(intervalMs: number): void {
    this.#observeMs = intervalMs;
    for (const process of this.#processes.values()) process.observe(intervalMs);
  }

  /** All leave while the quorum is whole, then all end: a voter that ends early would take the majority with it. */
  async stop(): Promise<void> {
    const processes = [...this.#processes.values()];
    await Promise.all(processes.map((each) => each.leave(leaveLimitMs)));
    await Promise.all(processes.map((each) => each.stop()));
  }

  async execute(command: BrokerCommand): Promise<CommandResult> {
    if (command.type === 'addBroker') return this.#add(command.node ?? null);
    const { node } = command;
    const process = this.#processes.get(node);
    if (process === undefined) {
      const ids = [...this.#processes.keys()].join(', ');
      return refused('no-such-broker', 'broker', String(node), `The lab has brokers ${ids}.`);
    }
    const mayNot = refusal(command.type, process);
    if (mayNot !== null) return mayNot;
    return this.#executeOn(process, command);
  }

  /** Its thread ends at once, and what it had not flushed is gone from its disk. */
  async powerLoss(node: number): Promise<PowerLossResult> {
    const process = this.#processes.get(node);
    if (process?.alive !== true) {
      const state = process?.state ?? 'unknown';
      const hint = 'Only a broker that runs can lose its power.';
      return { ok: false, error: { code: 'wrong-state', thing: `broker ${node}`, value: state, hint } };
    }
    return { ok: true, ...(await process.powerLoss()) };
  }

  async #executeOn(process: BrokerProcess, command: CommandOfOne): Promise<CommandResult> {
    const { node } = command;
    switch (command.type) {
      case 'stopBroker':
        await process.stop();
        break;
      case 'killBroker':
        await process.kill();
        break;
      case 'pauseBroker':
        process.pause();
        break;
      case 'resumeBroker':
        process.resume();
        break;
      case 'startBroker': {
        const moved = await this.#movePort(node, command.port ?? null);
        if (moved !== null) return moved;
        this.#startProcess(node);
        break;
      }
    }
    return { ok: true, node };
  }

  async #add(asked: number | null): Promise<CommandResult> {
    const file = this.#file;
    if (file === null) return refused('wrong-state', 'lab', 'starting', 'Wait until its brokers are up.');
    if (asked !== null && this.#processes.has(asked)) {
      return refused(
        'wrong-state',
        'broker',
        String(asked),
        'The lab has it already; start it, or add another number.',
      );
    }
    const entry = await oneMore(file, asked);
    this.#write({ ...file, brokers: [...file.brokers, entry] });
    this.#addProcess(entry);
    this.#updateBootstrap();
    this.#startProcess(entry.id);
    this.#options.onChange();
    return { ok: true, node: entry.id };
  }

  get #held(): LabDirectory {
    if (this.#directory === null) throw new Error('the lab has no data directory yet');
    return this.#directory;
  }

  #write(file: LabFile): void {
    this.#file = file;
    this.#held.writeLabFile(file);
  }

  #entry(id: number): BrokerEntry {
    const entry = this.#file?.brokers.find((each) => each.id === id);
    if (entry === undefined) throw new Error(`broker ${id} is not in the lab file`);
    return entry;
  }

  #addProcess(entry: BrokerEntry): void {
    const process = new BrokerProcess(entry.id, this.#options.workerEntry, this.#options.world, {
      onMessage: (message) => this.#options.onMessage(entry.id, message),
      onState: (state, failure) => this.#processChanged(entry.id, state, failure),
    });
    this.#processes.set(entry.id, process);
    this.#projection.addBroker(
      { ...entry, host: '127.0.0.1', sessionTimeoutMs: sessionTimeoutMs(this.#options.set) },
      this.#options.world.time.now(),
    );
  }

  #startProcess(id: number): void {
    const file = this.#file;
    const entry = this.#entry(id);
    if (file === null) return;
    const directory = this.#held.brokerDirectory(id);
    this.#projection.removeProblem(id);
    const process = this.#processes.get(id);
    process?.start({
      nodeId: id,
      clusterId: file.clusterId,
      directoryId: entry.directoryId,
      directory,
      configs: brokerConfigs(entry, file.brokers, directory, this.#options.set),
      wire: this.#options.wirePort(),
    });
    process?.observe(this.#observeMs);
  }

  #updateBootstrap(): void {
    const brokers = this.#file?.brokers ?? [];
    const bootstrapServers = brokers.map((entry) => `127.0.0.1:${entry.port}`).join(',');
    this.#options.world.setPeers(
      brokers.flatMap(({ id: node, port, controllerPort }) =>
        [port, controllerPort].flatMap((each) => (each === null ? [] : [{ port: each, node }])),
      ),
    );
    this.#projection.patchLab({ bootstrapServers });
  }

  #processChanged(id: number, state: ProcessState, failure: ProcessFailure | null): void {
    const nowMs = this.#options.world.time.now();
    const was = this.#projection.broker(id)?.process ?? 'stopped';
    const now: ProcessName = state === 'crashed' ? 'failed' : state;
    if (was !== now) {
      this.#projection.setProcess(id, now, nowMs);
      this.#projection.addEvents([
        {
          atMs: nowMs,
          actor: 'lab',
          node: id,
          kind: 'process',
          source: 'Supervisor',
          args: { node: id, detail: failure?.message ?? '' },
          change: { of: 'state', was, now },
          metric: null,
          tone: now === 'failed' ? 'fault' : now === 'killed' || now === 'paused' ? 'warning' : 'plain',
        },
      ]);
      if (now === 'killed' || now === 'stopped' || now === 'failed') this.#options.onGone(id, now);
    }
    if (failure !== null && state === 'crashed') {
      this.#projection.failSteps(id);
      this.#projection.addProblem(problemOf(id, failure, this.#entry(id), this.#held.brokerDirectory(id), nowMs));
      this.#options.onCrash(id);
    }
    this.#options.onChange();
  }

  async #movePort(node: number, asked: number | null): Promise<CommandResult | null> {
    const entry = this.#entry(node);
    const port = asked ?? entry.port;
    if (!(await isFree(port))) {
      const free = await nextFree(port + 1, new Set(this.#file?.brokers.map((each) => each.port)));
      const value = `127.0.0.1:${port}`;
      const hint = `Another program has it; ${free} is free.`;
      const sinceMs = this.#options.world.time.now();
      this.#projection.addProblem({ code: 'port-in-use', node, thing: 'port', value, hint, sinceMs, number: free });
      this.#options.onChange();
      return refused('port-in-use', 'port', value, hint);
    }
    if (port === entry.port || this.#file === null) return null;
    const brokers = this.#file.brokers.map((each) => (each.id === node ? { ...each, port } : each));
    this.#write({ ...this.#file, brokers });
    this.#projection.setPorts(node, port, entry.controllerPort);
    this.#updateBootstrap();
    return null;
  }
}

/** Why a command does not fit the state that the broker is in; null when it does. */
function refusal(command: CommandOfOne['type'], process: BrokerProcess): CommandResult | null {
  const thing = `broker ${process.nodeId}`;
  const { state, alive } = process;
  if (command === 'startBroker' && alive) return refused('wrong-state', thing, state, 'It runs already.');
  if (command === 'startBroker') return null;
  if (!alive) return refused('wrong-state', thing, state, 'Start it first.');
  if (command === 'resumeBroker' && state !== 'paused')
    return refused('wrong-state', thing, state, 'Only a paused broker can be resumed.');
  if (command === 'pauseBroker' && state !== 'running')
    return refused('wrong-state', thing, state, 'Only a running broker can be paused.');
  if (command === 'stopBroker' && state === 'shutting-down')
    return refused('wrong-state', thing, state, 'It is stopping already.');
  return null;
}
