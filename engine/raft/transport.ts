/**
 * How raft reaches another node: one request, one answer or a failure, with a deadline. Everything else about the
 * network stays outside of raft's state machine; answers are handed to it one at a time.
 */
import type { DurationMs, NodeId } from '../base/ids.ts';
import type { Api, RequestInputOf, ResponseOf } from '../protocol/index.ts';

export interface RaftEndpoint {
  /** Known id of the node; negative for a bootstrap address whose id is unknown. */
  readonly id: NodeId;
  readonly host: string;
  readonly port: number;
}

export interface RaftTransport {
  /** Rejects when the node cannot be reached or has not answered within `timeoutMs`. */
  send<A extends Api>(
    to: RaftEndpoint,
    api: A,
    request: RequestInputOf<A>,
    timeoutMs: DurationMs,
  ): Promise<ResponseOf<A>>;
  close(): void;
}
