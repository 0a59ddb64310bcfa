/**
 * Heartbeat (12), versions 0-4, flexible from 4.
 *
 * A member of a classic group is alive, and learns of rebalances.
 */
import { int16, int32, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const heartbeatApi = defineApi({
  key: 12,
  name: 'Heartbeat',
  versions: '0-4',
  flexible: '4+',
  listeners: ['broker'],
  request: {
    groupId: string('0+'),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: string('3+', { nullable: '3+', default: null }),
  },
  response: {
    throttleTimeMs: int32('1+', { default: 0, ignorable: true }),
    errorCode: int16('0+'),
  },
});

export type HeartbeatRequest = RequestOf<typeof heartbeatApi>;
export type HeartbeatRequestInput = RequestInputOf<typeof heartbeatApi>;
export type HeartbeatResponse = ResponseOf<typeof heartbeatApi>;
export type HeartbeatResponseInput = ResponseInputOf<typeof heartbeatApi>;
