/**
 * AllocateProducerIds (67), versions 0, flexible from 0.
 *
 * A broker receives a block of 1000 producer ids.
 */
import { int16, int32, int64 } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const allocateProducerIdsApi = defineApi({
  key: 67,
  name: 'AllocateProducerIds',
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  request: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    producerIdStart: int64('0+'),
    producerIdLen: int32('0+'),
  },
});

export type AllocateProducerIdsRequest = RequestOf<typeof allocateProducerIdsApi>;
export type AllocateProducerIdsRequestInput = RequestInputOf<typeof allocateProducerIdsApi>;
export type AllocateProducerIdsResponse = ResponseOf<typeof allocateProducerIdsApi>;
export type AllocateProducerIdsResponseInput = ResponseInputOf<typeof allocateProducerIdsApi>;
