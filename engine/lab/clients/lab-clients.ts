/**
 * The lab's own producers and consumers: which there are, what they were told to do, a thread for each. What they say of
 * themselves becomes the window's views and lines of the event log. They reach the cluster over the wire alone.
 *
 * Leaves to others: one client's life (`supervised-client`), its settings (`client-settings`), the file that remembers
 * them (`clients-file`).
 */
import type { ClientName, ConsumerView, KeyFileView, ProducerView } from '../../contract/clients.ts';
import type { CommandError, CommandResult } from '../../contract/commands.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import { refused } from '../outcome.ts';
import type { World } from '../world/world.ts';
import type { ClientCommand } from './client-commands.ts';
import { consumerName, producerName } from './client-names.ts';
import { whyNoInstanceId, whyNot } from './client-refusals.ts';
import {
  changedConsumer,
  changedProducer,
  consumerSettings,
  defaultGroup,
  defaultLabConfigs,
  defaultTopic,
  producerSettings,
  whyConfigsRefused,
} from './client-settings.ts';
import { keepKeyFile, readKeyFile } from './key-files.ts';
import { producerChange, whyNotWhole, type CheckedChange } from './producer-change.ts';
import { readClientsFile, writeClientsFile, type RememberedClients } from './clients-file.ts';
import { ReadAgain } from './read-again.ts';
import { LabConsumer, LabProducer, type SupervisedClientOptions } from './supervised-client.ts';

type CommandOf<T extends ClientCommand['type']> = Extract<ClientCommand, { type: T }>;

export interface LabClientsOptions {
  /** Of the threads. */
  readonly workerEntry: URL;
  readonly world: World;
  /** Of the lab's directory: `clients.json` in it keeps which clients there are. */
  readonly directory: string;
  /** `127.0.0.1:9092,...` as of now. */
  bootstrapServers(): string;
  /** The cluster's topics that are not internal, in order. */
  topics(): readonly string[];
  /** As {@link SupervisedClientOptions.ledgerPort}; left out: no ledger is kept. */
  readonly ledgerPort?: SupervisedClientOptions['ledgerPort'];
  /** As {@link SupervisedClientOptions.wirePort}; left out: there is no journal. */
  readonly wirePort?: SupervisedClientOptions['wirePort'];
  onViews(producers: readonly ProducerView[], consumers: readonly ConsumerView[]): void;
  onEvents(drafts: readonly LabEventDraft[]): void;
}

/** Each is a thread. */
const clientsMax = 100;
/** Samples of several clients that come at about the same time become one update. */
const gatherMs = 10;
/** How long clients may take to close when the lab does. */
const leaveLimitMs = 600;
const unwatchedIntervalMs = 1000;

export class LabClients {
  readonly #options: LabClientsOptions;
  readonly #producers = new Map<ClientName, LabProducer>();
  readonly #consumers = new Map<ClientName, LabConsumer>();
  readonly #readAgain = new ReadAgain();
  /** What the directory remembered; undefined before {@link load}. */
  #remembered: RememberedClients | null | undefined;
  #sampleIntervalMs = unwatchedIntervalMs;
  #gatherTimer: NodeJS.Timeout | null = null;
  #isStopping = false;
  readonly #clientOptions: SupervisedClientOptions;

