import { beforeEach, describe, expect, it } from 'vitest';
import { partitionForKey } from '../../base/murmur2.ts';
import { fromUtf8, utf8 } from '../../base/text.ts';
import { ErrorCode } from '../../protocol/index.ts';
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

describe('batches', () => {
  it('gather records for linger.ms and go to the partition of their key', async () => {
    const made = await ready({ 'linger.ms': '20' });
    const sends = values(0, 30).map((value) => made.send(record(value, { key: utf8(`key ${value}`) })));
    const metadata = await world.complete(Promise.all(sends));
    expect(metadata.map(({ partition }) => partition)).toEqual(
      values(0, 30).map((value) => partitionForKey(utf8(`key ${value}`), 3)),
    );
    expect(cluster.arrived.map(({ partition, values: all }) => [partition, all.length]).sort()).toEqual(
      [0, 1, 2].map((partition) => [partition, metadata.filter((each) => each.partition === partition).length]),
    );
    expect(ofKind('batch-sent').map(({ reason, attempt }) => `${reason} ${attempt}`)).toEqual(
      Array(3).fill('linger 1'),
    );
    for (const partition of [0, 1, 2]) {
      const offsets = metadata.filter((each) => each.partition === partition).map(({ offset }) => offset);
      expect(offsets.every((offset, i) => i === 0 || offset === offsets[i - 1]! + 1)).toBe(true);
    }
  });

  it('wait neither less nor longer than linger.ms', async () => {
    const made = await ready({ 'linger.ms': '50' });
    const startMs = world.nowMs;
    await world.complete(made.send(record('a', { partition: 1 })));
    const waitedMs = cluster.arrived[0]!.atMs - startMs;
    expect(waitedMs).toBeGreaterThanOrEqual(50);
    expect(waitedMs).toBeLessThan(53);
  });

  it('go at once when they are full, on flush, and on close', async () => {
    const made = await ready({ 'linger.ms': '10000', 'batch.size': '1000' });
    const big = made.send(record('x'.repeat(600), { partition: 0 }));
    const next = made.send(record('y'.repeat(600), { partition: 0 }));
    await world.complete(big, 100);
    expect(ofKind('batch-sent').map(({ reason, records }) => [reason, records])).toEqual([['full', 1]]);
    await world.complete(made.flush(), 100);
    await world.complete(next, 1);
    const last = made.send(record('z', { partition: 2 }));
    await world.complete(made.close(1000), 100);
    await world.complete(last, 1);
    expect(ofKind('batch-sent').map(({ reason }) => reason)).toEqual(['full', 'flush', 'close']);
    expect(made.sample().totals).toMatchObject({
      acknowledged: 4,
      failed: 0,
      batches: { full: 1, flush: 1, close: 1 },
    });
  });

  it('without a key stick to one partition for batch.size bytes, then to another', async () => {
    const made = await ready({ 'linger.ms': '5', 'batch.size': '2000' });
    for (let i = 0; i < 200; i++) {
      const sends = Array.from({ length: 5 }, () => made.send(record('v'.repeat(90))));
      await world.complete(Promise.all(sends));
    }
    const used = cluster.arrived.map(({ partition }) => partition);
    expect(new Set(used)).toEqual(new Set([0, 1, 2]));
    const switches = used.filter((partition, i) => i > 0 && partition !== used[i - 1]).length;
    // 100 kB at 2 kB each is some 50 choices, of which a third is the same again.
    expect(switches).toBeGreaterThan(15);
    expect(switches).toBeLessThan(60);
  });

  it('ignore keys when partitioner.ignore.keys says so', async () => {
    const made = await ready({ 'partitioner.ignore.keys': 'true', 'linger.ms': '5' });
    const sends = values(0, 12).map((value) => made.send(record(value, { key: utf8(value) })));
    const partitions = new Set((await world.complete(Promise.all(sends))).map(({ partition }) => partition));
    expect(partitions.size).toBe(1);
  });

  it('are compressed, and arrive as they were', async () => {
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
      const made = await ready({ 'compression.type': codec, 'linger.ms': '5' });
      const sends = values(0, 200).map((value) => made.send(record(value.padEnd(50, '-'), { partition: 1 })));
      await world.complete(Promise.all(sends));
      expect(cluster.values('orders', 1)).toEqual(values(0, 200).map((value) => value.padEnd(50, '-')));
      expect(cluster.arrived[0]!.sizeInBytes).toBeLessThan(3000);
      await world.complete(made.close(1000));
    }
  });

  it('with null keys, null values, headers and timestamps keep all of it', async () => {
    const made = await ready();
    const sent = {
      topic: 'orders',
      partition: 2,
      key: null,
      value: null,
      timestampMs: 1234,
      headers: [{ key: 'h', value: utf8('1') }],
    };
    expect(await world.complete(made.send(sent))).toEqual({
      topic: 'orders',
      partition: 2,
      offset: 0,
      timestampMs: 1234,
    });
    expect(cluster.arrived.map(({ keys, values: all }) => [keys, all])).toEqual([[[null], ['']]]);
  });
});

