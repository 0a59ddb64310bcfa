/**
 * Vote (52), versions 0-2, flexible from 0.
 *
 * A candidate, or before that a prospective one (`preVote`, 2), asks a voter for its vote.
 */
import { zeroUuid } from '../../base/uuid.ts';
import { array, bool, int16, int32, int64, string, uint16, uuid } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const voteApi = defineApi({
  key: 52,
  name: 'Vote',
  versions: '0-2',
  flexible: '0+',
  listeners: ['controller'],
  request: {
    clusterId: string('0+', { nullable: '0+', default: null }),
    voterId: int32('1+', { default: -1, ignorable: true }),
    topics: array('0+', {
      topicName: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        replicaEpoch: int32('0+'),
        replicaId: int32('0+'),
        replicaDirectoryId: uuid('1+', { default: zeroUuid, ignorable: true }),
        voterDirectoryId: uuid('1+', { default: zeroUuid, ignorable: true }),
        lastOffsetEpoch: int32('0+'),
        lastOffset: int64('0+'),
        preVote: bool('2+', { default: false }),
      }),
    }),
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
        voteGranted: bool('0+'),
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

export type VoteRequest = RequestOf<typeof voteApi>;
export type VoteRequestInput = RequestInputOf<typeof voteApi>;
export type VoteResponse = ResponseOf<typeof voteApi>;
export type VoteResponseInput = ResponseInputOf<typeof voteApi>;
