/**
 * A network with disturbed links, over any other. Links have names at both ends; the end that connects applies what holds on
 * them, both ways, because it alone knows whom it talks to: by the port. Connections that come in are the other end's.
 */
import type { Clock } from '../clock.ts';
import { type Connection, type Listener, type Network, NetworkError } from '../network.ts';
import type { Random } from '../random.ts';
import { FaultyConnection } from './faulty-connection.ts';
import type { LinkRule } from './link-queue.ts';

/** What holds from this end to the far one, and back. */
export interface LinkRules {
  readonly out: LinkRule | null;
  readonly back: LinkRule | null;
}

export const openLink: LinkRules = { out: null, back: null };

/** Time-outs are lab time; the network below only has to have answered by then. */
const connectLimitMs = 60_000;

export class FaultyNetwork<Far> implements Network {
  readonly #network: Network;
  readonly #clock: Clock;
  #random: Random;
  #nameOf: (port: number) => Far | null = () => null;
  #rulesTo: (far: Far) => LinkRules = () => openLink;
  readonly #connections = new Map<FaultyConnection, number>();
  /** Attempts that wait for their link to be open. */
  readonly #waiting = new Set<() => void>();

  constructor(network: Network, clock: Clock, random: Random) {
    this.#network = network;
    this.#clock = clock;
    this.#random = random;
  }

  /** For connections from now on. */
  setRandom(random: Random): void {
    this.#random = random;
  }

  /** Who listens at a port, null for a stranger; and what holds on the link to that end. */
  setLinks(nameOf: (port: number) => Far | null, rulesTo: (far: Far) => LinkRules): void {
    this.#nameOf = nameOf;
    this.#rulesTo = rulesTo;
    for (const [connection, port] of this.#connections) this.#applyTo(connection, port);
    for (const look of this.#waiting) look();
  }

  #rulesFor(port: number): LinkRules {
    const far = this.#nameOf(port);
    return far === null ? openLink : this.#rulesTo(far);
  }

  #applyTo(connection: FaultyConnection, port: number): void {
    const { out, back } = this.#rulesFor(port);
    connection.setRules(out, back);
  }

  listen(host: string, port: number, onConnection: (connection: Connection) => void): Promise<Listener> {
    return this.#network.listen(host, port, onConnection);
  }

  connect(host: string, port: number, timeoutMs: number): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    let isOver = false;
    const late = (): NetworkError => new NetworkError('ETIMEDOUT', `connect ${host}:${port}: ETIMEDOUT`);
    const deadline = this.#clock.after(timeoutMs, () => {
      isOver = true;
      reject(late());
    });
    const settle = (inner: Connection): void => {
      if (isOver) return refuse(inner);
      deadline.cancel();
      resolve(this.#wrap(inner, port));
    };
    this.#openLink(port, () => isOver)
      .then(() => {
        if (isOver) throw late();
        return this.#network.connect(host, port, Math.max(timeoutMs, connectLimitMs));
      })
      .then(settle, (error: unknown) => {
        deadline.cancel();
        reject(error as Error);
      });
    return promise;
  }

  /** As the first packets of a connection: not before no way is cut, and a round trip later. */
  async #openLink(port: number, isOver: () => boolean): Promise<void> {
    const isCut = (): boolean => {
      const { out, back } = this.#rulesFor(port);
      return out?.cut === true || back?.cut === true;
    };
    while (isCut() && !isOver()) await this.#change();
    const { out, back } = this.#rulesFor(port);
    const tripMs = this.#tripMs(out) + this.#tripMs(back);
    if (tripMs > 0) await new Promise<void>((resolve) => this.#clock.after(tripMs, resolve));
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  #tripMs(rule: LinkRule | null): number {
    if (rule === null) return 0;
    return rule.delayMs + (rule.jitterMs > 0 ? this.#random.next() * rule.jitterMs : 0);
  }

  #wrap(inner: Connection, port: number): Connection {
    const connection = new FaultyConnection(inner, this.#clock, this.#random, () =>
      this.#connections.delete(connection),
    );
    this.#connections.set(connection, port);
    this.#applyTo(connection, port);
    return connection;
  }
}

/** It came after its time-out: nobody wants it. */
function refuse(connection: Connection): void {
  connection.handle({ onData: () => {}, onClose: () => {} });
  connection.destroy();
}
