/**
 * The way to the group's coordinator: finds it, notices that it is gone, and sends to it on a connection of its own. Who
 * asks next after a loss looks it up again, `retry.backoff.ms` apart.
 */
import type { NodeId } from '../../base/ids.ts';
import { type Api, ErrorCode, errorName, type RequestInputOf, type ResponseOf } from '../../protocol/index.ts';
import { ExponentialBackoff } from '../cluster/backoff.ts';
import type { BrokerEndpoint, ConnectionEvent } from '../cluster/index.ts';
import { brokerError, type KafkaError } from '../kafka-error.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { Call, Deadline } from './waits.ts';

export class CoordinatorLink {
  readonly #context: ConsumerContext;
  readonly #groupId: string;
  readonly #backoff: ExponentialBackoff;
  #node: NodeId | null = null;
  #lookup: Call<BrokerEndpoint> | null = null;
  #fatal: KafkaError | null = null;
  /** The coordinator is known (again). */
  readonly #onFound: () => void;

  constructor(context: ConsumerContext, groupId: string, onFound: () => void) {
    const { settings, env } = context;
    this.#context = context;
    this.#groupId = groupId;
    this.#onFound = onFound;
    this.#backoff = new ExponentialBackoff(settings.retryBackoffMs, settings.retryBackoffMaxMs, env.random);
  }

  /** Null while unknown. */
  get node(): NodeId | null {
    return this.#node;
  }
  get unknown(): boolean {
    return this.#node === null;
  }

  /** Rejects with what cannot be helped by trying again. False: not found in time. */
  async ensureReady(deadline: Deadline): Promise<boolean> {
    const { waits, cluster } = this.#context;
    for (let attempt = 0; this.#node === null; attempt++) {
      const fatal = this.#fatal;
      this.#fatal = null;
      if (fatal !== null) throw fatal;
      const lookup = this.lookup();
      if (!(await waits.until(() => lookup.done, deadline))) return false;
      if (this.#lookup === lookup) this.#lookup = null;
      if (lookup.error !== null) {
        this.#fatal = null;
        if (!lookup.error.retriable) throw lookup.error;
        cluster.requestUpdate();
        await waits.pause(this.#backoff.delayMs(attempt), deadline);
      }
      if (this.#node === null && deadline.expired) return false;
    }
    return true;
  }

  /** In the background; the one that is on its way, if there is one. */
  lookup(): Call<BrokerEndpoint> {
    const { waits, cluster } = this.#context;
    if (this.#lookup !== null && !this.#lookup.done) return this.#lookup;
    this.#lookup = waits.call(
      cluster.findCoordinator('group', this.#groupId).then(
        (endpoint) => {
          this.#found(endpoint);
          return endpoint;
        },
        (error: KafkaError) => {
          if (!error.retriable) this.#fatal = error;
          throw error;
        },
      ),
    );
    return this.#lookup;
  }

  /** Rejects as {@link brokerError} COORDINATOR_NOT_AVAILABLE when it is unknown; a lost connection makes it so. */
  async send<A extends Api>(
    api: A,
    request: RequestInputOf<A>,
    timeoutMs?: number,
    versionMax?: number,
  ): Promise<ResponseOf<A>> {
    const node = this.#node;
    if (node === null) throw coordinatorNotAvailable();
    try {
      return await this.#context.cluster.send(node, api, request, {
        purpose: 'coordinator',
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(versionMax === undefined ? {} : { versionMax }),
      });
    } catch (error) {
      if (this.#node === node) this.markUnknown((error as KafkaError).message);
      throw error;
    }
  }

  markUnknown(reason: string): void {
    if (this.#node === null) return;
    this.#node = null;
    this.#context.emit({ type: 'coordinator', nodeId: null, reason });
    this.#context.waits.notify();
  }

  /** It answered that it is not, or cannot be, the coordinator. */
  refused(errorCode: ErrorCode): void {
    this.markUnknown(`error response ${errorName(errorCode)}`);
  }

  onConnection({ kind, broker, purpose, error }: ConnectionEvent): void {
    if (kind === 'ready' || purpose !== 'coordinator' || broker === null || broker !== this.#node) return;
    this.markUnknown(error?.message ?? 'the connection was closed from there');
  }

  #found({ id }: BrokerEndpoint): void {
    this.#node = id;
    this.#context.emit({ type: 'coordinator', nodeId: id, reason: 'found' });
    this.#context.cluster.isReady(id, 'coordinator');
    this.#onFound();
  }
}

export function coordinatorNotAvailable(): KafkaError {
  return brokerError(ErrorCode.COORDINATOR_NOT_AVAILABLE);
}
