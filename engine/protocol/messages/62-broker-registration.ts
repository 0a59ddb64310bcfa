/**
 * BrokerRegistration (62), versions 0-4, flexible from 0.
 *
 * A broker makes itself known to the controller and receives its epoch.
 */
import { array, bool, int16, int32, int64, string, uint16, uuid } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const brokerRegistrationApi = defineApi({
  key: 62,
  name: 'BrokerRegistration',
  versions: '0-4',
  flexible: '0+',
  listeners: ['controller'],
  request: {
    brokerId: int32('0+'),
    clusterId: string('0+'),
    incarnationId: uuid('0+'),
    listeners: array('0+', {
      name: string('0+'),
      host: string('0+'),
      port: uint16('0+'),
      securityProtocol: int16('0+'),
    }),
    features: array('0+', {
      name: string('0+'),
      minSupportedVersion: int16('0+'),
      maxSupportedVersion: int16('0+'),
    }),
    rack: string('0+', { nullable: '0+' }),
    isMigratingZkBroker: bool('1+', { default: false }),
    logDirs: array('2+', 'uuid', { default: [], ignorable: true }),
    previousBrokerEpoch: int64('3+', { default: -1, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
  },
});

export type BrokerRegistrationRequest = RequestOf<typeof brokerRegistrationApi>;
export type BrokerRegistrationRequestInput = RequestInputOf<typeof brokerRegistrationApi>;
export type BrokerRegistrationResponse = ResponseOf<typeof brokerRegistrationApi>;
export type BrokerRegistrationResponseInput = ResponseInputOf<typeof brokerRegistrationApi>;
