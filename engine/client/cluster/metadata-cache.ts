/**
 * What a client knows of the cluster: brokers, and topics with their partitions' leaders, as the newest Metadata
 * responses told (Kafka's `Metadata` and `MetadataSnapshot`).
 *
 * Invariants: a leader of an older epoch never replaces one of a newer epoch of the same topic id (KIP-320); a topic
 * that a response has an error for is not in the cache.
 */
import type { LeaderEpoch, NodeId, PartitionIndex, TopicName, Uuid } from '../../base/ids.ts';
import { ErrorCode, type MetadataResponse } from '../../protocol/index.ts';

export interface BrokerEndpoint {
  readonly id: NodeId;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface PartitionMetadata {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** -1: none at present. */
  readonly leader: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  readonly offlineReplicas: readonly NodeId[];
}

export interface TopicMetadata {
  readonly name: TopicName;
  readonly topicId: Uuid;
  readonly isInternal: boolean;
  /** In the order of their indexes. */
  readonly partitions: readonly PartitionMetadata[];
}

/** What an update brought. */
export interface AppliedMetadata {
  /** Something is different from before. */
  readonly changed: boolean;
  /** Some partition has no leader, or a topic is just being made: worth asking again soon. */
  readonly incomplete: boolean;
}

type TopicResponse = MetadataResponse['topics'][number];
type PartitionResponse = TopicResponse['partitions'][number];

/** Errors by which Kafka's client asks again (`InvalidMetadataException`). */
const invalidMetadata: readonly number[] = [
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.REPLICA_NOT_AVAILABLE,
  ErrorCode.NETWORK_EXCEPTION,
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.LISTENER_NOT_FOUND,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.UNKNOWN_LEADER_EPOCH,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.INCONSISTENT_TOPIC_ID,
];

/** Whether the error means that the client's metadata is out of date. */
export function isInvalidMetadata(errorCode: number): boolean {
  return invalidMetadata.includes(errorCode);
}

export class MetadataCache {
  #brokers = new Map<NodeId, BrokerEndpoint>();
  #topics = new Map<TopicName, TopicMetadata>();
  #names = new Map<Uuid, TopicName>();
  #errors = new Map<TopicName, number>();
  controllerId: NodeId = -1;
  clusterId: string | null = null;

  get brokers(): readonly BrokerEndpoint[] {
    return [...this.#brokers.values()];
  }

  get topics(): readonly TopicMetadata[] {
    return [...this.#topics.values()];
  }

  broker(id: NodeId): BrokerEndpoint | null {
    return this.#brokers.get(id) ?? null;
  }

  topic(name: TopicName): TopicMetadata | null {
    return this.#topics.get(name) ?? null;
  }

  topicById(id: Uuid): TopicMetadata | null {
    const name = this.#names.get(id);
    return name === undefined ? null : this.topic(name);
  }

  /** Of the newest response about the topic; NONE when it had none. */
  topicError(name: TopicName): number {
    return this.#errors.get(name) ?? ErrorCode.NONE;
  }

  partition(topic: TopicName, partition: PartitionIndex): PartitionMetadata | null {
    return this.#topics.get(topic)?.partitions[partition] ?? null;
  }

  /** Takes a whole answer: topics that it does not name are no longer known. */
  apply(response: MetadataResponse): AppliedMetadata {
    const topics = new Map<TopicName, TopicMetadata>();
    const errors = new Map<TopicName, number>();
    let incomplete = false;
    for (const topic of response.topics) {
      const { name, errorCode } = topic;
      if (name === null) continue;
      if (errorCode === ErrorCode.NONE) topics.set(name, this.#merge(name, topic));
      else errors.set(name, errorCode);
      incomplete ||= isInvalidMetadata(errorCode) || topic.partitions.some((each) => isInvalidMetadata(each.errorCode));
    }
    const brokers = new Map(response.brokers.map(({ nodeId: id, host, port, rack }) => [id, { id, host, port, rack }]));
    const changed =
      !sameEntries(this.#topics, topics, sameTopic) ||
      !sameEntries(this.#brokers, brokers, sameEndpoint) ||
      !sameEntries(this.#errors, errors, Object.is);
    this.#topics = topics;
    this.#errors = errors;
    this.#names = new Map([...topics.values()].map(({ topicId, name }) => [topicId, name]));
    this.#brokers = brokers;
    this.controllerId = response.controllerId;
    this.clusterId = response.clusterId;
    return { changed, incomplete };
  }

  /**
   * A leader that a broker named in its refusal (KIP-951). False when it is not newer than what is known. The leader's
   * endpoint has to be known, or be given.
   */
  updateLeader(
    topic: TopicName,
    partition: PartitionIndex,
    leader: NodeId,
    leaderEpoch: LeaderEpoch,
    endpoints: readonly BrokerEndpoint[],
  ): boolean {
    const known = this.#topics.get(topic);
    const old = known?.partitions[partition];
    if (known === undefined || old === undefined || old.leaderEpoch >= leaderEpoch) return false;
    const endpoint = endpoints.find(({ id }) => id === leader) ?? this.broker(leader);
    if (endpoint === null) return false;
    this.#brokers.set(leader, endpoint);
    const partitions = known.partitions.map((each) => (each === old ? { ...old, leader, leaderEpoch } : each));
    this.#topics.set(topic, { ...known, partitions });
    return true;
  }

  #merge(name: TopicName, { topicId, isInternal, partitions }: TopicResponse): TopicMetadata {
    const before = this.#topics.get(name);
    const known = before?.topicId === topicId ? before.partitions : [];
    const sorted = partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex);
    return {
      name,
      topicId,
      isInternal,
      partitions: sorted.map((partition) => mergePartition(name, partition, known[partition.partitionIndex])),
    };
  }
}

function mergePartition(
  topic: TopicName,
  response: PartitionResponse,
  known: PartitionMetadata | undefined,
): PartitionMetadata {
  if (known !== undefined && known.leaderEpoch > response.leaderEpoch) return known;
  return {
    topic,
    partition: response.partitionIndex,
    leader: response.leaderId,
    leaderEpoch: response.leaderEpoch,
    replicas: response.replicaNodes,
    isr: response.isrNodes,
    offlineReplicas: response.offlineReplicas,
  };
}

function sameEntries<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>, same: (a: V, b: V) => boolean): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !same(value, other)) return false;
  }
  return true;
}

function sameEndpoint(a: BrokerEndpoint, b: BrokerEndpoint): boolean {
  return a.host === b.host && a.port === b.port;
}

/** By ids, leaders and their epochs: what tells progress of a cluster, as Kafka's client counts equivalent responses. */
function sameTopic(a: TopicMetadata, b: TopicMetadata): boolean {
  return (
    a.topicId === b.topicId &&
    a.partitions.length === b.partitions.length &&
    a.partitions.every((partition, index) => {
      const other = b.partitions[index];
      return partition.leader === other?.leader && partition.leaderEpoch === other.leaderEpoch;
    })
  );
}
