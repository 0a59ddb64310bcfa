/**
 * One accepted connection. Requests are processed one at a time, in order, as Kafka mutes a channel: the next frame is
 * looked at when the response of the one before was handed to the socket. Only requests whose handler is `pipelined` are
 * begun while others of their kind wait; every answer leaves in the order of the requests. While the socket's queue is
 * over its mark, or a request is in work and much has already come behind it, nothing more is read.
 */
import type { Clock, Connection, NetworkError, Tracer, WireTap } from '../env/index.ts';
import { type Api, MalformedMessageError, type RequestOf, type ResponseInputOf } from '../protocol/index.ts';
import type { ApiRegistry } from './api-registry.ts';
import { FrameLengthError, FrameReader } from './frame-reader.ts';
import {
  CloseConnectionError,
  type Handler,
  type ListenerKind,
  type RequestContext,
  type RequestHeader,
} from './handler.ts';
import { apiVersionsKey, parseRequestFrame, RequestRefusedError } from './request-frame.ts';
import { responseFrame, unsupportedApiVersionsFrame } from './response-frame.ts';
import { ServedRequest } from './served-request.ts';

/** What a connection needs of its server. */
export interface ServerSide {
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly wire: WireTap | undefined;
  readonly listener: ListenerKind;
  readonly registry: ApiRegistry;
  readonly localPort: number;
  readonly requestBytesMax: number;
  readonly onBug: (error: unknown, context: RequestContext) => void;
  onRequest(): void;
  onBytesIn(count: number): void;
  onBytesOut(count: number): void;
  onGone(connection: ServerConnection): void;
}

/** Bytes that may wait behind a request in work before reading stops. */
const aheadBytesMax = 1024 * 1024;
/** Pipelined requests in work at a time; a Java producer has 5 in flight. */
const pipelinedMax = 8;

/** A request in work: `settle` does what its answer asks for, once all before it are answered. */
interface Due {
  settle: (() => void) | null;
}

export class ServerConnection {
  readonly id: number;
  /** Last time that something was read or answered, on the monotonic scale. */
  lastActiveMs: number;
  readonly #server: ServerSide;
  readonly #connection: Connection;
  readonly #frames: FrameReader;
  #softwareName = 'unknown';
  #softwareVersion = 'unknown';
  /** Requests in work, oldest first. */
  readonly #dues: Due[] = [];
  /** The one in work lets no other begin. */
  #exclusive = false;
  /** Came too early to be begun. */
  #held: Uint8Array | null = null;
  /** Answers that were waited for and leave together at the end of this turn. */
  #outgoing: Uint8Array[] = [];
  #congested = false;
  #paused = false;
  /** No frame is looked at any more: the connection ends or has ended. */
  #over = false;

  constructor(id: number, server: ServerSide, connection: Connection) {
    this.id = id;
    this.#server = server;
    this.#connection = connection;
    this.#frames = new FrameReader(server.requestBytesMax);
    this.lastActiveMs = server.clock.monotonic();
    connection.handle({
      onData: (bytes) => this.#onData(bytes),
      onClose: (error) => this.#onClose(error),
      onDrain: () => {
        this.#congested = false;
        this.#process();
      },
    });
  }

  /** Nothing in work and nothing on its way out. */
  get idle(): boolean {
    return this.#dues.length === 0 && this.#connection.queuedBytes === 0;
  }

  get ending(): boolean {
    return this.#over;
  }

  get queuedBytes(): number {
    return this.#connection.queuedBytes;
  }

  destroy(): void {
    this.#over = true;
    this.#connection.destroy();
  }