  constructor(options: LabClientsOptions) {
    this.#options = options;
    this.#clientOptions = {
      workerEntry: options.workerEntry,
      world: options.world,
      bootstrapServers: () => options.bootstrapServers(),
      sampleIntervalMs: () => this.#sampleIntervalMs,
      ledgerPort: (client, group) => options.ledgerPort?.(client, group) ?? null,
      wirePort: () => options.wirePort?.() ?? null,
      onChange: () => this.#changed(),
      onEvents: (drafts) => options.onEvents(drafts),
    };
  }

  /** Reads which clients there are; they are stopped until {@link start}. Throws LabStartError for a file that cannot be used. */
  load(): void {
    this.#remembered = readClientsFile(this.#options.directory);
    for (const { name, settings } of this.#remembered?.producers ?? []) this.#addProducer(name, settings);
    for (const { name, settings } of this.#remembered?.consumers ?? []) this.#addConsumer(name, settings);
    this.#tell();
  }

  /** Starts the clients that the directory remembers; with `defaults`, and when it remembers none, the default lab's. */
  start(defaults: boolean): void {
    if (this.#remembered === undefined || this.#isStopping) return;
    const wanted = [...(this.#remembered?.producers ?? []), ...(this.#remembered?.consumers ?? [])];
    for (const { name, runs } of wanted) if (runs) this.#client(name)?.start();
    if (defaults && this.#remembered === null && this.#size === 0) this.#startDefaults();
    this.#tell();
  }

  #startDefaults(): void {
    const feed = producerName(defaultTopic, new Set());
    this.#addProducer(feed, producerSettings(defaultTopic, { configs: defaultLabConfigs })).start();
    for (let i = 0; i < 2; i++) {
      const name = consumerName(defaultGroup, this.#names);
      this.#addConsumer(name, consumerSettings(name, defaultGroup, [defaultTopic], null, {})).start();
    }
    this.#remember();
  }

  /** The same command with the name that a new client gets when its user gave none. */
  named(command: ClientCommand): ClientCommand {
    if (command.type === 'addProducer') {
      const topic = command.topic ?? this.#options.topics()[0] ?? defaultTopic;
      return { ...command, client: command.client ?? producerName(topic, this.#names), topic };
    }
    if (command.type === 'addConsumer') {
      const group = command.group ?? defaultGroup;
      return { ...command, client: command.client ?? consumerName(group, this.#names), group };
    }
    return command;
  }

  async execute(asked: ClientCommand): Promise<CommandResult> {
    if (this.#remembered === undefined || this.#isStopping) {
      return refused('wrong-state', 'lab', this.#isStopping ? 'stopping' : 'not started', 'Start the lab first.');
    }
    const result = await this.#dispatch(this.named(asked));
    if (result.ok) this.#remember();
    this.#tell();
    return result;
  }

  /** One arm for each command. */
  #dispatch(command: ClientCommand): Promise<CommandResult> | CommandResult {
    switch (command.type) {
      case 'addProducer':
        return this.#newProducer(command);
      case 'addConsumer':
        return this.#newConsumer(command);
      case 'setProducer':
        return this.#setProducer(command);
      case 'setConsumer':
        return this.#setConsumer(command);
      case 'setGroup':
        return this.#setGroup(command);
      case 'stopProducer':
      case 'closeConsumer':
        return this.#act(command, async (client) => client.stop());
      case 'wakeupConsumer':
        return this.#act(command, async (client) => {
          // Its application may take long over the records in work; who called `wakeup()` does not wait for that.
          void client.wakeup().finally(() => this.#tell());
        });
      case 'killProducer':
      case 'killConsumer':
        return this.#act(command, async (client) => client.kill());
      case 'startProducer':
      case 'startConsumer':
        return this.#act(command, async (client) => client.start());
      case 'freezeConsumer':
        return this.#act(command, async (client) => client.freeze());
      case 'thawConsumer':
        return this.#act(command, async (client) => client.thaw());
      case 'removeProducer':
      case 'removeConsumer':
        return this.#act(command, async (client) => {
          await client.stop();
          this.#producers.delete(client.name);
          this.#consumers.delete(client.name);
        });
    }
  }

  #newProducer(command: CommandOf<'addProducer'>): CommandResult {
    const { type: _, client = '', topic = defaultTopic, ...asked } = command;
    const checked = producerChange(asked);
    if ('code' in checked) return { ok: false, error: checked };
    const settings = producerSettings(topic, checked.change);
    const why = this.#whyNotNew(client) ?? whyNotWhole(settings);
    if (why !== null) return { ok: false, error: why };
    this.#keepFile(checked);
    this.#addProducer(client, settings).start();
    return { ok: true, node: null, client };
  }

  #newConsumer(command: CommandOf<'addConsumer'>): CommandResult {
    const { client = '', group = defaultGroup } = command;
    const why = this.#whyNotNew(client) ?? whyConfigsRefused('consumer', command.configs) ?? whyNoInstanceId(command);
    if (why !== null) return { ok: false, error: why };
    const like = [...this.#consumers.values()].findLast((each) => each.settings.group === group)?.settings ?? null;
    const topic = this.#options.topics()[0] ?? defaultTopic;
    this.#addConsumer(client, consumerSettings(client, group, [topic], like, command)).start();
    return { ok: true, node: null, client };
  }

  #whyNotNew(client: ClientName): CommandError | null {
    if (this.#client(client) !== null) {
      const hint = 'The lab has a client of that name; start that one, or take another name.';
      return { code: 'client-exists', thing: 'client', value: client, hint };
    }
    if (this.#size < clientsMax) return null;
    return {
      code: 'too-many',
      thing: 'client',
      value: client,
      hint: `The lab has ${clientsMax} already; remove some.`,
    };
  }

  async #setProducer(command: CommandOf<'setProducer'>): Promise<CommandResult> {
    const producer = this.#producers.get(command.client);
    if (producer === undefined) return this.#noSuch('producer', command.client);
    const { type: _, client: __, ...asked } = command;
    const checked = producerChange(asked);
    if ('code' in checked) return { ok: false, error: checked };
    const settings = changedProducer(producer.settings, checked.change);
    const why = whyNotWhole(settings);
    if (why !== null) return { ok: false, error: why };
    this.#keepFile(checked);
    if (producer.adopt(settings)) await this.#restart([producer]);
    return { ok: true, node: null, client: command.client };
  }

  #keepFile({ keptFile }: CheckedChange): void {
    if (keptFile !== null) keepKeyFile(this.#options.directory, keptFile.file, keptFile.text);
  }

  async #setConsumer(command: CommandOf<'setConsumer'>): Promise<CommandResult> {
    const consumer = this.#consumers.get(command.client);
    if (consumer === undefined) return this.#noSuch('consumer', command.client);
    const why = whyConfigsRefused('consumer', command.configs) ?? whyNoInstanceId(command);
    if (why !== null) return { ok: false, error: why };
    if (consumer.adopt(changedConsumer(command.client, consumer.settings, command))) await this.#restart([consumer]);
    return { ok: true, node: null, client: command.client };
  }

  /** All are down before the first comes back: members without an assignor in common cannot be in one group. */
  async #setGroup(command: CommandOf<'setGroup'>): Promise<CommandResult> {
    const members = [...this.#consumers.values()].filter((each) => each.settings.group === command.group);
    if (members.length === 0) {
      const groups = new Set([...this.#consumers.values()].map((each) => each.settings.group));
      const hint = groups.size === 0 ? 'The lab has no consumers.' : `Lab consumers are in ${[...groups].join(', ')}.`;
      return refused('no-such-group', 'group', command.group, hint);
    }
    await this.#restart(members.filter((each) => each.adopt(changedConsumer(each.name, each.settings, command))));
    return { ok: true, node: null };
  }

  /** What was asked for is remembered before it is done, so that a lab that ends meanwhile knows it. */
  async #restart(clients: readonly (LabProducer | LabConsumer)[]): Promise<void> {
    this.#remember();
    await Promise.all(clients.map((each) => each.goDown()));
    for (const each of clients) each.comeBack();
  }

  /** Closes the consumers of a group that run; what it gives starts them again. */
  async downOf(group: string): Promise<() => void> {
    const members = [...this.#consumers.values()].filter((each) => each.settings.group === group && each.alive);
    await Promise.all(members.map((each) => each.goDown()));
    return () => {
      for (const each of members) each.comeBack();
    };
  }

  async #act(
    command: Exclude<ClientCommand, { type: 'addProducer' | 'addConsumer' | 'setGroup' }>,
    act: (client: LabProducer | LabConsumer) => Promise<void>,
  ): Promise<CommandResult> {
    const kind = command.type.endsWith('Producer') ? 'producer' : 'consumer';
    const client = (kind === 'producer' ? this.#producers : this.#consumers).get(command.client);
    if (client === undefined) return this.#noSuch(kind, command.client);
    const why = whyNot(command.type, kind, client);
    if (why !== null) return why;
    await act(client);
    return { ok: true, node: null, client: command.client };
  }

  /** Its thread stands still, a producer's as well as a consumer's. Its view says so when this returns. */
  freeze(name: ClientName): CommandResult {
    const client = this.#client(name);
    if (client === null) return this.#noSuch('client', name);
    if (client.state !== 'running' && client.state !== 'starting') {
      return refused('wrong-state', `client ${name}`, client.state, 'Only a running client can be frozen.');
    }
    client.freeze();
    this.#tell();
    return { ok: true, node: null, client: name };
  }

  thaw(name: ClientName): CommandResult {
    const client = this.#client(name);
    if (client === null) return this.#noSuch('client', name);
    client.thaw();
    this.#tell();
    return { ok: true, node: null, client: name };
  }

  #noSuch(kind: 'producer' | 'consumer' | 'client', value: string): CommandResult {
    const names =
      kind === 'client' ? [...this.#names] : [...(kind === 'producer' ? this.#producers : this.#consumers).keys()];
    const hint = names.length === 0 ? `The lab has no ${kind}s.` : `The lab has ${kind}s ${names.join(', ')}.`;
    return refused('no-such-client', kind, value, hint);
  }

  #addProducer(name: ClientName, settings: LabProducer['settings']): LabProducer {
    const keyFileText = (file: KeyFileView | null): string | null => readKeyFile(this.#options.directory, file);
    const producer = new LabProducer(name, settings, keyFileText, this.#clientOptions);
    this.#producers.set(name, producer);
    return producer;
  }

  #addConsumer(name: ClientName, settings: LabConsumer['settings']): LabConsumer {
    const consumer = new LabConsumer(name, settings, this.#readAgain, this.#clientOptions);
    this.#consumers.set(name, consumer);
    return consumer;
  }

  #client(name: ClientName): LabProducer | LabConsumer | null {
    return this.#producers.get(name) ?? this.#consumers.get(name) ?? null;
  }

  get #size(): number {
    return this.#producers.size + this.#consumers.size;
  }

  get #names(): ReadonlySet<ClientName> {
    return new Set([...this.#producers.keys(), ...this.#consumers.keys()]);
  }

  #remember(): void {
    writeClientsFile(this.#options.directory, {
      version: 1,
      producers: [...this.#producers.values()].map(({ name, runs, settings }) => ({ name, runs, settings })),
      consumers: [...this.#consumers.values()].map(({ name, runs, settings }) => ({ name, runs, settings })),
    });
  }

  #changed(): void {
    this.#gatherTimer ??= setTimeout(() => this.#tell(), gatherMs);
  }

  #tell(): void {
    if (this.#gatherTimer !== null) clearTimeout(this.#gatherTimer);
    this.#gatherTimer = null;
    this.#options.onViews(
      [...this.#producers.values()].map((each) => each.view),
      [...this.#consumers.values()].map((each) => each.view),
    );
  }

  /** A leader had a batch already, of whichever producer. */
  duplicateDropped(producerId: number, topic: string, partition: number, records: number): void {
    const producer = [...this.#producers.values()].find(({ view }) => view.producerId === producerId);
    producer?.addDuplicate(topic, partition, records);
    if (producer !== undefined) this.#changed();
  }

  /** How often samples are wanted. */
  observe(intervalMs: number): void {
    this.#sampleIntervalMs = intervalMs;
    for (const client of [...this.#producers.values(), ...this.#consumers.values()]) client.observe(intervalMs);
  }

  /** Closes all clients as their owner would: producers flush, consumers commit and leave. Takes less than a second. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const all = [...this.#producers.values(), ...this.#consumers.values()];
    await Promise.all(all.map((each) => each.leave(leaveLimitMs)));
    this.#tell();
  }
}
