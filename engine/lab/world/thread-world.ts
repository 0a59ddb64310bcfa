/**
 * The world of one thread, real and with faults: lab time, the machine's disk and network with what is done to them. The
 * host changes it by messages of `world-messages`, and by two words of shared memory (`halt`, `room`).
 */
import { basename, dirname, join } from 'node:path';
import { FaultyDisk, FaultyNetwork, openLink, type LinkRule, type LinkRules } from '../../env/faulty/index.ts';
import type { Disk, Env, Random } from '../../env/index.ts';
import { LabClock } from '../../env/node/lab-clock.ts';
import { NodeDisk, NodeNetwork, NodeRandom, NodeTracer, type TelemetrySink } from '../../env/node/index.ts';
import { TimeCell } from '../../env/node/time-cell.ts';
import { SeededRandom } from '../../env/sim/seeded-random.ts';
import type { LinkEnd } from '../../contract/faults.ts';
import { Halt, halts } from './halt.ts';
import { Pulse, pulseMs } from './pulse.ts';
import { Room } from './room.ts';
import type { LinkFault, PeerPort, ToWorld, WorldFaults, WorldSetup } from './world-messages.ts';

export interface ThreadWorldOptions {
  /** Where relative paths begin. Of a node: its data directory. */
  readonly root: string;
  /** Receives the telemetry. */
  readonly sink: TelemetrySink;
  readonly halt: SharedArrayBuffer;
}

export class ThreadWorld {
  readonly env: Env;
  readonly #self: LinkEnd;
  readonly #halt: Halt;
  readonly #clock: LabClock;
  readonly #room: Room;
  /** Of the slowness that the disk has. */
  #slownessVersion = -1;
  readonly #cell: TimeCell;
  /** Null for a client: it has nothing on the disk. */
  readonly #disk: FaultyDisk | null;
  readonly #network: FaultyNetwork<number>;
  #peers: ReadonlyMap<number, number> = new Map();
  #links: readonly LinkFault[] = [];
  readonly #pulse: Pulse;
  #pulseTimer: NodeJS.Timeout | null = null;

  constructor(setup: WorldSetup, { root, sink, halt }: ThreadWorldOptions) {
    this.#self = setup.self;
    this.#halt = new Halt(halt);
    this.#cell = new TimeCell(setup.time);
    this.#clock = new LabClock(this.#cell);
    const disk = new NodeDisk(root);
    this.#room = new Room(setup.room);
    this.#disk = typeof setup.self === 'number' ? this.#faultyDisk(disk, root) : null;
    this.#pulse = new Pulse(setup.pulse);
    this.#network = new FaultyNetwork(new NodeNetwork(), this.#clock, this.#jitter(setup.seed));
    this.env = {
      clock: this.#clock,
      disk: this.#disk ?? disk,
      network: this.#network,
      random: new NodeRandom(),
      tracer: new NodeTracer(sink),
    };
    this.#setPeers(setup.peers);
    this.#apply(setup.faults);
    this.#beat();
  }

  #jitter(seed: number): Random {
    return new SeededRandom(seed).fork(`links of ${this.#self}`);
  }

  #faultyDisk(disk: Disk, root: string): FaultyDisk {
    return new FaultyDisk(disk, {
      aside: join(dirname(root), `.${basename(root)}.removed`),
      wait: (ms) => this.#wait(ms),
      budget: this.#room,
    });
  }

  receive(message: ToWorld): void {
    switch (message.type) {
      case 'world-faults':
        return this.#apply(message.faults);
      case 'world-peers':
        this.#setPeers(message.peers);
        return this.#setLinks();
      case 'world-time':
        this.#clock.paceChanged();
        return this.#beat();
      case 'world-seed':
        return this.#network.setRandom(this.#jitter(message.seed));
    }
  }

  /** The thread stands still for as long as its host says, and may lose its power instead of going on. */
  standStill(): void {
    this.rest(() => this.#halt.standStill());
    this.losePowerIfAsked();
  }

  /** Nobody waits for this thread while it does that. */
  rest(blocked: () => void): void {
    this.#pulse.rest();
    blocked();
    if (this.#pulseTimer !== null) this.#pulse.tell(this.#clock.monotonic());
  }

  losePowerIfAsked(): void {
    if (this.#halt.state !== halts.losePower) return;
    this.#halt.end(this.#disk?.losePower() ?? { vanishedBytes: 0, files: 0 });
  }

  /** No timer fires any more. */
  close(): void {
    if (this.#pulseTimer !== null) clearInterval(this.#pulseTimer);
    this.#clock.close();
  }

  /** Tells how far it has come while that matters. */
  #beat(): void {
    const { rate } = this.#cell.read();
    if (rate > 1 && this.#pulseTimer === null) {
      const tell = (): void => this.#pulse.tell(this.#clock.monotonic());
      tell();
      this.#pulseTimer = setInterval(tell, pulseMs);
    } else if (rate <= 1) {
      if (this.#pulseTimer !== null) clearInterval(this.#pulseTimer);
      this.#pulseTimer = null;
      this.#pulse.rest();
    }
  }

  #apply(faults: WorldFaults): void {
    this.#clock.setSkew(faults.skewMs);
    this.#setSlowness();
    if (faults.links.length === 0 && this.#links.length === 0) return;
    this.#links = faults.links;
    this.#setLinks();
  }

  #setSlowness(): void {
    this.#slownessVersion = this.#room.version;
    this.#disk?.setSlowness(this.#room.slowness);
  }

  #setPeers(peers: readonly PeerPort[]): void {
    this.#peers = new Map(peers.map(({ port, node }) => [port, node]));
  }

  #setLinks(): void {
    const known = new Map<number, LinkRules>();
    this.#network.setLinks(
      (port) => this.#peers.get(port) ?? null,
      (far) => {
        let rules = known.get(far);
        if (rules === undefined) known.set(far, (rules = rulesOf(this.#links, this.#self, far)));
        return rules;
      },
    );
  }

  /** So long in lab time: longer when that is slow, without end while it stands. */
  #wait(ms: number): void {
    const untilMs = this.#clock.monotonic() + ms;
    for (;;) {
      this.standStill();
      const leftMs = untilMs - this.#clock.monotonic();
      if (leftMs <= 0) return;
      // Its message waits until this thread does not: what holds now is in shared memory.
      if (this.#room.version !== this.#slownessVersion) return this.#setSlowness();
      this.rest(() => this.#halt.waitAtMost(leftMs / this.#cell.read().rate));
    }
  }
}

function rulesOf(links: readonly LinkFault[], self: LinkEnd, far: LinkEnd): LinkRules {
  const out = ruleOf(links.filter(({ from, to }) => from === self && to === far));
  const back = ruleOf(links.filter(({ from, to }) => from === far && to === self));
  return out === null && back === null ? openLink : { out, back };
}

/** Several on one way add up: the narrowest bandwidth, all delays; a cut wins. */
function ruleOf(faults: readonly LinkFault[]): LinkRule | null {
  if (faults.length === 0) return null;
  const limits = faults.flatMap(({ bytesPerSecond }) => bytesPerSecond ?? []);
  return {
    cut: faults.some(({ cut }) => cut),
    delayMs: faults.reduce((sum, { delayMs }) => sum + delayMs, 0),
    jitterMs: faults.reduce((sum, { jitterMs }) => sum + jitterMs, 0),
    bytesPerSecond: limits.length === 0 ? null : Math.min(...limits),
    line: { busyUntilMs: -Infinity },
  };
}

export function isToWorld(message: { readonly type: string }): message is ToWorld {
  return message.type.startsWith('world-');
}
