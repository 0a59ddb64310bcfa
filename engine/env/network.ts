/**
 * The network as the engine sees it: byte streams between endpoints. `env/node` is TCP on loopback; `env/sim` delivers
 * with seeded latencies, partitions and resets.
 */

/** Why a connection could not be made or ended early: `ECONNREFUSED`, `ECONNRESET`, `ETIMEDOUT`, `EADDRINUSE`, ... */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface ConnectionHandlers {
  /** Bytes in order. The array is the handler's to keep; nobody writes to it afterwards. */
  onData(bytes: Uint8Array): void;
  /** Once: the stream is over in both directions. `error` is null after an orderly end. */
  onClose(error: NetworkError | null): void;
  /** The write buffer has drained after `write` returned false. */
  onDrain?(): void;
}

export interface Connection {
  /** `127.0.0.1:53122`, for logs. */
  readonly remote: string;
  /** Port of this end; with the remote one it names the connection on both sides. 0 when it was gone at once. */
  readonly localPort: number;
  /** Must be called once, in the call that hands the connection over. */
  handle(handlers: ConnectionHandlers): void;
  /** Queues the parts in order. False: the buffer is over its high mark; wait for `onDrain` before producing more. */
  write(parts: readonly Uint8Array[]): boolean;
  /** Bytes accepted by `write` that have not left yet. */
  readonly queuedBytes: number;
  /** Stops and resumes `onData` (back pressure towards the sender). */
  pause(): void;
  resume(): void;
  /** Orderly end after what was written; `onClose` follows. */
  end(): void;
  /** Reset; `onClose` follows. */
  destroy(): void;
}

export interface Listener {
  /** The port that was bound; the asked one unless that was 0. */
  readonly port: number;
  /** Stops accepting. Connections live on until they are ended. Idempotent. */
  close(): Promise<void>;
}

export interface Network {
  /** Binds `host:port` (port 0: any free one). Rejects with a {@link NetworkError} when the port is in use. */
  listen(host: string, port: number, onConnection: (connection: Connection) => void): Promise<Listener>;
  /** Rejects with a {@link NetworkError} when refused, or after `timeoutMs`. */
  connect(host: string, port: number, timeoutMs: number): Promise<Connection>;
}
