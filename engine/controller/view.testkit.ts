/** Views for tests of decisions: an image made of records, brokers that live, Kafka's config rules. */
import { SeededRandom } from '../env/sim/index.ts';
import { KafkaConfigRules } from '../metadata/config/index.ts';
import {
  emptyMetadataImage,
  emptyProvenance,
  MetadataDelta,
  partitionRecordOf,
  supportedFeatures,
} from '../metadata/index.ts';
import type { BrokerRegistration, MetadataImage, MetadataRecord, PartitionRegistration } from '../metadata/index.ts';
import { BrokerSessions } from './brokers/sessions.ts';
import { defaultControllerConfig } from './config.ts';
import { isRefusal } from './outcome.ts';
import type { Decision, Refusal } from './outcome.ts';
import type { ControllerView } from './view.ts';

export const testClusterId = 'testClusterAAAAAAAAAAA';

/** The image after `records`. */
export function imageAfter(image: MetadataImage, records: Iterable<MetadataRecord>): MetadataImage {
  const delta = new MetadataDelta(image);
  for (const record of records) delta.replay(record);
  return delta.apply(emptyProvenance);
}

export function directoryOf(broker: number): string {
  return `dirOfBroker${String(broker).padStart(9, 'A')}AA`;
}

export function topicIdOf(name: string): string {
  return `${`topic${name.replaceAll(/[^A-Za-z0-9]/g, '-')}`.slice(0, 20).padEnd(20, 'A')}AA`;
}

export function brokerRecord(id: number, fields: Partial<BrokerRegistration> = {}): MetadataRecord {
  return {
    type: 'RegisterBrokerRecord',
    version: 4,
    brokerId: id,
    isMigratingZkBroker: false,
    incarnationId: fields.incarnationId ?? `incarnation${String(id).padStart(9, 'A')}AA`,
    brokerEpoch: fields.epoch ?? 100 + id,
    endPoints: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9091 + id, securityProtocol: 0 }],
    features: supportedFeatures,
    rack: fields.rack ?? null,
    fenced: fields.fenced ?? false,
    inControlledShutdown: fields.inControlledShutdown ?? false,
    logDirs: fields.logDirs ?? [directoryOf(id)],
    cordonedLogDirs: [],
  };
}

export type PartitionFields = Partial<PartitionRegistration> & Pick<PartitionRegistration, 'replicas'>;

/** Defaults: all in sync, the first leads. */
export function partitionOf(fields: PartitionFields): PartitionRegistration {
  return {
    directories: fields.replicas.map(directoryOf),
    isr: fields.replicas,
    elr: [],
    lastKnownElr: [],
    addingReplicas: [],
    removingReplicas: [],
    leader: fields.replicas[0] ?? -1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    leaderRecoveryState: 'recovered',
    ...fields,
  };
}

export function topicRecords(name: string, ...partitions: PartitionFields[]): MetadataRecord[] {
  const topicId = topicIdOf(name);
  return [
    { type: 'TopicRecord', version: 0, name, topicId },
    ...partitions.map((fields, index) => partitionRecordOf(topicId, index, partitionOf(fields))),
  ];
}

export function configRecordOf(
  resourceType: number,
  resourceName: string,
  name: string,
  value: string,
): MetadataRecord {
  return { type: 'ConfigRecord', version: 0, resourceType, resourceName, name, value };
}

/** Features as a new cluster finalizes them. */
export const featureRecords: readonly MetadataRecord[] = defaultControllerConfig.bootstrapFeatures.map(
  ({ name, level }) => ({ type: 'FeatureLevelRecord', version: 0, name, featureLevel: level }),
);

export const withoutElr: MetadataRecord = {
  type: 'FeatureLevelRecord',
  version: 0,
  name: 'eligible.leader.replicas.version',
  featureLevel: 0,
};

/** A cluster of three unfenced brokers and what `records` add. */
export function viewOf(records: Iterable<MetadataRecord> = [], fields: Partial<ControllerView> = {}): ControllerView {
  const cluster = [...featureRecords, brokerRecord(1), brokerRecord(2), brokerRecord(3)];
  return viewOfImage(imageAfter(imageAfter(emptyMetadataImage, cluster), records), fields);
}

export function viewOfImage(image: MetadataImage, fields: Partial<ControllerView> = {}): ControllerView {
  return {
    image,
    sessions: new BrokerSessions(defaultControllerConfig.brokerSessionTimeoutMs),
    config: { ...defaultControllerConfig, configRules: new KafkaConfigRules(new Map()) },
    nodeId: 1,
    clusterId: testClusterId,
    random: new SeededRandom(1),
    nextOffset: 500,
    nowMs: 1_000_000,
    ...fields,
  };
}

/** The decision; throws when the request was refused. */
export function decided<R>(outcome: Decision<R> | Refusal): Decision<R> {
  if (isRefusal(outcome)) throw new Error(`refused: ${JSON.stringify(outcome.refused)}`);
  return outcome;
}

/** The view after the decision's records. */
export function viewAfter(view: ControllerView, decision: Decision<unknown>): ControllerView {
  return { ...view, image: imageAfter(view.image, decision.records) };
}
