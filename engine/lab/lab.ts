/**
 * The lab: owner of the projection, and where its parts meet. What the user asks for arrives as commands of the
 * contract; what happened is read from telemetry, never assumed.
 *
 * Leaves to others: who holds the data directory (`lab-directory`), its parts and how they are joined (`lab-parts`), the
 * picture (`projection`), words for events (`narration`), the wire (`contract-server`).
 */
import type { Dispose } from '../base/disposer.ts';
import type { CommandResult, LabCommand } from '../contract/commands.ts';
import type { LabDelta } from '../contract/delta.ts';
import type { LabEventTone } from '../contract/events.ts';
import type { LabHost, LeaveSignal } from '../contract/host.ts';
import type { LabQueries, TailInput, TailUpdate } from '../contract/queries.ts';
import { startStepNames, type LabSnapshot } from '../contract/snapshot.ts';
import { isClientCommand } from './clients/client-commands.ts';
import { commandEvent } from './command-event.ts';
import { ConsoleLog } from './console-log.ts';
import { LabStartError, type LabDirectory } from './lab-directory.ts';
import { brokerlabVersion, defaultBrokers, type LabOptions } from './lab-options.ts';
import { labParts, labQueries, type LabParts } from './lab-parts.ts';
import { faultOfCommand } from './faults/lab-acts.ts';
import { isFeedCommand } from './feeds/lab-feeds.ts';
import { refused } from './outcome.ts';
import { isScenarioCommand, type LabScenarios } from './scenario/lab-scenarios.ts';
import { Narration } from './narration.ts';
import { problemOfStart } from './problems.ts';
import { Projection } from './projection.ts';
import { LabTime } from './world/lab-time.ts';
import { ReachedTime, reachedTime } from './world/reached-time.ts';
import { executeTimeCommand, isTimeCommand } from './world/time-commands.ts';
import { World } from './world/world.ts';
import { defaultFirstPort } from './roster.ts';
import type { FromWorker } from './worker-messages.ts';

