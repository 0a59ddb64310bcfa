/**
 * One accepted connection. Requests are processed one at a time, in order, as Kafka mutes a channel: the next frame is
 * looked at when the response of the one before was handed to the socket. While the socket's queue is over its mark, or
 * a request is in work and much has already come behind it, nothing more is read.
 */
import type { Clock, Connection, NetworkError, Tracer } from '../env/index.ts';
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

/** What a connection needs of its server. */
export interface ServerSide {
  readonly clock: Clock;
  readonly tracer: Tracer;
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

export class ServerConnection {
  readonly id: number;
  /** Last time that something was read or answered, on the monotonic scale. */
  lastActiveMs: number;
  readonly #server: ServerSide;
  readonly #connection: Connection;
  readonly #frames: FrameReader;
  #softwareName = 'unknown';
  #softwareVersion = 'unknown';
  #busy = false;
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
    return !this.#busy && this.#connection.queuedBytes === 0;
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
    while (!this.#busy && !this.#congested && !this.#over) {
      const frame = this.#nextFrame();
      if (frame === null) break;
      this.#serve(frame);
    }
    this.#steerReading();
  }

  #steerReading(): void {
    const stop = this.#congested || (this.#busy && this.#frames.bufferedBytes > aheadBytesMax);
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
      this.#refuse('warn', text, `InvalidReceiveException: ${error.message}`);
      return null;
    }
  }

  #serve(frame: Uint8Array): void {
    const receivedMs = this.#server.clock.monotonic();
    this.#server.onRequest();
    try {
      const request = parseRequestFrame(this.#server.registry, this.#server.listener, frame);
      if (request.handler === null) this.#write(unsupportedApiVersionsFrame(request.header.correlationId));
      else this.#handle(request.handler, request.body, this.#contextOf(request.header, receivedMs, request.body));
    } catch (error) {
      if (!(error instanceof RequestRefusedError)) throw error;
      this.#refuse('error', `Closing socket for ${this.#name} because of error`, error.message);
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

  #handle(handler: Handler, body: RequestOf<Api>, context: RequestContext): void {
    this.#busy = true;
    try {
      const answer = handler.handle(body, context);
      if (!(answer instanceof Promise)) return this.#answer(handler.api, context, answer);
      answer.then(
        (response) => {
          this.#attempt(context, () => this.#answer(handler.api, context, response));
          this.#process();
        },
        (error: unknown) => {
          this.#failed(error, context);
          this.#process();
        },
      );
    } catch (error) {
      this.#failed(error, context);
    }
  }

  #attempt(context: RequestContext, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#failed(error, context);
    }
  }

  #answer(api: Api, context: RequestContext, response: ResponseInputOf<Api> | null): void {
    this.#busy = false;
    if (response === null || this.#over) return;
    this.#write(responseFrame(api, context.header.apiVersion, context.header.correlationId, response));
  }

  #write(parts: Uint8Array[]): void {
    let length = 0;
    for (const part of parts) length += part.length;
    this.#server.onBytesOut(length);
    this.lastActiveMs = this.#server.clock.monotonic();
    if (!this.#connection.write(parts)) this.#congested = true;
  }

  #failed(error: unknown, context: RequestContext): void {
    this.#busy = false;
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
