/** What a tap is told about one request that this node serves. Only made where somebody listens. */
import type { Clock, WireTap } from '../env/index.ts';
import type { Api, RequestHeader, RequestOf, ResponseInputOf } from '../protocol/index.ts';
import { totalBytes } from './tapped-request.ts';

interface Served {
  readonly api: Api;
  readonly header: RequestHeader;
  readonly body: RequestOf<Api>;
  /** Of the frame, without its length. */
  readonly bytes: number;
  readonly localPort: number;
  /** `127.0.0.1:53122`. */
  readonly remote: string;
}

const lengthBytes = 4;

export class ServedRequest {
  readonly #wire: WireTap;
  readonly #clock: Clock;
  readonly #served: Served;
  readonly #beganMs: number;
  #handledMs: number | null = null;

  constructor(wire: WireTap, clock: Clock, served: Served) {
    this.#wire = wire;
    this.#clock = clock;
    this.#served = served;
    this.#beganMs = clock.precise();
  }

  /** The handler has returned, with the answer or with a promise of it. */
  handled(): void {
    this.#handledMs = this.#clock.precise();
  }

  answered(response: ResponseInputOf<Api>, parts: readonly Uint8Array[]): void {
    this.#tell(response, totalBytes(parts), null, false);
  }

  /** There is nothing to say, or (the connection is `lost`) nobody to say it to. */
  unanswered(lost: boolean): void {
    this.#tell(null, null, lost ? 'ECONNRESET' : null, !lost);
  }

  failed(error: unknown): void {
    this.#tell(null, null, error instanceof Error ? error.name : 'Error', false);
  }

  #tell(response: ResponseInputOf<Api> | null, bytes: number | null, failure: string | null, oneWay: boolean): void {
    const { api, header, body, localPort, remote } = this.#served;
    this.#wire.served({
      api,
      version: header.apiVersion,
      correlationId: header.correlationId,
      clientId: header.clientId,
      localPort,
      remotePort: Number(remote.slice(remote.lastIndexOf(':') + 1)),
      request: body,
      response,
      beganMs: this.#beganMs,
      handledMs: this.#handledMs,
      endedMs: response === null ? null : this.#clock.precise(),
      requestBytes: this.#served.bytes + lengthBytes,
      responseBytes: bytes,
      failure,
      oneWay,
    });
  }
}
