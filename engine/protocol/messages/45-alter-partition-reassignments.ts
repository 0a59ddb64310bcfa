/**
 * AlterPartitionReassignments (45), versions 0-1, flexible from 0.
 *
 * Moves replicas of partitions; null replicas cancel a move.
 */
import { array, bool, int16, int32, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const alterPartitionReassignmentsApi = defineApi({
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: '0-1',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  request: {
    timeoutMs: int32('0+', { default: 60000 }),
    allowReplicationFactorChange: bool('1+', { default: true }),
    topics: array('0+', {
      name: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        replicas: array('0+', 'int32', { nullable: '0+', default: null }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    allowReplicationFactorChange: bool('1+', { default: true, ignorable: true }),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    responses: array('0+', {
      name: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
      }),
    }),
  },
});

export type AlterPartitionReassignmentsRequest = RequestOf<typeof alterPartitionReassignmentsApi>;
export type AlterPartitionReassignmentsRequestInput = RequestInputOf<typeof alterPartitionReassignmentsApi>;
export type AlterPartitionReassignmentsResponse = ResponseOf<typeof alterPartitionReassignmentsApi>;
export type AlterPartitionReassignmentsResponseInput = ResponseInputOf<typeof alterPartitionReassignmentsApi>;
