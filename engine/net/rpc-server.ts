/**
 * One listener: accepts connections, cuts frames, hands requests to the handlers of its registry and writes their
 * responses (see server-connection.ts for the order and back pressure, request-frame.ts for what is refused).
 * Connections without traffic for `idleMsMax` are closed by one sweep for all.
 */
import { assert } from '../base/assert.ts';
import type { Env, Listener, Timer } from '../env/index.ts';
import type { ApiRegistry } from './api-registry.ts';
import type { ListenerKind, RequestContext } from './handler.ts';
import { ServerConnection, type ServerSide } from './server-connection.ts';

export interface RpcServerOptions {
  readonly env: Pick<Env, 'clock' | 'network' | 'tracer' | 'wire'>;
  readonly listener: ListenerKind;
  readonly host: string;
  /** 0: any free port; see {@link RpcServer.port}. */
  readonly port: number;
  readonly registry: ApiRegistry;
  /** A handler threw something that is no outcome and no malformed request. The connection is gone by then. */
  readonly onBug: (error: unknown, context: RequestContext) => void;
  /** `socket.request.max.bytes`, 100 MiB when absent. */
  readonly requestBytesMax?: number;
  /** `connections.max.idle.ms`, 10 minutes when absent; below 1 never. */
  readonly idleMsMax?: number;
}

/** Sums since the server was made, and what is now. */
export interface RpcServerSample {
  readonly connections: number;
  readonly connectionsAccepted: number;
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes written that no client has taken yet. */
  readonly queuedBytes: number;
}

const defaultRequestBytesMax = 104_857_600;
const defaultIdleMsMax = 600_000;
const sweepMsMax = 30_000;
/** How long a connection that we ended may linger before it is reset. */
const lingerMsMax = 10_000;

export class RpcServer {
  readonly #options: RpcServerOptions;
  readonly #connections = new Set<ServerConnection>();
  #listener: Listener | null = null;
  #sweep: Timer | null = null;
  #accepted = 0;
  #requests = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #closed = false;

  constructor(options: RpcServerOptions) {
    this.#options = options;
  }

  /** Rejects with a NetworkError when the port is in use. */
  async listen(): Promise<void> {
    const { env, host, port } = this.#options;
    assert(this.#listener === null && !this.#closed, 'a server listens once');
    const listener = await env.network.listen(host, port, (connection) => {
      if (this.#closed) return connection.destroy();
      this.#connections.add(new ServerConnection(this.#accepted++, this.#side(), connection));
    });
    this.#listener = listener;
    if (this.#closed) return listener.close();
    const idleMsMax = this.#options.idleMsMax ?? defaultIdleMsMax;
    const sweepMs = idleMsMax < 1 ? sweepMsMax : Math.max(1, Math.min(sweepMsMax, idleMsMax / 2));
    this.#sweep = env.clock.every(sweepMs, () => this.#closeIdle(idleMsMax));
  }

  /** The bound port. */
  get port(): number {
    assert(this.#listener !== null, 'the server does not listen yet');
    return this.#listener.port;
  }

  sample(): RpcServerSample {
    let queuedBytes = 0;
    for (const connection of this.#connections) queuedBytes += connection.queuedBytes;
    return {
      connections: this.#connections.size,
      connectionsAccepted: this.#accepted,
      requests: this.#requests,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      queuedBytes,
    };
  }

  /** Stops listening and resets every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    for (const connection of Array.from(this.#connections)) connection.destroy();
    await this.#listener?.close();
  }

  #side(): ServerSide {
    const { env, listener, registry, onBug, requestBytesMax } = this.#options;
    return {
      clock: env.clock,
      tracer: env.tracer,
      wire: env.wire,
      listener,
      registry,
      localPort: this.#listener?.port ?? this.#options.port,
      requestBytesMax: requestBytesMax ?? defaultRequestBytesMax,
      onBug,
      onRequest: () => this.#requests++,
      onBytesIn: (count) => {
        this.#bytesIn += count;
      },
      onBytesOut: (count) => {
        this.#bytesOut += count;
      },
      onGone: (connection) => this.#connections.delete(connection),
    };
  }

  #closeIdle(idleMsMax: number): void {
    const { clock, tracer } = this.#options.env;
    const now = clock.monotonic();
    for (const connection of Array.from(this.#connections)) {
      const restMs = now - connection.lastActiveMs;
      if (connection.ending) {
        if (restMs >= lingerMsMax) connection.destroy();
      } else if (idleMsMax >= 1 && restMs >= idleMsMax && connection.idle) {
        tracer.log('debug', 'SocketServer', `About to close the idle connection ${connection.id} after ${restMs} ms`);
        connection.destroy();
      }
    }
  }
}
