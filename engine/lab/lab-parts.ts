/**
 * The parts of a lab and how they are joined: each is told what it needs of the others as functions, and tells what came
 * of it to the core. Order matters in one place only: queries of a later part stand in for those of an earlier one.
 */
import { join } from 'node:path';
import type { CommandResult, LabCommand } from '../contract/commands.ts';
import type { LabEventDraft, LabEventTone } from '../contract/events.ts';
import type { LabHost } from '../contract/host.ts';
import type { LabQueries } from '../contract/queries.ts';
import { NodeNetwork, NodeRandom } from '../env/node/index.ts';
import { BrokerFleet } from './broker-fleet.ts';
import { LabClients } from './clients/lab-clients.ts';
import { labActs } from './faults/lab-acts.ts';
import { LabFaults } from './faults/lab-faults.ts';
import { LabFeeds } from './feeds/lab-feeds.ts';
import { LabGroups } from './groups/lab-groups.ts';
import { LabOffsets } from './groups/lab-offsets.ts';
import { Journal } from './journal/journal.ts';
import { LabLedger } from './ledger/lab-ledger.ts';
import { defaultBrokers, type LabOptions } from './lab-options.ts';
import { everyQuery, refused } from './outcome.ts';
import type { Projection } from './projection.ts';
import { LabScenarios } from './scenario/lab-scenarios.ts';
import { ScenarioLibrary } from './scenario/scenario-library.ts';
import { labStorageQueries } from './storage/lab-storage.ts';
import { LabTopics } from './topics/lab-topics.ts';
import type { FromWorker } from './worker-messages.ts';
import type { LabTime } from './world/lab-time.ts';
import type { World } from './world/world.ts';

export interface LabParts {
  readonly fleet: BrokerFleet;
  readonly clients: LabClients;
  readonly groups: LabGroups;
  readonly topics: LabTopics;
  readonly feeds: LabFeeds;
  readonly offsets: LabOffsets;
  readonly faults: LabFaults;
  /** Null for a lab that keeps none. */
  readonly journal: Journal | null;
  /** Kept with the journal. */
  readonly ledger: LabLedger | null;
  readonly scenarios: LabScenarios;
}

/** What the parts have in common: the lab that they are of. */
export interface LabCore {
  readonly host: LabHost;
  readonly time: LabTime;
  readonly world: World;
  readonly projection: Projection;
  /** Something that a window may want to know. */
  changed(): void;
  /** As {@link changed}, with lines for the event log. */
  told(drafts: readonly LabEventDraft[]): void;
  receive(node: number, message: FromWorker): void;
  crashed(node: number): void;
  journalSays(detail: string, tone: LabEventTone): void;
  /** A command that the lab gives itself. */
  execute(command: LabCommand): Promise<CommandResult>;
}

export function labParts(options: LabOptions, core: LabCore): LabParts {
  const groups = new LabGroups();
  const journal = options.journal ? newJournal(options, core) : null;
  const ledger = options.journal ? newLedger(options, core) : null;
  const wirePort = () => journal?.wirePort() ?? null;
  const fleet = newFleet(options, core, groups, wirePort);
  const topics = new LabTopics({
    clock: core.time.hostClock,
    bootstrapServers: () => runningBootstrap(core.projection),
  });
  const clients = newClients(options, core, groups, ledger, wirePort);
  return {
    fleet,
    clients,
    groups,
    topics,
    feeds: newFeeds(options, core, topics),
    offsets: newOffsets(core, topics, groups, clients),
    faults: newFaults(core, fleet, clients),
    journal,
    ledger,
    scenarios: newScenarios(options, core),
  };
}

export function labQueries(directory: string, parts: LabParts): LabQueries {
  const noJournal = () =>
    Promise.resolve(refused('no-journal', 'journal', directory, 'This lab was started without one.'));
  return {
    ...everyQuery(noJournal),
    ...parts.journal?.queries,
    ...parts.ledger?.queries,
    ...parts.topics.queries,
    ...parts.feeds.queries,
    ...labStorageQueries(directory),
    ...parts.scenarios.queries,
    previewOffsets: (input) => parts.offsets.previewOffsets(input),
    rebalances: ({ group, limit }) =>
      Promise.resolve({ ok: true, value: { rebalances: parts.groups.rebalances(group, limit) } }),
  };
}

/** Of the brokers that run now; empty when none does. */
function runningBootstrap(projection: Projection): string {
  const running = [...projection.brokers].filter((broker) => broker.process === 'running');
  return running.map((broker) => `127.0.0.1:${broker.port}`).join(',');
}

