/**
 * The records of the metadata log. On disk a record's value is: unsigned varint 1 (frame version), unsigned varint api
 * key, unsigned varint version, then the body by its schema. All 26 types of Kafka 4.3.1 are known; an unknown key or
 * version, or bytes behind the body, make the log unreadable (`MalformedMessageError`), as they do for Kafka.
 */
import { decodeMessage, inRange, writeMessage } from '../../protocol/schema/index.ts';
import type { Message, RecordSchema } from '../../protocol/schema/index.ts';
import { ByteReader, ByteWriter, MalformedMessageError } from '../../protocol/wire/index.ts';
import * as cluster from './cluster-records.ts';
import * as security from './security-records.ts';
import * as setting from './setting-records.ts';
import * as topic from './topic-records.ts';

/** Every record type by Kafka's name. */
export const metadataRecordSchemas = {
  RegisterBrokerRecord: cluster.registerBrokerRecord,
  UnregisterBrokerRecord: cluster.unregisterBrokerRecord,
  TopicRecord: topic.topicRecord,
  PartitionRecord: topic.partitionRecord,
  ConfigRecord: setting.configRecord,
  PartitionChangeRecord: topic.partitionChangeRecord,
  FenceBrokerRecord: cluster.fenceBrokerRecord,
  UnfenceBrokerRecord: cluster.unfenceBrokerRecord,
  RemoveTopicRecord: topic.removeTopicRecord,
  DelegationTokenRecord: security.delegationTokenRecord,
  UserScramCredentialRecord: security.userScramCredentialRecord,
  FeatureLevelRecord: setting.featureLevelRecord,
  ClientQuotaRecord: security.clientQuotaRecord,
  ProducerIdsRecord: setting.producerIdsRecord,
  BrokerRegistrationChangeRecord: cluster.brokerRegistrationChangeRecord,
  AccessControlEntryRecord: security.accessControlEntryRecord,
  RemoveAccessControlEntryRecord: security.removeAccessControlEntryRecord,
  NoOpRecord: setting.noOpRecord,
  ZkMigrationStateRecord: setting.zkMigrationStateRecord,
  RemoveUserScramCredentialRecord: security.removeUserScramCredentialRecord,
  BeginTransactionRecord: setting.beginTransactionRecord,
  EndTransactionRecord: setting.endTransactionRecord,
  AbortTransactionRecord: setting.abortTransactionRecord,
  RemoveDelegationTokenRecord: security.removeDelegationTokenRecord,
  RegisterControllerRecord: cluster.registerControllerRecord,
  ClearElrRecord: topic.clearElrRecord,
} as const;

type Schemas = typeof metadataRecordSchemas;
export type MetadataRecordType = keyof Schemas;
/** A decoded record: its type, its version, and every field of it. */
export type RecordOf<T extends MetadataRecordType> = { readonly type: T; readonly version: number } & Message<
  Schemas[T]
>;
export type MetadataRecord = { [T in MetadataRecordType]: RecordOf<T> }[MetadataRecordType];

const frameVersion = 1;
const typeOfKey = new Map<number, MetadataRecordType>();
for (const type of Object.keys(metadataRecordSchemas) as MetadataRecordType[]) {
  typeOfKey.set(metadataRecordSchemas[type].key, type);
}

/** The value of the record in the log. */
export function encodeMetadataRecord(record: MetadataRecord): Uint8Array {
  const schema: RecordSchema = metadataRecordSchemas[record.type];
  const writer = new ByteWriter(64);
  writer.unsignedVarint(frameVersion);
  writer.unsignedVarint(schema.key);
  writer.unsignedVarint(record.version);
  writeMessage(writer, schema, record.version, record);
  return writer.bytes();
}

export function decodeMetadataRecord(bytes: Uint8Array): MetadataRecord {
  const reader = new ByteReader(bytes);
  const frame = reader.unsignedVarint();
  if (frame !== frameVersion) throw new MalformedMessageError(`metadata record of frame version ${frame}, not 1`, 0);
  const key = reader.unsignedVarint();
  const type = typeOfKey.get(key);
  if (type === undefined) throw new MalformedMessageError(`metadata record of unknown api key ${key}`, 1);
  const version = reader.unsignedVarint();
  const schema: RecordSchema = metadataRecordSchemas[type];
  if (!inRange(schema.versions, version)) {
    throw new MalformedMessageError(`${type} of unknown version ${version}`, reader.position);
  }
  const message = decodeMessage(schema, version, reader);
  if (reader.remaining > 0) {
    throw new MalformedMessageError(`${reader.remaining} bytes behind a ${type}`, reader.position);
  }
  return { type, version, ...message } as MetadataRecord;
}
