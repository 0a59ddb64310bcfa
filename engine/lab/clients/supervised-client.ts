/**
 * One lab client over its whole life: what it is told to do, whether it is to run, its thread when it has one, its picture
 * for the window. A change of settings that it cannot take as it runs closes it and makes it anew, as a restart with
 * another config would.
 *
 * Invariant: what the user asked for last wins. A stop or kill during such a restart keeps it down; settings that change
 * during it are those that it comes back with.
 */
import type {
  ClientError,
  ClientName,
  ConsumerSettings,
  ConsumerView,
  ProducerSettings,
  ProducerView,
} from '../../contract/clients.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import type { MessagePort } from 'node:worker_threads';
import type { World } from '../world/world.ts';
import type { ClientRole, FromClient, TimedLine } from './client-messages.ts';
import { lineDraft, settingDrafts, stateDraft } from './client-narration.ts';
import { areLive, settingChanges } from './client-settings.ts';
import { ClientThread, type ClientFailure } from './client-thread.ts';
import { ConsumerPicture, ProducerPicture } from './client-view.ts';
import type { ReadAgain } from './read-again.ts';

/** How long a client may take to close when its user asks for it. */
export const closeLimitMs = 5000;
/** How long it may take after `wakeup()`, the records in work among it; then it is killed, as by whoever stops a process. */
export const wakeupLimitMs = 30_000;

export interface SupervisedClientOptions {
  readonly workerEntry: URL;
  readonly world: World;
  /** A new port to the ledger for a thread that begins; `group` of a consumer. */
  ledgerPort(client: ClientName, group: string | null): MessagePort | null;
  /** Likewise to the journal, for what goes over its wire. */
  wirePort(): MessagePort | null;
  bootstrapServers(): string;
  sampleIntervalMs(): number;
  /** Its view is another one. */
  onChange(): void;
  onEvents(drafts: readonly LabEventDraft[]): void;
}

abstract class SupervisedClient<S extends ProducerSettings | ConsumerSettings> {
  readonly name: ClientName;
  readonly #options: SupervisedClientOptions;
  readonly #thread: ClientThread;
  #settings: S;
  #runs = false;
  /** The lab is closing: nothing comes back. */
  #isLeaving = false;

  constructor(name: ClientName, settings: S, options: SupervisedClientOptions) {
    this.name = name;
    this.#settings = settings;
    this.#options = options;
    this.#thread = new ClientThread(name, options.workerEntry, options.world, {
      onMessage: (message) => this.#receive(message),
      onState: (_state, failure) => this.#stateChanged(failure),
    });
  }

  get settings(): S {
    return this.#settings;
  }

  get state(): ClientThread['state'] {
    return this.#thread.state;
  }

  /** Whether it is to run, as its user asked. */
  get runs(): boolean {
    return this.#runs;
  }

  get alive(): boolean {
    return this.#thread.alive;
  }

  protected abstract readonly picture: Pick<ProducerPicture, 'setEffective' | 'setState'> & {
    readonly view: ProducerView | ConsumerView;
    setSettings(settings: S): void;
  };
  protected abstract readonly group: string | null;
  protected abstract role(settings: S): ClientRole;
  protected abstract apply(message: FromClient): void;
  /** Records that the client reads again by what the line tells. */
  protected abstract again(line: TimedLine): number;

  start(): void {
    if (this.#thread.alive || this.#isLeaving) return;
    this.#runs = true;
    this.#thread.start({
      bootstrapServers: this.#options.bootstrapServers(),
      role: this.role(this.#settings),
      sampleIntervalMs: this.#options.sampleIntervalMs(),
      ledger: this.#options.ledgerPort(this.name, this.group),
      wire: this.#options.wirePort(),
    });
  }

  /** The client's `close()`; resolves when its thread has ended. */
  async stop(limitMs = closeLimitMs): Promise<void> {
    this.#runs = false;
    await this.#thread.close(limitMs);
  }

  /** `wakeup()`, and then the client closes by itself; resolves when its thread has ended. */
  async wakeup(): Promise<void> {
    this.#runs = false;
    await this.#thread.wakeup(wakeupLimitMs);
  }

  /** As {@link stop}, with the lab: it is to run again when the lab does. */
  leave(limitMs: number): Promise<void> {
    this.#isLeaving = true;
    return this.#thread.close(limitMs);
  }

  async kill(): Promise<void> {
    this.#runs = false;
    await this.#thread.kill();
  }

  freeze(): void {
    this.#thread.freeze();
  }

  thaw(): void {
    this.#thread.thaw();
  }

  observe(intervalMs: number): void {
    this.#thread.post({ type: 'observe', intervalMs });
  }

  /** Takes the settings; a client that runs and cannot take them as it runs is left for {@link restart}: true then. */
  adopt(settings: S): boolean {
    const changes = settingChanges(this.#settings, settings);
    if (changes.length === 0) return false;
    this.#settings = settings;
    this.picture.setSettings(settings);
    const source = this.group === null ? 'ProducerConfig' : 'ConsumerConfig';
    this.#options.onEvents(settingDrafts(this.name, this.#options.world.time.now(), source, changes));
    this.#options.onChange();
    if (!areLive(changes)) return this.#runs && this.state !== 'stopping';
    this.#thread.post({ type: 'settings', role: this.role(settings) });
    return false;
  }

  /** The first half of a restart, for several that must be down together; {@link comeBack} is the other. */
  async goDown(): Promise<void> {
    await this.#thread.close(closeLimitMs);
  }

  comeBack(): void {
    if (this.#runs) this.start();
  }

  async restart(): Promise<void> {
    await this.goDown();
    this.comeBack();
  }

  #receive(message: FromClient): void {
    if (message.type === 'configured') this.picture.setEffective(message.effective, message.notices);
    else if (message.type === 'lines') {
      this.#options.onEvents(message.lines.map((line) => lineDraft(this.name, this.group, line, this.again(line))));
    } else this.apply(message);
    this.#options.onChange();
  }

  #stateChanged(failure: ClientFailure | null): void {
    const atMs = this.#options.world.time.now();
    const was = this.picture.view.state;
    const { state } = this.#thread;
    const told: ClientError | null = failure === null ? null : { atMs, ...failure };
    this.picture.setState({ state, atMs, failure: told });
    const detail = failure === null ? '' : `${failure.code}: ${failure.message}`;
    if (was !== state) this.#options.onEvents([stateDraft(this.name, atMs, was, state, detail)]);
    this.#options.onChange();
  }
}

