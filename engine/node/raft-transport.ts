/** The quorum's way to other nodes: one channel for each endpoint, made when it is first needed. */
import type { DurationMs, NodeId } from '../base/ids.ts';
import type { Env } from '../env/index.ts';
import { RpcChannel } from '../net/index.ts';
import type { Api, RequestInputOf, ResponseOf } from '../protocol/index.ts';
import type { RaftEndpoint, RaftTransport } from '../raft/index.ts';

export class ChannelRaftTransport implements RaftTransport {
  readonly #env: Pick<Env, 'clock' | 'network' | 'random' | 'tracer'>;
  readonly #nodeId: NodeId;
  readonly #channels = new Map<string, RpcChannel>();

  constructor(env: Pick<Env, 'clock' | 'network' | 'random' | 'tracer'>, nodeId: NodeId) {
    this.#env = env;
    this.#nodeId = nodeId;
  }

  send<A extends Api>(
    to: RaftEndpoint,
    api: A,
    request: RequestInputOf<A>,
    timeoutMs: DurationMs,
  ): Promise<ResponseOf<A>> {
    const key = `${to.host}:${to.port}`;
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      const clientId = `raft-client-${this.#nodeId}`;
      channel = new RpcChannel({ env: this.#env, host: to.host, port: to.port, clientId });
      this.#channels.set(key, channel);
    }
    return channel.send(api, request, { timeoutMs });
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }
}
