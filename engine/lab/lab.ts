/**
 * The lab: supervisor of its brokers and owner of the projection. What the user asks for arrives as commands of the
 * contract; what happened is read from telemetry, never assumed. Killing a broker tells nobody: the controller finds out
 * by its own timeouts.
 *
 * Leaves to others: who holds the data directory (`lab-directory`), which brokers there are and where they listen
 * (`roster`), threads (`broker-process`), the picture
 * (`projection`), words for events (`narration`), the wire (`contract-server`).
 */
import type { Dispose } from '../base/disposer.ts';
import type { CommandResult, LabCommand } from '../contract/commands.ts';
import type { LabDelta } from '../contract/delta.ts';
import type { LabHost, LeaveSignal } from '../contract/host.ts';
import type { LabQueries, TailInput, TailUpdate } from '../contract/queries.ts';
import { startStepNames, type BrokerProcess as ProcessName, type LabSnapshot } from '../contract/snapshot.ts';
import { BrokerProcess, type ProcessFailure, type ProcessState } from './broker-process.ts';
import { brokerConfigs, checkUserConfigs, sessionTimeoutMs } from './cluster-configs.ts';
import { ConsoleLog } from './console-log.ts';
import { LabStartError, type BrokerEntry, type LabDirectory, type LabFile } from './lab-directory.ts';
import { LabClients } from './clients/lab-clients.ts';
import { LabGroups } from './groups/lab-groups.ts';
import { Journal } from './journal/journal.ts';
import { createTopic } from './lab-admin.ts';
import { refused } from './outcome.ts';
import { LabTopics } from './topics/lab-topics.ts';
import { Narration } from './narration.ts';
import { isFree, nextFree } from './ports.ts';
import { problemOf, problemOfStart } from './problems.ts';
import { Projection } from './projection.ts';
import { defaultFirstPort, newRoster, oneMore, portInUse, settledRoster } from './roster.ts';
import type { FromWorker } from './worker-messages.ts';
import type { WorkerEntries } from './workers.ts';

export const brokerlabVersion = '0.1.0';
export const defaultBrokers = 3;

/** While somebody watches, and while nobody does. */
const watchedIntervalMs = 100;
const unwatchedIntervalMs = 1000;
/** One animation frame. */
const frameMs = 16;
const beatMs = 1000;
/** How long a new lab may take until all its brokers are unfenced. */
const startLimitMs = 60_000;
/** How long a closing lab waits for the controller to let its brokers go. */
const leaveLimitMs = 3000;

export interface LabOptions {
  /** Absolute. */
  readonly dataDir: string;
  readonly workers: WorkerEntries;
  /** Of a new lab, null for the default; an existing one keeps its brokers. */
  readonly brokers: number | null;
  /** Port of the first broker. Null: 9092, or what is free. */
  readonly port: number | null;
  /** Broker configs for all brokers, by Kafka's names. */
  readonly set: Readonly<Record<string, string>>;
  /** Whether a new lab gets its topic `orders`, a producer on it and a group of two consumers. */
  readonly defaultWorkload: boolean;
  /** Whether what happens is written to the directory. */
  readonly journal: boolean;
  /** Where brokers' problems and warnings go besides the window, a line each. Left out: nowhere. */
  readonly console?: (line: string) => void;
}

export class Lab implements LabHost {
  readonly #options: LabOptions;
  /** Null until {@link start}. */
  #directory: LabDirectory | null = null;
  readonly #projection: Projection;
  readonly #narration = new Narration();
  readonly #console: ConsoleLog;
  readonly #processes = new Map<number, BrokerProcess>();
  readonly #listeners = new Set<(delta: LabDelta) => void>();
  readonly #waiters = new Set<() => void>();
  #file: LabFile | null = null;
  #isFirstStart = false;
  /** The start is over, well or not: from now on problems are told on the console too. */
  #startIsOver = false;
  #publishTimer: NodeJS.Timeout | null = null;
  readonly #beatTimer: NodeJS.Timeout;
  #stopping: Promise<void> | null = null;
  readonly #clients: LabClients;
  readonly #groups = new LabGroups();
  readonly #topics: LabTopics;
  readonly #journal: Journal | null;
  readonly queries: LabQueries;

