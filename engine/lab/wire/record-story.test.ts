import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../base/text.ts';
import { consumerView, labSnapshot, partitionView, producerView, topicView } from '../../contract/snapshot.testkit.ts';
import type { SpaceTime } from '../../contract/wire.ts';
import { buildBatch } from '../../record/index.ts';
import { spaceTime } from './space-time.ts';
import { TappedThreads } from './wire.testkit.ts';

const t0 = 1_750_000_000_000;
const id = 'id-of-orders';
const picture = labSnapshot({
  topics: [topicView('orders')],
  partitions: [partitionView(1, 'orders', 1, { leader: 2, leaderEpoch: 5 })],
  producers: [producerView('feed')],
  consumers: [consumerView('c1', { effective: { 'auto.commit.interval.ms': '5000' } })],
});

let threads: TappedThreads;
beforeEach(() => {
  threads = new TappedThreads();
});

const records = (baseOffset: number, count: number, baseSequence = 40): Uint8Array =>
  buildBatch(
    Array.from({ length: count }, (_, i) => ({ timestamp: t0 + i, key: null, value: utf8('v') })),
    { baseOffset, producerId: 9, baseSequence },
  );

interface Answer {
  readonly errorCode?: number;
  readonly baseOffset?: number;
}

function produce(
  from: string | null,
  to: number,
  times: Parameters<TappedThreads['call']>[2],
  acks: number,
  answer: Answer | null,
): void {
  const response =
    answer === null
      ? null
      : { responses: [{ topicId: id, partitionResponses: [{ index: 1, errorCode: 0, baseOffset: -1, ...answer }] }] };
  threads.call(from, to, times, {
    api: { key: 0, name: 'Produce' },
    request: { acks, topicData: [{ topicId: id, partitionData: [{ index: 1, records: records(0, 3) }] }] },
    response,
  });
}

function fetch(
  from: string | number,
  fetchOffset: number,
  times: Parameters<TappedThreads['call']>[2],
  got: Uint8Array | null,
  highWatermark: number,
): void {
  threads.call(from, 2, times, {
    api: { key: 1, name: 'Fetch' },
    request: { topics: [{ topicId: id, partitions: [{ partition: 1, fetchOffset }] }] },
    response: {
      responses: [{ topicId: id, partitions: [{ partitionIndex: 1, errorCode: 0, highWatermark, records: got }] }],
    },
  });
}

function commit(from: string, to: number, times: Parameters<TappedThreads['call']>[2], committedOffset: number): void {
  threads.call(from, to, times, {
    api: { key: 8, name: 'OffsetCommit' },
    request: { groupId: 'billing', topics: [{ topicId: id, partitions: [{ partitionIndex: 1, committedOffset }] }] },
    response: { topics: [{ topicId: id, partitions: [{ partitionIndex: 1, errorCode: 0 }] }] },
  });
}