/** Of a file that settings name; null when it is gone. */
type KeyFileText = (file: ProducerSettings['keyFile']) => string | null;

export class LabProducer extends SupervisedClient<ProducerSettings> {
  protected readonly picture: ProducerPicture;
  protected readonly group = null;
  readonly #keyFileText: KeyFileText;

  constructor(
    name: ClientName,
    settings: ProducerSettings,
    keyFileText: KeyFileText,
    options: SupervisedClientOptions,
  ) {
    super(name, settings, options);
    this.#keyFileText = keyFileText;
    this.picture = new ProducerPicture(name, settings, options.world.time.now());
  }

  get view(): ProducerView {
    return this.picture.view;
  }

  protected role(settings: ProducerSettings): ClientRole {
    return { kind: 'producer', settings, keyFileText: this.#keyFileText(settings.keyFile) };
  }

  protected apply(message: FromClient): void {
    if (message.type === 'producer') this.picture.apply(message);
  }

  /** A leader had a batch of its already; the view is told with the next change. */
  addDuplicate(topic: string, partition: number, records: number): void {
    this.picture.addDuplicate(topic, partition, records);
  }

  protected again(): number {
    return 0;
  }
}

export class LabConsumer extends SupervisedClient<ConsumerSettings> {
  protected readonly picture: ConsumerPicture;
  protected readonly group: string;

  readonly #readAgain: ReadAgain;

  constructor(name: ClientName, settings: ConsumerSettings, readAgain: ReadAgain, options: SupervisedClientOptions) {
    super(name, settings, options);
    this.picture = new ConsumerPicture(name, settings, options.world.time.now());
    this.group = settings.group;
    this.#readAgain = readAgain;
  }

  get view(): ConsumerView {
    return this.picture.view;
  }

  protected role(settings: ConsumerSettings): ClientRole {
    return { kind: 'consumer', settings };
  }

  protected apply(message: FromClient): void {
    if (message.type === 'gave-up') this.#readAgain.reached(this.group, message.partitions);
    if (message.type !== 'consumer') return;
    this.picture.apply(message);
    this.#readAgain.reached(
      this.group,
      message.sample.partitions.map(({ topic, partition, position }) => ({ topic, partition, offset: position })),
    );
  }

  protected again({ line }: TimedLine): number {
    if (line.type !== 'took') return 0;
    const again = this.#readAgain.took(this.group, line);
    this.picture.addAgain(again);
    return again;
  }
}
