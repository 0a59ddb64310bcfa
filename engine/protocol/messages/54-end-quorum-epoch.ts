/**
 * EndQuorumEpoch (54), versions 0-1, flexible from 1.
 *
 * A leader of the quorum resigns and names who should follow.
 */
import { array, int16, int32, string, uint16, uuid } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const endQuorumEpochApi = defineApi({
  key: 54,
  name: 'EndQuorumEpoch',
  versions: '0-1',
  flexible: '1+',
  listeners: ['controller'],
  request: {
    clusterId: string('0+', { nullable: '0+', default: null }),
    topics: array('0+', {
      topicName: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        leaderId: int32('0+'),
        leaderEpoch: int32('0+'),
        preferredSuccessors: array('0', 'int32', { default: [], ignorable: true }),
        preferredCandidates: array(
          '1+',
          {
            candidateId: int32('1+'),
            candidateDirectoryId: uuid('1+'),
          },
          { default: [], ignorable: true },
        ),
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

export type EndQuorumEpochRequest = RequestOf<typeof endQuorumEpochApi>;
export type EndQuorumEpochRequestInput = RequestInputOf<typeof endQuorumEpochApi>;
export type EndQuorumEpochResponse = ResponseOf<typeof endQuorumEpochApi>;
export type EndQuorumEpochResponseInput = ResponseInputOf<typeof endQuorumEpochApi>;
