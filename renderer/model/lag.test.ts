import { describe, expect, it } from 'vitest';
import { consumerView, groupView } from '../../engine/contract/snapshot.testkit.ts';
import { consumerLag } from './lag.ts';

const nowMs = 100_000;
const [owned] = consumerView('billing-1').partitions;
const at = (change: object) => ({
  ...owned!,
  position: 50,
  highWatermark: 80,
  nextTimestampMs: nowMs - 900,
  ...change,
});
const lag = (...partitions: (typeof owned & object)[]) =>
  consumerLag(
    consumerView('billing-1', { partitions }),
    groupView('billing', {
      offsets: [
        { topic: 'orders', partition: owned!.partition, offset: 50, committedMs: nowMs, passedMs: nowMs - 400 },
      ],
    }),
    nowMs,
  );

describe('the lag of a consumer', () => {
  it('is the sum of its partitions, and as old as the oldest record', () => {
    expect(lag(at({}), at({ partition: 7, highWatermark: 51, nextTimestampMs: nowMs - 2000 }))).toEqual({
      records: 31,
      ms: 2000,
    });
  });

  it('is none at the end', () => {
    expect(lag(at({ highWatermark: 50, nextTimestampMs: null }))).toEqual({ records: 0, ms: 0 });
  });

  it('is as old as the committed offset says where the next record is not fetched', () => {
    expect(lag(at({ nextTimestampMs: null }))).toEqual({ records: 30, ms: 400 });
  });

  it('is unknown where one may be older, or nothing is known', () => {
    expect(lag(at({}), at({ partition: 7, nextTimestampMs: null }))).toEqual({ records: 60, ms: null });
    expect(lag(at({ position: null }))).toEqual({ records: null, ms: null });
    expect(lag()).toEqual({ records: null, ms: null });
  });
});