function newJournal(options: LabOptions, core: LabCore): Journal {
  return new Journal({
    workerEntry: options.workers.journal,
    directory: options.dataDir,
    configs: options.set,
    ...(options.journalBytes === undefined ? {} : { bytesMax: options.journalBytes }),
    onFault: (message) => core.journalSays(message, 'fault'),
    onNotice: (message) => core.journalSays(message, 'warning'),
  });
}

function newLedger(options: LabOptions, core: LabCore): LabLedger {
  return new LabLedger({
    workerEntry: options.workers.ledger,
    directory: options.dataDir,
    time: core.time.buffer,
    nowMs: () => core.time.now(),
    bootstrapServers: () => runningBootstrap(core.projection),
    minInsyncReplicas: Number(options.set['min.insync.replicas'] ?? 1),
    onFault: (message) => core.journalSays(message, 'fault'),
    onNotice: (message) => core.journalSays(message, 'warning'),
  });
}

function newFleet(
  options: LabOptions,
  core: LabCore,
  groups: LabGroups,
  wirePort: () => ReturnType<Journal['wirePort']>,
): BrokerFleet {
  return new BrokerFleet({
    workerEntry: options.workers.broker,
    brokers: options.brokers,
    port: options.port,
    set: options.set,
    defaultBrokers,
    projection: core.projection,
    world: core.world,
    wirePort,
    onChange: () => core.changed(),
    onMessage: (node, message) => core.receive(node, message),
    onCrash: (node) => core.crashed(node),
    onGone: (node) => groups.brokerGone(node),
  });
}

function newClients(
  options: LabOptions,
  core: LabCore,
  groups: LabGroups,
  ledger: LabLedger | null,
  wirePort: () => ReturnType<Journal['wirePort']>,
): LabClients {
  const { projection } = core;
  return new LabClients({
    workerEntry: options.workers.client,
    world: core.world,
    wirePort,
    ledgerPort: (client, group) => ledger?.port(client, group) ?? null,
    directory: options.dataDir,
    bootstrapServers: () => projection.lab.bootstrapServers,
    topics: () => projection.topicNames,
    onViews: (producers, consumers) => {
      projection.setClients(producers, consumers);
      groups.applyConsumers(consumers);
      projection.setGroups(groups.groups);
      core.changed();
    },
    onEvents: (drafts) => core.told(drafts),
  });
}

function newFeeds(options: LabOptions, core: LabCore, topics: LabTopics): LabFeeds {
  return new LabFeeds({
    env: { clock: core.time.clock, network: new NodeNetwork(), random: new NodeRandom() },
    directory: options.dataDir,
    bootstrapServers: () => runningBootstrap(core.projection),
    line: () => topics.line,
    producers: () => core.host.snapshot().producers,
    onJobs: (jobs) => {
      core.projection.setAround({ jobs });
      core.changed();
    },
    onEvents: (drafts) => core.told(drafts),
  });
}

function newOffsets(core: LabCore, topics: LabTopics, groups: LabGroups, clients: LabClients): LabOffsets {
  return new LabOffsets({
    line: () => topics.line,
    clock: core.time.clock,
    groups: () => groups.groups,
    consumersOf: (group) =>
      core.projection.clients.consumers
        .filter(({ settings }) => settings.group === group)
        .map(({ id, settings }) => ({ id, topics: settings.topics })),
    closeConsumers: (group) => clients.downOf(group),
    groupsAt: async (atMs) => {
      const moment = await core.host.queries.moment({ atMs });
      return moment.ok ? { ok: true, value: moment.value.groups } : moment;
    },
    onEvents: (drafts) => core.told(drafts),
  });
}

function newFaults(core: LabCore, fleet: BrokerFleet, clients: LabClients): LabFaults {
  const { projection, world } = core;
  return new LabFaults({
    clock: core.time.clock,
    acts: labActs({ fleet, clients, world }),
    picture: () => ({ brokers: [...projection.brokers], ...projection.clients }),
    by: () => (projection.published.scenario === null ? 'you' : 'scenario'),
    onViews: (faults) => {
      projection.setAround({ faults });
      core.changed();
    },
    onEvents: (drafts) => core.told(drafts),
  });
}

function newScenarios(options: LabOptions, core: LabCore): LabScenarios {
  const own = options.scenarios ?? { shippedDir: null, savedDir: join(options.dataDir, 'scenarios') };
  return new LabScenarios({
    library: options.library ?? new ScenarioLibrary(own),
    host: core.host,
    clock: core.time.clock,
    configs: options.set,
    execute: (command) => core.execute(command),
    onChange: (change) => {
      if ('scenario' in change && change.scenario !== null) core.world.setSeed(change.scenario.seed);
      core.projection.setAround(change);
      core.changed();
    },
    onEvents: (drafts) => core.told(drafts),
  });
}
