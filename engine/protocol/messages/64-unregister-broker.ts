/**
 * UnregisterBroker (64), versions 0, flexible from 0.
 *
 * Removes the registration of a broker that is gone.
 */
import { int16, int32, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const unregisterBrokerApi = defineApi({
  key: 64,
  name: 'UnregisterBroker',
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  request: {
    brokerId: int32('0+'),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
  },
});

export type UnregisterBrokerRequest = RequestOf<typeof unregisterBrokerApi>;
export type UnregisterBrokerRequestInput = RequestInputOf<typeof unregisterBrokerApi>;
export type UnregisterBrokerResponse = ResponseOf<typeof unregisterBrokerApi>;
export type UnregisterBrokerResponseInput = ResponseInputOf<typeof unregisterBrokerApi>;
