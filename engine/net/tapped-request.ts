/**
 * What a tap is told about one request, gathered while it is on its way. Only made where somebody listens. A request that
 * never left (its connection could not be made) is not told: nothing went over the wire.
 */
import type { Env } from '../env/index.ts';
import type { Api, ResponseOf } from '../protocol/index.ts';

interface Naming {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly answered: boolean;
}

interface Ending {
  readonly clientId: string | null;
  readonly remotePort: number;
  readonly response: ResponseOf<Api> | null;
  readonly responseBytes: number;
  readonly failure: string | null;
}

export class TappedRequest {
  readonly #request: Readonly<Record<string, unknown>>;
  readonly #bytes: number;
  #sentMs: number | null = null;
  #localPort = 0;

  constructor(request: Readonly<Record<string, unknown>>, frame: readonly Uint8Array[]) {
    this.#request = request;
    this.#bytes = totalBytes(frame);
  }

  sent(atMs: number, localPort: number): void {
    this.#sentMs = atMs;
    this.#localPort = localPort;
  }

  tell({ clock, wire }: Pick<Env, 'clock' | 'wire'>, naming: Naming, ending: Ending): void {
    if (this.#sentMs === null) return;
    const { api, version, correlationId, answered } = naming;
    const { clientId, remotePort, response, responseBytes, failure } = ending;
    wire?.called({
      api,
      version,
      correlationId,
      clientId,
      localPort: this.#localPort,
      remotePort,
      request: this.#request,
      response,
      beganMs: this.#sentMs,
      handledMs: null,
      endedMs: answered ? clock.precise() : null,
      requestBytes: this.#bytes,
      responseBytes: response === null ? null : responseBytes,
      failure,
      oneWay: !answered,
    });
  }
}

export function totalBytes(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}
