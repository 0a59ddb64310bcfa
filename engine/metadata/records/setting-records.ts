/** Metadata records about configs, features, producer ids, and the log's own bookkeeping (Kafka 4.3.1). */
import { defineRecord, int16, int32, int64, int8, string } from '../../protocol/schema/index.ts';

/** A null value deletes the key. */
export const configRecord = defineRecord({
  key: 4,
  name: 'ConfigRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    resourceType: int8('0+'),
    resourceName: string('0+'),
    name: string('0+'),
    value: string('0+', { nullable: '0+' }),
  },
});

/** Level 0 removes the feature. */
export const featureLevelRecord = defineRecord({
  key: 12,
  name: 'FeatureLevelRecord',
  versions: '0',
  flexible: '0+',
  fields: { name: string('0+'), featureLevel: int16('0+') },
});

export const producerIdsRecord = defineRecord({
  key: 15,
  name: 'ProducerIdsRecord',
  versions: '0',
  flexible: '0+',
  fields: { brokerId: int32('0+'), brokerEpoch: int64('0+', { default: -1 }), nextProducerId: int64('0+') },
});

export const noOpRecord = defineRecord({ key: 20, name: 'NoOpRecord', versions: '0', flexible: '0+', fields: {} });

export const zkMigrationStateRecord = defineRecord({
  key: 21,
  name: 'ZkMigrationStateRecord',
  versions: '0',
  flexible: '0+',
  fields: { zkMigrationState: int8('0+') },
});

export const beginTransactionRecord = defineRecord({
  key: 23,
  name: 'BeginTransactionRecord',
  versions: '0',
  flexible: '0+',
  fields: { name: string('0+', { nullable: '0+', tagged: '0+', tag: 0, default: null }) },
});

export const endTransactionRecord = defineRecord({
  key: 24,
  name: 'EndTransactionRecord',
  versions: '0',
  flexible: '0+',
  fields: {},
});

export const abortTransactionRecord = defineRecord({
  key: 25,
  name: 'AbortTransactionRecord',
  versions: '0',
  flexible: '0+',
  fields: { reason: string('0+', { nullable: '0+', tagged: '0+', tag: 0, default: null }) },
});
