/**
 * A client's way into the cluster: it starts from the bootstrap endpoints, keeps metadata fresh for the topics that its
 * owner follows, holds a connection per broker (one more to a broker as coordinator, so that a waiting fetch delays no
 * heartbeat), speaks the newest version that both sides know, and finds coordinators.
 */
import { assert } from '../../base/assert.ts';
import type { DurationMs, GroupId, LeaderEpoch, NodeId, PartitionIndex, TopicName, Uuid } from '../../base/ids.ts';
import type { Env, NetworkError, Timer } from '../../env/index.ts';
import {
  type Api,
  ErrorCode,
  errorName,
  type ErrorName,
  findCoordinatorApi,
  type RequestInputOf,
  type ResponseOf,
} from '../../protocol/index.ts';
import { brokerError, clientError, type KafkaError } from '../kafka-error.ts';
import type { HostAndPort } from './bootstrap-servers.ts';
import { BrokerConnection, type RequestOptions } from './broker-connection.ts';
import { type BrokerEndpoint, MetadataCache, type PartitionMetadata, type TopicMetadata } from './metadata-cache.ts';
import { MetadataRefresh } from './metadata-refresh.ts';

/** What a client needs of the outside world. */
export type ClientEnv = Pick<Env, 'clock' | 'network' | 'random'>;

export interface ClusterClientOptions {
  readonly env: ClientEnv;
  /** `bootstrap.servers` as parsed by {@link parseBootstrapServers}. */
  readonly bootstrapServers: readonly HostAndPort[];
  /** `client.id`. */
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  readonly metadataMaxAgeMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly reconnectBackoffMs: number;
  readonly reconnectBackoffMaxMs: number;
  readonly connectTimeoutMs: number;
  /** `connections.max.idle.ms`, 9 minutes when absent, below the broker's 10; negative: never. */
  readonly connectionsMaxIdleMs?: number;
  /** Of Metadata requests; a producer's is true, a consumer's `allow.auto.create.topics`. */
  readonly allowAutoTopicCreation: boolean;
  /** New metadata has been applied. */
  readonly onUpdate?: () => void;
  /** A broker can take requests (again), its connection is lost, or could not be made. */
  readonly onConnection?: (event: ConnectionEvent) => void;
}

export interface ConnectionEvent {
  readonly kind: 'ready' | 'lost' | 'unreachable';
  /** Null: a bootstrap endpoint whose id is not known yet. */
  readonly broker: NodeId | null;
  readonly endpoint: string;
  readonly purpose: Purpose;
  /** Why it was lost; null after an orderly end from there. */
  readonly error: NetworkError | null;
}

/** Which of the connections to a broker. */
export type Purpose = 'data' | 'coordinator';

export interface CallOptions {
  /** `request.timeout.ms` when absent. */
  readonly timeoutMs?: number;
  /** `data` when absent. */
  readonly purpose?: Purpose;
  /** The newest that both sides know, but no newer than this. */
  readonly versionMax?: number;
}

export type CoordinatorKind = 'group' | 'transaction';

const coordinatorKinds: Readonly<Record<CoordinatorKind, number>> = { group: 0, transaction: 1 };

/** A connection with what is remembered of it. */
interface Line {
  readonly connection: BrokerConnection;
  /** Null: a bootstrap endpoint. */
  readonly broker: NodeId | null;
  /** When it could not be made or was lost last, on the monotonic scale; -1 since it is of use. */
  failedAtMs: number;
}

const defaultMaxIdleMs = 540_000;
const idleSweepMs = 30_000;

/** All methods that return promises reject with a `KafkaError` (`DisconnectException`, `TimeoutException`, ...). */
export class ClusterClient {
  readonly #options: ClusterClientOptions;
  readonly #cache = new MetadataCache();
  readonly #refresh: MetadataRefresh;
  /** By broker and purpose, or by the bootstrap endpoint. */
  readonly #lines = new Map<string, Line>();
  /** Brokers that a lookup named; metadata may not have them yet. */
  readonly #coordinators = new Map<NodeId, BrokerEndpoint>();
  readonly #idleSweep: Timer;
  #closed = false;

