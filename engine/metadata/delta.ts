/**
 * Turns one image into the next by replaying records. A delta touches only what its records touch: maps are copied the
 * first time something in them changes, a topic's partition map likewise, so that a batch which changes one partition
 * out of thousands costs one shallow copy of its topic. What changed can be read from `topics`, `cluster`, `configs`,
 * `features` before or after `apply`.
 *
 * Invariants: the image given to the constructor is never changed; replaying a record that names a thing which does
 * not exist is a bug of whoever wrote the log (Kafka's controller fails there too) and ends in a `BugError`.
 *
 * Left to others: transactions of records (replay.ts), reading the log (engine/raft).
 */
import type { ProducerId } from '../base/ids.ts';
import type { ConfigsImage, FeaturesImage, MetadataImage, MetadataProvenance } from './image.ts';
import { configResourceKey } from './image.ts';
import { ClusterDelta } from './cluster-delta.ts';
import { TopicsDelta } from './topics-delta.ts';
import type { MetadataRecord, RecordOf } from './records/index.ts';

/** One key of one resource, as a record set it; `value` null: removed. */
export interface ConfigChange {
  readonly resourceType: number;
  readonly resource: string;
  readonly key: string;
  readonly was: string | null;
  readonly value: string | null;
}

export class MetadataDelta {
  readonly image: MetadataImage;
  readonly topics: TopicsDelta;
  readonly cluster: ClusterDelta;
  /** Every config change in the order of the records. */
  readonly configChanges: ConfigChange[] = [];
  /** Feature name -> level now (0: removed), of those that changed. */
  readonly featureChanges = new Map<string, number>();
  #configs: ConfigsImage;
  #features: FeaturesImage;
  #nextProducerId: ProducerId;
  #kept: ReadonlyMap<string, MetadataRecord>;
  #replayed = 0;

  constructor(image: MetadataImage) {
    this.image = image;
    this.topics = new TopicsDelta(image.topics);
    this.cluster = new ClusterDelta(image.cluster);
    this.#configs = image.configs;
    this.#features = image.features;
    this.#nextProducerId = image.nextProducerId;
    this.#kept = image.kept;
  }

  /** How many records were replayed. */
  get replayed(): number {
    return this.#replayed;
  }

  replay(record: MetadataRecord): void {
    this.#replayed++;
    switch (record.type) {
      case 'TopicRecord':
        return this.topics.create(record);
      case 'PartitionRecord':
        return this.topics.addPartition(record);
      case 'PartitionChangeRecord':
        return this.topics.changePartition(record);
      case 'RemoveTopicRecord':
        return this.#removeTopic(record);
      case 'ClearElrRecord':
        return this.topics.clearElr(record);
      case 'RegisterBrokerRecord':
        return this.cluster.registerBroker(record);
      case 'UnregisterBrokerRecord':
        return this.cluster.unregisterBroker(record);
      case 'BrokerRegistrationChangeRecord':
        return this.cluster.changeBroker(record);
      case 'FenceBrokerRecord':
        return this.cluster.fence(record.id, record.epoch, true);
      case 'UnfenceBrokerRecord':
        return this.cluster.fence(record.id, record.epoch, false);
      case 'RegisterControllerRecord':
        return this.cluster.registerController(record);
      case 'ConfigRecord':
        return this.#config(record);
      case 'FeatureLevelRecord':
        return this.#feature(record);
      case 'ProducerIdsRecord':
        this.#nextProducerId = record.nextProducerId;
        return;
      case 'NoOpRecord':
      case 'BeginTransactionRecord':
      case 'EndTransactionRecord':
      case 'AbortTransactionRecord':
        return;
      default:
        this.#keep(record);
    }
  }

