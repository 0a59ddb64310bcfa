/** What serves one API, and what it is told about the request besides its body. */
import type { Api, ListenerKind, RequestHeader, RequestOf, ResponseInputOf } from '../protocol/index.ts';

export type { ListenerKind, RequestHeader } from '../protocol/index.ts';

/** Thrown by a handler that can answer in no other way than by ending the connection (Produce with acks=0). */
export class CloseConnectionError extends Error {
  override readonly name = 'CloseConnectionError';
}

export interface RequestContext {
  readonly listener: ListenerKind;
  /** Counts the connections that a listener accepted. */
  readonly connectionId: number;
  /** `127.0.0.1:53122`. */
  readonly remote: string;
  /** `127.0.0.1`. */
  readonly remoteHost: string;
  readonly localPort: number;
  readonly header: RequestHeader;
  /** From the connection's ApiVersions request (version 3 and above); `unknown` without one, as Kafka has it. */
  readonly clientSoftwareName: string;
  readonly clientSoftwareVersion: string;
  /** When the request was complete, on the clock's monotonic scale. */
  readonly receivedMs: number;
}

export interface Handler<A extends Api = Api> {
  readonly api: A;
  /** The next request of the connection may begin while this kind waits for its answer, if it is of this kind, too. */
  readonly pipelined?: boolean;
  /**
   * The response, or null for none at all (Produce with acks=0). Outcomes are error codes within the response. Throwing
   * `MalformedMessageError` or {@link CloseConnectionError} closes the connection; anything else that is thrown is a bug
   * of the node.
   */
  handle(
    request: RequestOf<A>,
    context: RequestContext,
  ): ResponseInputOf<A> | null | Promise<ResponseInputOf<A> | null>;
}
