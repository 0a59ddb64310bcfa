import { beforeEach, describe, expect, it } from 'vitest';
import { KafkaError } from '../../client/index.ts';
import type { QueryInput, RecordPage } from '../../contract/queries.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { SimWorld } from '../../env/sim/index.ts';
import { Compression } from '../../record/index.ts';
import type { PartitionReader } from './partition-reader.ts';
import { OutOfRangeError, readPage } from './read-page.ts';
import { ScriptedLogs } from './scripted-log.testkit.ts';

let world: SimWorld;
let logs: ScriptedLogs;
let reader: PartitionReader;

beforeEach(async () => {
  world = new SimWorld(31);
  logs = new ScriptedLogs(world);
  await logs.start({ orders: 3 });
  ({ reader } = logs.client());
});

type From = QueryInput<'records'>['from'];

function page(from: From, limit = 100, partition = 0, topic = 'orders'): Promise<RecordPage> {
  return world.complete(readPage(reader, nodeCodecs, { topic, partition, from, limit }));
}
function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => (error instanceof KafkaError ? error.code : error),
  );
}
const texts = (found: RecordPage): string[] => found.records.map((record) => `${record.offset} ${record.value?.text}`);
const numbered = (count: number, from = 0): string[] => Array.from({ length: count }, (_, index) => `v${from + index}`);

describe('a page of records', () => {
  it('begins at an offset, also within a batch, and holds as many as were asked for', async () => {
    logs.append('orders', 0, numbered(10), { compression: Compression.lz4 });
    logs.append('orders', 0, numbered(10, 10));
    const found = await page({ by: 'offset', offset: 7 }, 5);
    expect(texts(found)).toEqual(['7 v7', '8 v8', '9 v9', '10 v10', '11 v11']);
    expect([found.logStartOffset, found.highWatermark]).toEqual([0, 20]);
  });

  it('goes over several fetches where batches are large', async () => {
    const large = 'x'.repeat(300_000);
    for (let index = 0; index < 5; index++) logs.append('orders', 0, [large]);
    expect((await page({ by: 'earliest' })).records.map((record) => record.offset)).toEqual([0, 1, 2, 3, 4]);
    expect(logs.fetched.length).toBeGreaterThan(1);
  });

  it('never shows what is not committed', async () => {
    logs.append('orders', 0, numbered(10));
    logs.log('orders', 0).highWatermark = 6;
    expect(texts(await page({ by: 'latest' })).at(-1)).toBe('5 v5');
    expect(texts(await page({ by: 'offset', offset: 6 }))).toEqual([]);
  });

  it('of the newest looks further back where offsets hold no record', async () => {
    logs.append('orders', 0, numbered(5));
    // As after compaction: one record at the end of a long gap.
    logs.append('orders', 0, ['last'], { baseOffset: 5000 });
    expect(texts(await page({ by: 'latest' }, 3))).toEqual(['3 v3', '4 v4', '5000 last']);
  });

  it('of the newest is shorter, not older, where records are huge', async () => {
    const huge = 'x'.repeat(900_000);
    for (let index = 0; index < 30; index++) logs.append('orders', 0, [huge]);
    const { records } = await page({ by: 'latest' }, 30);
    expect(records.at(-1)?.offset).toBe(29);
    expect(records.length).toBeLessThan(15);
    expect(records.map((record) => record.offset)).toEqual(records.map((_, index) => 30 - records.length + index));
  });

  it('begins at a time, and is empty where nothing is so young', async () => {
    logs.append(
      'orders',
      0,
      ['old'].map((text) => ({ key: null, value: new TextEncoder().encode(text), timestamp: 100 })),
    );
    logs.append(
      'orders',
      0,
      ['new'].map((text) => ({ key: null, value: new TextEncoder().encode(text), timestamp: 200 })),
    );
    expect(texts(await page({ by: 'time', timestampMs: 150 }))).toEqual(['1 new']);
    expect(texts(await page({ by: 'time', timestampMs: 201 }))).toEqual([]);
  });

  it('is refused outside of the log, with what is there', async () => {
    logs.append('orders', 0, numbered(10));
    logs.log('orders', 0).logStartOffset = 4;
    for (const offset of [3, 11]) {
      const refusal = await world.complete(
        failure(
          readPage(reader, nodeCodecs, { topic: 'orders', partition: 0, from: { by: 'offset', offset }, limit: 1 }),
        ),
      );
      expect(refusal).toBeInstanceOf(OutOfRangeError);
      expect(refusal).toMatchObject({ offset, bounds: { logStartOffset: 4, highWatermark: 10 } });
    }
  });

  it('of a topic or partition that does not exist is refused by Kafka’s name', async () => {
    const ask = (topic: string, partition: number) =>
      world.complete(failure(readPage(reader, nodeCodecs, { topic, partition, from: { by: 'latest' }, limit: 1 })));
    expect(await ask('orders', 9)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(await ask('nowhere', 0)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });

  it('follows a leader that moved', async () => {
    logs.append('orders', 0, numbered(2));
    await page({ by: 'latest' });
    logs.cluster.moveLeader('orders', 0, 3);
    expect(texts(await page({ by: 'latest' }))).toEqual(['0 v0', '1 v1']);
  });

  it('of a partition without a leader is refused when none has come in time', async () => {
    logs.cluster.moveLeader('orders', 1, -1);
    const asked = readPage(reader, nodeCodecs, { topic: 'orders', partition: 1, from: { by: 'latest' }, limit: 1 });
    expect(await world.complete(failure(asked))).toBe('LEADER_NOT_AVAILABLE');
  });
});
