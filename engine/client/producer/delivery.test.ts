import { beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/index.ts';
import type { ArrivedBatch } from '../scripted-cluster.testkit.ts';
import type { RecordMetadata } from './index.ts';
import {
  cluster,
  failure,
  ofKind,
  producer,
  ready,
  record,
  setUpProducers,
  values,
  world,
} from './producer.testkit.ts';

beforeEach(setUpProducers);

describe('limits', () => {
  it('hold requests on their way to a broker at max.in.flight.requests.per.connection', async () => {
    const made = await ready({ 'linger.ms': '0', 'max.in.flight.requests.per.connection': '2' });
    let open = 0;
    let most = 0;
    cluster.onProduce = async () => {
      most = Math.max(most, ++open);
      await new Promise<void>((resolve) => world.clock.after(20, resolve));
      open--;
      return {};
    };
    const sends: Promise<RecordMetadata>[] = [];
    for (const value of values(0, 40)) {
      sends.push(made.send(record(value, { partition: 0 })));
      await world.run(1);
    }
    await world.complete(Promise.all(sends));
    expect(most).toBe(2);
    expect(cluster.values('orders', 0)).toEqual(values(0, 40));
  });

  it('keep the order with one request in flight and no idempotence, whatever fails', async () => {
    const made = await ready({
      'linger.ms': '0',
      acks: '1',
      'max.in.flight.requests.per.connection': '1',
      'retry.backoff.ms': '20',
    });
    const accepted: string[] = [];
    cluster.onProduce = (batch: ArrivedBatch) => {
      if (world.random.integer(2) === 0) return { errorCode: ErrorCode.NOT_ENOUGH_REPLICAS };
      accepted.push(...batch.values);
      return {};
    };
    const sends: Promise<RecordMetadata>[] = [];
    for (const value of values(0, 50)) {
      sends.push(made.send(record(value, { partition: 0 })));
      await world.run(1);
    }
    await world.complete(Promise.all(sends));
    expect(accepted).toEqual(values(0, 50));
  });

  it('of buffer.memory make sends wait, and fail after max.block.ms', async () => {
    const made = await ready({ 'linger.ms': '0', 'buffer.memory': '40000', 'max.block.ms': '500' });
    let release = (): void => {};
    cluster.onProduce = () => new Promise((resolve) => (release = () => resolve({})));
    const first = [0, 1].map((partition) => made.send(record('a', { partition })));
    await world.run(20);
    expect(made.sample()).toMatchObject({ bufferBytes: 32_768, blockedSends: 0 });
    const failed = failure(made.send(record('b', { partition: 2 })));
    expect(made.blockedSends).toBe(1);
    expect(await world.complete(failed)).toBe(
      'BufferExhaustedException: Failed to allocate 16384 bytes within the configured max blocking time 500 ms. ' +
        'Total memory: 40000 bytes. Available memory: 7232 bytes. Poolable size: 16384 bytes',
    );
    const waits = made.send(record('c', { partition: 2 }));
    release();
    await world.run(20);
    release();
    await world.complete(Promise.race([first[0]!, first[1]!]));
    cluster.onProduce = () => ({});
    await world.complete(waits, 400);
    expect(made.sample()).toMatchObject({ blockedSends: 0, totals: { failed: 1 } });
  });

  it('of memory send what has not lingered yet', async () => {
    const made = await ready({ 'linger.ms': '20000', 'buffer.memory': '40000' });
    const sends = [0, 1, 2].map((partition) => made.send(record('a', { partition })));
    await world.complete(sends[0]!, 100);
    expect(ofKind('batch-sent')[0]).toMatchObject({ reason: 'memory', partition: 0 });
    expect(made.blockedSends).toBe(0);
    await world.complete(Promise.all(sends));
  });

  it('of metadata make sends wait in their order, and fail after max.block.ms with the reason', async () => {
    const made = producer({ 'max.block.ms': '2000' });
    const failed = failure(made.send(record('a', { topic: 'nothing' })));
    expect(await world.complete(failed)).toBe('TimeoutException: Topic nothing not present in metadata after 2000 ms.');
    const late = failure(made.send(record('a', { partition: 7 })));
    expect(await world.complete(late)).toBe(
      'TimeoutException: Partition 7 of topic orders with partition count 3 is not present in metadata after 2000 ms.',
    );
    const waits = values(0, 20).map((value) => made.send(record(value, { topic: 'soon', partition: 0 })));
    await world.run(500);
    cluster.addTopic('soon', 1);
    await world.complete(Promise.all(waits));
    expect(cluster.values('soon', 0)).toEqual(values(0, 20));
  });

  it('of max.request.size refuse a record, with the words of the Java client', async () => {
    const made = await ready({ 'max.request.size': '1000' });
    const text =
      'RecordTooLargeException: The message is 1086 bytes when serialized which is larger than 1000, ' +
      'which is the value of the max.request.size configuration.';
    expect(await failure(made.send(record('x'.repeat(1000))))).toBe(text);
    const small = await ready({ 'buffer.memory': '500', 'batch.size': '200' });
    expect(await failure(small.send(record('x'.repeat(1000))))).toMatch(/larger than the total memory buffer you have/);
    expect(await failure(producer({ 'buffer.memory': '500' }).send(record('x')))).toBe(
      'IllegalArgumentException: Attempt to allocate 16384 bytes, but there is a hard limit of 500 on memory allocations.',
    );
  });

  it('split a batch that the broker finds too large, in order', async () => {
    const made = await ready({ 'linger.ms': '5', 'batch.size': '4000' });
    cluster.onProduce = ({ sizeInBytes }) => (sizeInBytes > 3000 ? { errorCode: ErrorCode.MESSAGE_TOO_LARGE } : {});
    const big = made.send(record('y'.repeat(3500), { partition: 0 }));
    expect(await world.complete(failure(big))).toMatch(/^MESSAGE_TOO_LARGE/);
    const compressed = await ready({ 'linger.ms': '5', 'batch.size': '2000', 'compression.type': 'gzip' });
    const taken: string[] = [];
    cluster.onProduce = ({ values: all }) => {
      if (all.length > 10) return { errorCode: ErrorCode.MESSAGE_TOO_LARGE };
      taken.push(...all);
      return {};
    };
    // Well compressible, so that the estimate lets many more into a batch than fit uncompressed.
    for (let i = 0; i < 60; i++) {
      await world.complete(compressed.send(record('z'.repeat(150), { partition: 1 })));
    }
    taken.length = 0;
    const sends = values(0, 40).map((value) => compressed.send(record(value.padEnd(150, '.'), { partition: 1 })));
    const metadata = await world.complete(Promise.all(sends));
    expect(taken.map((value) => value.replaceAll('.', ''))).toEqual(values(0, 40));
    const [first] = metadata;
    expect(metadata.map(({ offset }) => offset - first!.offset)).toEqual([...Array(40).keys()]);
  });
});

describe('delivery', () => {
  it('is given up after delivery.timeout.ms, with the words of the Java client', async () => {
    const made = await ready({ 'delivery.timeout.ms': '3000', 'request.timeout.ms': '1000', 'linger.ms': '0' });
    cluster.kill(1);
    const text =
      'TimeoutException: Expiring 1 record(s) for orders-0:3000 ms has passed since batch creation. ' +
      'The request has not been sent, or no server response has been received yet.';
    expect(await world.complete(failure(made.send(record('a', { partition: 0 }))))).toBe(text);
    expect(made.sample()).toMatchObject({
      bufferBytes: 0,
      totals: { failed: 1 },
      lastError: { code: 'TimeoutException' },
    });
  });

  it('that expired on its way leaves sequences that work', async () => {
    const made = await ready({ 'delivery.timeout.ms': '3000', 'request.timeout.ms': '1000', 'linger.ms': '0' });
    cluster.onProduce = () => new Promise(() => {});
    const lost = failure(made.send(record('a', { partition: 0 })));
    expect(await world.complete(lost)).toMatch(/^TimeoutException: Expiring 1 record/);
    expect(ofKind('batch-retried').map(({ error }) => error)).toContain('REQUEST_TIMED_OUT');
    cluster.onProduce = () => ({});
    await world.complete(made.send(record('b', { partition: 0 })), 10_000);
    expect(cluster.arrived.at(-1)).toMatchObject({ values: ['b'], producerEpoch: 1, baseSequence: 0 });
  });

  it('is tried no more than retries', async () => {
    const made = await ready({ retries: '2', 'retry.backoff.ms': '10', 'linger.ms': '0' });
    cluster.onProduce = () => ({ errorCode: ErrorCode.NOT_ENOUGH_REPLICAS });
    expect(await world.complete(failure(made.send(record('a', { partition: 0 }))))).toBe(
      'NOT_ENOUGH_REPLICAS: Messages are rejected since there are fewer in-sync replicas than required.',
    );
    expect(cluster.arrived.length).toBe(3);
    expect(made.sample().accumulators[0]).toMatchObject({ error: 'NOT_ENOUGH_REPLICAS', waitingBatches: 0 });
  });

  it('backs off ever longer, up to retry.backoff.max.ms', async () => {
    const made = await ready({ 'retry.backoff.ms': '100', 'retry.backoff.max.ms': '400', 'linger.ms': '0' });
    let refusals = 6;
    cluster.onProduce = () => (refusals-- > 0 ? { errorCode: ErrorCode.NOT_ENOUGH_REPLICAS } : {});
    await world.complete(made.send(record('a', { partition: 0 })));
    const gaps = cluster.arrived.slice(1).map(({ atMs }, i) => atMs - cluster.arrived[i]!.atMs);
    const [first = 0, second = 0] = gaps;
    expect(first).toBeGreaterThan(75);
    expect(second).toBeGreaterThan(150);
    expect(Math.max(...gaps)).toBeLessThan(410);
    expect(gaps.slice(3).every((gap) => gap > 300)).toBe(true);
  });

  it('with acks=0 is done when it is sent, at an unknown offset', async () => {
    const made = await ready({ acks: '0', 'linger.ms': '0' });
    cluster.onProduce = () => ({ errorCode: ErrorCode.NOT_ENOUGH_REPLICAS });
    expect(await world.complete(made.send(record('a', { partition: 0 })))).toMatchObject({ offset: -1 });
    await world.run(100);
    expect(made.sample()).toMatchObject({ inFlightRequests: 0, ackMs: null, totals: { acknowledged: 2, failed: 0 } });
    expect(cluster.values('orders', 0)).toEqual(['a']);
  });

  it('names which record of a batch was refused', async () => {
    const made = await ready({ 'linger.ms': '5' });
    const recordErrors = [{ batchIndex: 1, batchIndexErrorMessage: 'this one' }];
    cluster.onProduce = () => ({ errorCode: ErrorCode.INVALID_RECORD, recordErrors });
    const sends = values(0, 3).map((value) => failure(made.send(record(value, { partition: 0 }))));
    const companion =
      'KafkaException: Failed to append record because it was part of a batch which had one more more invalid records';
    expect(await world.complete(Promise.all(sends))).toEqual([companion, 'INVALID_RECORD: this one', companion]);
  });
});
