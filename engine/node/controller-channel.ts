/**
 * A broker's way to the active controller, wherever that is: one connection to the node that leads the quorum, requests
 * sent again when the connection breaks, when nobody leads, or when the answer is NOT_CONTROLLER (Kafka's
 * `NodeToControllerChannelManager`).
 *
 * A request may therefore reach the controller twice; what must not happen twice is guarded by epochs in the request.
 * Every request has a deadline, after which it rejects with a `NetworkError`.
 */
import type { DurationMs, NodeId } from '../base/ids.ts';
import type { Env } from '../env/env.ts';
import { NetworkError } from '../env/network.ts';
import { RpcChannel } from '../net/index.ts';
import { ErrorCode } from '../protocol/index.ts';
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

export interface ControllerSendOptions {
  readonly timeoutMs: DurationMs;
}

/** First wait before a request is sent again; doubles up to the second. */
const retryMs = 20;
const retryMsMax = 200;
const connectTimeoutMs = 2000;

export class ControllerChannel {
  readonly #options: ControllerChannelOptions;
  #channel: RpcChannel | null = null;
  #endpoint: ControllerEndpoint | null = null;
  #stopped = false;
  /** Requests that wait for their next attempt. */
  readonly #sleeping = new Set<() => void>();

  constructor(options: ControllerChannelOptions) {
    this.#options = options;
  }

  /** Retries connection losses and NOT_CONTROLLER until `timeoutMs`; then rejects with a {@link NetworkError}. */
  async send<A extends Api>(
    api: A,
    request: RequestInputOf<A>,
    options: ControllerSendOptions,
  ): Promise<ResponseOf<A>> {
    const { clock } = this.#options.env;
    const deadlineMs = clock.monotonic() + options.timeoutMs;
    let cause: unknown = null;
    for (let waitMs = retryMs; ; waitMs = Math.min(waitMs * 2, retryMsMax)) {
      const leftMs = deadlineMs - clock.monotonic();
      if (this.#stopped)
        throw new NetworkError('ECONNABORTED', `${api.name}: the channel to the controller was closed`);
      if (leftMs <= 0) throw this.#timedOut(api, options.timeoutMs, cause);
      const attempt = await this.#attempt(api, request, leftMs);
      if (!('failed' in attempt)) return attempt.response;
      cause = attempt.failed;
      await this.#sleep(Math.min(waitMs, Math.max(1, deadlineMs - clock.monotonic())));
    }
  }

  async #attempt<A extends Api>(
    api: A,
    request: RequestInputOf<A>,
    timeoutMs: DurationMs,
  ): Promise<{ readonly response: ResponseOf<A> } | { readonly failed: unknown }> {
    const channel = this.#current();
    if (channel === null) return { failed: null };
    try {
      const response = await channel.send(api, request, { timeoutMs });
      return errorCodeOf(response) === ErrorCode.NOT_CONTROLLER ? { failed: null } : { response };
    } catch (error) {
      if (error instanceof NetworkError) return { failed: error };
      throw error;
    }
  }

  /** The connection to who is active now; null while nobody is. */
  #current(): RpcChannel | null {
    const { env, nodeId, activeController } = this.#options;
    const endpoint = activeController();
    if (endpoint === null) return null;
    if (this.#channel !== null && sameEndpoint(this.#endpoint, endpoint)) return this.#channel;
    this.#channel?.close();
    this.#endpoint = endpoint;
    this.#channel = new RpcChannel({
      env,
      host: endpoint.host,
      port: endpoint.port,
      clientId: String(nodeId),
      connectTimeoutMs,
    });
    return this.#channel;
  }

  /**
   * The quorum may have another leader: what waits for the old one is sent to the new one. Without this a request to a
   * controller that hangs would wait for its deadline.
   */
  controllerChanged(): void {
    if (this.#stopped) return;
    const endpoint = this.#options.activeController();
    if (endpoint === null) return;
    if (this.#channel !== null && !sameEndpoint(this.#endpoint, endpoint)) {
      this.#channel.close();
      this.#channel = null;
    }
    this.#wakeAll();
  }

  stop(): void {
    this.#stopped = true;
    this.#channel?.close();
    this.#channel = null;
    this.#wakeAll();
  }

  #sleep(durationMs: DurationMs): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel();
        this.#sleeping.delete(wake);
        resolve();
      };
      const timer = this.#options.env.clock.after(durationMs, wake);
      this.#sleeping.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#sleeping]) wake();
  }

  #timedOut(api: Api, timeoutMs: DurationMs, cause: unknown): NetworkError {
    const endpoint = this.#options.activeController();
    const who = endpoint === null ? 'no controller is active' : `the active controller is node ${endpoint.id}`;
    return new NetworkError('ETIMEDOUT', `${api.name}: no answer within ${timeoutMs} ms, ${who}`, cause);
  }
}

function sameEndpoint(a: ControllerEndpoint | null, b: ControllerEndpoint): boolean {
  return a !== null && a.id === b.id && a.host === b.host && a.port === b.port;
}

function errorCodeOf(response: object): number {
  return 'errorCode' in response && typeof response.errorCode === 'number' ? response.errorCode : ErrorCode.NONE;
}
