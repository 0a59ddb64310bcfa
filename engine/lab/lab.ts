/**
 * The lab: owner of the projection, and where its parts meet. What the user asks for arrives as commands of the
 * contract; what happened is read from telemetry, never assumed.
 *
 * Leaves to others: who holds the data directory (`lab-directory`), brokers and their threads (`broker-fleet`), lab
 * clients (`clients/`), groups and their rebalances (`groups/`), topics and records (`topics/`), the past (`journal/`),
 * the picture (`projection`), words for events (`narration`), the wire (`contract-server`).
 */
import { join } from 'node:path';
import type { Dispose } from '../base/disposer.ts';
import type { CommandResult, LabCommand } from '../contract/commands.ts';
import type { LabDelta } from '../contract/delta.ts';
import type { LabEventTone } from '../contract/events.ts';
import type { LabHost, LeaveSignal } from '../contract/host.ts';
import type { LabQueries, TailInput, TailUpdate } from '../contract/queries.ts';
import { startStepNames, type LabSnapshot } from '../contract/snapshot.ts';
import { NodeNetwork, NodeRandom } from '../env/node/index.ts';
import { BrokerFleet } from './broker-fleet.ts';
import { isClientCommand } from './clients/client-commands.ts';
import { LabClients } from './clients/lab-clients.ts';
import { commandEvent } from './command-event.ts';
import { ConsoleLog } from './console-log.ts';
import { LabStartError, type LabDirectory } from './lab-directory.ts';
import { faultOfCommand, labActs } from './faults/lab-acts.ts';
import { LabFaults } from './faults/lab-faults.ts';
import { isFeedCommand, LabFeeds } from './feeds/lab-feeds.ts';
import { LabGroups } from './groups/lab-groups.ts';
import { LabOffsets } from './groups/lab-offsets.ts';
import { Journal } from './journal/journal.ts';
import { LabLedger } from './ledger/lab-ledger.ts';
import { everyQuery, refused } from './outcome.ts';
import { labStorageQueries } from './storage/lab-storage.ts';
import { LabScenarios, isScenarioCommand } from './scenario/lab-scenarios.ts';
import { ScenarioLibrary, type ScenarioFolders } from './scenario/scenario-library.ts';
import { LabTopics } from './topics/lab-topics.ts';
import { Narration } from './narration.ts';
import { problemOfStart } from './problems.ts';
import { Projection } from './projection.ts';
import { LabTime } from './world/lab-time.ts';
import { ReachedTime, reachedTime } from './world/reached-time.ts';
import { executeTimeCommand, isTimeCommand } from './world/time-commands.ts';
import { World } from './world/world.ts';
import { defaultFirstPort } from './roster.ts';
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
  /** Left out: none are shipped, and the user's own are in `DIR/scenarios`. */
  readonly scenarios?: ScenarioFolders;
  /** Whoever holds several labs gives all of them the same one. */
  readonly library?: ScenarioLibrary;
  /** The journal's size on disk; left out: its default. */
  readonly journalBytes?: number;
  /** Where brokers' problems and warnings go besides the window, a line each. Left out: nowhere. */
  readonly console?: (line: string) => void;
}

export class Lab implements LabHost {
  readonly time: LabTime;
  readonly world: World;
  #reached: ReachedTime | null = null;
  readonly #options: LabOptions;
  /** Null until {@link start}. */
  #directory: LabDirectory | null = null;
  readonly #projection: Projection;
  readonly #narration = new Narration();
  readonly #console: ConsoleLog;
  readonly #fleet: BrokerFleet;
  readonly #listeners = new Set<(delta: LabDelta) => void>();
  readonly #waiters = new Set<() => void>();
  #isFirstStart = false;
  /** The start is over, well or not: from now on problems are told on the console too. */
  #startIsOver = false;
  #publishTimer: NodeJS.Timeout | null = null;
  readonly #beatTimer: NodeJS.Timeout;
  #stopping: Promise<void> | null = null;
  readonly #clients: LabClients;
  readonly #groups = new LabGroups();
  readonly #topics: LabTopics;
  readonly #feeds: LabFeeds;
  readonly #offsets: LabOffsets;
  readonly #faults: LabFaults;
  readonly #journal: Journal | null;
  /** Kept with the journal. */
  readonly #ledger: LabLedger | null;
  /** The run that this lab is for, if any, and what its user records. */
  readonly scenarios: LabScenarios;
  readonly queries: LabQueries;

