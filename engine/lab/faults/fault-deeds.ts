/**
 * What each kind of fault does to the lab, and what takes it back. Faults that act on a thread (stop, kill, pause, freeze)
 * are commands like the user's own; the others change the world around it, which is set anew from all faults that stand.
 *
 * A full disk that is lifted has room again; a broker that ended on it stays down until it is started, as Kafka's would.
 */
import type { CommandError, CommandResult } from '../../contract/commands.ts';
import type { FaultSpec, FaultView } from '../../contract/faults.ts';
import { diskOf, linksOf, processingOf, skewOf, type StandingFault } from './combine.ts';
import type { ClientAct, FaultActs, FaultPicture } from './fault-world.ts';

export interface Done {
  readonly error: CommandError | null;
  readonly vanished: FaultView['vanished'];
}
const done: Done = { error: null, vanished: null };

const told = (result: CommandResult): Done => (result.ok ? done : { error: result.error, vanished: null });

export class FaultDeeds {
  readonly #acts: FaultActs;
  readonly #picture: () => FaultPicture;
  /** Active ones, in the order of their ids. */
  readonly #standing: () => readonly StandingFault[];
  /** Processing times of consumers before the first fault slowed them. */
  readonly #processingMs = new Map<string, number>();
  /** The brokers that there were when links were set last. */
  #linkedNodes = '';

  constructor(acts: FaultActs, picture: () => FaultPicture, standing: () => readonly StandingFault[]) {
    this.#acts = acts;
    this.#picture = picture;
    this.#standing = standing;
  }

  /** The fault stands already. */
  async begin(spec: FaultSpec): Promise<Done> {
    switch (spec.kind) {
      case 'stop':
        return told(await this.#acts.broker({ type: 'stopBroker', node: spec.node }));
      case 'kill':
        return told(await this.#acts.broker({ type: 'killBroker', node: spec.node }));
      case 'pause':
        return told(await this.#acts.broker({ type: 'pauseBroker', node: spec.node }));
      case 'power-loss': {
        const result = await this.#acts.powerLoss(spec.node);
        if (!result.ok) return { error: result.error, vanished: null };
        return { error: null, vanished: { bytes: result.vanishedBytes, files: result.files } };
      }
      case 'stop-client':
        return told(await this.#acts.client(this.#clientAct(spec.client, 'stop')));
      case 'kill-client':
        return told(await this.#acts.client(this.#clientAct(spec.client, 'kill')));
      case 'freeze-client':
        return told(this.#acts.freeze(spec.client));
      default:
        return this.#setWorld(spec);
    }
  }

  /** The fault does not stand any more. What somebody else took back meanwhile is left alone. */
  async end(spec: FaultSpec): Promise<Done> {
    if (!holds(spec, this.#picture())) return done;
    switch (spec.kind) {
      case 'stop':
      case 'kill':
      case 'power-loss':
        return told(await this.#acts.broker({ type: 'startBroker', node: spec.node }));
      case 'pause':
        return told(await this.#acts.broker({ type: 'resumeBroker', node: spec.node }));
      case 'stop-client':
      case 'kill-client':
        return told(await this.#acts.client(this.#clientAct(spec.client, 'start')));
      case 'freeze-client':
        return told(this.#acts.thaw(spec.client));
      default:
        return this.#setWorld(spec);
    }
  }

  /** Who is cut off from all brokers is cut off from one that was added, too. */
  followBrokers(): void {
    if (this.#nodes !== this.#linkedNodes) this.#setLinks();
  }

  get #nodes(): string {
    return this.#picture()
      .brokers.map((each) => each.id)
      .join();
  }

  #setLinks(): void {
    this.#linkedNodes = this.#nodes;
    const nodes = this.#picture().brokers.map((each) => each.id);
    this.#acts.setLinks(linksOf(this.#standing(), nodes));
  }

  /** The world as it is without faults, for brokers and clients that are to leave in peace. */
  clearWorld(): void {
    for (const { id } of this.#picture().brokers) this.#acts.setDisk(id, null);
    this.#acts.setLinks([]);
  }

  #clientAct(client: string, act: 'stop' | 'kill' | 'start'): ClientAct {
    const isProducer = this.#picture().producers.some((each) => each.id === client);
    if (isProducer) return { type: `${act}Producer`, client };
    return { type: act === 'stop' ? 'closeConsumer' : `${act}Consumer`, client };
  }

  async #setWorld(spec: FaultSpec): Promise<Done> {
    switch (spec.kind) {
      case 'slow-disk':
      case 'full-disk':
        this.#acts.setDisk(spec.node, diskOf(spec.node, this.#standing()));
        return done;
      case 'skewed-clock':
        this.#acts.setSkew(spec.node, skewOf(spec.node, this.#standing()));
        return done;
      case 'slow-client':
        return this.#setProcessing(spec.client);
      default:
        this.#setLinks();
        return done;
    }
  }

  async #setProcessing(client: string): Promise<Done> {
    const now = this.#picture().consumers.find((each) => each.id === client)?.settings.processingMs ?? 0;
    const slow = processingOf(client, this.#standing());
    if (slow !== null && !this.#processingMs.has(client)) this.#processingMs.set(client, now);
    const processingMs = slow ?? this.#processingMs.get(client) ?? now;
    if (slow === null) this.#processingMs.delete(client);
    if (processingMs === now) return done;
    return told(await this.#acts.client({ type: 'setConsumer', client, processingMs }));
  }
}

/** Whether its target is still as the fault left it. Of faults that act on a thread; the world is only changed by faults. */
export function holds(spec: FaultSpec, { brokers, producers, consumers }: FaultPicture): boolean {
  const process = 'node' in spec ? brokers.find((each) => each.id === spec.node)?.process : undefined;
  const client =
    'client' in spec ? [...producers, ...consumers].find((each) => each.id === spec.client)?.state : undefined;
  switch (spec.kind) {
    // One that does not leave in time is killed in the end.
    case 'stop':
      return process === 'shutting-down' || process === 'stopped' || process === 'killed';
    case 'kill':
    case 'power-loss':
      return process === 'killed';
    case 'pause':
      return process === 'paused';
    case 'stop-client':
      return client === 'stopping' || client === 'stopped' || client === 'killed';
    case 'kill-client':
      return client === 'killed';
    case 'freeze-client':
      return client === 'frozen';
    default:
      return true;
  }
}
