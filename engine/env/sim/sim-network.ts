/**
 * The simulated network: ordered byte streams between named nodes, with seeded latencies, cuts and resets.
 *
 * A cut link loses nothing: like TCP's retransmission, what was sent waits until the link heals or the connection is
 * given up by one of its ends. Every delivery is an event of the receiver, so a frozen node receives nothing.
 * A node that is killed resets its connections; one that loses power just falls silent until it is started again.
 */
import type { Dispose } from '../../base/disposer.ts';
import { type Connection, type Listener, type Network, NetworkError } from '../network.ts';
import type { EventOwner, EventQueue } from './event-queue.ts';
import type { SeededRandom } from './seeded-random.ts';
import { SimConnection } from './sim-connection.ts';

/** One incarnation of a node, as the network sees it. */
export interface NetworkPeer extends EventOwner {
  /** Fell silent without a reset (power loss). */
  readonly silent: boolean;
}

export interface LinkLatency {
  readonly minMs: number;
  readonly maxMs: number;
}

interface Binding {
  readonly owner: NetworkPeer;
  readonly onConnection: (connection: Connection) => void;
}

const firstFreePort = 40_000;

export class SimNetwork {
  /** Latency of links that have none of their own. */
  latency: LinkLatency = { minMs: 0.1, maxMs: 1 };
  readonly queue: EventQueue;
  readonly random: SeededRandom;
  readonly #bindings = new Map<number, Binding>();
  readonly #links = new Map<string, LinkLatency>();
  readonly #cuts = new Map<string, number>();
  readonly #connections = new Set<SimConnection>();
  #nextPort = firstFreePort;

  constructor(queue: EventQueue, random: SeededRandom) {
    this.queue = queue;
    this.random = random;
  }

  attach(owner: NetworkPeer): Network {
    return {
      listen: (_host, port, onConnection) => this.#listen(owner, port, onConnection),
      connect: (host, port, timeoutMs) => this.#connect(owner, host, port, timeoutMs),
    };
  }

  /** Nothing gets from `from` to `to` until the returned function is called. Cuts of one link add up. */
  cut(from: string, to: string): Dispose {
    const key = linkKey(from, to);
    this.#cuts.set(key, (this.#cuts.get(key) ?? 0) + 1);
    let healed = false;
    return () => {
      if (healed) return;
      healed = true;
      const left = this.#cuts.get(key)! - 1;
      if (left > 0) this.#cuts.set(key, left);
      else this.#cuts.delete(key);
      if (left === 0) for (const connection of this.#connections) connection.linkHealed(from, to);
    };
  }

  /** Cuts every link between a node of `left` and one of `right`, both ways. */
  partition(left: readonly string[], right: readonly string[]): Dispose {
    const heals = left.flatMap((a) => right.flatMap((b) => [this.cut(a, b), this.cut(b, a)]));
    return () => {
      for (const heal of heals) heal();
    };
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(linkKey(from, to));
  }

  setLatency(from: string, to: string, latency: LinkLatency): void {
    this.#links.set(linkKey(from, to), latency);
  }

  /** Milliseconds for one segment. */
  draw(from: string, to: string): number {
    const { minMs, maxMs } = this.#links.get(linkKey(from, to)) ?? this.latency;
    return this.random.between(minMs, maxMs);
  }

  /** Resets every connection between the two nodes. */
  reset(a: string, b: string): void {
    for (const connection of Array.from(this.#connections)) {
      if (connection.owner.name === a && connection.peerName === b) connection.destroy();
    }
  }

  /** The incarnation is over: its ports are free; its connections are reset unless it fell silent. */
  detach(owner: NetworkPeer): void {
    for (const [port, binding] of this.#bindings) if (binding.owner === owner) this.#bindings.delete(port);
    if (!owner.silent) this.#resetAllOf(owner);
  }

  /** A node that lost power is back: its old peers learn that their connections are gone. */
  returned(owner: NetworkPeer): void {
    this.#resetAllOf(owner);
  }

  forget(connection: SimConnection): void {
    this.#connections.delete(connection);
  }

  #resetAllOf(owner: NetworkPeer): void {
    for (const connection of Array.from(this.#connections)) if (connection.owner === owner) connection.destroy();
  }

  #listen(owner: NetworkPeer, port: number, onConnection: (connection: Connection) => void): Promise<Listener> {
    const bound = port === 0 ? this.#freePort() : port;
    if (this.#bindings.has(bound)) {
      return Promise.reject(new NetworkError('EADDRINUSE', `port ${bound} is in use`));
    }
    const binding = { owner, onConnection };
    this.#bindings.set(bound, binding);
    return Promise.resolve({
      port: bound,
      close: () => {
        if (this.#bindings.get(bound) === binding) this.#bindings.delete(bound);
        return Promise.resolve();
      },
    });
  }

  /**
   * The handshake: there, accepted or refused, and back. It waits while the link is cut, at most `timeoutMs`. A frozen
   * listener accepts too, as an operating system does for a process that does nothing.
   */
  #connect(owner: NetworkPeer, host: string, port: number, timeoutMs: number): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const deadlineMs = this.queue.nowMs + timeoutMs;
    const fail = (code: string): void => reject(new NetworkError(code, `connect ${host}:${port}: ${code}`));
    const attempt = (): void => {
      if (this.queue.nowMs >= deadlineMs) return fail('ETIMEDOUT');
      const binding = this.#bindings.get(port);
      if (binding === undefined) return fail('ECONNREFUSED');
      const { name } = binding.owner;
      if (this.isCut(owner.name, name) || this.isCut(name, owner.name)) {
        const retryMs = Math.min(50, deadlineMs - this.queue.nowMs);
        this.queue.schedule(retryMs, owner, attempt);
        return;
      }
      resolve(this.#establish(owner, binding, port));
    };
    this.queue.schedule(Math.min(timeoutMs, this.#drawConnect(owner, port)), owner, attempt);
    return promise;
  }

  #drawConnect(owner: NetworkPeer, port: number): number {
    const name = this.#bindings.get(port)?.owner.name ?? owner.name;
    return this.draw(owner.name, name) + this.draw(name, owner.name);
  }

  #establish(owner: NetworkPeer, binding: Binding, port: number): Connection {
    const nearPort = this.#freePort();
    const near = new SimConnection(this, owner, `127.0.0.1:${port}`, nearPort);
    const far = new SimConnection(this, binding.owner, `127.0.0.1:${nearPort}`, port);
    near.join(far);
    this.#connections.add(near);
    this.#connections.add(far);
    this.queue.schedule(0, binding.owner, () => {
      if (!far.closed) binding.onConnection(far);
    });
    return near;
  }

  #freePort(): number {
    let port: number;
    do {
      port = this.#nextPort++;
      if (this.#nextPort > 65_535) this.#nextPort = firstFreePort;
    } while (this.#bindings.has(port));
    return port;
  }
}

function linkKey(from: string, to: string): string {
  return `${from}>${to}`;
}
