/**
 * The client side: requests to one endpoint, pipelined without a limit, answered in order. It connects when there is
 * something to send; after a failure it waits, 50 ms at first and up to 1 s, half of it by chance, before it tries
 * again. Requests that are sent meanwhile wait for that attempt, so that whoever retries at once does not spin.
 *
 * A lost connection rejects everything that waits or is in flight. So does a request that is not answered in time: what
 * comes behind it cannot be answered before it, and Kafka's NetworkClient closes the connection, too.
 */
import { assert } from '../base/assert.ts';
import { type Connection, type Env, NetworkError, type Timer } from '../env/index.ts';
import {
  type Api,
  decodeResponse,
  requestHeaderSchema,
  requestHeaderVersion,
  type RequestInputOf,
  type ResponseOf,
  stableVersions,
  writeMessage,
} from '../protocol/index.ts';
import { FrameReader } from './frame-reader.ts';
import { framed } from './response-frame.ts';
import { TappedRequest } from './tapped-request.ts';

export interface RpcChannelOptions {
  readonly env: Pick<Env, 'clock' | 'network' | 'random' | 'wire'>;
  readonly host: string;
  readonly port: number;
  /** Of the request header; a broker speaks to a controller as its bare node id, raft as `raft-client-N`. */
  readonly clientId: string | null;
  /** `request.timeout.ms`, for requests that name none; 30 s when absent. */
  readonly requestTimeoutMs?: number;
  /** `socket.connection.setup.timeout.ms`, 10 s when absent. */
  readonly connectTimeoutMs?: number;
  /** `reconnect.backoff.ms` and `reconnect.backoff.max.ms`, 50 ms and 1 s when absent. */
  readonly reconnectBackoffMs?: number;
  readonly reconnectBackoffMaxMs?: number;
  /** The connection is gone; null after an orderly end from there. Not called by `close`. */
  readonly onDisconnect?: (error: NetworkError | null) => void;
}

export interface SendOptions {
  readonly timeoutMs?: number;
  /** The newest stable version when absent. */
  readonly version?: number;
}

/** A request that waits for the connection (frame not null) or for its response. */
interface Pending {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly deadlineMs: number;
  /** False for a request that gets no response. */
  readonly answered: boolean;
  readonly frame: Uint8Array[];
  /** Null when nobody listens. */
  readonly tapped: TappedRequest | null;
  readonly resolve: (response: ResponseOf<Api>) => void;
  readonly reject: (error: Error) => void;
}

const defaultRequestTimeoutMs = 30_000;
const defaultConnectTimeoutMs = 10_000;
const defaultFirstBackoffMs = 50;
const defaultBackoffMsMax = 1000;
const responseBytesMax = 2 ** 31 - 1;
/** In front of each frame. */
const lengthBytes = 4;

export class RpcChannel {
  readonly host: string;
  readonly port: number;
  readonly #options: RpcChannelOptions;
  #state: 'idle' | 'waiting' | 'connecting' | 'connected' | 'closed' = 'idle';
  #connection: Connection | null = null;
  #correlationId = 0;
  #backoffMs: number;
  #retry: Timer | null = null;
  #deadline: { timer: Timer; atMs: number } | null = null;
  #waiting: Pending[] = [];
  #inFlight: Pending[] = [];
  /** Index of the oldest one in `#inFlight`. */
  #oldest = 0;

  constructor(options: RpcChannelOptions) {
    this.#options = options;
    this.host = options.host;
    this.port = options.port;
    this.#backoffMs = this.#firstBackoffMs;
  }

