/**
 * A client's way into the cluster: it starts from the bootstrap endpoints, keeps metadata fresh for the topics that its
 * owner follows, holds a connection per broker (one more to a broker as coordinator, so that a waiting fetch delays no
 * heartbeat), speaks the newest version that both sides know, and finds coordinators.
 */
import type { GroupId, NodeId, PartitionIndex, TopicName, Uuid } from '../../base/ids.ts';
import type { Env } from '../../env/index.ts';
import type { Api, RequestInputOf, ResponseOf } from '../../protocol/index.ts';
import type { BrokerEndpoint, PartitionMetadata, TopicMetadata } from './metadata-cache.ts';

/** What a client needs of the outside world. */
export type ClientEnv = Pick<Env, 'clock' | 'network' | 'random'>;

export interface ClusterClientOptions {
  readonly env: ClientEnv;
  /** `bootstrap.servers` as parsed by {@link parseBootstrapServers}. */
  readonly bootstrapServers: readonly { readonly host: string; readonly port: number }[];
  /** `client.id`. */
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  readonly metadataMaxAgeMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly reconnectBackoffMs: number;
  readonly reconnectBackoffMaxMs: number;
  readonly connectTimeoutMs: number;
  /** Of Metadata requests; a producer's is true, a consumer's `allow.auto.create.topics`. */
  readonly allowAutoTopicCreation: boolean;
  /** New metadata has been applied. */
  readonly onUpdate?: () => void;
  /** A broker can take requests (again), or its connection is lost. */
  readonly onConnection?: (event: ConnectionEvent) => void;
}

export interface ConnectionEvent {
  readonly kind: 'ready' | 'lost';
  /** Null: a bootstrap endpoint whose id is not known yet. */
  readonly broker: NodeId | null;
  readonly endpoint: string;
  /** Why it was lost; null after an orderly end from there. */
  readonly error: Error | null;
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

/** All methods that return promises reject with a `KafkaError` (`DisconnectException`, `TimeoutException`, ...). */
export interface ClusterClientFacade {
  /** Topics whose metadata is kept; null: all of the cluster. Asks for an update when there are new ones. */
  followTopics(topics: readonly TopicName[] | null): void;
  topic(name: TopicName): TopicMetadata | null;
  topicById(id: Uuid): TopicMetadata | null;
  /** Kafka's name of what the newest response said about the topic, null when there was no error. */
  topicError(name: TopicName): string | null;
  partition(topic: TopicName, partition: PartitionIndex): PartitionMetadata | null;
  /** Null while unknown or when its leader is not among the brokers. */
  leader(topic: TopicName, partition: PartitionIndex): BrokerEndpoint | null;
  broker(id: NodeId): BrokerEndpoint | null;
  readonly brokers: readonly BrokerEndpoint[];
  readonly topics: readonly TopicMetadata[];
  readonly controllerId: NodeId;
  readonly clusterId: string | null;
  /** Counts applied updates. */
  readonly version: number;

  /** Asks for new metadata, soon; several requests become one, at least `retry.backoff.ms` apart. */
  requestUpdate(): void;
  /** Resolves with the next applied update; rejects with a TimeoutException. */
  awaitUpdate(timeoutMs: number): Promise<void>;

  /** Whether requests to the broker would go out at once; when not, it starts to connect. */
  isReady(broker: NodeId, purpose?: Purpose): boolean;
  /** Sends to one broker, whenever it is connected, and gives its decoded response. */
  send<A extends Api>(
    broker: NodeId,
    api: A,
    request: RequestInputOf<A>,
    options?: CallOptions,
  ): Promise<ResponseOf<A>>;
  /** Sends to the broker (or bootstrap endpoint) with the least in flight. */
  sendToAny<A extends Api>(api: A, request: RequestInputOf<A>, options?: CallOptions): Promise<ResponseOf<A>>;
  /** One lookup; the outcome of the broker (`COORDINATOR_NOT_AVAILABLE`, ...) rejects as `KafkaError`. */
  findCoordinator(kind: CoordinatorKind, key: GroupId): Promise<BrokerEndpoint>;
  close(): void;
}
