/** A lab of three brokers, a producer and two consumers that only remembers what was done to it, on a simulated clock. */
import { SimClock } from '../../env/sim/sim-clock.ts';
import { EventQueue } from '../../env/sim/index.ts';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { FaultSpec, FaultView } from '../../contract/faults.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import { brokerView, consumerView, producerView, testEpochMs } from '../../contract/snapshot.testkit.ts';
import type { BrokerProcess } from '../../contract/snapshot.ts';
import type { ClientState } from '../../contract/clients.ts';
import { refused } from '../outcome.ts';
import type { DiskFaults, LinkFault } from '../world/world-messages.ts';
import type { BrokerAct, ClientAct, FaultActs, FaultPicture } from './fault-world.ts';
import { LabFaults } from './lab-faults.ts';

export class FaultyLab implements FaultActs {
  readonly #queue = new EventQueue();
  readonly processes = new Map<number, BrokerProcess>([
    [1, 'running'],
    [2, 'running'],
    [3, 'running'],
  ]);
  readonly clients = new Map<string, ClientState>([
    ['order-feed', 'running'],
    ['billing-1', 'running'],
    ['billing-2', 'running'],
  ]);
  readonly processingMs = new Map<string, number>();
  readonly skews = new Map<number, number>();
  readonly disks = new Map<number, DiskFaults | null>();
  links: readonly LinkFault[] = [];
  readonly done: string[] = [];
  readonly events: LabEventDraft[] = [];
  views: readonly FaultView[] = [];
  /** What the next start of a broker answers. */
  refusesStart: CommandResult | null = null;
  readonly faults = new LabFaults({
    clock: new SimClock(this.#queue, null, testEpochMs),
    acts: this,
    picture: () => this.picture,
    by: () => 'you',
    onViews: (views) => (this.views = views),
    onEvents: (drafts) => this.events.push(...drafts),
  });

  get picture(): FaultPicture {
    const consumers = [...this.clients].filter(([name]) => name.startsWith('billing'));
    const producers = [...this.clients].filter(([name]) => !name.startsWith('billing'));
    return {
      brokers: [...this.processes].map(([id, process]) => brokerView(id, { process })),
      producers: producers.map(([id, state]) => producerView(id, { state })),
      consumers: consumers.map(([id, state]) => {
        const view = consumerView(id, { state });
        return { ...view, settings: { ...view.settings, processingMs: this.processingMs.get(id) ?? 0 } };
      }),
    };
  }

  inject(fault: FaultSpec, times: { afterMs?: number; forMs?: number } = {}): Promise<CommandResult> {
    return this.faults.inject({ fault, ...times });
  }

  /** Lets so much lab time pass, and what came due be done. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#queue.nowMs + ms;
    for (;;) {
      await this.#settle();
      const nextMs = this.#queue.nextAtMs();
      if (nextMs === null || nextMs > untilMs) break;
      this.#queue.runNext();
    }
    this.#queue.nowMs = untilMs;
  }

  /** All that waits for nothing but its turn has had it. */
  async #settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }

  /** `2 kill active 5000`: number, kind, state, lab time left until its end. */
  get told(): readonly string[] {
    return this.views.map(({ id, spec, state, untilMs }) => {
      const left = untilMs === null || state === 'lifted' || state === 'failed' ? '' : ` ${untilMs - this.nowMs}`;
      return `${id} ${spec.kind} ${state}${left}`;
    });
  }

  /** `1 kill: armed > active` for each line of the event log. */
  get lines(): readonly string[] {
    return this.events.map(
      ({ args, change, actor }) => `${args['fault']} ${args['kind']}: ${change?.was} > ${change?.now} by ${actor}`,
    );
  }

  get nowMs(): number {
    return testEpochMs + this.#queue.nowMs;
  }

  /** As somebody else would: its state is another one, and the faults hear of it. */
  became(target: number | string, state: BrokerProcess & ClientState): void {
    if (typeof target === 'number') this.processes.set(target, state);
    else this.clients.set(target, state);
    this.faults.reconcile();
  }

  async broker(command: BrokerAct): Promise<CommandResult> {
    this.done.push(words(command));
    if (command.type === 'startBroker' && this.refusesStart !== null) return this.refusesStart;
    const becomes = {
      stopBroker: 'stopped',
      killBroker: 'killed',
      pauseBroker: 'paused',
      resumeBroker: 'running',
      startBroker: 'starting',
    } as const;
    this.processes.set(command.node, becomes[command.type]);
    this.faults.reconcile();
    return { ok: true, node: command.node };
  }

  async powerLoss(node: number): ReturnType<FaultActs['powerLoss']> {
    this.done.push(`powerLoss ${node}`);
    this.processes.set(node, 'killed');
    this.faults.reconcile();
    return { ok: true, vanishedBytes: 4096, files: 3 };
  }

  async client(command: ClientAct): Promise<CommandResult> {
    this.done.push(words(command));
    if (command.type === 'setConsumer') this.processingMs.set(command.client, command.processingMs ?? 0);
    else {
      const state = /^(stop|close)/.test(command.type) ? 'stopped' : 'starting';
      this.clients.set(command.client, command.type.startsWith('kill') ? 'killed' : state);
    }
    this.faults.reconcile();
    return { ok: true, node: null, client: command.client };
  }

  freeze(client: string): CommandResult {
    this.done.push(`freeze ${client}`);
    this.clients.set(client, 'frozen');
    return { ok: true, node: null, client };
  }

  thaw(client: string): CommandResult {
    if (this.clients.get(client) !== 'frozen') return refused('wrong-state', 'client', client, 'It is not frozen.');
    this.done.push(`thaw ${client}`);
    this.clients.set(client, 'running');
    this.faults.reconcile();
    return { ok: true, node: null, client };
  }

  setSkew(node: number, skewMs: number): void {
    this.skews.set(node, skewMs);
  }

  setDisk(node: number, faults: DiskFaults | null): void {
    this.disks.set(node, faults);
  }

  setLinks(faults: readonly LinkFault[]): void {
    this.links = faults;
  }

  /** `1>3 cut`, `1>3 100~20ms`, one for each way. */
  get linkWords(): readonly string[] {
    return this.links.map(({ from, to, cut, delayMs, jitterMs, bytesPerSecond }) => {
      if (cut) return `${from}>${to} cut`;
      return `${from}>${to} ${bytesPerSecond === null ? `${delayMs}~${jitterMs}ms` : `${bytesPerSecond}/s`}`;
    });
  }
}

function words(command: LabCommand): string {
  return Object.values(command).join(' ');
}
