/**
 * BeginQuorumEpoch (53), versions 0-1, flexible from 1.
 *
 * A new leader of the quorum announces itself to the voters.
 */
import { zeroUuid } from '../../base/uuid.ts';
import { array, int16, int32, string, uint16, uuid } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const beginQuorumEpochApi = defineApi({
  key: 53,
  name: 'BeginQuorumEpoch',
  versions: '0-1',
  flexible: '1+',
  listeners: ['controller'],
  request: {
    clusterId: string('0+', { nullable: '0+', default: null }),
    voterId: int32('1+', { default: -1, ignorable: true }),
    topics: array('0+', {
      topicName: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        voterDirectoryId: uuid('1+', { default: zeroUuid, ignorable: true }),
        leaderId: int32('0+'),
        leaderEpoch: int32('0+'),
      }),
    }),
    leaderEndpoints: array(
      '1+',
      {
        name: string('1+'),
        host: string('1+'),
        port: uint16('1+'),
      },
      { default: [], ignorable: true },
    ),
  },
  response: {
    errorCode: int16('0+'),
    topics: array('0+', {
      topicName: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        leaderId: int32('0+'),
        leaderEpoch: int32('0+'),
      }),
    }),
    nodeEndpoints: array(
      '1+',
      {
        nodeId: int32('1+'),
        host: string('1+'),
        port: uint16('1+'),
      },
      { tag: 0, tagged: '1+', default: [] },
    ),
  },
});

export type BeginQuorumEpochRequest = RequestOf<typeof beginQuorumEpochApi>;
export type BeginQuorumEpochRequestInput = RequestInputOf<typeof beginQuorumEpochApi>;
export type BeginQuorumEpochResponse = ResponseOf<typeof beginQuorumEpochApi>;
export type BeginQuorumEpochResponseInput = ResponseInputOf<typeof beginQuorumEpochApi>;
