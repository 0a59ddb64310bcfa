/**
 * AlterPartition (56), versions 2-3, flexible from 0.
 *
 * A leader asks the controller for another ISR. Topic ids since 2, replica epochs since 3.
 */
import { array, int16, int32, int64, int8, uuid } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const alterPartitionApi = defineApi({
  key: 56,
  name: 'AlterPartition',
  versions: '2-3',
  flexible: '0+',
  listeners: ['controller'],
  request: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
    topics: array('0+', {
      topicId: uuid('2+', { ignorable: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        leaderEpoch: int32('0+'),
        newIsr: array('0-2', 'int32', { default: [] }),
        newIsrWithEpochs: array(
          '3+',
          {
            brokerId: int32('3+'),
            brokerEpoch: int64('3+', { default: -1 }),
          },
          { default: [] },
        ),
        leaderRecoveryState: int8('1+', { default: 0 }),
        partitionEpoch: int32('0+'),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    topics: array('0+', {
      topicId: uuid('2+', { ignorable: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        leaderId: int32('0+'),
        leaderEpoch: int32('0+'),
        isr: array('0+', 'int32'),
        leaderRecoveryState: int8('1+', { default: 0, ignorable: true }),
        partitionEpoch: int32('0+'),
      }),
    }),
  },
});

export type AlterPartitionRequest = RequestOf<typeof alterPartitionApi>;
export type AlterPartitionRequestInput = RequestInputOf<typeof alterPartitionApi>;
export type AlterPartitionResponse = ResponseOf<typeof alterPartitionApi>;
export type AlterPartitionResponseInput = ResponseInputOf<typeof alterPartitionApi>;