function told(offset: number): SpaceTime {
  threads.flush();
  const about = { kind: 'record', topic: 'orders', partition: 1, offset } as const;
  const answer = spaceTime(threads.past(picture), { about });
  if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.hint}`);
  return answer.value;
}
const stepsOf = ({ marks }: SpaceTime): (string | number)[][] =>
  marks.map(({ step, lane, atMs }) => [step, lane, atMs - t0]);

/** Followers wait with a Fetch; the record goes in at 10, is fetched by both, told back, acknowledged, read, committed. */
function wholeWay(): void {
  fetch(1, 500, [t0 - 5, t0 - 4, t0 - 4, t0 + 12, t0 + 13], records(500, 3), 500);
  fetch(3, 500, [t0 - 5, t0 - 4, t0 - 4, t0 + 12.5, t0 + 14], records(500, 3), 500);
  produce('feed', 2, [t0 + 9, t0 + 10, t0 + 11, t0 + 18, t0 + 19], -1, { baseOffset: 500 });
  fetch(1, 503, [t0 + 13.5, t0 + 15, t0 + 15, t0 + 400, t0 + 401], null, 503);
  fetch(3, 503, [t0 + 15, t0 + 17, t0 + 17, t0 + 402, t0 + 403], null, 503);
  fetch('c1', 500, [t0 - 100, t0 - 99, t0 - 99, t0 + 20, t0 + 21], records(500, 3), 503);
  commit('c1', 3, [t0 + 900, t0 + 901, t0 + 901, t0 + 903, t0 + 904], 503);
}
describe('the way of a record', () => {
  it('is told step by step: sent, appended, fetched by both, told back, answered, read, committed', () => {
    wholeWay();
    expect(stepsOf(told(501))).toEqual([
      ['sent', 'client-feed', 1],
      ['drained', 'client-feed', 9],
      ['appended-leader', 'node-2', 11],
      ['appended-follower', 'node-1', 13.5],
      ['appended-follower', 'node-3', 15],
      ['high-watermark', 'node-2', 17],
      ['acked', 'client-feed', 19],
      ['read', 'client-c1', 21],
      ['committed', 'node-3', 903],
    ]);
  });

  it('has its lanes from who writes to who reads, with what they are', () => {
    wholeWay();
    expect(told(500).lanes.map(({ id: lane, role, epoch, group }) => [lane, role, epoch, group])).toEqual([
      ['client-feed', 'producer', null, null],
      ['node-1', 'follower', null, null],
      ['node-2', 'leader', 5, null],
      ['node-3', 'follower', null, null],
      ['client-c1', 'consumer', null, 'billing'],
    ]);
  });

  it('says where the time went', () => {
    wholeWay();
    const { budgets, originMs } = told(500);
    expect(originMs).toBe(t0);
    expect(budgets.map(({ until, parts }) => [until, parts.map(({ kind, ms }) => [kind, ms])])).toEqual([
      [
        'acked',
        [
          ['accumulator', 9],
          ['request', 1],
          ['append', 1],
          ['replicate', 7],
          ['response', 1],
        ],
      ],
      [
        'committed',
        [
          ['replicate', 17],
          ['wait-for-fetch', 4],
          ['wait-for-commit', 879],
          ['commit', 3],
        ],
      ],
    ]);
    expect(budgets[1]!.parts[2]!.config).toEqual({ name: 'auto.commit.interval.ms', value: '5000' });
  });

  it('holds only what calls tell: a follower that never asked on has not appended it', () => {
    fetch(1, 500, [t0 - 5, t0 - 4, t0 - 4, t0 + 12, t0 + 13], records(500, 3), 500);
    produce('feed', 2, [t0 + 9, t0 + 10, t0 + 11, t0 + 11, t0 + 12], 1, { baseOffset: 500 });
    expect(stepsOf(told(500)).map(([step]) => step)).toEqual(['sent', 'drained', 'appended-leader', 'acked']);
  });

  it('shows attempts that failed before the one that took it', () => {
    produce('feed', 1, [t0 + 2, t0 + 3, t0 + 3, t0 + 4, t0 + 5], -1, { errorCode: 6 });
    produce('feed', 2, [t0 + 50, t0 + 51, t0 + 51, null, t0 + 90], -1, null);
    wholeWay();
    expect(
      told(500)
        .calls.filter(({ api }) => api === 'Produce')
        .map(({ to, error }) => [to, error]),
    ).toEqual([
      ['node-1', 'NOT_LEADER_OR_FOLLOWER'],
      ['node-2', null],
      ['node-2', null],
    ]);
  });

  it('is known from the producer alone when its leader died before it could tell', () => {
    produce('feed', 2, [t0 + 9, t0 + 10, t0 + 11, t0 + 11, t0 + 12], 1, { baseOffset: 500 });
    threads.tap('feed').flush();
    for (const batch of threads.batches) expect(batch.self).toBe('feed');
    const answer = spaceTime(threads.past(picture), {
      about: { kind: 'record', topic: 'orders', partition: 1, offset: 502 },
    });
    expect(answer.ok && answer.value.marks.map(({ step }) => step)).toEqual(['sent', 'drained', 'acked']);
    expect(answer.ok && answer.value.calls[0]).toMatchObject({
      arrivedMs: null,
      answeredMs: null,
      from: 'client-feed',
      to: 'node-2',
    });
  });

  it('of a stranger has no moments of its own end', () => {
    produce(null, 2, [0, t0 + 10, t0 + 11, t0 + 18, 0], -1, { baseOffset: 500 });
    const { marks, calls, record } = told(500);
    expect(marks.map(({ step }) => step)).toEqual(['appended-leader', 'high-watermark']);
    expect(calls[0]).toMatchObject({ from: 'other-stranger', sentMs: null, receivedMs: null });
    expect(record).toMatchObject({ baseOffset: 500, lastOffset: 502, sequence: 40, producerId: 9, acks: 'all' });
  });

  it('that no call carried is refused with what the journal holds', () => {
    wholeWay();
    threads.flush();
    const answer = spaceTime(threads.past(picture), {
      about: { kind: 'record', topic: 'orders', partition: 1, offset: 777 },
    });
    expect(answer).toMatchObject({ ok: false, error: { code: 'not-recorded', value: 'orders-1 @ 777' } });
  });
});
