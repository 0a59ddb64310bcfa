import { describe, expect, it } from 'vitest';
import { utf8 } from '../../base/text.ts';
import { buildBatch } from '../../record/index.ts';
import { packHalf, unpackHalves } from './halves.ts';
import { isMetadataFetch, metadataTopicId, summarize } from './summarize.ts';

const batch = (baseOffset: number, timestamps: readonly number[], baseSequence = -1): Uint8Array =>
  buildBatch(
    timestamps.map((timestamp) => ({ timestamp, key: null, value: utf8('v') })),
    { baseOffset, producerId: 7, baseSequence },
  );
const api = (name: string) => ({ key: 0, name });

describe('a summary', () => {
  it('of a Produce has its offsets from the answer and the times of its records', () => {
    const records = batch(0, [1000, 1004, 1009], 24);
    const request = {
      acks: -1,
      topicData: [{ name: 'orders', topicId: 'id', partitionData: [{ index: 1, records }] }],
    };
    const response = {
      responses: [{ topicId: 'id', partitionResponses: [{ index: 1, errorCode: 0, baseOffset: 500 }] }],
    };
    const { subjects, fields, error, class: kind } = summarize({ api: api('Produce'), request, response }, true);
    expect([subjects.length, kind, error, fields]).toEqual([1, 'data', null, { acks: -1 }]);
    expect(subjects[0]).toMatchObject({
      topic: 'id',
      partition: 1,
      baseOffset: 500,
      lastOffset: 502,
      records: 3,
      producerId: 7,
      baseSequence: 24,
      firstTimestampMs: 1000,
      maxTimestampMs: 1009,
      timestamps: [0, 4, 9],
      bytes: records.length,
    });
  });

  it('of a Fetch tells from where it read, what came and the high watermark', () => {
    const request = {
      maxWaitMs: 500,
      minBytes: 1,
      topics: [{ topicId: 'id', partitions: [{ partition: 2, fetchOffset: 40 }] }],
    };
    const records = new Uint8Array([...batch(40, [1, 2]), ...batch(42, [3])]);
    const response = {
      responses: [{ topicId: 'id', partitions: [{ partitionIndex: 2, errorCode: 0, highWatermark: 41, records }] }],
    };
    const summary = summarize({ api: api('Fetch'), request, response });
    expect(summary.subjects[0]).toMatchObject({
      fetchOffset: 40,
      baseOffset: 40,
      lastOffset: 42,
      records: 3,
      highWatermark: 41,
    });
    expect(summary.class).toBe('data');
    expect(summarize({ api: api('Fetch'), request, response: { responses: [] } }).class).toBe('beat');
    expect(isMetadataFetch(request)).toBe(false);
    expect(isMetadataFetch({ topics: [{ topicId: metadataTopicId, partitions: [] }] })).toBe(true);
  });

  it('bears bytes that are no batch, and an answer that never came', () => {
    const partitions = [{ index: 0, records: new Uint8Array(200).fill(9) }];
    const summary = summarize(
      { api: api('Produce'), request: { topicData: [{ name: 'a', partitionData: partitions }] }, response: null },
      true,
    );
    expect(summary.subjects[0]).toMatchObject({ topic: 'a', bytes: 200, records: 0, baseOffset: null });
  });

  it('names the first error, of the answer or of a partition', () => {
    const request = { groupId: 'billing', memberId: 'm-1', generationId: 4 };
    const told = summarize({ api: api('Heartbeat'), request, response: { errorCode: 27 } });
    expect(told).toMatchObject({
      error: 'REBALANCE_IN_PROGRESS',
      class: 'group',
      group: { group: 'billing', member: 'm-1', generation: 4 },
    });
    const response = { responses: [{ name: 'a', partitionResponses: [{ index: 0, errorCode: 6, baseOffset: -1 }] }] };
    const refused = summarize({ api: api('Produce'), request: { topicData: [] }, response });
    expect([refused.error, refused.subjects[0]?.error, refused.subjects[0]?.baseOffset]).toEqual([
      'NOT_LEADER_OR_FOLLOWER',
      'NOT_LEADER_OR_FOLLOWER',
      null,
    ]);
  });

  it('of a vote tells who asked for which epoch and what was answered', () => {
    const partition = { partitionIndex: 0, replicaEpoch: 5, replicaId: 2, preVote: false };
    const request = { voterId: 1, topics: [{ topicName: '__cluster_metadata', partitions: [partition] }] };
    const answer = { partitionIndex: 0, errorCode: 0, leaderId: -1, leaderEpoch: 5, voteGranted: true };
    const response = { errorCode: 0, topics: [{ topicName: '__cluster_metadata', partitions: [answer] }] };
    const { fields, class: kind } = summarize({ api: api('Vote'), request, response });
    expect(kind).toBe('quorum');
    expect(fields).toMatchObject({ voterId: 1, replicaId: 2, replicaEpoch: 5, preVote: 'false', voteGranted: 'true' });
  });

  it('is what it was after it was packed, sent and unpacked', () => {
    const request = {
      acks: 1,
      topicData: [{ name: 'a', partitionData: [{ index: 3, records: batch(0, [5, 6], 2) }] }],
    };
    const response = { responses: [{ name: 'a', partitionResponses: [{ index: 3, errorCode: 0, baseOffset: 9 }] }] };
    const half = {
      side: 'called' as const,
      localPort: 1,
      remotePort: 2,
      correlationId: 3,
      api: 'Produce',
      version: 12,
      clientId: null,
      beganMs: 1_750_000_000_000.125,
      handledMs: null,
      endedMs: 1_750_000_000_001.5,
      requestBytes: 4,
      responseBytes: 5,
      failure: null,
      oneWay: false,
      summary: summarize({ api: api('Produce'), request, response }, true),
    };
    const lines = [packHalf(half), packHalf({ ...half, summary: null, failure: 'ECONNRESET' })].join('\n');
    expect(unpackHalves('feed', lines)).toEqual([
      { ...half, self: 'feed' },
      { ...half, self: 'feed', summary: null, failure: 'ECONNRESET' },
    ]);
  });
});
