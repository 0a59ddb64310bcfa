import { beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/index.ts';
import { cluster, ofKind, ready, record, setUpProducers, world } from './producer.testkit.ts';

beforeEach(setUpProducers);

/** The first batch of partition 0 is refused once, those behind it are not. */
function refuseTheFirst(): string[] {
  const written: string[] = [];
  let refused = false;
  cluster.onProduce = (batch) => {
    if (!refused) {
      refused = true;
      return { errorCode: ErrorCode.NOT_ENOUGH_REPLICAS };
    }
    written.push(...batch.values);
    return {};
  };
  return written;
}

describe('a retry with several requests in flight', () => {
  const configs = { 'linger.ms': '0', 'retry.backoff.ms': '50', 'retry.backoff.max.ms': '50' };

  it('writes records behind later ones without idempotence, and says so', async () => {
    const made = await ready({ ...configs, 'enable.idempotence': 'false' });
    const written = refuseTheFirst();
    const first = made.send(record('a', { partition: 0 }));
    await world.run(1);
    const second = made.send(record('b', { partition: 0 }));
    const [{ offset: behind }, { offset }] = [await world.complete(second), await world.complete(first)];
    expect(written).toEqual(['b', 'a']);
    expect(offset).toBeGreaterThan(behind);
    expect(ofKind('batch-reordered')).toEqual([
      expect.objectContaining({ topic: 'orders', partition: 0, records: 1, baseOffset: offset, behindOffset: behind }),
    ]);
    const sample = made.sample();
    expect(sample.totals.reordered).toBe(1);
    expect(sample.accumulators[0]).toMatchObject({ reordered: 1, retries: 1, sequence: null });
  });

  it('keeps the order with idempotence, and with one request in flight', async () => {
    for (const rest of [{}, { 'enable.idempotence': 'false', 'max.in.flight.requests.per.connection': '1' }]) {
      await setUpProducers();
      const made = await ready({ ...configs, ...rest });
      cluster.onProduce = (batch) => {
        // What comes out of order is refused, as a broker does that knows sequences.
        const attempts = cluster.arrived.filter(({ values }) => values[0] === 'a').length;
        if (batch.values[0] === 'a' && attempts === 1) return { errorCode: ErrorCode.NOT_ENOUGH_REPLICAS };
        const isAhead = batch.baseSequence > 0 && batch.values[0] === 'b' && !taken.includes('a');
        if (isAhead) return { errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER };
        taken.push(...batch.values);
        return {};
      };
      const taken: string[] = [];
      const first = made.send(record('a', { partition: 0 }));
      await world.run(1);
      await world.complete(Promise.all([first, made.send(record('b', { partition: 0 }))]));
      expect(taken).toEqual(['a', 'b']);
      expect([ofKind('batch-reordered'), made.sample().totals.reordered]).toEqual([[], 0]);
    }
  });
});

describe('what a partition’s sample tells', () => {
  it('are records by what became of them, bytes with and without compression, and the newest sequences', async () => {
    const made = await ready({ 'linger.ms': '5', 'compression.type': 'gzip' });
    const before = made.sample().accumulators[1];
    const text = 'again and '.repeat(200);
    const sent = Array.from({ length: 3 }, () => made.send(record(text, { partition: 1 })));
    await world.complete(Promise.all(sent));
    cluster.onProduce = () => ({ errorCode: ErrorCode.INVALID_RECORD });
    await world.complete(made.send(record('x', { partition: 1 })).catch(() => null));
    const after = made.sample().accumulators[1]!;
    expect([after.appended, after.acknowledged, after.failed]).toEqual([4, 3, 1]);
    expect(after.uncompressedBytes - (before?.uncompressedBytes ?? 0)).toBeGreaterThan(6000);
    expect(after.wireBytes - (before?.wireBytes ?? 0)).toBeLessThan(600);
    expect(after.sequence).toEqual({ producerEpoch: 0, base: 3, last: 3 });
    const { totals } = made.sample();
    expect(totals.uncompressedBytes).toBeGreaterThan(totals.bytes);
  });
});
