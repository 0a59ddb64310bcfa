/** Facade; see below. */
import type { DurationMs, NodeId } from '../base/ids.ts';
import type { Env } from '../env/env.ts';
import type { Api, RequestInputOf, ResponseOf } from '../protocol/index.ts';

export interface ControllerEndpoint {
  readonly id: NodeId;
  readonly host: string;
  readonly port: number;
}

export interface ControllerChannelOptions {
  readonly env: Pick<Env, 'clock' | 'network' | 'random' | 'tracer'>;
  readonly nodeId: NodeId;
  /** The quorum's leader as raft knows it now; null while there is none. */
  readonly activeController: () => ControllerEndpoint | null;
}

/** Sends to the active controller, wherever it is, and tries again where it moved. */
export declare class ControllerChannel {
  constructor(options: ControllerChannelOptions);
  /** Retries connection losses and NOT_CONTROLLER until `timeoutMs`; then rejects with a NetworkError. */
  send<A extends Api>(
    api: A,
    request: RequestInputOf<A>,
    options: { readonly timeoutMs: DurationMs },
  ): Promise<ResponseOf<A>>;
  stop(): void;
}
