/**
 * ApiVersions (18), versions 0-4, flexible from 3.
 *
 * Which APIs and versions this listener speaks, and the cluster's features. Its response always has header 0, and an
 * unknown version is answered in version 0.
 */
import { array, bool, int16, int32, int64, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const apiVersionsApi = defineApi({
  key: 18,
  name: 'ApiVersions',
  versions: '0-4',
  flexible: '3+',
  listeners: ['broker', 'controller'],
  request: {
    clientSoftwareName: string('3+', { default: '', ignorable: true }),
    clientSoftwareVersion: string('3+', { default: '', ignorable: true }),
  },
  response: {
    errorCode: int16('0+'),
    apiKeys: array('0+', {
      apiKey: int16('0+'),
      minVersion: int16('0+'),
      maxVersion: int16('0+'),
    }),
    throttleTimeMs: int32('1+', { default: 0, ignorable: true }),
    supportedFeatures: array(
      '3+',
      {
        name: string('3+'),
        minVersion: int16('3+'),
        maxVersion: int16('3+'),
      },
      { tag: 0, tagged: '3+', default: [], ignorable: true },
    ),
    finalizedFeaturesEpoch: int64('3+', { tag: 1, tagged: '3+', default: -1, ignorable: true }),
    finalizedFeatures: array(
      '3+',
      {
        name: string('3+'),
        maxVersionLevel: int16('3+'),
        minVersionLevel: int16('3+'),
      },
      { tag: 2, tagged: '3+', default: [], ignorable: true },
    ),
    zkMigrationReady: bool('3+', { tag: 3, tagged: '3+', default: false, ignorable: true }),
  },
});

export type ApiVersionsRequest = RequestOf<typeof apiVersionsApi>;
export type ApiVersionsRequestInput = RequestInputOf<typeof apiVersionsApi>;
export type ApiVersionsResponse = ResponseOf<typeof apiVersionsApi>;
export type ApiVersionsResponseInput = ResponseInputOf<typeof apiVersionsApi>;