  constructor(options: LabOptions) {
    this.#options = options;
    this.#console = new ConsoleLog(options.console ?? (() => {}));
    this.time = new LabTime(reachedTime(options.dataDir));
    this.world = new World(this.time);
    const nowMs = this.time.now();
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
    this.#projection.setTime(this.time.view);
    this.time.onChange(() => {
      this.#projection.setTime(this.time.view);
      this.#changed();
    });
    this.#beatTimer = setInterval(() => this.#publish(true), beatMs);
    this.#beatTimer.unref();
    this.#fleet = new BrokerFleet({
      workerEntry: options.workers.broker,
      brokers: options.brokers,
      port: options.port,
      set: options.set,
      defaultBrokers,
      projection: this.#projection,
      world: this.world,
      wirePort: () => this.#journal?.wirePort() ?? null,
      onChange: () => this.#changed(),
      onMessage: (node, message) => this.#receive(node, message),
      onCrash: (node) => {
        const problem = this.#projection.problemOf(node);
        if (problem !== undefined && this.#tellsProblems) this.#console.problem(problem);
        // Somebody filled its disk on purpose: the fault says so, nothing stands in the way of the others.
        if (this.#faults.madeFull(node)) this.#projection.removeProblem(node);
      },
      onGone: (node) => this.#groups.brokerGone(node),
    });
    this.#topics = new LabTopics({ clock: this.time.hostClock, bootstrapServers: () => this.#runningBootstrap() });
    this.#feeds = new LabFeeds({
      env: { clock: this.time.clock, network: new NodeNetwork(), random: new NodeRandom() },
      directory: options.dataDir,
      bootstrapServers: () => this.#runningBootstrap(),
      line: () => this.#topics.line,
      producers: () => this.snapshot().producers,
      onJobs: (jobs) => {
        this.#projection.setAround({ jobs });
        this.#changed();
      },
      onEvents: (drafts) => {
        this.#projection.addEvents(drafts);
        this.#changed();
      },
    });
    this.#journal = options.journal
      ? new Journal({
          workerEntry: options.workers.journal,
          directory: options.dataDir,
          configs: options.set,
          ...(options.journalBytes === undefined ? {} : { bytesMax: options.journalBytes }),
          onFault: (message) => this.#journalSays(message, 'fault'),
          onNotice: (message) => this.#journalSays(message, 'warning'),
        })
      : null;
    this.#ledger = options.journal
      ? new LabLedger({
          workerEntry: options.workers.ledger,
          directory: options.dataDir,
          time: this.time.buffer,
          nowMs: () => this.time.now(),
          bootstrapServers: () => this.#runningBootstrap(),
          minInsyncReplicas: Number(options.set['min.insync.replicas'] ?? 1),
          onFault: (message) => this.#journalSays(message, 'fault'),
          onNotice: (message) => this.#journalSays(message, 'warning'),
        })
      : null;
    this.#clients = new LabClients({
      workerEntry: options.workers.client,
      world: this.world,
      wirePort: () => this.#journal?.wirePort() ?? null,
      ledgerPort: (client, group) => this.#ledger?.port(client, group) ?? null,
      directory: options.dataDir,
      bootstrapServers: () => this.bootstrapServers,
      topics: () => this.#projection.topicNames,
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
    this.#offsets = new LabOffsets({
      line: () => this.#topics.line,
      clock: this.time.clock,
      groups: () => this.#groups.groups,
      consumersOf: (group) =>
        this.#projection.clients.consumers
          .filter(({ settings }) => settings.group === group)
          .map(({ id, settings }) => ({ id, topics: settings.topics })),
      closeConsumers: (group) => this.#clients.downOf(group),
      groupsAt: async (atMs) => {
        const moment = await this.queries.moment({ atMs });
        return moment.ok ? { ok: true, value: moment.value.groups } : moment;
      },
      onEvents: (drafts) => {
        this.#projection.addEvents(drafts);
        this.#changed();
      },
    });
    this.#faults = new LabFaults({
      clock: this.time.clock,
      acts: labActs({ fleet: this.#fleet, clients: this.#clients, world: this.world }),
      picture: () => ({ brokers: [...this.#projection.brokers], ...this.#projection.clients }),
      by: () => (this.#projection.published.scenario === null ? 'you' : 'scenario'),
      onViews: (faults) => {
        this.#projection.setAround({ faults });
        this.#changed();
      },
      onEvents: (drafts) => {
        this.#projection.addEvents(drafts);
        this.#changed();
      },
    });
    this.scenarios = new LabScenarios({
      library:
        options.library ??
        new ScenarioLibrary(options.scenarios ?? { shippedDir: null, savedDir: join(options.dataDir, 'scenarios') }),
      host: this,
      clock: this.time.clock,
      configs: options.set,
      execute: (command) => this.execute(command, 'lab'),
      onChange: (change) => {
        if ('scenario' in change && change.scenario !== null) this.world.setSeed(change.scenario.seed);
        this.#projection.setAround(change);
        this.#changed();
      },
      onEvents: (drafts) => {
        this.#projection.addEvents(drafts);
        this.#changed();
      },
    });
    const noJournal = () =>
      Promise.resolve(refused('no-journal', 'journal', options.dataDir, 'This lab was started without one.'));
    this.queries = {
      ...everyQuery(noJournal),
      ...this.#journal?.queries,
      ...this.#ledger?.queries,
      ...this.#topics.queries,
      ...this.#feeds.queries,
      ...labStorageQueries(options.dataDir),
      ...this.scenarios.queries,
      previewOffsets: (input) => this.#offsets.previewOffsets(input),
      rebalances: ({ group, limit }) =>
        Promise.resolve({ ok: true, value: { rebalances: this.#groups.rebalances(group, limit) } }),
    };
  }

  get #tellsProblems(): boolean {
    return this.#startIsOver && this.#stopping === null;
  }

  #journalSays(detail: string, tone: LabEventTone): void {
    this.#options.console?.(`journal: ${detail}`);
    const told = { actor: 'lab', node: null, kind: 'log', source: 'Journal', change: null, metric: null } as const;
    this.#projection.addEvents([{ ...told, atMs: this.time.now(), args: { component: 'journal', detail }, tone }]);
    this.#changed();
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

  /** Starts the threads of all brokers. The directory must be locked; whoever locked it gives it back. Throws {@link LabStartError}. */
  async start(directory: LabDirectory): Promise<void> {
    this.#directory = directory;
    this.#reached = new ReachedTime(directory.path, this.time);
    const { brokers } = this.#options;
    // Brokers do not wait for it: what is published until it has opened its file waits in its queue.
    void this.#journal?.start(this.snapshot());
    void this.#ledger?.start();
    this.#clients.load();
    const known = await this.#fleet.start(directory);
    this.#isFirstStart = known === null;
    if (known !== null && brokers !== null && brokers !== known) {
      this.#options.console?.(
        `lab: ${this.dataDir} has ${known} brokers, not ${brokers}; add some with "lab broker add".`,
      );
    }
    this.#changed();
  }

  /** The lab could not start: its window says why. */
  fail(error: LabStartError): void {
    this.#projection.patchLab({ state: 'failed' });
    this.#projection.addProblem(problemOfStart(error, this.time.now()));
    this.#changed();
  }

  /** Resolves when every broker is unfenced and a new lab's topic exists. Rejects with {@link LabStartError}. */
  async ready(): Promise<void> {
    const isNew = !this.#projection.hasTopic('orders') && this.#options.defaultWorkload;
    await this.#until(() => this.#fleet.allUnfenced(), startLimitMs, 'brokers to be unfenced')
      .finally(() => (this.#startIsOver = true))
      .catch((error: Error) => {
        // Clients that the lab remembers can do without a broker that does not start.
        this.#clients.start(false);
        throw error;
      });
    if (isNew && this.#isFirstStart) {
      const replicationFactor = Math.min(3, this.#fleet.size);
      const outcome = await this.#topics.execute({
        type: 'createTopic',
        name: 'orders',
        partitions: 3,
        replicationFactor,
      });
      // A start that was cut short may have made it already.
      const made = outcome.ok || outcome.error.code === 'TOPIC_ALREADY_EXISTS';
      if (!made)
        throw new LabStartError('node-failed', 'topic', 'orders', `${outcome.error.code}: ${outcome.error.hint}`);
    }
    this.#clients.start(isNew && this.#isFirstStart);
    this.#projection.patchLab({ state: 'running' });
    this.#changed();
  }

  #observeAll(intervalMs: number): void {
    this.#clients.observe(intervalMs);
    this.#fleet.observe(intervalMs);
  }

  #receive(id: number, message: FromWorker): void {
    if (message.type === 'telemetry') {
      const hostMs = this.time.now();
      for (const view of message.metadata) this.#projection.applyMetadata(view, hostMs);
      if (message.sample !== null) {
        this.#projection.applySample(message.sample);
      }
      for (const { atMs, event } of message.events) {
        if (event.type === 'lifecycle') {
          const step = startStepNames.find((name) => name === event.detail);
          if (step !== undefined) this.#projection.completeStep(id, step, atMs);
        }
        this.#console.event(id, event, hostMs, this.#tellsProblems);
        this.#projection.addEvents(this.#narration.narrate(id, this.#projection.quorumLeader, atMs, event));
        this.#groups.applyEvent(id, atMs, event);
        this.#ledger?.event(id, atMs, event);
        if (event.type === 'duplicate-dropped') {
          this.#clients.duplicateDropped(event.producerId, event.topic, event.partition, event.records);
        }
      }
      for (const view of message.metadata) this.#ledger?.metadata(view);
      if (message.sample !== null) this.#ledger?.sample(message.sample);
      if (message.sample !== null) this.#projection.addEvents(this.#groups.applySample(message.sample));
      this.#projection.setGroups(this.#groups.groups);
    }
    this.#changed();
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
    this.#faults.reconcile();
    if (this.#publishTimer !== null || (this.#listeners.size === 0 && this.#journal === null)) return;
    this.#publishTimer = setTimeout(() => {
      this.#publishTimer = null;
      this.#publish(false);
    }, frameMs);
  }

  #publish(beat: boolean): void {
    const delta = this.#projection.publish(this.time.now(), beat);
    if (delta === null) return;
    if (this.#directory !== null) this.#journal?.record(delta, this.#projection.published);
    this.#ledger?.events(delta.events ?? []);
    for (const listener of this.#listeners) listener(delta);
  }

  /** `actor`: who asked; a scenario of this lab is the lab. */
  async execute(asked: LabCommand, actor: 'you' | 'lab' = 'you'): Promise<CommandResult> {
    const command = isClientCommand(asked) ? this.#clients.named(asked) : asked;
    this.#projection.addEvents([{ ...commandEvent(command, this.time.now()), actor }]);
    this.#changed();
    if (this.#stopping !== null) return refused('wrong-state', 'lab', 'stopping', 'Start the lab again first.');
    if (isTimeCommand(command)) {
      return executeTimeCommand(this.time, command, (draft) => this.#projection.addEvents([draft]));
    }
    if (isScenarioCommand(command)) return this.scenarios.execute(command);
    const fault = faultOfCommand(command);
    const result = await (fault === null
      ? this.#dispatch(command)
      : this.#faults.around(fault, () => this.#dispatch(command)));
    if (actor === 'you') {
      this.scenarios.done(command, result);
      this.#journal?.command(command, result, this.time.now());
    }
    return result;
  }

  /** One arm for each command. */
  async #dispatch(command: LabCommand): Promise<CommandResult> {
    switch (command.type) {
      case 'injectFault':
        return this.#faults.inject(command);
      case 'liftFault':
        return this.#faults.lift(command.fault);
      case 'liftAllFaults':
        return this.#faults.liftAll();
      case 'dismissProblem':
        this.#projection.removeProblem(command.node);
        this.#changed();
        return { ok: true, node: command.node };
      case 'addBroker':
      case 'stopBroker':
      case 'killBroker':
      case 'pauseBroker':
      case 'resumeBroker':
      case 'startBroker':
        return this.#fleet.execute(command);
      case 'createTopic':
      case 'deleteTopic':
      case 'addPartitions':
      case 'setTopicConfig':
      case 'setBrokerConfig':
      case 'produceRecords':
        return this.#topics.execute(command);
      case 'resetOffsets':
      case 'deleteOffsets':
      case 'deleteGroup':
        return this.#offsets.execute(command);
      case 'setJournalLimit':
        if (this.#journal === null)
          return refused('no-journal', 'journal', this.dataDir, 'This lab was started without one.');
        this.#journal.setLimit(command.bytes);
        return { ok: true, node: null };
      case 'cancelJob':
        return this.#feeds.cancel(command.job)
          ? { ok: true, node: null, job: command.job }
          : refused('no-such-job', 'job', String(command.job), 'No such job runs.');
      default:
        if (isClientCommand(command)) return this.#clients.execute(command);
        if (isFeedCommand(command)) return this.#feeds.execute(command);
        return refused('wrong-state', 'command', command.type, 'This lab cannot do it.');
    }
  }

  tail(input: TailInput, signal: LeaveSignal | undefined): AsyncIterable<TailUpdate> {
    return this.#topics.tail(input, signal);
  }

  #runningBootstrap(): string {
    const running = [...this.#projection.brokers].filter((broker) => broker.process === 'running');
    return running.map((broker) => `127.0.0.1:${broker.port}`).join(',');
  }

  /** Stops every broker by its controlled shutdown. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    this.#projection.patchLab({ state: 'stopping' });
    this.#changed();
    this.scenarios.stop();
    this.#faults.stop();
    // What closes needs its timers.
    this.time.settle();
    await this.#feeds.stop();
    await this.#clients.stop();
    this.#topics.stop();
    await this.#ledger?.stop();
    await this.#fleet.stop();
    this.#projection.patchLab({ state: 'stopped' });
    this.#publish(false);
    clearInterval(this.#beatTimer);
    if (this.#publishTimer !== null) clearTimeout(this.#publishTimer);
    this.#reached?.close();
    this.world.close();
    this.time.close();
    await this.#journal?.stop();
  }
}
