/** Metadata records about topics, partitions and their replicas (`common/metadata/*.json` of Kafka 4.3.1). */
import { array, defineRecord, int32, int8, string, uuid } from '../../protocol/schema/index.ts';

export const topicRecord = defineRecord({
  key: 2,
  name: 'TopicRecord',
  versions: '0',
  flexible: '0+',
  fields: { name: string('0+'), topicId: uuid('0+') },
});

export const removeTopicRecord = defineRecord({
  key: 9,
  name: 'RemoveTopicRecord',
  versions: '0',
  flexible: '0+',
  fields: { topicId: uuid('0+') },
});

/** Version 1 adds directories (KIP-858), version 2 eligible leader replicas (KIP-966). */
export const partitionRecord = defineRecord({
  key: 3,
  name: 'PartitionRecord',
  versions: '0-2',
  flexible: '0+',
  fields: {
    partitionId: int32('0+', { default: -1 }),
    topicId: uuid('0+'),
    replicas: array('0+', 'int32'),
    isr: array('0+', 'int32'),
    removingReplicas: array('0+', 'int32'),
    addingReplicas: array('0+', 'int32'),
    leader: int32('0+', { default: -1 }),
    leaderRecoveryState: int8('0+', { tagged: '0+', tag: 0, default: 0 }),
    leaderEpoch: int32('0+', { default: -1 }),
    partitionEpoch: int32('0+', { default: -1 }),
    directories: array('1+', 'uuid'),
    eligibleLeaderReplicas: array('2+', 'int32', { nullable: '2+', tagged: '2+', tag: 1, default: null }),
    lastKnownElr: array('2+', 'int32', { nullable: '2+', tagged: '2+', tag: 2, default: null }),
  },
});

/** Null and the listed defaults mean "no change"; a named leader always starts a new leader epoch. */
export const partitionChangeRecord = defineRecord({
  key: 5,
  name: 'PartitionChangeRecord',
  versions: '0-2',
  flexible: '0+',
  fields: {
    partitionId: int32('0+', { default: -1 }),
    topicId: uuid('0+'),
    isr: array('0+', 'int32', { nullable: '0+', tagged: '0+', tag: 0, default: null }),
    leader: int32('0+', { tagged: '0+', tag: 1, default: -2 }),
    replicas: array('0+', 'int32', { nullable: '0+', tagged: '0+', tag: 2, default: null }),
    removingReplicas: array('0+', 'int32', { nullable: '0+', tagged: '0+', tag: 3, default: null }),
    addingReplicas: array('0+', 'int32', { nullable: '0+', tagged: '0+', tag: 4, default: null }),
    leaderRecoveryState: int8('0+', { tagged: '0+', tag: 5, default: -1 }),
    directories: array('1+', 'uuid', { nullable: '1+', tagged: '1+', tag: 8, default: null }),
    eligibleLeaderReplicas: array('2+', 'int32', { nullable: '2+', tagged: '2+', tag: 6, default: null }),
    lastKnownElr: array('2+', 'int32', { nullable: '2+', tagged: '2+', tag: 7, default: null }),
  },
});

/** The empty name clears the ELR of all topics. */
export const clearElrRecord = defineRecord({
  key: 28,
  name: 'ClearElrRecord',
  versions: '0',
  flexible: '0+',
  fields: { topicName: string('0+') },
});
