/**
 * UpdateFeatures (57), versions 0-2, flexible from 0.
 *
 * Changes finalized features.
 */
import { array, bool, int16, int32, int8, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const updateFeaturesApi = defineApi({
  key: 57,
  name: 'UpdateFeatures',
  versions: '0-2',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  request: {
    timeoutMs: int32('0+', { default: 60000 }),
    featureUpdates: array('0+', {
      feature: string('0+'),
      maxVersionLevel: int16('0+'),
      allowDowngrade: bool('0', { default: false }),
      upgradeType: int8('1+', { default: 1 }),
    }),
    validateOnly: bool('1+', { default: false }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    results: array(
      '0-1',
      {
        feature: string('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
      },
      { default: [], ignorable: true },
    ),
  },
});

export type UpdateFeaturesRequest = RequestOf<typeof updateFeaturesApi>;
export type UpdateFeaturesRequestInput = RequestInputOf<typeof updateFeaturesApi>;
export type UpdateFeaturesResponse = ResponseOf<typeof updateFeaturesApi>;
export type UpdateFeaturesResponseInput = ResponseInputOf<typeof updateFeaturesApi>;
