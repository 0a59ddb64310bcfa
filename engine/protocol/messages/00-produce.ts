/**
 * Produce (0), versions 3-13, flexible from 9.
 *
 * A producer's batches for the leaders. `acks` 0 gets no response at all. Versions 0-2 are advertised for old
 * librdkafka, but refused.
 */
import { zeroUuid } from '../../base/uuid.ts';
import { array, int16, int32, int64, records, string, struct, uuid } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const produceApi = defineApi({
  key: 0,
  name: 'Produce',
  versions: '3-13',
  flexible: '9+',
  listeners: ['broker'],
  request: {
    transactionalId: string('3+', { nullable: '3+', default: null }),
    acks: int16('0+'),
    timeoutMs: int32('0+'),
    topicData: array('0+', {
      name: string('0-12', { default: '', ignorable: true }),
      topicId: uuid('13+', { default: zeroUuid, ignorable: true }),
      partitionData: array('0+', {
        index: int32('0+'),
        records: records('0+', { nullable: '0+' }),
      }),
    }),
  },
  response: {
    responses: array('0+', {
      name: string('0-12', { default: '', ignorable: true }),
      topicId: uuid('13+', { default: zeroUuid, ignorable: true }),
      partitionResponses: array('0+', {
        index: int32('0+'),
        errorCode: int16('0+'),
        baseOffset: int64('0+'),
        logAppendTimeMs: int64('2+', { default: -1, ignorable: true }),
        logStartOffset: int64('5+', { default: -1, ignorable: true }),
        recordErrors: array(
          '8+',
          {
            batchIndex: int32('8+'),
            batchIndexErrorMessage: string('8+', { nullable: '8+', default: null }),
          },
          { default: [], ignorable: true },
        ),
        errorMessage: string('8+', { nullable: '8+', default: null, ignorable: true }),
        currentLeader: struct(
          '10+',
          {
            leaderId: int32('10+', { default: -1 }),
            leaderEpoch: int32('10+', { default: -1 }),
          },
          { tag: 0, tagged: '10+', default: {} },
        ),
      }),
    }),
    throttleTimeMs: int32('1+', { default: 0, ignorable: true }),
    nodeEndpoints: array(
      '10+',
      {
        nodeId: int32('10+'),
        host: string('10+'),
        port: int32('10+'),
        rack: string('10+', { nullable: '10+', default: null }),
      },
      { tag: 0, tagged: '10+', default: [] },
    ),
  },
});

export type ProduceRequest = RequestOf<typeof produceApi>;
export type ProduceRequestInput = RequestInputOf<typeof produceApi>;
export type ProduceResponse = ResponseOf<typeof produceApi>;
export type ProduceResponseInput = ResponseInputOf<typeof produceApi>;