  /**
   * To be called after a whole snapshot was replayed: what the image had and the snapshot had not is gone. A snapshot
   * is replayed upon a delta of the image it replaces, so that listeners see one honest difference.
   */
  finishSnapshot(snapshotRecords: Iterable<MetadataRecord>): void {
    const seen = identitiesOf(snapshotRecords);
    for (const topic of this.image.topics.byId.values())
      if (!seen.has(`topic ${topic.id}`)) this.topics.remove(topic.id);
    for (const id of this.image.cluster.brokers.keys()) if (!seen.has(`broker ${id}`)) this.cluster.forgetBroker(id);
    for (const id of this.image.cluster.controllers.keys()) {
      if (!seen.has(`controller ${id}`)) this.cluster.forgetController(id);
    }
    for (const name of this.image.features.keys()) if (!seen.has(`feature ${name}`)) this.#setFeature(name, 0);
    for (const resource of this.image.configs.values()) {
      for (const key of resource.entries.keys()) {
        const identity = `config ${configResourceKey(resource.type, resource.name)} ${key}`;
        if (!seen.has(identity)) this.#setConfig(resource.type, resource.name, key, null);
      }
    }
    for (const identity of this.image.kept.keys()) if (!seen.has(identity)) this.#forget(identity);
  }

  apply(provenance: MetadataProvenance): MetadataImage {
    return {
      provenance,
      features: this.#features,
      cluster: this.cluster.apply(),
      topics: this.topics.apply(),
      configs: this.#configs,
      nextProducerId: this.#nextProducerId,
      kept: this.#kept,
    };
  }

  /** A topic's config goes with the topic. */
  #removeTopic(record: RecordOf<'RemoveTopicRecord'>): void {
    const name = this.topics.remove(record.topicId);
    const resource = this.#configs.get(configResourceKey(2, name));
    for (const key of resource?.entries.keys() ?? []) this.#setConfig(2, name, key, null);
  }

  #config(record: RecordOf<'ConfigRecord'>): void {
    this.#setConfig(record.resourceType, record.resourceName, record.name, record.value);
  }

  #setConfig(type: number, name: string, key: string, value: string | null): void {
    const resourceKey = configResourceKey(type, name);
    const before = this.#configs.get(resourceKey)?.entries;
    this.configChanges.push({ resourceType: type, resource: name, key, was: before?.get(key) ?? null, value });
    const entries = new Map(before);
    if (value === null) entries.delete(key);
    else entries.set(key, value);
    const configs = new Map(this.#configs);
    if (entries.size === 0) configs.delete(resourceKey);
    else configs.set(resourceKey, { type, name, entries });
    this.#configs = configs;
  }

  #feature(record: RecordOf<'FeatureLevelRecord'>): void {
    this.#setFeature(record.name, record.featureLevel);
  }

  #setFeature(name: string, level: number): void {
    const features = new Map(this.#features);
    if (level === 0) features.delete(name);
    else features.set(name, level);
    this.#features = features;
    this.featureChanges.set(name, level);
  }

  #keep(record: MetadataRecord): void {
    const identity = identityOf(record);
    const kept = new Map(this.#kept);
    if (isRemoval(record)) kept.delete(identity);
    else kept.set(identity, record);
    this.#kept = kept;
  }

  #forget(identity: string): void {
    const kept = new Map(this.#kept);
    kept.delete(identity);
    this.#kept = kept;
  }
}

function isRemoval(record: MetadataRecord): boolean {
  return record.type.startsWith('Remove') || (record.type === 'ClientQuotaRecord' && record.remove);
}

function identitiesOf(records: Iterable<MetadataRecord>): Set<string> {
  const seen = new Set<string>();
  for (const record of records) seen.add(identityOf(record));
  return seen;
}

/** What a record is about: equal for a thing's later records and for its removal. */
export function identityOf(record: MetadataRecord): string {
  switch (record.type) {
    case 'TopicRecord':
    case 'RemoveTopicRecord':
      return `topic ${record.topicId}`;
    case 'RegisterBrokerRecord':
      return `broker ${record.brokerId}`;
    case 'RegisterControllerRecord':
      return `controller ${record.controllerId}`;
    case 'FeatureLevelRecord':
      return `feature ${record.name}`;
    case 'ConfigRecord':
      return `config ${configResourceKey(record.resourceType, record.resourceName)} ${record.name}`;
    case 'ClientQuotaRecord':
      return `quota ${JSON.stringify(record.entity)} ${record.key}`;
    case 'UserScramCredentialRecord':
    case 'RemoveUserScramCredentialRecord':
      return `scram ${record.mechanism} ${record.name}`;
    case 'AccessControlEntryRecord':
    case 'RemoveAccessControlEntryRecord':
      return `acl ${record.id}`;
    case 'DelegationTokenRecord':
    case 'RemoveDelegationTokenRecord':
      return `token ${record.tokenId}`;
    default:
      return record.type;
  }
}
