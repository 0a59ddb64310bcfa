import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../base/text.ts';
import type { TappedCall } from '../../env/index.ts';
import { buildBatch } from '../../record/index.ts';
import { unpackHalves, type WireBatch } from './halves.ts';
import { ThreadTap } from './thread-tap.ts';

let batches: WireBatch[];
let wallMs: number;
let due: (() => void)[];
beforeEach(() => {
  batches = [];
  wallMs = 10_000;
  due = [];
});

function tap(self: number | string, dataHalvesMax = 3): ThreadTap {
  return new ThreadTap({
    self,
    post: (batch) => batches.push(batch),
    wallMs: () => wallMs,
    later: (run) => due.push(run),
    dataHalvesMax,
  });
}

function call(name: string, atMs: number, change: Partial<TappedCall> = {}): TappedCall {
  return {
    api: { key: 0, name },
    version: 1,
    correlationId: 1,
    clientId: 'feed',
    localPort: 9092,
    remotePort: 50_000,
    request: {},
    response: {},
    beganMs: atMs,
    handledMs: atMs,
    endedMs: atMs + 1,
    requestBytes: 10,
    responseBytes: 10,
    failure: null,
    oneWay: false,
    ...change,
  };
}

const apisOf = (batch: WireBatch): string[] => unpackHalves(batch.self, batch.body).map(({ api }) => api);

describe("a thread's tap", () => {
  it('posts what it gathered, once a while', () => {
    const of = tap(2);
    of.served(call('Metadata', 100));
    of.served(call('JoinGroup', 90));
    expect([batches.length, due.length]).toEqual([0, 1]);
    for (const run of due) run();
    expect(batches).toMatchObject([{ self: 2, count: 2, fromMs: 90, toMs: 101, leftOut: 0 }]);
    expect(apisOf(batches[0]!)).toEqual(['Metadata', 'JoinGroup']);
    of.flush();
    expect(batches).toHaveLength(1);
  });

  it('keeps the first data calls of a second, counts the others, and keeps everything else', () => {
    const of = tap(2);
    for (let i = 0; i < 5; i++) of.served(call('Produce', i));
    for (let i = 0; i < 5; i++) of.served(call('Fetch', i));
    const metadata = { topics: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partitions: [] }] };
    of.served(call('Fetch', 6, { request: metadata }));
    of.served(call('Vote', 7));
    of.flush();
    expect(apisOf(batches[0]!)).toEqual(['Produce', 'Produce', 'Produce', 'Fetch', 'Vote']);
    expect(batches[0]!.leftOut).toBe(7);
    wallMs += 1000;
    of.served(call('Produce', 8));
    of.flush();
    expect([apisOf(batches[1]!), batches[1]!.leftOut]).toEqual([['Produce'], 0]);
  });

  it('tells what was left out also when it has nothing else to tell', () => {
    const of = tap(2, 0);
    of.served(call('Produce', 40));
    of.flush();
    expect(batches).toMatchObject([{ count: 0, leftOut: 1, fromMs: 40, toMs: 41, body: '' }]);
  });

  it('of a node leaves it to the other end to say what it asked, unless there was no answer', () => {
    const of = tap(2);
    of.called(call('BrokerHeartbeat', 1, { request: { brokerId: 2 } }));
    of.called(call('BrokerHeartbeat', 2, { request: { brokerId: 2 }, response: null, failure: 'ECONNRESET' }));
    of.flush();
    const [answered, lost] = unpackHalves(2, batches[0]!.body);
    expect([answered!.summary, lost!.summary?.fields]).toEqual([null, { brokerId: 2 }]);
  });

  it('puts to a Produce when and why its batch left the accumulator, once', () => {
    const of = tap('feed', 10);
    const value = utf8('v');
    const records = buildBatch([{ timestamp: 1, key: null, value }], { producerId: 1, baseSequence: 5 });
    const request = { topicData: [{ name: 'a', partitionData: [{ index: 1, records }] }] };
    of.drained({ partition: 1, baseSequence: 5, records: 1, atMs: 77.5, reason: 'linger' });
    of.called(call('Produce', 78, { request, response: null, failure: 'ECONNRESET' }));
    of.called(call('Produce', 90, { request }));
    of.flush();
    const told = unpackHalves('feed', batches[0]!.body).map(({ summary }) => summary?.subjects[0]);
    expect(told.map((each) => [each?.drainedMs, each?.drainedBy])).toEqual([
      [77.5, 'linger'],
      [null, null],
    ]);
  });

  it('says which offsets a batch of it was answered with', () => {
    const of = tap(2, 10);
    const produce = (baseOffset: number): Partial<TappedCall> => {
      const records = buildBatch([
        { timestamp: 1, key: null, value: null },
        { timestamp: 1, key: null, value: null },
      ]);
      const partitionResponses = [{ index: 1, errorCode: 0, baseOffset }];
      return {
        request: { topicData: [{ name: 'a', partitionData: [{ index: 1, records }] }] },
        response: { responses: [{ name: 'a', partitionResponses }] },
      };
    };
    of.served(call('Produce', 1, produce(70)));
    of.served(call('Produce', 2, produce(40)));
    of.flush();
    expect(batches[0]!.ranges).toEqual([{ topic: 'a', partition: 1, first: 40, last: 71 }]);
  });
});
