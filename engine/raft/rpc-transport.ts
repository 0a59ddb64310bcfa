/**
 * `RaftTransport` over net's channels, as client `raft-client-<id>`. Two channels to each node, so that a vote never
 * waits behind a fetch that the leader holds (a server answers one request of a connection after the other).
 *
 * A channel waits longer after each failed attempt to connect. For a node that failed only lately this is cut short,
 * since raft has its own back-off (`controller.quorum.retry.backoff.ms`): nodes that start together find each other fast.
 */
import type { DurationMs, NodeId } from '../base/ids.ts';
import type { Env } from '../env/env.ts';
import { RpcChannel } from '../net/index.ts';
import { fetchApi, fetchSnapshotApi } from '../protocol/index.ts';
import type { Api, RequestInputOf, ResponseOf } from '../protocol/index.ts';
import type { RaftEndpoint, RaftTransport } from './transport.ts';

/** Failures in a row after which a node is taken to be down for longer. */
const quickRetries = 25;

interface Line {
  channel: RpcChannel;
  failures: number;
}

export class RpcRaftTransport implements RaftTransport {
  readonly #env: Pick<Env, 'clock' | 'network' | 'random'>;
  readonly #clientId: string;
  readonly #connectTimeoutMs: DurationMs;
  readonly #lines = new Map<string, Line>();
  #closed = false;

  constructor(env: Pick<Env, 'clock' | 'network' | 'random'>, nodeId: NodeId, requestTimeoutMs: DurationMs) {
    this.#env = env;
    this.#clientId = `raft-client-${nodeId}`;
    this.#connectTimeoutMs = requestTimeoutMs;
  }

  async send<A extends Api>(
    to: RaftEndpoint,
    api: A,
    request: RequestInputOf<A>,
    timeoutMs: DurationMs,
  ): Promise<ResponseOf<A>> {
    const line = this.#line(to, api.key === fetchApi.key || api.key === fetchSnapshotApi.key);
    const { channel } = line;
    try {
      const response = await channel.send(api, request, { timeoutMs });
      line.failures = 0;
      return response;
    } catch (error) {
      line.failures++;
      if (line.failures <= quickRetries && line.channel === channel && !this.#closed) {
        channel.close();
        line.channel = this.#newChannel(to);
      }
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    for (const { channel } of this.#lines.values()) channel.close();
  }

  #line(to: RaftEndpoint, isFetch: boolean): Line {
    const key = `${to.host}:${to.port}${isFetch ? '/fetch' : ''}`;
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { channel: this.#newChannel(to), failures: 0 };
      this.#lines.set(key, line);
    }
    return line;
  }

  #newChannel(to: RaftEndpoint): RpcChannel {
    const { host, port } = to;
    const channel = new RpcChannel({
      env: this.#env,
      host,
      port,
      clientId: this.#clientId,
      connectTimeoutMs: this.#connectTimeoutMs,
    });
    if (this.#closed) channel.close();
    return channel;
  }
}
