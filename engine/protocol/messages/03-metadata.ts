/**
 * Metadata (3), versions 0-13, flexible from 9.
 *
 * Brokers, controller, topics and leaders. A null topic list means all; topic ids since 10; lookup by id since 12.
 */
import { zeroUuid } from '../../base/uuid.ts';
import { array, bool, int16, int32, string, uuid } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const metadataApi = defineApi({
  key: 3,
  name: 'Metadata',
  versions: '0-13',
  flexible: '9+',
  listeners: ['broker'],
  request: {
    topics: array(
      '0+',
      {
        topicId: uuid('10+', { default: zeroUuid, ignorable: true }),
        name: string('0+', { nullable: '10+' }),
      },
      { nullable: '1+' },
    ),
    allowAutoTopicCreation: bool('4+', { default: true }),
    includeClusterAuthorizedOperations: bool('8-10', { default: false }),
    includeTopicAuthorizedOperations: bool('8+', { default: false }),
  },
  response: {
    throttleTimeMs: int32('3+', { default: 0, ignorable: true }),
    brokers: array('0+', {
      nodeId: int32('0+'),
      host: string('0+'),
      port: int32('0+'),
      rack: string('1+', { nullable: '1+', default: null, ignorable: true }),
    }),
    clusterId: string('2+', { nullable: '2+', default: null, ignorable: true }),
    controllerId: int32('1+', { default: -1, ignorable: true }),
    topics: array('0+', {
      errorCode: int16('0+'),
      name: string('0+', { nullable: '12+' }),
      topicId: uuid('10+', { default: zeroUuid, ignorable: true }),
      isInternal: bool('1+', { default: false, ignorable: true }),
      partitions: array('0+', {
        errorCode: int16('0+'),
        partitionIndex: int32('0+'),
        leaderId: int32('0+'),
        leaderEpoch: int32('7+', { default: -1, ignorable: true }),
        replicaNodes: array('0+', 'int32'),
        isrNodes: array('0+', 'int32'),
        offlineReplicas: array('5+', 'int32', { default: [], ignorable: true }),
      }),
      topicAuthorizedOperations: int32('8+', { default: -2147483648 }),
    }),
    clusterAuthorizedOperations: int32('8-10', { default: -2147483648 }),
    errorCode: int16('13+', { default: 0, ignorable: true }),
  },
});

export type MetadataRequest = RequestOf<typeof metadataApi>;
export type MetadataRequestInput = RequestInputOf<typeof metadataApi>;
export type MetadataResponse = ResponseOf<typeof metadataApi>;
export type MetadataResponseInput = ResponseInputOf<typeof metadataApi>;
