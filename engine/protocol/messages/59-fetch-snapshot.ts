/**
 * FetchSnapshot (59), versions 0-1, flexible from 0.
 *
 * A slice of a metadata snapshot, asked for by a voter or observer that is too far behind.
 */
import { zeroUuid } from '../../base/uuid.ts';
import { array, int16, int32, int64, records, string, struct, uint16, uuid } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const fetchSnapshotApi = defineApi({
  key: 59,
  name: 'FetchSnapshot',
  versions: '0-1',
  flexible: '0+',
  listeners: ['controller'],
  request: {
    clusterId: string('0+', { nullable: '0+', tag: 0, tagged: '0+', default: null }),
    replicaId: int32('0+', { default: -1 }),
    maxBytes: int32('0+', { default: 0x7fffffff }),
    topics: array('0+', {
      name: string('0+'),
      partitions: array('0+', {
        partition: int32('0+'),
        currentLeaderEpoch: int32('0+'),
        snapshotId: struct('0+', {
          endOffset: int64('0+'),
          epoch: int32('0+'),
        }),
        position: int64('0+'),
        replicaDirectoryId: uuid('1+', { tag: 0, tagged: '1+', default: zeroUuid, ignorable: true }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0, ignorable: true }),
    errorCode: int16('0+'),
    topics: array('0+', {
      name: string('0+'),
      partitions: array('0+', {
        index: int32('0+'),
        errorCode: int16('0+'),
        snapshotId: struct('0+', {
          endOffset: int64('0+'),
          epoch: int32('0+'),
        }),
        currentLeader: struct(
          '0+',
          {
            leaderId: int32('0+'),
            leaderEpoch: int32('0+'),
          },
          { tag: 0, tagged: '0+', default: {} },
        ),
        size: int64('0+'),
        position: int64('0+'),
        unalignedRecords: records('0+'),
      }),
    }),
    nodeEndpoints: array(
      '1+',
      {
        nodeId: int32('1+'),
        host: string('1+'),
        port: uint16('1+'),
      },
      { tag: 0, tagged: '1+', default: [] },
    ),
  },
});

export type FetchSnapshotRequest = RequestOf<typeof fetchSnapshotApi>;
export type FetchSnapshotRequestInput = RequestInputOf<typeof fetchSnapshotApi>;
export type FetchSnapshotResponse = ResponseOf<typeof fetchSnapshotApi>;
export type FetchSnapshotResponseInput = ResponseInputOf<typeof fetchSnapshotApi>;
