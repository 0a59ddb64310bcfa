import { describe, expect, it } from 'vitest';
import type { ResetTarget } from '../../contract/offsets.ts';
import { planReset, type PartitionFacts } from './offset-reset.ts';

const facts = (change: Partial<PartitionFacts> = {}): PartitionFacts => ({
  topic: 'orders',
  partition: 0,
  was: 150,
  logStartOffset: 100,
  highWatermark: 200,
  found: null,
  ...change,
});
const planned = (to: ResetTarget, change: Partial<PartitionFacts> = {}) => {
  const plan = planReset(to, [facts(change)])[0];
  return [plan?.now, plan?.note];
};

describe('a reset of committed offsets', () => {
  it.each<readonly [string, ResetTarget, Partial<PartitionFacts>, readonly [number | null, string | null]]>([
    ['to the first offset', { by: 'earliest' }, {}, [100, null]],
    ['to the end', { by: 'latest' }, {}, [200, null]],
    ['to what is committed', { by: 'current' }, {}, [150, null]],
    ['to what is committed where nothing is', { by: 'current' }, { was: null }, [200, 'nothing-committed']],
    ['to an offset', { by: 'offset', offset: 120 }, {}, [120, null]],
    ['to an offset before the log', { by: 'offset', offset: 7 }, {}, [100, 'raised']],
    ['to an offset beyond the log', { by: 'offset', offset: 700 }, {}, [200, 'lowered']],
    ['forward', { by: 'shift', records: 20 }, {}, [170, null]],
    ['back beyond the first', { by: 'shift', records: -60 }, {}, [100, 'raised']],
    ['back from nothing', { by: 'shift', records: -60 }, { was: null }, [null, 'nothing-committed']],
    ['to a time', { by: 'time', timestampMs: 5 }, { found: 180 }, [180, null]],
    ['to a time after the newest record', { by: 'time', timestampMs: 5 }, {}, [200, 'nothing-since']],
    ['to so long ago', { by: 'duration', durationMs: 5 }, { found: 130 }, [130, null]],
    ['to a moment', { by: 'moment', atMs: 5 }, { found: 110 }, [110, null]],
    ['to a moment whose offset is gone since', { by: 'moment', atMs: 5 }, { found: 60 }, [100, 'raised']],
    ['to a moment without one', { by: 'moment', atMs: 5 }, {}, [150, 'nothing-then']],
    [
      'to one that is given',
      { by: 'offsets', offsets: [{ topic: 'orders', partition: 0, offset: 140 }] },
      {},
      [140, null],
    ],
    ['to none', { by: 'offsets', offsets: [{ topic: 'orders', partition: 0, offset: null }] }, {}, [null, null]],
    [
      'to an offset while nobody tells the bounds',
      { by: 'offset', offset: 7 },
      { logStartOffset: null, highWatermark: null },
      [7, null],
    ],
    ['to the end while nobody tells it', { by: 'latest' }, { logStartOffset: null, highWatermark: null }, [null, null]],
  ])('%s', (_what, to, change, expected) => {
    expect(planned(to, change)).toEqual(expected);
  });

  it('is told in the order of topics and partitions', () => {
    const all = [facts({ topic: 'b' }), facts({ partition: 10 }), facts({ partition: 2 })];
    expect(planReset({ by: 'latest' }, all).map(({ topic, partition }) => `${topic}-${partition}`)).toEqual([
      'b-0',
      'orders-2',
      'orders-10',
    ]);
  });
});
