/**
 * DescribeLogDirs (35), versions 1-5, flexible from 2.
 *
 * Log directories of a broker: their replicas' sizes, total and usable bytes (4).
 */
import { array, bool, int16, int32, int64, string } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const describeLogDirsApi = defineApi({
  key: 35,
  name: 'DescribeLogDirs',
  versions: '1-5',
  flexible: '2+',
  listeners: ['broker'],
  request: {
    topics: array(
      '0+',
      {
        topic: string('0+'),
        partitions: array('0+', 'int32'),
      },
      { nullable: '0+' },
    ),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('3+', { default: 0, ignorable: true }),
    results: array('0+', {
      errorCode: int16('0+'),
      logDir: string('0+'),
      topics: array('0+', {
        name: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          partitionSize: int64('0+'),
          offsetLag: int64('0+'),
          isFutureKey: bool('0+'),
        }),
      }),
      totalBytes: int64('4+', { default: -1, ignorable: true }),
      usableBytes: int64('4+', { default: -1, ignorable: true }),
      isCordoned: bool('5+', { default: false, ignorable: true }),
    }),
  },
});

export type DescribeLogDirsRequest = RequestOf<typeof describeLogDirsApi>;
export type DescribeLogDirsRequestInput = RequestInputOf<typeof describeLogDirsApi>;
export type DescribeLogDirsResponse = ResponseOf<typeof describeLogDirsApi>;
export type DescribeLogDirsResponseInput = ResponseInputOf<typeof describeLogDirsApi>;
