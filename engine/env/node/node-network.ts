/**
 * TCP by `node:net`, without Nagle's delay. Several parts of one write leave in one `writev`. Back pressure is the
 * socket's own: `write` is false above its high mark, and a paused connection stops reading.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { assert } from '../../base/assert.ts';
import { type Connection, type ConnectionHandlers, type Listener, type Network, NetworkError } from '../network.ts';

/** Bytes queued in a socket before `write` says false. */
const highMarkBytes = 256 * 1024;

export class NodeNetwork implements Network {
  listen(host: string, port: number, onConnection: (connection: Connection) => void): Promise<Listener> {
    const { promise, resolve, reject } = Promise.withResolvers<Listener>();
    const server = createServer({ noDelay: true, highWaterMark: highMarkBytes }, (socket) => {
      onConnection(new NodeConnection(socket));
    });
    const refuse = (error: Error): void => reject(asNetworkError(error, `listen on ${host}:${port}`));
    server.once('error', refuse);
    server.listen({ host, port, backlog: 512, exclusive: true }, () => {
      server.off('error', refuse);
      // An accept that fails (no file handles left) concerns that one client; the listener goes on.
      server.on('error', () => {});
      resolve(new NodeListener(server));
    });
    return promise;
  }

  connect(host: string, port: number, timeoutMs: number): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const what = `connect ${host}:${port}`;
    const socket = connect({ host, port, noDelay: true, autoSelectFamily: false });
    const deadline = setTimeout(() => {
      socket.destroy();
      reject(new NetworkError('ETIMEDOUT', `${what}: ETIMEDOUT`));
    }, timeoutMs);
    const refuse = (error: Error): void => {
      clearTimeout(deadline);
      reject(asNetworkError(error, what));
    };
    socket.once('error', refuse);
    socket.once('connect', () => {
      clearTimeout(deadline);
      socket.off('error', refuse);
      resolve(new NodeConnection(socket));
    });
    return promise;
  }
}

class NodeListener implements Listener {
  readonly port: number;
  readonly #server: Server;

  constructor(server: Server) {
    const address = server.address();
    assert(address !== null && typeof address === 'object', 'a TCP listener has a port');
    this.port = address.port;
    this.#server = server;
  }

  close(): Promise<void> {
    // The callback of `close` waits for all connections to end; accepting stops, and the port is free, at once.
    if (this.#server.listening) this.#server.close();
    return Promise.resolve();
  }
}

class NodeConnection implements Connection {
  readonly remote: string;
  readonly localPort: number;
  readonly #socket: Socket;
  #handlers: ConnectionHandlers | null = null;
  #error: NetworkError | null = null;
  #told = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remote = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
    this.localPort = socket.localPort ?? 0;
    socket.on('error', (error) => {
      this.#error ??= asNetworkError(error, this.remote);
    });
    socket.on('close', () => this.#tellClosed());
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  handle(handlers: ConnectionHandlers): void {
    assert(this.#handlers === null, 'a connection is handled twice');
    this.#handlers = handlers;
    this.#socket.on('data', (chunk: Buffer) => {
      handlers.onData(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    });
    if (handlers.onDrain !== undefined) this.#socket.on('drain', () => handlers.onDrain?.());
    if (this.#socket.closed) setImmediate(() => this.#tellClosed());
  }

  write(parts: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    if (parts.length === 1) return socket.write(parts[0]!);
    socket.cork();
    let more = true;
    for (const part of parts) more = socket.write(part);
    socket.uncork();
    return more;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    if (this.#socket.destroyed) return;
    if (this.#socket.connecting) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #tellClosed(): void {
    if (this.#told || this.#handlers === null) return;
    this.#told = true;
    this.#handlers.onClose(this.#error);
  }
}

function asNetworkError(error: Error, what: string): NetworkError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'EIO';
  return new NetworkError(code, `${what}: ${code}`, error);
}
