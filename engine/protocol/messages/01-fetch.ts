/**
 * Fetch (1), versions 4-18, flexible from 12.
 *
 * Consumers and followers read from leaders; voters and observers read the metadata log. Sessions since 7 (KIP-227),
 * topic ids since 13, diverging epochs since 12, replica epoch since 15.
 */
import { zeroUuid } from '../../base/uuid.ts';
import { array, int16, int32, int64, int8, records, string, struct, uuid } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';
import { int64Max } from '../wire/byte-writer.ts';

export const fetchApi = defineApi({
  key: 1,
  name: 'Fetch',
  versions: '4-18',
  flexible: '12+',
  listeners: ['broker', 'controller'],
  request: {
    clusterId: string('12+', { nullable: '12+', tag: 0, tagged: '12+', default: null, ignorable: true }),
    replicaId: int32('0-14', { default: -1 }),
    replicaState: struct(
      '15+',
      {
        replicaId: int32('15+', { default: -1 }),
        replicaEpoch: int64('15+', { default: -1 }),
      },
      { tag: 1, tagged: '15+', default: {} },
    ),
    maxWaitMs: int32('0+'),
    minBytes: int32('0+'),
    maxBytes: int32('3+', { default: 0x7fffffff, ignorable: true }),
    isolationLevel: int8('4+', { default: 0, ignorable: true }),
    sessionId: int32('7+', { default: 0, ignorable: true }),
    sessionEpoch: int32('7+', { default: -1, ignorable: true }),
    topics: array('0+', {
      topic: string('0-12', { default: '', ignorable: true }),
      topicId: uuid('13+', { default: zeroUuid, ignorable: true }),
      partitions: array('0+', {
        partition: int32('0+'),
        currentLeaderEpoch: int32('9+', { default: -1, ignorable: true }),
        fetchOffset: int64('0+'),
        lastFetchedEpoch: int32('12+', { default: -1 }),
        logStartOffset: int64('5+', { default: -1, ignorable: true }),
        partitionMaxBytes: int32('0+'),
        replicaDirectoryId: uuid('17+', { tag: 0, tagged: '17+', default: zeroUuid, ignorable: true }),
        highWatermark: int64('18+', { tag: 1, tagged: '18+', default: int64Max, ignorable: true }),
      }),
    }),
    forgottenTopicsData: array(
      '7+',
      {
        topic: string('7-12', { default: '', ignorable: true }),
        topicId: uuid('13+', { default: zeroUuid, ignorable: true }),
        partitions: array('7+', 'int32'),
      },
      { default: [] },
    ),
    rackId: string('11+', { default: '', ignorable: true }),
  },
  response: {
    throttleTimeMs: int32('1+', { default: 0, ignorable: true }),
    errorCode: int16('7+', { default: 0, ignorable: true }),
    sessionId: int32('7+', { default: 0 }),
    responses: array('0+', {
      topic: string('0-12', { default: '', ignorable: true }),
      topicId: uuid('13+', { default: zeroUuid, ignorable: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        highWatermark: int64('0+'),
        lastStableOffset: int64('4+', { default: -1, ignorable: true }),
        logStartOffset: int64('5+', { default: -1, ignorable: true }),
        divergingEpoch: struct(
          '12+',
          {
            epoch: int32('12+', { default: -1 }),
            endOffset: int64('12+', { default: -1 }),
          },
          { tag: 0, tagged: '12+', default: {} },
        ),
        currentLeader: struct(
          '12+',
          {
            leaderId: int32('12+', { default: -1 }),
            leaderEpoch: int32('12+', { default: -1 }),
          },
          { tag: 1, tagged: '12+', default: {} },
        ),
        snapshotId: struct(
          '12+',
          {
            endOffset: int64('0+', { default: -1 }),
            epoch: int32('0+', { default: -1 }),
          },
          { tag: 2, tagged: '12+', default: {} },
        ),
        abortedTransactions: array(
          '4+',
          {
            producerId: int64('4+'),
            firstOffset: int64('4+'),
          },
          { nullable: '4+', ignorable: true },
        ),
        preferredReadReplica: int32('11+', { default: -1 }),
        records: records('0+', { nullable: '0+' }),
      }),
    }),
    nodeEndpoints: array(
      '16+',
      {
        nodeId: int32('16+'),
        host: string('16+'),
        port: int32('16+'),
        rack: string('16+', { nullable: '16+', default: null }),
      },
      { tag: 0, tagged: '16+', default: [] },
    ),
  },
});

export type FetchRequest = RequestOf<typeof fetchApi>;
export type FetchRequestInput = RequestInputOf<typeof fetchApi>;
export type FetchResponse = ResponseOf<typeof fetchApi>;
export type FetchResponseInput = ResponseInputOf<typeof fetchApi>;
