/**
 * FindCoordinator (10), versions 0-6, flexible from 3.
 *
 * Which broker coordinates a group (0), a transactional id (1) or a share partition (2); several keys at once since
 * 4.
 */
import { array, int16, int32, int8, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const findCoordinatorApi = defineApi({
  key: 10,
  name: 'FindCoordinator',
  versions: '0-6',
  flexible: '3+',
  listeners: ['broker'],
  request: {
    key: string('0-3', { default: '' }),
    keyType: int8('1+', { default: 0 }),
    coordinatorKeys: array('4+', 'string', { default: [] }),
  },
  response: {
    throttleTimeMs: int32('1+', { default: 0, ignorable: true }),
    errorCode: int16('0-3', { default: 0 }),
    errorMessage: string('1-3', { nullable: '1-3', default: '', ignorable: true }),
    nodeId: int32('0-3', { default: 0 }),
    host: string('0-3', { default: '' }),
    port: int32('0-3', { default: 0 }),
    coordinators: array(
      '4+',
      {
        key: string('4+'),
        nodeId: int32('4+'),
        host: string('4+'),
        port: int32('4+'),
        errorCode: int16('4+'),
        errorMessage: string('4+', { nullable: '4+', ignorable: true }),
      },
      { default: [] },
    ),
  },
});

export type FindCoordinatorRequest = RequestOf<typeof findCoordinatorApi>;
export type FindCoordinatorRequestInput = RequestInputOf<typeof findCoordinatorApi>;
export type FindCoordinatorResponse = ResponseOf<typeof findCoordinatorApi>;
export type FindCoordinatorResponseInput = ResponseInputOf<typeof findCoordinatorApi>;
