/**
 * ListPartitionReassignments (46), versions 0, flexible from 0.
 *
 * The reassignments in progress; a null topic list means all.
 */
import { array, int16, int32, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const listPartitionReassignmentsApi = defineApi({
  key: 46,
  name: 'ListPartitionReassignments',
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  request: {
    timeoutMs: int32('0+', { default: 60000 }),
    topics: array(
      '0+',
      {
        name: string('0+'),
        partitionIndexes: array('0+', 'int32'),
      },
      { nullable: '0+', default: null },
    ),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    topics: array('0+', {
      name: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        replicas: array('0+', 'int32'),
        addingReplicas: array('0+', 'int32'),
        removingReplicas: array('0+', 'int32'),
      }),
    }),
  },
});

export type ListPartitionReassignmentsRequest = RequestOf<typeof listPartitionReassignmentsApi>;
export type ListPartitionReassignmentsRequestInput = RequestInputOf<typeof listPartitionReassignmentsApi>;
export type ListPartitionReassignmentsResponse = ResponseOf<typeof listPartitionReassignmentsApi>;
export type ListPartitionReassignmentsResponseInput = ResponseInputOf<typeof listPartitionReassignmentsApi>;
