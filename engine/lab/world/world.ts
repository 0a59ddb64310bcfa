/**
 * The world around the lab's threads, as the host sets it: lab time, who listens where, and the faults of clocks, disks and
 * links. What is set here reaches threads that run by a message, and new ones by their setup.
 *
 * Leaves to others: doing it (`thread-world`, in each thread), which fault is when (`faults/`).
 */
import type { Dispose } from '../../base/disposer.ts';
import type { DurationMs, NodeId } from '../../base/ids.ts';
import type { LinkEnd } from '../../contract/faults.ts';
import type { LabTime } from './lab-time.ts';
import { Pacing } from './pacing.ts';
import { Pulse } from './pulse.ts';
import { Room } from './room.ts';
import {
  noFaults,
  type DiskFaults,
  type LinkFault,
  type PeerPort,
  type ToWorld,
  type WorldFaults,
  type WorldSetup,
} from './world-messages.ts';

export class World {
  readonly time: LabTime;
  #peers: readonly PeerPort[] = [];
  #links: readonly LinkFault[] = [];
  readonly #skews = new Map<NodeId, DurationMs>();
  readonly #disks = new Map<NodeId, DiskFaults>();
  readonly #rooms = new Map<LinkEnd, Room>();
  #seed = 0;
  readonly #pacing: Pacing;
  /** Of the newest setup of each end. */
  readonly #pulses = new Map<LinkEnd, Pulse>();
  readonly #threads = new Set<{ readonly end: LinkEnd; readonly post: (message: ToWorld) => void }>();

  constructor(time: LabTime) {
    this.time = time;
    this.#pacing = new Pacing(time);
    time.onChange(() => {
      this.#pacing.paceChanged();
      for (const { post } of this.#threads) post({ type: 'world-time' });
    });
  }

  /** For the start of a thread. */
  setupFor(end: LinkEnd): WorldSetup {
    return {
      self: end,
      time: this.time.buffer,
      peers: this.#peers,
      faults: this.#faultsFor(end),
      room: this.#roomOf(end).buffer,
      pulse: this.#newPulse(end).buffer,
      seed: this.#seed,
    };
  }

  /** From now on `post` is told what changes for that end, until it is disposed of. */
  attach(end: LinkEnd, post: (message: ToWorld) => void): Dispose {
    const thread = { end, post };
    const pulse = this.#pulses.get(end);
    this.#threads.add(thread);
    const leave = pulse === undefined ? () => {} : this.#pacing.add(pulse);
    return () => {
      this.#threads.delete(thread);
      leave();
    };
  }

  /** Who listens where, all brokers and controllers. */
  setPeers(peers: readonly PeerPort[]): void {
    this.#peers = peers;
    for (const { post } of this.#threads) post({ type: 'world-peers', peers });
  }

  /** Decides what is random about links. */
  setSeed(seed: number): void {
    if (seed === this.#seed) return;
    this.#seed = seed;
    for (const { post } of this.#threads) post({ type: 'world-seed', seed });
  }

  /** 0 for a right clock. */
  setSkew(node: NodeId, skewMs: DurationMs): void {
    if (skewMs === 0) this.#skews.delete(node);
    else this.#skews.set(node, skewMs);
    this.#tell(node);
  }

  /** Null for a disk without faults. */
  setDisk(node: NodeId, faults: DiskFaults | null): void {
    const freeBytes = faults?.freeBytes ?? null;
    // A disk that is full stays so while it also becomes slow.
    const room = this.#roomOf(node);
    if (freeBytes !== (this.#disks.get(node)?.freeBytes ?? null)) room.setLeft(freeBytes);
    room.setSlowness(faults);
    if (faults === null) this.#disks.delete(node);
    else this.#disks.set(node, faults);
    this.#tell(node);
  }

  /** All link faults that hold; several on one way add up, a cut wins. */
  setLinks(links: readonly LinkFault[]): void {
    this.#links = links;
    for (const { end, post } of this.#threads) post({ type: 'world-faults', faults: this.#faultsFor(end) });
  }

  #newPulse(end: LinkEnd): Pulse {
    const pulse = new Pulse();
    pulse.tell(this.time.clock.monotonic());
    this.#pulses.set(end, pulse);
    return pulse;
  }

  #roomOf(end: LinkEnd): Room {
    let room = this.#rooms.get(end);
    if (room === undefined) this.#rooms.set(end, (room = new Room()));
    return room;
  }

  close(): void {
    this.#pacing.close();
  }

  #tell(node: NodeId): void {
    for (const { end, post } of this.#threads) {
      if (end === node) post({ type: 'world-faults', faults: this.#faultsFor(end) });
    }
  }

  #faultsFor(end: LinkEnd): WorldFaults {
    const links = this.#links.filter(({ from, to }) => from === end || to === end);
    if (typeof end !== 'number') return links.length === 0 ? noFaults : { ...noFaults, links };
    return { skewMs: this.#skews.get(end) ?? 0, disk: this.#disks.get(end) ?? null, links };
  }
}