  /** As Kafka names connections in its log: local address, remote address, processor, number. */
  get #name(): string {
    return `127.0.0.1:${this.#server.localPort}-${this.#connection.remote}-0-${this.id}`;
  }

  #onData(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#server.onBytesIn(bytes.length);
    this.lastActiveMs = this.#server.clock.monotonic();
    this.#frames.push(bytes);
    this.#process();
  }

  #onClose(error: NetworkError | null): void {
    this.#over = true;
    if (error !== null && error.code !== 'ECONNRESET') {
      this.#server.tracer.log('debug', 'SocketServer', `Connection ${this.#name} closed: ${error.message}`);
    }
    this.#server.onGone(this);
  }

  #process(): void {
    while (!this.#exclusive && !this.#congested && !this.#over) {
      const frame = this.#held ?? this.#nextFrame();
      if (frame === null) break;
      this.#held = this.#mayBegin(frame) ? null : frame;
      if (this.#held !== null) break;
      this.#serve(frame);
    }
    this.#steerReading();
  }

  /** Nothing is in work, or only what lets `frame` begin. */
  #mayBegin(frame: Uint8Array): boolean {
    if (this.#dues.length === 0) return true;
    return this.#dues.length < pipelinedMax && this.#isPipelined(frame);
  }

  #isPipelined(frame: Uint8Array): boolean {
    return frame.length >= 2 && this.#server.registry.find((frame[0]! << 8) | frame[1]!)?.pipelined === true;
  }

  #steerReading(): void {
    const stop = this.#congested || (this.#dues.length > 0 && this.#frames.bufferedBytes > aheadBytesMax);
    if (stop === this.#paused) return;
    this.#paused = stop;
    if (stop) this.#connection.pause();
    else this.#connection.resume();
  }

  #nextFrame(): Uint8Array | null {
    try {
      return this.#frames.next();
    } catch (error) {
      if (!(error instanceof FrameLengthError)) throw error;
      const text = `Unexpected error from /${hostOf(this.#connection.remote)} (channelId=${this.#name}); closing connection`;
      this.#settle(this.#begin(true), () => this.#refuse('warn', text, `InvalidReceiveException: ${error.message}`));
      return null;
    }
  }

  #serve(frame: Uint8Array): void {
    const receivedMs = this.#server.clock.monotonic();
    this.#server.onRequest();
    const due = this.#begin(!this.#isPipelined(frame));
    try {
      const request = parseRequestFrame(this.#server.registry, this.#server.listener, frame);
      if (request.handler !== null) {
        const { handler, header, body } = request;
        const served = this.#tapped(handler.api, header, body, frame.length);
        this.#handle(due, handler, body, this.#contextOf(header, receivedMs, body), served);
      } else {
        const answer = unsupportedApiVersionsFrame(request.header.correlationId);
        this.#settle(due, () => this.#write(answer));
      }
    } catch (error) {
      if (!(error instanceof RequestRefusedError)) throw error;
      const text = `Closing socket for ${this.#name} because of error`;
      this.#settle(due, () => this.#refuse('error', text, error.message));
    }
  }

  #tapped(api: Api, header: RequestHeader, body: RequestOf<Api>, bytes: number): ServedRequest | null {
    const { wire, clock, localPort } = this.#server;
    if (wire === undefined) return null;
    return new ServedRequest(wire, clock, { api, header, body, bytes, localPort, remote: this.#connection.remote });
  }

  #begin(exclusive: boolean): Due {
    const due: Due = { settle: null };
    this.#dues.push(due);
    this.#exclusive = exclusive;
    return due;
  }

  /** `settle` runs now, or when everything before it is settled. */
  #settle(due: Due, settle: () => void): void {
    due.settle = settle;
    while (this.#dues.length > 0) {
      const first = this.#dues[0]!.settle;
      if (first === null) return;
      this.#dues.shift();
      this.#exclusive = false;
      first();
    }
  }

  #contextOf(header: RequestHeader, receivedMs: number, body: RequestOf<Api>): RequestContext {
    if (header.apiKey === apiVersionsKey && header.apiVersion >= 3) this.#learnSoftware(body);
    const { remote } = this.#connection;
    return {
      listener: this.#server.listener,
      connectionId: this.id,
      remote,
      remoteHost: hostOf(remote),
      localPort: this.#server.localPort,
      header,
      clientSoftwareName: this.#softwareName,
      clientSoftwareVersion: this.#softwareVersion,
      receivedMs,
    };
  }

  #learnSoftware(body: RequestOf<Api>): void {
    const { clientSoftwareName: name, clientSoftwareVersion: version } = body;
    if (typeof name === 'string' && name !== '') this.#softwareName = name;
    if (typeof version === 'string' && version !== '') this.#softwareVersion = version;
  }

  #handle(
    due: Due,
    handler: Handler,
    body: RequestOf<Api>,
    context: RequestContext,
    served: ServedRequest | null,
  ): void {
    const fail = (error: unknown): void => {
      served?.failed(error);
      this.#failed(error, context);
    };
    let answer: ReturnType<Handler['handle']>;
    try {
      answer = handler.handle(body, context);
      served?.handled();
    } catch (error) {
      return this.#settle(due, () => fail(error));
    }
    if (!(answer instanceof Promise)) {
      const response = answer;
      return this.#settle(due, () => this.#write(this.#encode(handler.api, context, response, served)));
    }
    answer.then(
      (response) => {
        this.#settle(due, () => this.#writeSoon(this.#encode(handler.api, context, response, served)));
        this.#process();
      },
      (error: unknown) => {
        this.#settle(due, () => fail(error));
        this.#process();
      },
    );
  }

  /** Empty when there is nothing to say, or nobody to say it to. */
  #encode(
    api: Api,
    context: RequestContext,
    response: ResponseInputOf<Api> | null,
    served: ServedRequest | null,
  ): Uint8Array[] {
    if (response === null || this.#over) {
      served?.unanswered(this.#over);
      return [];
    }
    try {
      const parts = responseFrame(api, context.header.apiVersion, context.header.correlationId, response);
      served?.answered(response, parts);
      return parts;
    } catch (error) {
      served?.failed(error);
      this.#failed(error, context);
      return [];
    }
  }

  /** Answers that become due in one turn, as acknowledgements of a follower's fetch do, share one write. */
  #writeSoon(parts: Uint8Array[]): void {
    if (this.#outgoing.length === 0) void Promise.resolve().then(() => this.#write([]));
    this.#outgoing.push(...parts);
  }

  #write(answer: Uint8Array[]): void {
    const parts = this.#outgoing.length === 0 ? answer : [...this.#outgoing, ...answer];
    this.#outgoing = [];
    if (parts.length === 0 || this.#over) return;
    let length = 0;
    for (const part of parts) length += part.length;
    this.#server.onBytesOut(length);
    this.lastActiveMs = this.#server.clock.monotonic();
    if (!this.#connection.write(parts)) this.#congested = true;
  }

  #failed(error: unknown, context: RequestContext): void {
    if (error instanceof CloseConnectionError) return this.#refuse('info', `Closing ${this.#name}`, error.message);
    if (error instanceof MalformedMessageError) {
      this.#refuse(
        'error',
        `Closing socket for ${this.#name} because of error`,
        `InvalidRequestException: ${error.message}`,
      );
      return;
    }
    this.destroy();
    this.#server.onBug(error, context);
  }

  /** Ends the connection after what was answered before; what the client still sends is not looked at. */
  #refuse(level: 'info' | 'warn' | 'error', text: string, reason: string): void {
    this.#write([]);
    this.#over = true;
    const { tracer, listener } = this.#server;
    tracer.log(level, 'SocketServer', `${text}: ${reason}`);
    tracer.emit({ type: 'connection-closed', remote: this.#connection.remote, listener, reason });
    this.#connection.end();
  }
}

function hostOf(remote: string): string {
  return remote.slice(0, remote.lastIndexOf(':'));
}
