/**
 * ListConfigResources (74), versions 0-1, flexible from 0.
 *
 * Names of the resources that have configs. Version 0 knows client metrics only.
 */
import { array, int16, int32, int8, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const listConfigResourcesApi = defineApi({
  key: 74,
  name: 'ListConfigResources',
  versions: '0-1',
  flexible: '0+',
  listeners: ['broker'],
  request: {
    resourceTypes: array('1+', 'int8', { default: [] }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    configResources: array('0+', {
      resourceName: string('0+'),
      resourceType: int8('1+', { default: 16, ignorable: true }),
    }),
  },
});

export type ListConfigResourcesRequest = RequestOf<typeof listConfigResourcesApi>;
export type ListConfigResourcesRequestInput = RequestInputOf<typeof listConfigResourcesApi>;
export type ListConfigResourcesResponse = ResponseOf<typeof listConfigResourcesApi>;
export type ListConfigResourcesResponseInput = ResponseInputOf<typeof listConfigResourcesApi>;
