/**
 * ElectLeaders (43), versions 0-2, flexible from 2.
 *
 * Elects the preferred (0) or, unclean, any living replica (1) as leader.
 */
import { array, int16, int32, int8, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const electLeadersApi = defineApi({
  key: 43,
  name: 'ElectLeaders',
  versions: '0-2',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  request: {
    electionType: int8('1+', { default: 0 }),
    topicPartitions: array(
      '0+',
      {
        topic: string('0+'),
        partitions: array('0+', 'int32'),
      },
      { nullable: '0+' },
    ),
    timeoutMs: int32('0+', { default: 60000 }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('1+', { default: 0 }),
    replicaElectionResults: array('0+', {
      topic: string('0+'),
      partitionResult: array('0+', {
        partitionId: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
      }),
    }),
  },
});

export type ElectLeadersRequest = RequestOf<typeof electLeadersApi>;
export type ElectLeadersRequestInput = RequestInputOf<typeof electLeadersApi>;
export type ElectLeadersResponse = ResponseOf<typeof electLeadersApi>;
export type ElectLeadersResponseInput = ResponseInputOf<typeof electLeadersApi>;
