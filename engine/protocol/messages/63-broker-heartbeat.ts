/**
 * BrokerHeartbeat (63), versions 0-2, flexible from 0.
 *
 * A broker is alive and asks to be unfenced, fenced or shut down; the controller answers what it is.
 */
import { array, bool, int16, int32, int64 } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const brokerHeartbeatApi = defineApi({
  key: 63,
  name: 'BrokerHeartbeat',
  versions: '0-2',
  flexible: '0+',
  listeners: ['controller'],
  request: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
    currentMetadataOffset: int64('0+'),
    wantFence: bool('0+'),
    wantShutDown: bool('0+'),
    offlineLogDirs: array('1+', 'uuid', { tag: 0, tagged: '1+', default: [] }),
    cordonedLogDirs: array('2+', 'uuid', { nullable: '2+', tag: 1, tagged: '2+', default: null }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    isCaughtUp: bool('0+', { default: false }),
    isFenced: bool('0+', { default: true }),
    shouldShutDown: bool('0+'),
  },
});

export type BrokerHeartbeatRequest = RequestOf<typeof brokerHeartbeatApi>;
export type BrokerHeartbeatRequestInput = RequestInputOf<typeof brokerHeartbeatApi>;
export type BrokerHeartbeatResponse = ResponseOf<typeof brokerHeartbeatApi>;
export type BrokerHeartbeatResponseInput = ResponseInputOf<typeof brokerHeartbeatApi>;
