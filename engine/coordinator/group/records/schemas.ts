/**
 * Records of `__consumer_offsets` that the classic protocol and committed offsets consist of, as Kafka 4.3.1 defines them
 * (`common/message/*.json` of its group-coordinator jar). A record's key begins with an int16 that names its type (and,
 * for the oldest types, their version), its value with an int16 version; null values are tombstones.
 *
 * Types: 0 and 1 committed offset, 2 classic group, 3 to 8 and 16 consumer groups (KIP-848), 9 to 15 share groups,
 * 17 to 23 streams groups.
 */
import { zeroUuid } from '../../../base/uuid.ts';
import { array, bytes, defineRecord, int32, int64, string, uuid } from '../../../protocol/index.ts';
import type { Message, MessageInput } from '../../../protocol/index.ts';

/** The key of types 0 and 1. */
export const offsetCommitKey = defineRecord({
  key: 1,
  name: 'OffsetCommitKey',
  versions: '0',
  flexible: 'none',
  fields: {
    group: string('0'),
    topic: string('0'),
    partition: int32('0'),
  },
});

export const offsetCommitValue = defineRecord({
  key: 1,
  name: 'OffsetCommitValue',
  versions: '0-4',
  flexible: '4+',
  fields: {
    offset: int64('0+'),
    leaderEpoch: int32('3+', { default: -1, ignorable: true }),
    metadata: string('0+'),
    commitTimestamp: int64('0+'),
    expireTimestamp: int64('1', { default: -1, ignorable: true }),
    topicId: uuid('4+', { tagged: '4+', tag: 0, default: zeroUuid, ignorable: true }),
  },
});

export const groupMetadataKey = defineRecord({
  key: 2,
  name: 'GroupMetadataKey',
  versions: '0',
  flexible: 'none',
  fields: { group: string('0') },
});

export const groupMetadataValue = defineRecord({
  key: 2,
  name: 'GroupMetadataValue',
  versions: '0-4',
  flexible: '4+',
  fields: {
    protocolType: string('0+'),
    generation: int32('0+'),
    protocol: string('0+', { nullable: '0+' }),
    leader: string('0+', { nullable: '0+' }),
    currentStateTimestamp: int64('2+', { default: -1, ignorable: true }),
    members: array('0+', {
      memberId: string('0+'),
      groupInstanceId: string('3+', { default: null, nullable: '3+', ignorable: true }),
      clientId: string('0+'),
      clientHost: string('0+'),
      rebalanceTimeout: int32('1+', { default: -1, ignorable: true }),
      sessionTimeout: int32('0+'),
      subscription: bytes('0+'),
      assignment: bytes('0+'),
    }),
  },
});

export type OffsetCommitKey = Message<typeof offsetCommitKey>;
export type OffsetCommitValue = Message<typeof offsetCommitValue>;
export type GroupMetadataValue = Message<typeof groupMetadataValue>;
export type GroupMetadataValueInput = MessageInput<typeof groupMetadataValue>;

/** `ConsumerGroupMetadata`, `ShareGroupMetadata` and `StreamsGroupMetadata`: their presence makes a group of that kind. */
export const foreignGroupTypes: ReadonlyMap<number, 'consumer' | 'share' | 'streams'> = new Map([
  [3, 'consumer'],
  [11, 'share'],
  [17, 'streams'],
]);

/** The keys of {@link foreignGroupTypes} begin with the group id; nothing else of them is read here. */
export const foreignGroupKey = defineRecord({
  key: 3,
  name: 'ConsumerGroupMetadataKey',
  versions: '0',
  flexible: 'none',
  fields: { group: string('0') },
});
