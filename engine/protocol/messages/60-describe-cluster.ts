/**
 * DescribeCluster (60), versions 0-2, flexible from 0.
 *
 * Cluster id, controller and brokers; of the controller quorum since 1 (`endpointType` 2).
 */
import { array, bool, int16, int32, int8, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const describeClusterApi = defineApi({
  key: 60,
  name: 'DescribeCluster',
  versions: '0-2',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  request: {
    includeClusterAuthorizedOperations: bool('0+'),
    endpointType: int8('1+', { default: 1 }),
    includeFencedBrokers: bool('2+', { default: false }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+', default: null }),
    endpointType: int8('1+', { default: 1 }),
    clusterId: string('0+'),
    controllerId: int32('0+', { default: -1 }),
    brokers: array('0+', {
      brokerId: int32('0+'),
      host: string('0+'),
      port: int32('0+'),
      rack: string('0+', { nullable: '0+', default: null }),
      isFenced: bool('2+', { default: false }),
    }),
    clusterAuthorizedOperations: int32('0+', { default: -2147483648 }),
  },
});

export type DescribeClusterRequest = RequestOf<typeof describeClusterApi>;
export type DescribeClusterRequestInput = RequestInputOf<typeof describeClusterApi>;
export type DescribeClusterResponse = ResponseOf<typeof describeClusterApi>;
export type DescribeClusterResponseInput = ResponseInputOf<typeof describeClusterApi>;
