/**
 * DescribeGroups (15), versions 0-6, flexible from 5.
 *
 * State, protocol and members of groups.
 */
import { array, bool, bytes, int16, int32, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const describeGroupsApi = defineApi({
  key: 15,
  name: 'DescribeGroups',
  versions: '0-6',
  flexible: '5+',
  listeners: ['broker'],
  request: {
    groups: array('0+', 'string'),
    includeAuthorizedOperations: bool('3+', { default: false }),
  },
  response: {
    throttleTimeMs: int32('1+', { default: 0, ignorable: true }),
    groups: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('6+', { nullable: '6+', default: null }),
      groupId: string('0+'),
      groupState: string('0+'),
      protocolType: string('0+'),
      protocolData: string('0+'),
      members: array('0+', {
        memberId: string('0+'),
        groupInstanceId: string('4+', { nullable: '4+', default: null, ignorable: true }),
        clientId: string('0+'),
        clientHost: string('0+'),
        memberMetadata: bytes('0+'),
        memberAssignment: bytes('0+'),
      }),
      authorizedOperations: int32('3+', { default: -2147483648 }),
    }),
  },
});

export type DescribeGroupsRequest = RequestOf<typeof describeGroupsApi>;
export type DescribeGroupsRequestInput = RequestInputOf<typeof describeGroupsApi>;
export type DescribeGroupsResponse = ResponseOf<typeof describeGroupsApi>;
export type DescribeGroupsResponseInput = ResponseInputOf<typeof describeGroupsApi>;
