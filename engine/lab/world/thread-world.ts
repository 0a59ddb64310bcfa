/**
 * The world of one thread, real and with faults: lab time, the machine's disk and network with what is done to them. The
 * host changes it by messages of `world-messages`, and by two words of shared memory (`halt`, `room`).
 */
import { basename, dirname, join } from 'node:path';
import { FaultyDisk, FaultyNetwork, openLink, type LinkRule, type LinkRules } from '../../env/faulty/index.ts';
import type { Disk, Env } from '../../env/index.ts';
import { LabClock } from '../../env/node/lab-clock.ts';
import { NodeDisk, NodeNetwork, NodeRandom, NodeTracer, type TelemetrySink } from '../../env/node/index.ts';
import { TimeCell } from '../../env/node/time-cell.ts';
import { SeededRandom } from '../../env/sim/seeded-random.ts';
import type { LinkEnd } from '../../contract/faults.ts';
import { Halt, halts } from './halt.ts';
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
  readonly #cell: TimeCell;
  /** Null for a client: it has nothing on the disk. */
  readonly #disk: FaultyDisk | null;
  readonly #network: FaultyNetwork<number>;
  #peers: ReadonlyMap<number, number> = new Map();
  #links: readonly LinkFault[] = [];

  constructor(setup: WorldSetup, { root, sink, halt }: ThreadWorldOptions) {
    this.#self = setup.self;
    this.#halt = new Halt(halt);
    this.#cell = new TimeCell(setup.time);
    this.#clock = new LabClock(this.#cell);
    const disk = new NodeDisk(root);
    this.#disk = typeof setup.self === 'number' ? this.#faultyDisk(disk, root, setup.room) : null;
    const jitter = new SeededRandom(setup.seed).fork(`links of ${setup.self}`);
    this.#network = new FaultyNetwork(new NodeNetwork(), this.#clock, jitter);
    this.env = {
      clock: this.#clock,
      disk: this.#disk ?? disk,
      network: this.#network,
      random: new NodeRandom(),
      tracer: new NodeTracer(sink),
    };
    this.#setPeers(setup.peers);
    this.#apply(setup.faults);
  }

  #faultyDisk(disk: Disk, root: string, room: SharedArrayBuffer): FaultyDisk {
    return new FaultyDisk(disk, {
      aside: join(dirname(root), `.${basename(root)}.removed`),
      wait: (ms) => this.#wait(ms),
      budget: new Room(room),
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
        return this.#clock.paceChanged();
    }
  }

  /** The thread stands still for as long as its host says, and may lose its power instead of going on. */
  standStill(): void {
    this.#halt.standStill();
    this.losePowerIfAsked();
  }

  losePowerIfAsked(): void {
    if (this.#halt.state !== halts.losePower) return;
    this.#halt.end(this.#disk?.losePower() ?? { vanishedBytes: 0, files: 0 });
  }

  /** No timer fires any more. */
  close(): void {
    this.#clock.close();
  }

  #apply(faults: WorldFaults): void {
    this.#clock.setSkew(faults.skewMs);
    this.#disk?.setSlowness(faults.disk);
    if (faults.links.length === 0 && this.#links.length === 0) return;
    this.#links = faults.links;
    this.#setLinks();
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
      this.#halt.waitAtMost(leftMs / this.#cell.read().rate);
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