  constructor(options: LabOptions) {
    this.#options = options;
    this.#console = new ConsoleLog(options.console ?? (() => {}));
    const nowMs = Date.now();
    this.#projection = new Projection(
      {
        name: options.dataDir.split(/[\\/]/).findLast((part) => part !== '') ?? 'lab',
        dataDir: options.dataDir,
        clusterId: null,
        bootstrapServers: '',
        startedMs: nowMs,
        version: brokerlabVersion,
        state: 'starting',
        defaults: { brokers: defaultBrokers, firstPort: defaultFirstPort },
        minInsyncReplicas: Number(options.set['min.insync.replicas'] ?? 1),
      },
      nowMs,
    );
    this.#beatTimer = setInterval(() => this.#publish(true), beatMs);
    this.#beatTimer.unref();
    this.#topics = new LabTopics({ bootstrapServers: () => this.#runningBootstrap() });
    this.#journal = options.journal
      ? new Journal({
          workerEntry: options.workers.journal,
          directory: options.dataDir,
          onFault: (message) => this.#options.console?.(`journal: ${message}`),
        })
      : null;
    this.#clients = new LabClients({
      workerEntry: options.workers.client,
      directory: options.dataDir,
      bootstrapServers: () => this.bootstrapServers,
      onViews: (producers, consumers) => {
        this.#projection.setClients(producers, consumers);
        this.#groups.applyConsumers(consumers);
        this.#projection.setGroups(this.#groups.groups);
        this.#changed();
      },
      onEvents: (drafts) => {
        this.#projection.addEvents(drafts);
        this.#changed();
      },
    });
    const past = this.#journal?.queries ?? noJournal(options.dataDir);
    this.queries = {
      ...past,
      ...this.#topics.queries,
      rebalances: ({ group, limit }) =>
        Promise.resolve({ ok: true, value: { rebalances: this.#groups.rebalances(group, limit) } }),
    };
  }

  get dataDir(): string {
    return this.#options.dataDir;
  }

  get bootstrapServers(): string {
    return this.#projection.lab.bootstrapServers;
  }

  snapshot(): LabSnapshot {
    this.#publish(false);
    return this.#projection.published;
  }

  subscribe(listener: (delta: LabDelta) => void): Dispose {
    this.#publish(false);
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#observeAll(watchedIntervalMs);
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#observeAll(unwatchedIntervalMs);
    };
  }

  /** Starts the threads of all brokers. The directory must be locked, and is given back by {@link stop}. Throws {@link LabStartError}. */
  async start(directory: LabDirectory): Promise<void> {
    this.#directory = directory;
    checkUserConfigs(this.#options.set);
    const known = directory.readLabFile();
    this.#isFirstStart = known === null;
    const { brokers, port } = this.#options;
    if (known !== null && brokers !== null && brokers !== known.brokers.length) {
      const has = known.brokers.length;
      this.#options.console?.(
        `lab: ${this.dataDir} has ${has} brokers, not ${brokers}; add some with "lab broker add".`,
      );
    }
    this.#file = known === null ? await newRoster(brokers ?? defaultBrokers, port) : await settledRoster(known, port);
    directory.writeLabFile(this.#file);
    this.#projection.patchLab({ clusterId: this.#file.clusterId });
    for (const entry of this.#file.brokers) this.#addProcess(entry);
    this.#updateBootstrap();
    for (const entry of this.#file.brokers) this.#startProcess(entry.id);
    this.#changed();
  }

  /** The lab could not start: its window says why. */
  fail(error: LabStartError): void {
    this.#projection.patchLab({ state: 'failed' });
    this.#projection.addProblem(problemOfStart(error, Date.now()));
    this.#changed();
  }

  /** Resolves when every broker is unfenced and a new lab's topic exists. Rejects with {@link LabStartError}. */
  async ready(): Promise<void> {
    const isNew = !this.#projection.hasTopic('orders') && this.#options.defaultWorkload;
    await this.#until(() => this.#allUnfenced(), startLimitMs, 'brokers to be unfenced').finally(
      () => (this.#startIsOver = true),
    );
    if (isNew && this.#isFirstStart) {
      const replicationFactor = Math.min(3, this.#processes.size);
      const outcome = await createTopic(this.bootstrapServers, 'orders', 3, replicationFactor);
      // A start that was cut short may have made it already.
      const made = outcome === null || outcome.startsWith('TOPIC_ALREADY_EXISTS');
      if (!made) throw new LabStartError('node-failed', 'topic', 'orders', outcome);
    }
    await this.#clients.start(isNew && this.#isFirstStart);
    this.#projection.patchLab({ state: 'running' });
    this.#changed();
  }

  get #held(): LabDirectory {
    if (this.#directory === null) throw new Error('the lab has no data directory yet');
    return this.#directory;
  }

  #entry(id: number): BrokerEntry {
    const entry = this.#file?.brokers.find((each) => each.id === id);
    if (entry === undefined) throw new Error(`broker ${id} is not in the lab file`);
    return entry;
  }

  #addProcess(entry: BrokerEntry): void {
    const process = new BrokerProcess(entry.id, this.#options.workers.broker, {
      onMessage: (message) => this.#receive(entry.id, message),
      onState: (state, failure) => this.#processChanged(entry.id, state, failure),
    });
    this.#processes.set(entry.id, process);
    this.#projection.addBroker(
      { ...entry, host: '127.0.0.1', sessionTimeoutMs: sessionTimeoutMs(this.#options.set) },
      Date.now(),
    );
  }

  #startProcess(id: number): void {
    const file = this.#file;
    const entry = this.#entry(id);
    if (file === null) return;
    const directory = this.#held.brokerDirectory(id);
    this.#projection.removeProblem(id);
    this.#processes.get(id)?.start({
      nodeId: id,
      clusterId: file.clusterId,
      directoryId: entry.directoryId,
      directory,
      configs: brokerConfigs(entry, file.brokers, directory, this.#options.set),
    });
    this.#processes.get(id)?.observe(this.#listeners.size > 0 ? watchedIntervalMs : unwatchedIntervalMs);
  }

  #observeAll(intervalMs: number): void {
    this.#clients.observe(intervalMs);
    for (const process of this.#processes.values()) process.observe(intervalMs);
  }

  #updateBootstrap(): void {
    const bootstrapServers = (this.#file?.brokers ?? []).map((entry) => `127.0.0.1:${entry.port}`).join(',');
    this.#projection.patchLab({ bootstrapServers });
  }

  #receive(id: number, message: FromWorker): void {
    if (message.type === 'telemetry') {
      const hostMs = Date.now();
      for (const view of message.metadata) this.#projection.applyMetadata(view, hostMs);
      if (message.sample !== null) {
        this.#projection.applySample(message.sample);
        this.#groups.applySample(message.sample);
      }
      for (const { atMs, event } of message.events) {
        if (event.type === 'lifecycle') {
          const step = startStepNames.find((name) => name === event.detail);
          if (step !== undefined) this.#projection.completeStep(id, step, atMs);
        }
        this.#console.event(id, event, hostMs, this.#startIsOver && this.#stopping === null);
        this.#projection.addEvents(this.#narration.narrate(id, this.#projection.quorumLeader, atMs, event));
        this.#projection.addEvents(this.#groups.applyEvent(id, atMs, event));
      }
      this.#projection.setGroups(this.#groups.groups);
    }
    this.#changed();
  }

  #processChanged(id: number, state: ProcessState, failure: ProcessFailure | null): void {
    const nowMs = Date.now();
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
    }
    if (failure !== null && state === 'crashed') {
      this.#projection.failSteps(id);
      const problem = problemOf(id, failure, this.#entry(id), this.#held.brokerDirectory(id), nowMs);
      this.#projection.addProblem(problem);
      if (this.#startIsOver && this.#stopping === null) this.#console.problem(problem);
    }
    this.#changed();
  }

  #allUnfenced(): boolean {
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

  #until(condition: () => boolean, limitMs: number, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(check);
      };
      const check = (): void => {
        try {
          if (!condition()) return;
          done();
          resolve();
        } catch (error) {
          done();
          reject(error as Error);
        }
      };
      const timer = setTimeout(() => {
        done();
        reject(
          new LabStartError('node-failed', 'lab', this.dataDir, `waited ${limitMs / 1000} s for ${what}; see its log`),
        );
      }, limitMs);
      this.#waiters.add(check);
      check();
    });
  }

  #changed(): void {
    for (const waiter of this.#waiters) waiter();
    if (this.#publishTimer !== null || (this.#listeners.size === 0 && this.#journal === null)) return;
    this.#publishTimer = setTimeout(() => {
      this.#publishTimer = null;
      this.#publish(false);
    }, frameMs);
  }

  #publish(beat: boolean): void {
    const delta = this.#projection.publish(Date.now(), beat);
    if (delta === null) return;
    this.#journal?.record(delta, this.#projection.published);
    for (const listener of this.#listeners) listener(delta);
  }

  async execute(command: LabCommand): Promise<CommandResult> {
    const node = ('node' in command ? command.node : null) ?? null;
    this.#projection.addEvents([
      {
        atMs: Date.now(),
        actor: 'you',
        node: null,
        kind: 'command',
        source: command.type,
        args: { command: command.type, ...(node === null ? {} : { node }) },
        change: null,
        metric: null,
        tone: command.type === 'killBroker' ? 'fault' : 'notice',
      },
    ]);
    this.#changed();
    if (this.#stopping !== null) return refused('wrong-state', 'lab', 'stopping', 'Start the lab again first.');
    switch (command.type) {
      case 'addBroker':
        return this.#addBroker(command.node ?? null);
      case 'dismissProblem':
        this.#projection.removeProblem(command.node);
        this.#changed();
        return { ok: true, node };
      case 'stopBroker':
      case 'killBroker':
      case 'pauseBroker':
      case 'resumeBroker':
      case 'startBroker':
        return this.#brokerCommand(command);
      case 'createTopic':
      case 'deleteTopic':
      case 'addPartitions':
      case 'setTopicConfig':
      case 'produceRecords':
        return this.#topics.execute(command);
      default:
        return this.#clients.execute(command);
    }
  }

  tail(input: TailInput, signal: LeaveSignal | undefined): AsyncIterable<TailUpdate> {
    return this.#topics.tail(input, signal);
  }

  #runningBootstrap(): string {
    const running = [...this.#projection.brokers].filter((broker) => broker.process === 'running');
    return running.map((broker) => `127.0.0.1:${broker.port}`).join(',');
  }

  async #addBroker(asked: number | null): Promise<CommandResult> {
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
    this.#file = { ...file, brokers: [...file.brokers, entry] };
    this.#held.writeLabFile(this.#file);
    this.#addProcess(entry);
    this.#updateBootstrap();
    this.#startProcess(entry.id);
    this.#changed();
    return { ok: true, node: entry.id };
  }

  async #brokerCommand(
    command: Extract<
      LabCommand,
      { type: 'stopBroker' | 'killBroker' | 'pauseBroker' | 'resumeBroker' | 'startBroker' }
    >,
  ): Promise<CommandResult> {
    const { node } = command;
    const process = this.#processes.get(node);
    if (process === undefined) {
      const ids = [...this.#processes.keys()].join(', ');
      return refused('no-such-broker', 'broker', String(node), `The lab has brokers ${ids}.`);
    }
    const mayNot = refusal(command.type, process);
    if (mayNot !== null) return mayNot;
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

  async #movePort(node: number, asked: number | null): Promise<CommandResult | null> {
    const entry = this.#entry(node);
    const port = asked ?? entry.port;
    if (!(await isFree(port))) {
      const free = await nextFree(port + 1, new Set(this.#file?.brokers.map((each) => each.port)));
      const value = `127.0.0.1:${port}`;
      const hint = `Another program has it; ${free} is free.`;
      this.#projection.addProblem({
        code: 'port-in-use',
        node,
        thing: 'port',
        value,
        hint,
        sinceMs: Date.now(),
        number: free,
      });
      this.#changed();
      return refused('port-in-use', 'port', value, hint);
    }
    if (port === entry.port || this.#file === null) return null;
    const brokers = this.#file.brokers.map((each) => (each.id === node ? { ...each, port } : each));
    this.#file = { ...this.#file, brokers };
    this.#held.writeLabFile(this.#file);
    this.#projection.setPorts(node, port, entry.controllerPort);
    this.#updateBootstrap();
    return null;
  }

  /** Stops every broker by its controlled shutdown and gives the directory back. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    this.#projection.patchLab({ state: 'stopping' });
    this.#changed();
    await this.#clients.stop();
    this.#topics.stop();
    // All leave while the quorum is whole, then all end: a voter that ends early would take the majority with it.
    const processes = [...this.#processes.values()];
    await Promise.all(processes.map((each) => each.leave(leaveLimitMs)));
    await Promise.all(processes.map((each) => each.stop()));
    this.#projection.patchLab({ state: 'stopped' });
    this.#publish(false);
    clearInterval(this.#beatTimer);
    if (this.#publishTimer !== null) clearTimeout(this.#publishTimer);
    await this.#journal?.stop();
    this.#directory?.unlock();
  }
}

function noJournal(directory: string): Pick<LabQueries, 'journal' | 'timeline' | 'moment' | 'events' | 'neighbour'> {
  const none = () => Promise.resolve(refused('no-journal', 'journal', directory, 'This lab was started without one.'));
  return { journal: none, timeline: none, moment: none, events: none, neighbour: none };
}

/** Why a command does not fit the state that the broker is in; null when it does. */
function refusal(command: LabCommand['type'], process: BrokerProcess): CommandResult | null {
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