describe('a leader', () => {
  it('that moves is found by new metadata, and nothing is lost', async () => {
    const made = await ready({ 'linger.ms': '0' });
    cluster.moveLeader('orders', 0, 2);
    expect(await world.complete(made.send(record('a', { partition: 0 })))).toMatchObject({ partition: 0 });
    expect(cluster.arrived.map(({ broker }) => broker)).toEqual([1, 2]);
    expect(ofKind('batch-retried').map(({ error }) => error)).toEqual(['NOT_LEADER_OR_FOLLOWER']);
  });

  it('that dies keeps its batches waiting until another leads', async () => {
    const made = await ready({ 'linger.ms': '0' });
    cluster.kill(1);
    const sends = values(0, 5).map((value) => made.send(record(value, { partition: 0 })));
    await world.run(3000);
    expect(made.sample().accumulators[0]).toMatchObject({ partition: 0, waitingBatches: 1, inFlightBatches: 0 });
    cluster.moveLeader('orders', 0, 3);
    await world.complete(Promise.all(sends), 3000);
    expect(cluster.values('orders', 0)).toEqual(values(0, 5));
    expect(ofKind('connection').some(({ state, broker }) => state === 'lost' && broker === 1)).toBe(true);
  });

  it('that dies with requests on their way gets them again when it is back', async () => {
    const made = await ready({ 'linger.ms': '0' });
    cluster.onProduce = () => new Promise(() => {});
    const sends = values(0, 3).map((value) => made.send(record(value, { partition: 0 })));
    await world.run(500);
    expect(made.sample()).toMatchObject({ inFlightRequests: 1 });
    cluster.kill(1);
    await world.run(100);
    expect(made.sample().accumulators[0]).toMatchObject({ retrying: true, error: 'NETWORK_EXCEPTION' });
    cluster.onProduce = () => ({});
    await cluster.startBroker(1);
    await world.complete(Promise.all(sends), 5000);
    expect(cluster.arrived.map(({ baseSequence }) => baseSequence)).toEqual([1, 1]);
  });

  it('that is named in a refusal is taken at its word', async () => {
    const made = await ready({ 'linger.ms': '0', 'retry.backoff.ms': '900' });
    const topic = cluster.topics.get('orders')!;
    cluster.onProduce = ({ broker }) => {
      if (broker !== 1) return {};
      topic.leaders[0] = 3;
      return { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, currentLeader: { leaderId: 3, leaderEpoch: 4 } };
    };
    // Well before the back-off is over.
    await world.complete(made.send(record('a', { partition: 0 })), 100);
    expect(cluster.arrived.map(({ broker }) => broker)).toEqual([1, 3]);
  });
});

describe('close', () => {
  it('refuses later sends, and fails what it could not send in time', async () => {
    const made = await ready();
    cluster.onProduce = () => new Promise(() => {});
    const open = failure(made.send(record('a', { partition: 0 })));
    await world.run(50);
    await world.complete(made.close(300));
    expect(await world.complete(open)).toBe('KafkaException: Producer is closed forcefully.');
    expect(await failure(made.send(record('b')))).toBe(
      'IllegalStateException: Cannot perform operation after producer has been closed',
    );
    await world.complete(made.close(300));
    const asked = cluster.metadataRequests.length;
    await world.run(600_000);
    expect(cluster.metadataRequests.length).toBe(asked);
  });

  it('fails sends that wait for metadata', async () => {
    const made = producer();
    const waiting = failure(made.send(record('a', { topic: 'nothing' })));
    await world.run(100);
    await world.complete(made.close(1000));
    expect(await world.complete(waiting)).toBe('KafkaException: Producer closed while send in progress');
  });
});

describe('the sample', () => {
  it('shows each partition, filling, on its way and acknowledged', async () => {
    const made = await ready({ 'linger.ms': '1000' });
    let release = (): void => {};
    cluster.onProduce = () => new Promise((resolve) => (release = () => resolve({})));
    for (const value of values(0, 3)) void made.send(record(value, { partition: 1 }));
    await world.run(100);
    expect(made.sample().accumulators[1]).toMatchObject({
      partition: 1,
      batchRecords: 3,
      waitingBatches: 1,
      inFlightBatches: 0,
      lastSent: null,
    });
    await world.run(1000);
    expect(made.sample().accumulators[1]).toMatchObject({
      batchRecords: 0,
      batchBytes: 0,
      waitingBatches: 0,
      inFlightBatches: 1,
      ackMs: null,
    });
    await world.run(50);
    release();
    await world.run(50);
    const { accumulators, ackMs, totals } = made.sample();
    expect(accumulators.map(({ topic, partition }) => `${topic}-${partition}`)).toEqual([
      'orders-0',
      'orders-1',
      'orders-2',
    ]);
    expect(accumulators[1]).toMatchObject({
      inFlightBatches: 0,
      error: null,
      lastOffset: 2,
      lastSent: { reason: 'linger', records: 3 },
    });
    expect(accumulators[1]!.ackMs!).toBeGreaterThan(50);
    expect(ackMs!.p99).toBeGreaterThanOrEqual(ackMs!.median);
    expect(totals).toMatchObject({ sent: 4, acknowledged: 4, failed: 0 });
    expect(fromUtf8(utf8(cluster.values('orders', 1).join()))).toBe('v0,v1,v2');
  });
});