  constructor(options: ClusterClientOptions) {
    this.#options = options;
    this.#idleSweep = options.env.clock.every(idleSweepMs, () => this.#closeIdle());
    this.#refresh = new MetadataRefresh({
      env: options.env,
      cache: this.#cache,
      metadataMaxAgeMs: options.metadataMaxAgeMs,
      retryBackoffMs: options.retryBackoffMs,
      retryBackoffMaxMs: options.retryBackoffMaxMs,
      allowAutoTopicCreation: options.allowAutoTopicCreation,
      ask: (api, request) => this.sendToAny(api, request),
      onUpdate: () => {
        this.#closeBootstrap();
        options.onUpdate?.();
      },
    });
  }

  /** Topics whose metadata is kept; null: all of the cluster. Asks for an update when there are new ones. */
  followTopics(topics: readonly TopicName[] | null): void {
    this.#refresh.follow(topics);
  }

  topic(name: TopicName): TopicMetadata | null {
    return this.#cache.topic(name);
  }

  topicById(id: Uuid): TopicMetadata | null {
    return this.#cache.topicById(id);
  }

  /** Kafka's name of what the newest response said about the topic, null when there was no error. */
  topicError(name: TopicName): ErrorName | null {
    const code = this.#cache.topicError(name);
    return code === ErrorCode.NONE ? null : errorName(code);
  }

  partition(topic: TopicName, partition: PartitionIndex): PartitionMetadata | null {
    return this.#cache.partition(topic, partition);
  }

  /** Null while unknown or when its leader is not among the brokers. */
  leader(topic: TopicName, partition: PartitionIndex): BrokerEndpoint | null {
    const known = this.#cache.partition(topic, partition);
    return known === null ? null : this.#cache.broker(known.leader);
  }

  broker(id: NodeId): BrokerEndpoint | null {
    return this.#cache.broker(id) ?? this.#coordinators.get(id) ?? null;
  }

  get brokers(): readonly BrokerEndpoint[] {
    return this.#cache.brokers;
  }

  get topics(): readonly TopicMetadata[] {
    return this.#cache.topics;
  }

  get controllerId(): NodeId {
    return this.#cache.controllerId;
  }

  get clusterId(): string | null {
    return this.#cache.clusterId;
  }

  /** Counts applied updates. */
  get version(): number {
    return this.#refresh.version;
  }

  /** Asks for new metadata, soon; several requests become one, at least `retry.backoff.ms` apart. */
  requestUpdate(): void {
    this.#refresh.request();
  }

  /** Resolves with the next applied update; rejects with a TimeoutException. */
  awaitUpdate(timeoutMs: DurationMs): Promise<void> {
    return this.#refresh.next(timeoutMs);
  }

  /** A leader that a broker named in its refusal (KIP-951); false when it is no news. */
  updateLeader(
    topic: TopicName,
    partition: PartitionIndex,
    leader: NodeId,
    leaderEpoch: LeaderEpoch,
    endpoints: readonly BrokerEndpoint[],
  ): boolean {
    return this.#cache.updateLeader(topic, partition, leader, leaderEpoch, endpoints);
  }

  /** Whether requests to the broker would go out at once; when not, it starts to connect. */
  isReady(broker: NodeId, purpose: Purpose = 'data'): boolean {
    const connection = this.#lineTo(broker, purpose)?.connection;
    connection?.connect();
    return connection?.ready ?? false;
  }

  /** Bytes for the broker that the connection has not taken yet. */
  queuedBytes(broker: NodeId): number {
    return this.#lineTo(broker, 'data')?.connection.queuedBytes ?? 0;
  }

  /** Sends to one broker, whenever it is connected, and gives its decoded response. */
  send<A extends Api>(
    broker: NodeId,
    api: A,
    request: RequestInputOf<A>,
    options: CallOptions = {},
  ): Promise<ResponseOf<A>> {
    const line = this.#lineTo(broker, options.purpose ?? 'data');
    if (line === null) return Promise.reject(this.#noBroker(broker));
    return line.connection.send(api, request, requestOptions(options));
  }

  /** As {@link send}, for a request that gets no response. Resolves when it was handed to the connection. */
  post<A extends Api>(broker: NodeId, api: A, request: RequestInputOf<A>, options: CallOptions = {}): Promise<void> {
    const line = this.#lineTo(broker, options.purpose ?? 'data');
    if (line === null) return Promise.reject(this.#noBroker(broker));
    return line.connection.post(api, request, requestOptions(options));
  }

  /** Sends to the broker (or bootstrap endpoint) with the least in flight. */
  sendToAny<A extends Api>(api: A, request: RequestInputOf<A>, options: CallOptions = {}): Promise<ResponseOf<A>> {
    if (this.#closed) return Promise.reject(closedError());
    return this.#leastLoaded().connection.send(api, request, requestOptions(options));
  }

  /** One lookup; the outcome of the broker (`COORDINATOR_NOT_AVAILABLE`, ...) rejects as `KafkaError`. */
  async findCoordinator(kind: CoordinatorKind, key: GroupId): Promise<BrokerEndpoint> {
    const answer = await this.sendToAny(findCoordinatorApi, {
      keyType: coordinatorKinds[kind],
      coordinatorKeys: [key],
    });
    const found = answer.coordinators.find((each) => each.key === key);
    if (found === undefined) throw clientError('KafkaException', `No coordinator in the answer for ${key}`);
    if (found.errorCode !== ErrorCode.NONE) throw brokerError(found.errorCode, found.errorMessage);
    const endpoint = { id: found.nodeId, host: found.host, port: found.port, rack: null };
    this.#coordinators.set(endpoint.id, endpoint);
    return endpoint;
  }

  /** Rejects whatever waits, and every later request. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#idleSweep.cancel();
    this.#refresh.close(closedError());
    for (const { connection } of this.#lines.values()) connection.close();
    this.#lines.clear();
  }

  #noBroker(broker: NodeId): KafkaError {
    return this.#closed ? closedError() : clientError('DisconnectException', `Broker ${broker} is not known`);
  }

  #lineTo(id: NodeId, purpose: Purpose): Line | null {
    const endpoint = this.broker(id);
    return endpoint === null || this.#closed ? null : this.#line(`${id} ${purpose}`, endpoint, id, purpose);
  }

  #line(key: string, { host, port }: HostAndPort, broker: NodeId | null, purpose: Purpose): Line {
    const known = this.#lines.get(key);
    if (known?.connection.host === host && known.connection.port === port) return known;
    // It came back at another address: whatever waits for the old one is rejected.
    known?.connection.close();
    const line = this.#newLine({ host, port }, broker, purpose);
    this.#lines.set(key, line);
    return line;
  }

  #newLine({ host, port }: HostAndPort, broker: NodeId | null, purpose: Purpose): Line {
    const {
      env,
      clientId,
      requestTimeoutMs,
      connectTimeoutMs,
      reconnectBackoffMs,
      reconnectBackoffMaxMs,
      onConnection,
    } = this.#options;
    const endpoint = `${host}:${port}`;
    const connection = new BrokerConnection({
      env,
      host,
      port,
      clientId,
      requestTimeoutMs,
      connectTimeoutMs,
      reconnectBackoffMs,
      reconnectBackoffMaxMs,
      onReady: () => {
        line.failedAtMs = -1;
        onConnection?.({ kind: 'ready', broker, endpoint, purpose, error: null });
      },
      onLost: (error, wasReady) => {
        line.failedAtMs = env.clock.monotonic();
        // As Kafka's NetworkClient: a lost connection may mean that leaders move.
        this.#refresh.request();
        onConnection?.({ kind: wasReady ? 'lost' : 'unreachable', broker, endpoint, purpose, error });
      },
    });
    const line: Line = { connection, broker, failedAtMs: -1 };
    return line;
  }

  /**
   * `NetworkClient.leastLoadedNode`: of use and with the least in flight; else one that connects; else by chance one
   * that did not fail; else the one whose failure is oldest. When all known brokers fail, the bootstrap endpoints are
   * asked again (`metadata.recovery.strategy=rebootstrap`).
   */
  #leastLoaded(): Line {
    const brokers = this.#cache.brokers
      .map((endpoint) => this.#lineTo(endpoint.id, 'data'))
      .filter((line) => line !== null);
    if (brokers.some(({ failedAtMs }) => failedAtMs < 0)) return this.#best(brokers);
    const bootstrap = this.#options.bootstrapServers.map((endpoint) =>
      this.#line(`${endpoint.host}:${endpoint.port}`, endpoint, null, 'data'),
    );
    return this.#best([...brokers, ...bootstrap]);
  }

  #best(lines: readonly Line[]): Line {
    const start = this.#options.env.random.integer(lines.length);
    let best: Line | undefined;
    for (let i = 0; i < lines.length; i++) {
      const line = lines[(start + i) % lines.length];
      if (line !== undefined && (best === undefined || compareLoad(line, best) < 0)) best = line;
    }
    assert(best !== undefined, 'there is at least one bootstrap endpoint');
    return best;
  }

  /** Before the broker does it, which would look like a loss. */
  #closeIdle(): void {
    const { env, connectionsMaxIdleMs = defaultMaxIdleMs } = this.#options;
    if (connectionsMaxIdleMs < 0) return;
    const idleSinceMs = env.clock.monotonic() - connectionsMaxIdleMs;
    for (const [key, { connection }] of this.#lines) {
      if (connection.usedAtMs > idleSinceMs || connection.pendingCount > 0) continue;
      this.#lines.delete(key);
      connection.close();
    }
  }

  #closeBootstrap(): void {
    for (const [key, { broker, connection }] of this.#lines) {
      if (broker !== null || connection.pendingCount > 0) continue;
      this.#lines.delete(key);
      connection.close();
    }
  }
}

function closedError(): KafkaError {
  return clientError('KafkaException', 'The client is closed.');
}

function requestOptions({ timeoutMs, versionMax }: CallOptions): RequestOptions {
  return { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(versionMax === undefined ? {} : { versionMax }) };
}

function rank({ connection, failedAtMs }: Line): number {
  if (connection.ready) return 0;
  if (connection.connecting && failedAtMs < 0) return 1;
  return failedAtMs < 0 ? 2 : 3;
}

function compareLoad(a: Line, b: Line): number {
  return rank(a) - rank(b) || a.connection.pendingCount - b.connection.pendingCount || a.failedAtMs - b.failedAtMs;
}
