/**
 * The cluster's metadata at one offset of the metadata log: immutable, so that whoever holds an image may keep it, compare
 * it with another and read it while the next one is being made. Maps are shared between images where nothing changed;
 * only {@link MetadataDelta} makes new ones.
 *
 * Invariants: `topics.byId` and `topics.byName` hold the same topic objects; a topic's partitions are 0..n-1; a
 * partition's `directories` runs parallel to its `replicas`; `configs` holds no empty resource.
 *
 * Left to others: changing (delta.ts), turning into snapshot records (snapshot-records.ts), what a config key means
 * (config/).
 */
import type {
  BrokerEpoch,
  LeaderEpoch,
  NodeId,
  Offset,
  PartitionEpoch,
  PartitionIndex,
  ProducerId,
  TimestampMs,
  TopicName,
  Uuid,
} from '../base/ids.ts';
import { required } from '../base/assert.ts';
import type { MetadataRecord } from './records/index.ts';

/** Which part of the log an image reflects. */
export interface MetadataProvenance {
  /** Offset of the last record in the image; -1 for the empty one. */
  readonly lastContainedOffset: Offset;
  readonly lastContainedEpoch: number;
  readonly lastContainedLogTimestampMs: TimestampMs;
}

/** Where a broker or controller is reached. `securityProtocol` 0 is PLAINTEXT. */
export interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly securityProtocol: number;
}

/** A feature level range that a node supports. */
export interface SupportedFeature {
  readonly name: string;
  readonly minSupportedVersion: number;
  readonly maxSupportedVersion: number;
}

export interface BrokerRegistration {
  readonly id: NodeId;
  readonly epoch: BrokerEpoch;
  readonly incarnationId: Uuid;
  readonly endpoints: readonly Endpoint[];
  readonly features: readonly SupportedFeature[];
  readonly rack: string | null;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  readonly logDirs: readonly Uuid[];
  /** Null until the broker's first heartbeat names them (KIP-1066). */
  readonly cordonedLogDirs: readonly Uuid[] | null;
}

export interface ControllerRegistration {
  readonly id: NodeId;
  readonly incarnationId: Uuid;
  readonly zkMigrationReady: boolean;
  readonly endpoints: readonly Endpoint[];
  readonly features: readonly SupportedFeature[];
}

/** `recovering`: elected uncleanly and not yet done with truncating. */
export type LeaderRecoveryState = 'recovered' | 'recovering';

/** A partition as the controller decided it. */
export interface PartitionRegistration {
  /** In preferred order. */
  readonly replicas: readonly NodeId[];
  /** Log directory of each replica, parallel to `replicas`. */
  readonly directories: readonly Uuid[];
  readonly isr: readonly NodeId[];
  /** Eligible leader replicas (KIP-966): left the ISR below min.insync.replicas, still hold every committed record. */
  readonly elr: readonly NodeId[];
  /** The last leader of a partition that has none (one member at most here). */
  readonly lastKnownElr: readonly NodeId[];
  readonly addingReplicas: readonly NodeId[];
  readonly removingReplicas: readonly NodeId[];
  /** -1: none. */
  readonly leader: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  readonly leaderRecoveryState: LeaderRecoveryState;
}

export interface TopicImage {
  readonly name: TopicName;
  readonly id: Uuid;
  readonly partitions: ReadonlyMap<PartitionIndex, PartitionRegistration>;
}

export interface TopicsImage {
  readonly byId: ReadonlyMap<Uuid, TopicImage>;
  readonly byName: ReadonlyMap<TopicName, TopicImage>;
}

export interface ClusterImage {
  readonly brokers: ReadonlyMap<NodeId, BrokerRegistration>;
  readonly controllers: ReadonlyMap<NodeId, ControllerRegistration>;
}

/** `ConfigResource.Type`. */
export const configResourceType = {
  topic: 2,
  broker: 4,
  brokerLogger: 8,
  clientMetrics: 16,
  group: 32,
} as const;

/** `name` is a topic, a group or a broker id; the empty broker name is the default of all brokers. */
export interface ConfigResource {
  readonly type: number;
  readonly name: string;
}

/** `4:` is the cluster-wide broker resource, `2:orders` a topic. */
export type ConfigResourceKey = string;

export function configResourceKey(type: number, name: string): ConfigResourceKey {
  return `${type}:${name}`;
}

export interface ConfigResourceImage extends ConfigResource {
  /** Only what was set by a record: neither defaults nor a broker's own file. */
  readonly entries: ReadonlyMap<string, string>;
}

export type ConfigsImage = ReadonlyMap<ConfigResourceKey, ConfigResourceImage>;

/** Finalized feature levels; level 0 is the absence of the name. */
export type FeaturesImage = ReadonlyMap<string, number>;

export interface MetadataImage {
  readonly provenance: MetadataProvenance;
  readonly features: FeaturesImage;
  readonly cluster: ClusterImage;
  readonly topics: TopicsImage;
  readonly configs: ConfigsImage;
  /** First producer id of the next block; 0 before the first. */
  readonly nextProducerId: ProducerId;
  /**
   * The last record of each thing that the cluster keeps but that this build gives no meaning to (quotas, SCRAM
   * credentials, ACLs, delegation tokens, the ZooKeeper migration state), by its identity. They survive snapshots.
   */
  readonly kept: ReadonlyMap<string, MetadataRecord>;
}

export const emptyProvenance: MetadataProvenance = {
  lastContainedOffset: -1,
  lastContainedEpoch: -1,
  lastContainedLogTimestampMs: -1,
};

export const emptyMetadataImage: MetadataImage = {
  provenance: emptyProvenance,
  features: new Map(),
  cluster: { brokers: new Map(), controllers: new Map() },
  topics: { byId: new Map(), byName: new Map() },
  configs: new Map(),
  nextProducerId: 0,
  kept: new Map(),
};

const noEntries: ReadonlyMap<string, string> = new Map();

/** What records set on the resource; empty when nothing. */
export function configEntries(image: MetadataImage, type: number, name: string): ReadonlyMap<string, string> {
  return image.configs.get(configResourceKey(type, name))?.entries ?? noEntries;
}

/** The partition, or null when topic or partition are unknown. */
export function findPartition(
  image: MetadataImage,
  topic: TopicName,
  partition: PartitionIndex,
): PartitionRegistration | null {
  return image.topics.byName.get(topic)?.partitions.get(partition) ?? null;
}

/** Neither fenced nor shutting down: may lead and may join an ISR. */
export function isActiveBroker(image: MetadataImage, broker: NodeId): boolean {
  const registration = image.cluster.brokers.get(broker);
  return registration !== undefined && !registration.fenced && !registration.inControlledShutdown;
}

/** The endpoint of a listener, e.g. `PLAINTEXT`; null when the broker has none of that name. */
export function brokerEndpoint(registration: BrokerRegistration, listener: string): Endpoint | null {
  return registration.endpoints.find((endpoint) => endpoint.name === listener) ?? null;
}

/** `metadata.version`'s level, or 0 while the log has not said. */
export function metadataVersion(image: MetadataImage): number {
  return image.features.get('metadata.version') ?? 0;
}

/** Whether eligible leader replicas (KIP-966) are kept. */
export function elrEnabled(image: MetadataImage): boolean {
  return (image.features.get('eligible.leader.replicas.version') ?? 0) > 0;
}

/** The topic, asserted to be there. */
export function requiredTopic(image: MetadataImage, id: Uuid): TopicImage {
  return required(image.topics.byId.get(id), `topic ${id}`);
}
