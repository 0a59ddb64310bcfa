/**
 * Envelope (58), versions 0, flexible from 0.
 *
 * A broker passes a client's request on to the active controller, whole, with its principal and address.
 */
import { bytes, int16 } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const envelopeApi = defineApi({
  key: 58,
  name: 'Envelope',
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  request: {
    requestData: bytes('0+'),
    requestPrincipal: bytes('0+', { nullable: '0+' }),
    clientHostAddress: bytes('0+'),
  },
  response: {
    responseData: bytes('0+', { nullable: '0+', default: null }),
    errorCode: int16('0+'),
  },
});

export type EnvelopeRequest = RequestOf<typeof envelopeApi>;
export type EnvelopeRequestInput = RequestInputOf<typeof envelopeApi>;
export type EnvelopeResponse = ResponseOf<typeof envelopeApi>;
export type EnvelopeResponseInput = ResponseInputOf<typeof envelopeApi>;
