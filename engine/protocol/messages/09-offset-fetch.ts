/**
 * OffsetFetch (9), versions 1-10, flexible from 6.
 *
 * A group's committed offsets; several groups at once since 8, topic ids since 10.
 */
import { zeroUuid } from '../../base/uuid.ts';
import { array, bool, int16, int32, int64, string, uuid } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const offsetFetchApi = defineApi({
  key: 9,
  name: 'OffsetFetch',
  versions: '1-10',
  flexible: '6+',
  listeners: ['broker'],
  request: {
    groupId: string('0-7', { default: '' }),
    topics: array(
      '0-7',
      {
        name: string('0-7'),
        partitionIndexes: array('0-7', 'int32'),
      },
      { nullable: '2-7', default: [] },
    ),
    groups: array(
      '8+',
      {
        groupId: string('8+'),
        memberId: string('9+', { nullable: '9+', default: null, ignorable: true }),
        memberEpoch: int32('9+', { default: -1, ignorable: true }),
        topics: array(
          '8+',
          {
            name: string('8-9', { default: '', ignorable: true }),
            topicId: uuid('10+', { default: zeroUuid, ignorable: true }),
            partitionIndexes: array('8+', 'int32'),
          },
          { nullable: '8+' },
        ),
      },
      { default: [] },
    ),
    requireStable: bool('7+', { default: false }),
  },
  response: {
    throttleTimeMs: int32('3+', { default: 0, ignorable: true }),
    topics: array(
      '0-7',
      {
        name: string('0-7'),
        partitions: array('0-7', {
          partitionIndex: int32('0-7'),
          committedOffset: int64('0-7'),
          committedLeaderEpoch: int32('5-7', { default: -1, ignorable: true }),
          metadata: string('0-7', { nullable: '0-7' }),
          errorCode: int16('0-7'),
        }),
      },
      { default: [] },
    ),
    errorCode: int16('2-7', { default: 0, ignorable: true }),
    groups: array(
      '8+',
      {
        groupId: string('8+'),
        topics: array('8+', {
          name: string('8-9', { default: '', ignorable: true }),
          topicId: uuid('10+', { default: zeroUuid, ignorable: true }),
          partitions: array('8+', {
            partitionIndex: int32('8+'),
            committedOffset: int64('8+'),
            committedLeaderEpoch: int32('8+', { default: -1, ignorable: true }),
            metadata: string('8+', { nullable: '8+' }),
            errorCode: int16('8+'),
          }),
        }),
        errorCode: int16('8+', { default: 0 }),
      },
      { default: [] },
    ),
  },
});

export type OffsetFetchRequest = RequestOf<typeof offsetFetchApi>;
export type OffsetFetchRequestInput = RequestInputOf<typeof offsetFetchApi>;
export type OffsetFetchResponse = ResponseOf<typeof offsetFetchApi>;
export type OffsetFetchResponseInput = ResponseInputOf<typeof offsetFetchApi>;