  get #firstBackoffMs(): number {
    return this.#options.reconnectBackoffMs ?? defaultFirstBackoffMs;
  }

  get connected(): boolean {
    return this.#state === 'connected';
  }

  /** Requests without a response yet. */
  get pendingCount(): number {
    return this.#waiting.length + this.#inFlight.length - this.#oldest;
  }

  /** Bytes written that have not left yet. */
  get queuedBytes(): number {
    return this.#connection?.queuedBytes ?? 0;
  }

  /** The response, decoded. Rejects with a {@link NetworkError}. */
  send<A extends Api>(api: A, request: RequestInputOf<A>, options: SendOptions = {}): Promise<ResponseOf<A>> {
    return new Promise<ResponseOf<A>>((resolve, reject) => {
      this.#enqueue(api, request, options, true, resolve, reject);
    });
  }

  /** For requests that get no response (Produce with acks=0). Resolves when it was handed to the connection. */
  post<A extends Api>(api: A, request: RequestInputOf<A>, options: SendOptions = {}): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#enqueue(api, request, options, false, () => resolve(), reject);
    });
  }

  /** Rejects what is pending and every later request. Idempotent. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#retry?.cancel();
    this.#deadline?.timer.cancel();
    this.#connection?.destroy();
    this.#connection = null;
    this.#rejectAll(this.#error('ECONNABORTED', 'the channel was closed'));
  }

  #enqueue<A extends Api>(
    api: A,
    request: RequestInputOf<A>,
    options: SendOptions,
    answered: boolean,
    resolve: (response: ResponseOf<A>) => void,
    reject: (error: Error) => void,
  ): void {
    if (this.#state === 'closed') return reject(this.#error('ECONNABORTED', 'the channel is closed'));
    const version = options.version ?? stableVersions(api).max;
    const correlationId = this.#correlationId;
    this.#correlationId = (this.#correlationId + 1) & 0x7fffffff;
    const frame = this.#encode(api, version, correlationId, request);
    const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs ?? defaultRequestTimeoutMs;
    const deadlineMs = this.#options.env.clock.monotonic() + timeoutMs;
    // The response was decoded with `api`'s own schema, so what arrives is the type that `resolve` takes.
    const accept = (response: ResponseOf<Api>): void => resolve(response as ResponseOf<A>);
    const tapped = this.#options.env.wire === undefined ? null : new TappedRequest(request, frame);
    const pending = { api, version, correlationId, deadlineMs, answered, frame, tapped, resolve: accept, reject };
    this.#armDeadline(deadlineMs);
    if (this.#state === 'connected') this.#write(pending);
    else {
      this.#waiting.push(pending);
      if (this.#state === 'idle') this.#connect();
    }
  }

  #encode<A extends Api>(api: A, apiVersion: number, correlationId: number, request: RequestInputOf<A>): Uint8Array[] {
    return framed((writer) => {
      const header = { apiKey: api.key, apiVersion, correlationId, clientId: this.#options.clientId };
      writeMessage(writer, requestHeaderSchema, requestHeaderVersion(api, apiVersion), header);
      writeMessage(writer, api.request, apiVersion, request);
    });
  }

  #write(pending: Pending): void {
    assert(this.#connection !== null, 'a connected channel has a connection');
    pending.tapped?.sent(this.#options.env.clock.precise(), this.#connection.localPort);
    this.#connection.write(pending.frame);
    if (pending.answered) this.#inFlight.push({ ...pending, frame: [] });
    else {
      this.#tell(pending, null, 0, null);
      pending.resolve({});
    }
  }

  #connect(): void {
    const { env, connectTimeoutMs } = this.#options;
    this.#state = 'connecting';
    env.network.connect(this.host, this.port, connectTimeoutMs ?? defaultConnectTimeoutMs).then(
      (connection) => this.#onConnected(connection),
      (error: unknown) => {
        if (!(error instanceof NetworkError)) throw error;
        this.#onLost(error);
      },
    );
  }

  #onConnected(connection: Connection): void {
    if (this.#state === 'closed') return connection.destroy();
    const frames = new FrameReader(responseBytesMax);
    this.#connection = connection;
    this.#state = 'connected';
    connection.handle({
      onData: (bytes) => {
        if (this.#connection !== connection) return;
        frames.push(bytes);
        this.#readAll(frames);
      },
      onClose: (error) => {
        if (this.#connection === connection) this.#onLost(error);
      },
    });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const pending of waiting) this.#write(pending);
  }

  #readAll(frames: FrameReader): void {
    const connection = this.#connection;
    try {
      for (let frame = frames.next(); frame !== null; frame = frames.next()) {
        this.#receive(frame);
        if (this.#connection !== connection) return;
      }
    } catch (error) {
      // A peer that answers what cannot be read is no peer: whatever was thrown, the connection is of no more use.
      this.#abandon(this.#error('EPROTO', error instanceof Error ? error.message : String(error), error));
    }
  }

  #receive(frame: Uint8Array): void {
    const pending = this.#inFlight[this.#oldest];
    if (pending === undefined) throw new NetworkError('EPROTO', 'a response that nobody asked for');
    const { correlationId, body } = decodeResponse(pending.api, pending.version, frame);
    if (correlationId !== pending.correlationId) {
      throw new NetworkError('EPROTO', `correlation id ${correlationId} instead of ${pending.correlationId}`);
    }
    this.#oldest++;
    if (this.#oldest === this.#inFlight.length || this.#oldest > 1024) {
      this.#inFlight = this.#inFlight.slice(this.#oldest);
      this.#oldest = 0;
    }
    this.#backoffMs = this.#firstBackoffMs;
    this.#tell(pending, body, frame.length + lengthBytes, null);
    pending.resolve(body);
  }

  /** To who listens: how a request that was sent has ended. */
  #tell(pending: Pending, response: ResponseOf<Api> | null, responseBytes: number, failure: string | null): void {
    const { env, clientId } = this.#options;
    pending.tapped?.tell(env, pending, { clientId, remotePort: this.port, response, responseBytes, failure });
  }

  /** Gives the connection up from this side. */
  #abandon(error: NetworkError): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.destroy();
    this.#onLost(error);
  }

  #onLost(error: NetworkError | null): void {
    if (this.#state === 'closed') return;
    this.#connection = null;
    this.#state = 'waiting';
    const { env, onDisconnect } = this.#options;
    const delayMs = this.#backoffMs * (0.5 + env.random.next() / 2);
    this.#backoffMs = Math.min(this.#backoffMs * 2, this.#options.reconnectBackoffMaxMs ?? defaultBackoffMsMax);
    this.#retry = env.clock.after(delayMs, () => {
      this.#state = 'idle';
      if (this.#waiting.length > 0) this.#connect();
    });
    this.#rejectAll(error ?? this.#error('ECONNRESET', 'the connection was closed from there'));
    onDisconnect?.(error);
  }

  #rejectAll(error: NetworkError): void {
    const pending = [...this.#inFlight.slice(this.#oldest), ...this.#waiting];
    this.#inFlight = [];
    this.#oldest = 0;
    this.#waiting = [];
    for (const each of pending) {
      this.#tell(each, null, 0, error.code);
      each.reject(error);
    }
  }

  /** One timer for all: it stands at the earliest deadline that was known when it was set. */
  #armDeadline(atMs: number): void {
    if (this.#deadline !== null && this.#deadline.atMs <= atMs) return;
    this.#deadline?.timer.cancel();
    const { clock } = this.#options.env;
    const timer = clock.after(Math.max(0, atMs - clock.monotonic()), () => {
      this.#deadline = null;
      this.#onDeadline();
    });
    this.#deadline = { timer, atMs };
  }

  #onDeadline(): void {
    const now = this.#options.env.clock.monotonic();
    const late = (pending: Pending): boolean => pending.deadlineMs <= now;
    if (this.#inFlight.some((pending, index) => index >= this.#oldest && late(pending))) {
      this.#abandon(this.#error('ETIMEDOUT', 'no response in time'));
    } else {
      const expired = this.#waiting.filter(late);
      this.#waiting = this.#waiting.filter((pending) => !late(pending));
      for (const { reject } of expired) reject(this.#error('ETIMEDOUT', 'no connection in time'));
    }
    let next = Number.POSITIVE_INFINITY;
    for (let i = this.#oldest; i < this.#inFlight.length; i++) next = Math.min(next, this.#inFlight[i]!.deadlineMs);
    for (const { deadlineMs } of this.#waiting) next = Math.min(next, deadlineMs);
    if (next < Number.POSITIVE_INFINITY) this.#armDeadline(next);
  }

  #error(code: string, what: string, cause?: unknown): NetworkError {
    return new NetworkError(code, `${this.host}:${this.port}: ${what}`, cause);
  }
}
