/**
 * Who wants to know what passes the ends of a node's connections. Absent in a world where nobody listens: then nothing is
 * noted at all. A tap only looks: it changes nothing, keeps no message longer than the call, and never throws.
 */
export interface WireTap {
  /** A request from here is over: answered, lost, or sent where no answer is expected. */
  called(call: TappedCall): void;
  /** A request from there is over: its answer was handed to the connection, or there will be none. */
  served(call: TappedCall): void;
}

export interface TappedCall {
  readonly api: { readonly key: number; readonly name: string };
  readonly version: number;
  readonly correlationId: number;
  /** Of the request header. */
  readonly clientId: string | null;
  /** Of the connection, as seen from here. */
  readonly localPort: number;
  readonly remotePort: number;
  /** Decoded, or as it was given to be encoded: fields with a default may be missing. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Null for none. */
  readonly response: Readonly<Record<string, unknown>> | null;
  /** Lab time, see `Clock.precise`: sent (from here) or begun (from there). */
  readonly beganMs: number;
  /** From there: its handler has done what it does at once; what comes later is waited for. Null from here. */
  readonly handledMs: number | null;
  /** Answer received (from here) or handed over (from there); of a lost one when that was known. Null for one-way. */
  readonly endedMs: number | null;
  /** With the length in front. */
  readonly requestBytes: number;
  readonly responseBytes: number | null;
  /** The network's name for what went wrong; null when nothing did. */
  readonly failure: string | null;
  readonly oneWay: boolean;
}
