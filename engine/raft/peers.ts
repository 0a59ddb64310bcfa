/**
 * Requests to the other members, at most one under way to each (class `RequestManager`), with a back-off after failure.
 *
 * Invariants: the answer to a request that was given up by {@link Peers.reset} is never handed on; back-offs end by
 * themselves and cause a poll.
 */
import type { NodeId } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { Tracer } from '../env/tracer.ts';
import type { Api, RequestInputOf, ResponseOf } from '../protocol/index.ts';
import type { RaftConfig } from './config.ts';
import type { RaftEndpoint, RaftTransport } from './transport.ts';

type PeerState =
  { readonly kind: 'busy'; readonly token: object } | { readonly kind: 'backing-off'; readonly until: number };

export interface PeersOptions {
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly component: string;
  readonly config: RaftConfig;
  readonly transport: RaftTransport;
  /** An answer or a failure has been dealt with: time to poll. */
  readonly onSettled: () => void;
  /** A handler threw: a bug. */
  readonly onBug: (error: unknown) => void;
}

export class Peers {
  readonly #options: PeersOptions;
  readonly #states = new Map<NodeId, PeerState>();
  /** Peers that did not answer their last request, or not as it should be. The log names a failure once. */
  readonly #failing = new Set<NodeId>();

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** Monotonic: when the node may be sent something; -Infinity now; Infinity while a request is under way. */
  readyAt(id: NodeId): number {
    const state = this.#states.get(id);
    if (state === undefined) return -Infinity;
    if (state.kind === 'busy') return Infinity;
    return state.until <= this.#options.clock.monotonic() ? -Infinity : state.until;
  }

  isBackingOff(id: NodeId): boolean {
    const at = this.readyAt(id);
    return at !== Infinity && at !== -Infinity;
  }

  get anyBusy(): boolean {
    return [...this.#states.values()].some((state) => state.kind === 'busy');
  }

  hasFailed(id: NodeId): boolean {
    return this.#failing.has(id);
  }

  /**
   * Sends unless the node is busy or backing off. `handle` gets the answer, in a later turn, and tells whether all is
   * well; otherwise the node is left alone for the back-off.
   */
  send<A extends Api>(
    to: RaftEndpoint,
    api: A,
    request: RequestInputOf<A>,
    handle: (response: ResponseOf<A>) => boolean,
  ): void {
    if (this.readyAt(to.id) !== -Infinity) return;
    const token = {};
    this.#states.set(to.id, { kind: 'busy', token });
    const isCurrent = (): boolean => {
      const state = this.#states.get(to.id);
      return state?.kind === 'busy' && state.token === token;
    };
    this.#options.transport.send(to, api, request, this.#options.config.requestTimeoutMs).then(
      (response) => {
        if (!isCurrent()) return;
        this.#guard(() => {
          const well = handle(response);
          if (well) this.#failing.delete(to.id);
          else this.#failing.add(to.id);
          // Handling may have changed the role, which resets the peers.
          if (isCurrent()) this.#settle(to.id, well);
          this.#options.onSettled();
        });
      },
      (error: unknown) => {
        if (!isCurrent()) return;
        this.#guard(() => {
          this.#logFailure(to, api.name, error);
          this.#settle(to.id, false);
          this.#options.onSettled();
        });
      },
    );
  }

  /** Gives up all requests and back-offs, as each change of role does. */
  reset(): void {
    this.#states.clear();
  }

  backOff(id: NodeId): void {
    this.#settle(id, false);
  }

  #settle(id: NodeId, well: boolean): void {
    if (well) this.#states.delete(id);
    else {
      const until = this.#options.clock.monotonic() + this.#options.config.retryBackoffMs;
      this.#states.set(id, { kind: 'backing-off', until });
    }
  }

  #logFailure(to: RaftEndpoint, api: string, error: unknown): void {
    if (this.#failing.has(to.id)) return;
    this.#failing.add(to.id);
    const why = error instanceof Error ? error.message : String(error);
    this.#options.tracer.log(
      'warn',
      this.#options.component,
      `${api} to node ${to.id} (${to.host}:${to.port}) failed: ${why}`,
    );
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.onBug(error);
    }
  }
}
