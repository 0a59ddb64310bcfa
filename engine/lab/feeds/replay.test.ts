import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '../../base/text.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { BatchBuilder, Compression } from '../../record/index.ts';
import type { FetchedPartition } from '../topics/partition-reader.ts';
import { replayed } from './replay.ts';
import type { FeedRecord } from './send-records.ts';

/** Batches of `size` records each, whose values are their offsets. */
function log(count: number, size: number) {
  const batches = Array.from({ length: count / size }, (_, n) => {
    const builder = new BatchBuilder({ compression: Compression.gzip, codecs: nodeCodecs, baseOffset: n * size });
    for (let i = 0; i < size; i++) {
      const headers = [{ key: 'h', value: i === 0 ? null : utf8('x') }];
      builder.append({ key: utf8('k'), value: utf8(String(n * size + i)), timestamp: 0, headers });
    }
    return builder.build();
  });
  const fetch = async (topic: string, partition: number, offset: number): Promise<FetchedPartition> => {
    const records = batches[Math.floor(offset / size)] ?? new Uint8Array(0);
    return { topic, partition, errorCode: 0, highWatermark: count, records };
  };
  return { fetch };
}

async function all(records: AsyncIterable<FeedRecord>): Promise<FeedRecord[]> {
  const found: FeedRecord[] = [];
  for await (const record of records) found.push(record);
  return found;
}

const range = { topic: 'orders', partition: 1, to: 'copy', toPartition: null };

describe('a replay', () => {
  it('sends key, value and headers again, over batches and from within one', async () => {
    const found = await all(replayed(log(12, 4), nodeCodecs, { ...range, fromOffset: 3, toOffset: 8 }));
    expect(found.map(({ value }) => fromUtf8(value ?? new Uint8Array()))).toEqual(['3', '4', '5', '6', '7', '8']);
    expect(found[0]).toMatchObject({ from: 'offset 3', topic: 'copy', headers: [{ key: 'h', value: utf8('x') }] });
    expect(found[1]?.headers).toEqual([{ key: 'h', value: null }]);
    expect(found[0]).not.toHaveProperty('partition');
  });

  it('ends where the log does', async () => {
    const rest = { ...range, fromOffset: 6, toOffset: 99, toPartition: 0 };
    const found = await all(replayed(log(8, 4), nodeCodecs, rest));
    expect(found.map(({ from, partition }) => [from, partition])).toEqual([
      ['offset 6', 0],
      ['offset 7', 0],
    ]);
  });
});
