import { beforeEach, describe, expect, it } from 'vitest';
import { partitionForKey } from '../../base/murmur2.ts';
import { fromUtf8, utf8 } from '../../base/text.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { SimWorld } from '../../env/sim/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import { KafkaError } from '../kafka-error.ts';
import { type ArrivedBatch, clientNode, ScriptedCluster } from '../scripted-cluster.testkit.ts';
import { Producer, type ProducerEvent, type ProducerRecord, type RecordMetadata } from './index.ts';

let world: SimWorld;
let cluster: ScriptedCluster;
let events: ProducerEvent[];

beforeEach(async () => {
  world = new SimWorld(31);
  cluster = new ScriptedCluster(world, [1, 2, 3], [], nodeCodecs);
  cluster.addTopic('orders', 3);
  events = [];
  await cluster.start();
});

function producer(configs: Record<string, string> = {}): Producer {
  return new Producer({
    env: world.node(clientNode).env,
    codecs: nodeCodecs,
    configs: { 'bootstrap.servers': cluster.bootstrap, ...configs },
    onEvent: (event) => events.push(event),
  });
}

/** Has metadata of `orders` and, when it wants one, its id. */
async function ready(configs: Record<string, string> = {}): Promise<Producer> {
  const made = producer(configs);
  await world.complete(made.send(record('warm-up', { partition: 0 })));
  await world.run(1000);
  cluster.arrived.length = 0;
  events.length = 0;
  return made;
}

function record(value: string, rest: Partial<ProducerRecord> = {}): ProducerRecord {
  return { topic: 'orders', key: null, value: utf8(value), ...rest };
}

function failure(promise: Promise<RecordMetadata>): Promise<string> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => (error instanceof KafkaError ? `${error.code}: ${error.message}` : String(error)),
  );
}

function ofKind<K extends ProducerEvent['kind']>(kind: K): Extract<ProducerEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<ProducerEvent, { kind: K }> => event.kind === kind);
}

const values = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `v${from + i}`);

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

describe('idempotence', () => {
  it('gives each partition its own sequence, under one producer id', async () => {
    const made = await ready({ 'linger.ms': '0' });
    for (const value of values(0, 4)) {
      await world.complete(Promise.all([0, 1].map((partition) => made.send(record(value, { partition })))));
    }
    const sequences = (partition: number): number[] =>
      cluster.arrived.filter((batch) => batch.partition === partition).map(({ baseSequence }) => baseSequence);
    expect([sequences(0), sequences(1)]).toEqual([
      [1, 2, 3, 4],
      [0, 1, 2, 3],
    ]);
    expect(new Set(cluster.arrived.map(({ producerId }) => producerId))).toEqual(new Set([1000]));
    expect(made.sample()).toMatchObject({ producerId: 1000, producerEpoch: 0, ready: true });
  });

  it('sends batches again in their order and with their sequences', async () => {
    const made = await ready({ 'linger.ms': '0', 'retry.backoff.ms': '50' });
    let refusals = 4;
    const seen: string[] = [];
    cluster.onProduce = ({ baseSequence, values: all }) => {
      if (refusals-- > 0) return { errorCode: ErrorCode.NOT_ENOUGH_REPLICAS };
      if (baseSequence !== seen.length + 1) return { errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER };
      seen.push(...all);
      return {};
    };
    const sends: Promise<RecordMetadata>[] = [];
    for (const value of values(0, 8)) {
      sends.push(made.send(record(value, { partition: 0 })));
      await world.run(0.05);
    }
    const offsets = (await world.complete(Promise.all(sends))).map(({ offset }) => offset);
    expect(offsets).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(seen).toEqual(values(0, 8));
    expect(made.sample().totals.retries).toBeGreaterThanOrEqual(4);
    expect(ofKind('batch-retried')[0]).toMatchObject({ error: 'NOT_ENOUGH_REPLICAS', partition: 0, attempt: 1 });
  });

  it('takes a duplicate for a success at an unknown offset', async () => {
    const made = await ready();
    cluster.onProduce = () => ({ errorCode: ErrorCode.DUPLICATE_SEQUENCE_NUMBER });
    expect(await world.complete(made.send(record('again', { partition: 0 })))).toMatchObject({ offset: -1 });
  });

  it('bumps the epoch and starts over when the log has a gap', async () => {
    const made = await ready({ 'linger.ms': '0', 'retry.backoff.ms': '10' });
    cluster.onProduce = ({ producerEpoch }) =>
      producerEpoch === 0 ? { errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER } : {};
    await world.complete(made.send(record('behind the gap', { partition: 0 })));
    expect(cluster.arrived.map(({ producerEpoch, baseSequence }) => [producerEpoch, baseSequence])).toEqual([
      [0, 1],
      [1, 0],
    ]);
    cluster.onProduce = () => ({});
    await world.complete(made.send(record('elsewhere', { partition: 1 })));
    expect(cluster.arrived.at(-1)).toMatchObject({ producerEpoch: 1, baseSequence: 0 });
    expect(made.sample().producerEpoch).toBe(1);
    expect(ofKind('producer-id')).toEqual([{ kind: 'producer-id', producerId: 1000, producerEpoch: 1 }]);
  });

  it('bumps the epoch when the broker has forgotten the producer', async () => {
    const made = await ready({ 'linger.ms': '0', 'retry.backoff.ms': '10' });
    cluster.onProduce = ({ producerEpoch }) =>
      producerEpoch === 0 ? { errorCode: ErrorCode.UNKNOWN_PRODUCER_ID, logStartOffset: 7 } : {};
    await world.complete(made.send(record('a', { partition: 0 })));
    expect(cluster.arrived.at(-1)).toMatchObject({ producerEpoch: 1, baseSequence: 0 });
  });

  it('starts sequences over after a batch that was refused for good', async () => {
    const made = await ready({ 'linger.ms': '0' });
    cluster.onProduce = () => ({ errorCode: ErrorCode.INVALID_RECORD, errorMessage: 'no key' });
    expect(await world.complete(failure(made.send(record('a', { partition: 0 }))))).toBe('INVALID_RECORD: no key');
    cluster.onProduce = () => ({});
    await world.complete(made.send(record('b', { partition: 0 })));
    expect(cluster.arrived.at(-1)).toMatchObject({ producerEpoch: 1, baseSequence: 0 });
  });

  it('waits for its producer id, and is refused for good when it may have none', async () => {
    cluster.initProducerIdErrors.push(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
    const made = producer();
    const text = 'Unexpected error in InitProducerIdResponse; Cluster authorization failed.';
    expect(await world.complete(failure(made.send(record('a'))))).toBe(`CLUSTER_AUTHORIZATION_FAILED: ${text}`);
    expect(await world.complete(failure(made.send(record('b'))))).toMatch(
      /^KafkaException: Cannot perform send because/,
    );
    expect(cluster.arrived).toEqual([]);
  });

  it('is off with acks=1: batches have no sequence, and no id is asked for', async () => {
    const made = await ready({ acks: '1' });
    await world.complete(made.send(record('a', { partition: 0 })));
    expect(cluster.arrived[0]).toMatchObject({ producerId: -1, baseSequence: -1 });
    expect([made.sample().producerId, made.effectiveConfigs['enable.idempotence']]).toEqual([-1, 'false']);
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
