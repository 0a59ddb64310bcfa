/** Lab clients with what they tell written down, for tests: waits for what is told, never for time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConsumerView, ProducerView } from '../../contract/clients.ts';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import { isClientCommand } from './client-commands.ts';
import { LabTime } from '../world/lab-time.ts';
import { World } from '../world/world.ts';
import { LabClients } from './lab-clients.ts';

const workerEntry = new URL('./client-worker.ts', import.meta.url);

export class WatchedClients {
  readonly clients: LabClients;
  readonly directory: string;
  readonly world = new World(new LabTime());
  readonly events: LabEventDraft[] = [];
  producers: readonly ProducerView[] = [];
  consumers: readonly ConsumerView[] = [];
  topics: readonly string[] = ['orders'];
  readonly #waiters = new Set<() => void>();

  /** Nobody listens at the default address. */
  constructor(directory = mkdtempSync(join(tmpdir(), 'brokerlab-clients-')), bootstrapServers = '127.0.0.1:1') {
    this.directory = directory;
    this.clients = new LabClients({
      workerEntry,
      world: this.world,
      directory,
      bootstrapServers: () => bootstrapServers,
      topics: () => this.topics,
      onViews: (producers, consumers) => {
        this.producers = producers;
        this.consumers = consumers;
        for (const check of this.#waiters) check();
      },
      onEvents: (drafts) => {
        this.events.push(...drafts);
        for (const check of this.#waiters) check();
      },
    });
    this.clients.load();
    this.clients.observe(50);
  }

  /** `name state` of each client. */
  get states(): readonly string[] {
    return [...this.producers, ...this.consumers].map(({ id, state }) => `${id} ${state}`);
  }

  producer(id: string): ProducerView {
    const view = this.producers.find((each) => each.id === id);
    if (view === undefined) throw new Error(`there is no producer ${id}`);
    return view;
  }

  consumer(id: string): ConsumerView {
    const view = this.consumers.find((each) => each.id === id);
    if (view === undefined) throw new Error(`there is no consumer ${id}`);
    return view;
  }

  execute(command: LabCommand): Promise<CommandResult> {
    if (!isClientCommand(command)) throw new Error(`${command.type} is not about clients`);
    return this.clients.execute(command);
  }

  /** `was > now` of each change of a client's state that was told. */
  statesOf(client: string): readonly string[] {
    return this.events
      .filter(({ kind, args }) => kind === 'client-process' && args['client'] === client)
      .map(({ change }) => `${change?.was} > ${change?.now}`);
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
      check();
    });
  }

  async dispose(): Promise<void> {
    await this.clients.stop();
    rmSync(this.directory, { recursive: true });
  }
}
