/** Metadata records about brokers and controllers (`common/metadata/*.json` of Kafka 4.3.1). */
import {
  array,
  bool,
  defineRecord,
  int16,
  int32,
  int64,
  int8,
  string,
  uint16,
  uuid,
} from '../../protocol/schema/index.ts';

const endPoint = { name: string('0+'), host: string('0+'), port: uint16('0+'), securityProtocol: int16('0+') };
const feature = { name: string('0+'), minSupportedVersion: int16('0+'), maxSupportedVersion: int16('0+') };

export const registerBrokerRecord = defineRecord({
  key: 0,
  name: 'RegisterBrokerRecord',
  versions: '0-4',
  flexible: '0+',
  fields: {
    brokerId: int32('0+'),
    isMigratingZkBroker: bool('2+', { default: false }),
    incarnationId: uuid('0+'),
    brokerEpoch: int64('0+'),
    endPoints: array('0+', endPoint),
    features: array('0+', feature),
    rack: string('0+', { nullable: '0+' }),
    fenced: bool('0+', { default: true }),
    inControlledShutdown: bool('1+', { default: false }),
    logDirs: array('3+', 'uuid', { tagged: '3+', tag: 0, default: [] }),
    cordonedLogDirs: array('4+', 'uuid', { nullable: '4+', tagged: '4+', tag: 1, default: null }),
  },
});

export const unregisterBrokerRecord = defineRecord({
  key: 1,
  name: 'UnregisterBrokerRecord',
  versions: '0',
  flexible: '0+',
  fields: { brokerId: int32('0+'), brokerEpoch: int64('0+') },
});

/** Written up to metadata.version 3.3-IV2. */
export const fenceBrokerRecord = defineRecord({
  key: 7,
  name: 'FenceBrokerRecord',
  versions: '0',
  flexible: '0+',
  fields: { id: int32('0+'), epoch: int64('0+') },
});

/** Written up to metadata.version 3.3-IV2. */
export const unfenceBrokerRecord = defineRecord({
  key: 8,
  name: 'UnfenceBrokerRecord',
  versions: '0',
  flexible: '0+',
  fields: { id: int32('0+'), epoch: int64('0+') },
});

/** `fenced` -1: unfenced, 1: fenced; `inControlledShutdown` 1: entered; 0, empty and null: no change. */
export const brokerRegistrationChangeRecord = defineRecord({
  key: 17,
  name: 'BrokerRegistrationChangeRecord',
  versions: '0-3',
  flexible: '0+',
  fields: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+'),
    fenced: int8('0+', { tagged: '0+', tag: 0, default: 0 }),
    inControlledShutdown: int8('1+', { tagged: '1+', tag: 1, default: 0 }),
    logDirs: array('2+', 'uuid', { tagged: '2+', tag: 2, default: [] }),
    cordonedLogDirs: array('3+', 'uuid', { nullable: '3+', tagged: '3+', tag: 3, default: null }),
  },
});

export const registerControllerRecord = defineRecord({
  key: 27,
  name: 'RegisterControllerRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    controllerId: int32('0+'),
    incarnationId: uuid('0+'),
    zkMigrationReady: bool('0+'),
    endPoints: array('0+', endPoint),
    features: array('0+', feature),
  },
});
