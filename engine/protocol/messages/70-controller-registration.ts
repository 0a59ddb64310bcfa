/**
 * ControllerRegistration (70), versions 0, flexible from 0.
 *
 * A controller makes its endpoints and features known to the active one.
 */
import { array, bool, int16, int32, string, uint16, uuid } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const controllerRegistrationApi = defineApi({
  key: 70,
  name: 'ControllerRegistration',
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  request: {
    controllerId: int32('0+'),
    incarnationId: uuid('0+'),
    zkMigrationReady: bool('0+'),
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
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
  },
});

export type ControllerRegistrationRequest = RequestOf<typeof controllerRegistrationApi>;
export type ControllerRegistrationRequestInput = RequestInputOf<typeof controllerRegistrationApi>;
export type ControllerRegistrationResponse = ResponseOf<typeof controllerRegistrationApi>;
export type ControllerRegistrationResponseInput = ResponseInputOf<typeof controllerRegistrationApi>;
