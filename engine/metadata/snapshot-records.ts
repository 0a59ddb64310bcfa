/**
 * An image as records: replayed upon the empty image they give the same image again. The order is that of Kafka's
 * snapshots (features with `metadata.version` first, brokers, controllers, each topic with its partitions, configs,
 * the rest, producer ids), so that a reader knows the metadata version before anything that depends on it.
 */
import type { TopicImage, MetadataImage, PartitionRegistration, BrokerRegistration } from './image.ts';
import type { PartitionIndex, Uuid } from '../base/ids.ts';
import type { MetadataRecord, RecordOf } from './records/index.ts';
import { leaderRecoveryStateCode } from './topics-delta.ts';

export function* snapshotRecords(image: MetadataImage): Generator<MetadataRecord> {
  yield* featureRecords(image);
  for (const broker of image.cluster.brokers.values()) yield brokerRecord(broker);
  for (const controller of image.cluster.controllers.values()) {
    yield {
      type: 'RegisterControllerRecord',
      version: 0,
      controllerId: controller.id,
      incarnationId: controller.incarnationId,
      zkMigrationReady: controller.zkMigrationReady,
      endPoints: controller.endpoints,
      features: controller.features,
    };
  }
  for (const topic of image.topics.byId.values()) yield* topicRecords(topic);
  yield* configRecords(image);
  yield* image.kept.values();
  if (image.nextProducerId > 0) {
    const nextProducerId = image.nextProducerId;
    yield { type: 'ProducerIdsRecord', version: 0, brokerId: -1, brokerEpoch: -1, nextProducerId };
  }
}

function* featureRecords(image: MetadataImage): Generator<MetadataRecord> {
  const names = [...image.features.keys()].filter((name) => name !== 'metadata.version');
  if (image.features.has('metadata.version')) names.unshift('metadata.version');
  for (const name of names) {
    yield { type: 'FeatureLevelRecord', version: 0, name, featureLevel: image.features.get(name) ?? 0 };
  }
}

function brokerRecord(broker: BrokerRegistration): RecordOf<'RegisterBrokerRecord'> {
  return {
    type: 'RegisterBrokerRecord',
    version: 4,
    brokerId: broker.id,
    isMigratingZkBroker: false,
    incarnationId: broker.incarnationId,
    brokerEpoch: broker.epoch,
    endPoints: broker.endpoints,
    features: broker.features,
    rack: broker.rack,
    fenced: broker.fenced,
    inControlledShutdown: broker.inControlledShutdown,
    logDirs: broker.logDirs,
    cordonedLogDirs: broker.cordonedLogDirs,
  };
}

function* topicRecords(topic: TopicImage): Generator<MetadataRecord> {
  yield { type: 'TopicRecord', version: 0, name: topic.name, topicId: topic.id };
  for (const [index, partition] of topic.partitions) yield partitionRecordOf(topic.id, index, partition);
}

/** The whole partition as one record; empty ELR fields stay out of it, as Kafka leaves them out. */
export function partitionRecordOf(
  topicId: Uuid,
  partitionId: PartitionIndex,
  partition: PartitionRegistration,
): RecordOf<'PartitionRecord'> {
  return {
    type: 'PartitionRecord',
    version: 2,
    partitionId,
    topicId,
    replicas: partition.replicas,
    isr: partition.isr,
    removingReplicas: partition.removingReplicas,
    addingReplicas: partition.addingReplicas,
    leader: partition.leader,
    leaderRecoveryState: leaderRecoveryStateCode(partition.leaderRecoveryState),
    leaderEpoch: partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch,
    directories: partition.directories,
    eligibleLeaderReplicas: partition.elr.length > 0 ? partition.elr : null,
    lastKnownElr: partition.lastKnownElr.length > 0 ? partition.lastKnownElr : null,
  };
}

function* configRecords(image: MetadataImage): Generator<MetadataRecord> {
  for (const resource of image.configs.values()) {
    for (const [name, value] of resource.entries) {
      yield {
        type: 'ConfigRecord',
        version: 0,
        resourceType: resource.type,
        resourceName: resource.name,
        name,
        value,
      };
    }
  }
}
