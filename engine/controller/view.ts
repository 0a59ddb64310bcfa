/**
 * What decisions are made from: the newest image (records appended but not yet committed included), the sessions of the
 * brokers and the settings. A decision reads it and changes nothing.
 */
import type { BrokerEpoch, NodeId, Offset, TopicName, Uuid } from '../base/ids.ts';
import type { Random } from '../env/random.ts';
import {
  configEntries,
  configResourceType,
  isActiveBroker,
  isReservedDirectory,
  lostDirectory,
  migratingDirectory,
  unassignedDirectory,
} from '../metadata/index.ts';
import type { MetadataImage, PartitionRegistration, TopicImage } from '../metadata/index.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { BrokerSessions } from './brokers/sessions.ts';
import type { ControllerConfig } from './config.ts';
import { refuse } from './outcome.ts';
import type { Refusal } from './outcome.ts';

export interface ControllerView {
  readonly image: MetadataImage;
  readonly sessions: Pick<
    BrokerSessions,
    'isAlive' | 'controlledShutdownOffset' | 'lowestActiveOffset' | 'oldestExpired'
  >;
  readonly config: ControllerConfig;
  readonly nodeId: NodeId;
  readonly clusterId: string;
  readonly random: Random;
  /** Offset that the next record will get. */
  readonly nextOffset: Offset;
  /** Of the monotonic clock. */
  readonly nowMs: number;
}

/** `ClusterControlManager.checkBrokerEpoch`; null when the broker is who it says it is. */
export function staleBrokerEpoch(view: ControllerView, broker: NodeId, epoch: BrokerEpoch): Refusal | null {
  const registration = view.image.cluster.brokers.get(broker);
  if (registration === undefined) {
    return refuse(ErrorCode.STALE_BROKER_EPOCH, `No broker registration found for broker id ${broker}`);
  }
  if (registration.epoch === epoch) return null;
  return refuse(
    ErrorCode.STALE_BROKER_EPOCH,
    `Expected broker epoch ${registration.epoch}, but got broker epoch ${epoch}`,
  );
}

/** Value of a topic's config as it holds: topic, this node, all brokers, static or built-in default. */
export function topicSetting(view: ControllerView, topic: TopicName, key: string): string {
  const { image } = view;
  return (
    configEntries(image, configResourceType.topic, topic).get(key) ??
    configEntries(image, configResourceType.broker, String(view.nodeId)).get(key) ??
    configEntries(image, configResourceType.broker, '').get(key) ??
    view.config.configRules.defaultValue(configResourceType.topic, key) ??
    ''
  );
}

/** `min.insync.replicas` of the topic, never above its replication factor. */
export function effectiveMinIsr(view: ControllerView, topic: TopicImage): number {
  const configured = Number.parseInt(topicSetting(view, topic.name, 'min.insync.replicas') || '1', 10);
  return Math.min(configured, topic.partitions.get(0)?.replicas.length ?? configured);
}

export function uncleanElectionEnabled(view: ControllerView, topic: TopicName): boolean {
  return topicSetting(view, topic, 'unclean.leader.election.enable').toLowerCase() === 'true';
}

/** The broker may lead this partition: active, and the replica's directory is online. */
export function isAcceptableLeader(image: MetadataImage, partition: PartitionRegistration, broker: NodeId): boolean {
  return isActiveBroker(image, broker) && hasOnlineDirectory(image, partition, broker);
}

export function hasOnlineDirectory(image: MetadataImage, partition: PartitionRegistration, broker: NodeId): boolean {
  const directory = partition.directories[partition.replicas.indexOf(broker)] ?? unassignedDirectory;
  if (directory === lostDirectory) return false;
  if (isReservedDirectory(directory)) return true;
  const logDirs = image.cluster.brokers.get(broker)?.logDirs ?? [];
  return logDirs.length === 0 || logDirs.includes(directory);
}

/** Where a new replica on `broker` will be, as far as the controller can know (KIP-858). */
export function defaultDirectory(image: MetadataImage, broker: NodeId): Uuid {
  const registration = image.cluster.brokers.get(broker);
  if (registration === undefined) return unassignedDirectory;
  const [only, ...more] = registration.logDirs;
  if (only === undefined) return migratingDirectory;
  return more.length === 0 ? only : unassignedDirectory;
}
