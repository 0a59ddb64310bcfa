/**
 * ListGroups (16), versions 0-5, flexible from 3.
 *
 * The groups a broker coordinates; filtered by state since 4, by type since 5.
 */
import { array, int16, int32, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const listGroupsApi = defineApi({
  key: 16,
  name: 'ListGroups',
  versions: '0-5',
  flexible: '3+',
  listeners: ['broker'],
  request: {
    statesFilter: array('4+', 'string', { default: [] }),
    typesFilter: array('5+', 'string', { default: [] }),
  },
  response: {
    throttleTimeMs: int32('1+', { default: 0, ignorable: true }),
    errorCode: int16('0+'),
    groups: array('0+', {
      groupId: string('0+'),
      protocolType: string('0+'),
      groupState: string('4+', { default: '', ignorable: true }),
      groupType: string('5+', { default: '', ignorable: true }),
    }),
  },
});

export type ListGroupsRequest = RequestOf<typeof listGroupsApi>;
export type ListGroupsRequestInput = RequestInputOf<typeof listGroupsApi>;
export type ListGroupsResponse = ResponseOf<typeof listGroupsApi>;
export type ListGroupsResponseInput = ResponseInputOf<typeof listGroupsApi>;