/** While somebody watches, and while nobody does. */
const watchedIntervalMs = 100;
const unwatchedIntervalMs = 1000;
/** One animation frame. */
const frameMs = 16;
const beatMs = 1000;
/** How long a new lab may take until all its brokers are unfenced. */
const startLimitMs = 60_000;

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
  readonly #parts: LabParts;
  readonly #listeners = new Set<(delta: LabDelta) => void>();
  readonly #waiters = new Set<() => void>();
  #isFirstStart = false;
  /** The start is over, well or not: from now on problems are told on the console too. */
  #startIsOver = false;
  #publishTimer: NodeJS.Timeout | null = null;
  readonly #beatTimer: NodeJS.Timeout;
  #stopping: Promise<void> | null = null;
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
    this.#parts = labParts(options, {
      host: this,
      time: this.time,
      world: this.world,
      projection: this.#projection,
      changed: () => this.#changed(),
      told: (drafts) => {
        this.#projection.addEvents(drafts);
        this.#changed();
      },
      receive: (node, message) => this.#receive(node, message),
      crashed: (node) => this.#crashed(node),
      journalSays: (detail, tone) => this.#journalSays(detail, tone),
      execute: (command) => this.execute(command, 'lab'),
    });
    this.queries = labQueries(options.dataDir, this.#parts);
  }

  /** The run that this lab is for, if any, and what its user records. */
  get scenarios(): LabScenarios {
    return this.#parts.scenarios;
  }

  #crashed(node: number): void {
    const problem = this.#projection.problemOf(node);
    if (problem !== undefined && this.#tellsProblems) this.#console.problem(problem);
    // Somebody filled its disk on purpose: the fault says so, nothing stands in the way of the others.
    if (this.#parts.faults.madeFull(node)) this.#projection.removeProblem(node);
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
    void this.#parts.journal?.start(this.snapshot());
    void this.#parts.ledger?.start();
    this.#parts.clients.load();
    const known = await this.#parts.fleet.start(directory);
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
    await this.#until(() => this.#parts.fleet.allUnfenced(), startLimitMs, 'brokers to be unfenced')
      .finally(() => (this.#startIsOver = true))
      .catch((error: Error) => {
        // Clients that the lab remembers can do without a broker that does not start.
        this.#parts.clients.start(false);
        throw error;
      });
    if (isNew && this.#isFirstStart) {
      const replicationFactor = Math.min(3, this.#parts.fleet.size);
      const outcome = await this.#parts.topics.execute({
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
    this.#parts.clients.start(isNew && this.#isFirstStart);
    this.#projection.patchLab({ state: 'running' });
    this.#changed();
  }

  #observeAll(intervalMs: number): void {
    this.#parts.clients.observe(intervalMs);
    this.#parts.fleet.observe(intervalMs);
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
        this.#parts.groups.applyEvent(id, atMs, event);
        this.#parts.ledger?.event(id, atMs, event);
        if (event.type === 'duplicate-dropped') {
          this.#parts.clients.duplicateDropped(event.producerId, event.topic, event.partition, event.records);
        }
      }
      for (const view of message.metadata) this.#parts.ledger?.metadata(view);
      if (message.sample !== null) this.#parts.ledger?.sample(message.sample);
      if (message.sample !== null) this.#projection.addEvents(this.#parts.groups.applySample(message.sample));
      this.#projection.setGroups(this.#parts.groups.groups);
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
    this.#parts.faults.reconcile();
    if (this.#publishTimer !== null || (this.#listeners.size === 0 && this.#parts.journal === null)) return;
    this.#publishTimer = setTimeout(() => {
      this.#publishTimer = null;
      this.#publish(false);
    }, frameMs);
  }

  #publish(beat: boolean): void {
    const delta = this.#projection.publish(this.time.now(), beat);
    if (delta === null) return;
    if (this.#directory !== null) this.#parts.journal?.record(delta, this.#projection.published);
    this.#parts.ledger?.events(delta.events ?? []);
    for (const listener of this.#listeners) listener(delta);
  }

  /** `actor`: who asked; a scenario of this lab is the lab. */
  async execute(asked: LabCommand, actor: 'you' | 'lab' = 'you'): Promise<CommandResult> {
    const command = isClientCommand(asked) ? this.#parts.clients.named(asked) : asked;
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
      : this.#parts.faults.around(fault, () => this.#dispatch(command)));
    if (actor === 'you') {
      this.scenarios.done(command, result);
      this.#parts.journal?.command(command, result, this.time.now());
    }
    return result;
  }

  /** One arm for each command. */
  async #dispatch(command: LabCommand): Promise<CommandResult> {
    switch (command.type) {
      case 'injectFault':
        return this.#parts.faults.inject(command);
      case 'liftFault':
        return this.#parts.faults.lift(command.fault);
      case 'liftAllFaults':
        return this.#parts.faults.liftAll();
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
        return this.#parts.fleet.execute(command);
      case 'createTopic':
      case 'deleteTopic':
      case 'addPartitions':
      case 'setTopicConfig':
      case 'setBrokerConfig':
      case 'produceRecords':
        return this.#parts.topics.execute(command);
      case 'resetOffsets':
      case 'deleteOffsets':
      case 'deleteGroup':
        return this.#parts.offsets.execute(command);
      case 'setJournalLimit':
        if (this.#parts.journal === null)
          return refused('no-journal', 'journal', this.dataDir, 'This lab was started without one.');
        this.#parts.journal.setLimit(command.bytes);
        return { ok: true, node: null };
      case 'cancelJob':
        return this.#parts.feeds.cancel(command.job)
          ? { ok: true, node: null, job: command.job }
          : refused('no-such-job', 'job', String(command.job), 'No such job runs.');
      default:
        if (isClientCommand(command)) return this.#parts.clients.execute(command);
        if (isFeedCommand(command)) return this.#parts.feeds.execute(command);
        return refused('wrong-state', 'command', command.type, 'This lab cannot do it.');
    }
  }

  tail(input: TailInput, signal: LeaveSignal | undefined): AsyncIterable<TailUpdate> {
    return this.#parts.topics.tail(input, signal);
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
    this.#parts.faults.stop();
    // What closes needs its timers.
    this.time.settle();
    await this.#parts.feeds.stop();
    await this.#parts.clients.stop();
    this.#parts.topics.stop();
    await this.#parts.ledger?.stop();
    await this.#parts.fleet.stop();
    this.#projection.patchLab({ state: 'stopped' });
    this.#publish(false);
    clearInterval(this.#beatTimer);
    if (this.#publishTimer !== null) clearTimeout(this.#publishTimer);
    this.#reached?.close();
    this.world.close();
    this.time.close();
    await this.#parts.journal?.stop();
  }
}
