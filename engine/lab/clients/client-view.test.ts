import { describe, expect, it } from 'vitest';
import { consumerView } from '../../contract/snapshot.testkit.ts';
import type { ConsumerSample, ProducerSample } from '../../client/index.ts';
import { consumerSettings, producerSettings } from './client-settings.ts';
import type { ProducerNumbers } from './client-messages.ts';
import { ConsumerPicture, ProducerPicture } from './client-view.ts';
import { ProducerSampler } from './run-producer.ts';

const accumulator = (partition: number, batchRecords: number): ProducerSample['accumulators'][number] => ({
  topic: 'orders',
  partition,
  batchBytes: batchRecords * 100,
  batchRecords,
  waitingBatches: batchRecords > 0 ? 1 : 0,
  inFlightBatches: 0,
  retrying: false,
  lastSent: null,
  ackMs: 2,
  error: null,
  lastOffset: 40,
  appended: batchRecords,
  acknowledged: 0,
  failed: 0,
  wireBytes: 0,
  uncompressedBytes: 0,
  sequence: null,
  retries: 0,
  reordered: 0,
});
const application = { noticed: 0, heldMs: null };

const producerSample = (change: Partial<ProducerSample>): ProducerSample => ({
  ready: true,
  effective: {},
  notices: [],
  producerId: 7,
  producerEpoch: 0,
  totals: {
    sent: 0,
    acknowledged: 0,
    failed: 0,
    retries: 0,
    batches: { full: 0, linger: 0, flush: 0, close: 0, memory: 0 },
    bytes: 0,
    uncompressedBytes: 0,
    reordered: 0,
  },
  ackMs: null,
  inFlightRequests: 0,
  bufferBytes: 0,
  blockedSends: 0,
  accumulators: [],
  lastError: null,
  ...change,
});
const totals = (acknowledged: number, sent = acknowledged): ProducerSample['totals'] => ({
  ...producerSample({}).totals,
  acknowledged,
  sent,
});
const numbers = (change: Partial<ProducerSample>): ProducerNumbers => {
  const { effective: _, notices: __, ready: ___, blockedSends: ____, ...rest } = producerSample(change);
  return { ...rest, ...application };
};

describe('what a producer’s thread tells its host', () => {
  it('is of the accumulators only those that changed', () => {
    const sampler = new ProducerSampler();
    const first = sampler.newsOf(
      0,
      producerSample({ accumulators: [accumulator(0, 1), accumulator(1, 1)] }),
      application,
    );
    expect(first?.accumulators).toHaveLength(2);
    const second = sampler.newsOf(
      100,
      producerSample({ accumulators: [accumulator(0, 1), accumulator(1, 2)] }),
      application,
    );
    expect(second?.accumulators).toEqual([accumulator(1, 2)]);
  });

  it('is nothing while everything stands, but once a second', () => {
    const sampler = new ProducerSampler();
    const sample = producerSample({ accumulators: [accumulator(0, 1)] });
    const told = [0, 100, 900, 1000, 1100].map((atMs) => sampler.newsOf(atMs, sample, application) !== null);
    expect(told).toEqual([true, false, false, true, false]);
  });
});

describe('the picture of a producer', () => {
  const picture = () => new ProducerPicture('order-feed', producerSettings('orders', {}), 0);

  it('merges accumulators in the order of partitions and keeps those that did not change', () => {
    const producer = picture();
    producer.apply({
      type: 'producer',
      atMs: 0,
      sample: numbers({ accumulators: [accumulator(1, 1), accumulator(0, 1)] }),
    });
    const [first] = producer.view.accumulators;
    producer.apply({ type: 'producer', atMs: 100, sample: numbers({ accumulators: [accumulator(1, 5)] }) });
    expect(producer.view.accumulators).toEqual([
      { ...accumulator(0, 1), duplicates: 0 },
      { ...accumulator(1, 5), duplicates: 0 },
    ]);
    expect(producer.view.accumulators[0]).toBe(first);
  });

  it('counts acknowledged records, and sent ones with acks=0', () => {
    const acked = picture();
    const sent = new ProducerPicture('order-feed', producerSettings('orders', { acks: '0' }), 0);
    for (const each of [acked, sent]) {
      each.apply({ type: 'producer', atMs: 0, sample: numbers({ totals: totals(0, 0) }) });
      each.apply({ type: 'producer', atMs: 1000, sample: numbers({ totals: totals(300, 400) }) });
    }
    expect([acked.view.recordsPerSecond, sent.view.recordsPerSecond]).toEqual([300, 400]);
  });

  it('loses with its thread what it held, not what it did; a new thread begins from nothing', () => {
    const producer = picture();
    producer.apply({
      type: 'producer',
      atMs: 0,
      sample: numbers({ totals: totals(90, 100), bufferBytes: 500, accumulators: [accumulator(0, 5)] }),
    });
    producer.setState({ state: 'killed', atMs: 10, failure: null });
    expect(producer.view).toMatchObject({
      state: 'killed',
      bufferBytes: 0,
      recordsPerSecond: 0,
      totals: { acknowledged: 90 },
      accumulators: [{ batchRecords: 0, waitingBatches: 0, lastOffset: 40 }],
    });
    producer.setState({ state: 'starting', atMs: 20, failure: null });
    expect(producer.view).toMatchObject({ accumulators: [], totals: { acknowledged: 0 }, recordsPerSecond: null });
  });
});

describe('the picture of a consumer', () => {
  const { settings: _settings, ...view } = consumerView('billing-1');
  const sample: ConsumerSample = {
    ...view,
    groupId: 'billing',
    assignor: 'range',
    partitions: view.partitions.map((each) => ({ ...each, logStartOffset: 0, paused: false })),
    failedCommits: 0,
    rebalances: 1,
    fetches: { answered: 7, empty: 2, bytes: 4096, lastBytes: 512, lastMs: 3, inFlight: 1 },
  };

  it('shows the member that it is, and nothing of it once its thread is gone', () => {
    const consumer = new ConsumerPicture(
      'billing-1',
      consumerSettings('billing-1', 'billing', ['orders'], null, {}),
      0,
    );
    consumer.setState({ state: 'running', atMs: 0, failure: null });
    consumer.apply({ type: 'consumer', atMs: 5, sample });
    expect(consumer.view).toMatchObject({ memberId: 'billing-1-member', memberState: 'stable', generation: 2 });
    expect(consumer.view.partitions).toEqual(view.partitions);
    consumer.setState({ state: 'killed', atMs: 10, failure: null });
    expect(consumer.view).toMatchObject({
      state: 'killed',
      memberId: null,
      memberState: 'unjoined',
      partitions: [],
      recordsPerSecond: 0,
      consumed: 2380,
    });
  });

  it('keeps what it last said while it is frozen, at no records a second', () => {
    const consumer = new ConsumerPicture(
      'billing-1',
      consumerSettings('billing-1', 'billing', ['orders'], null, {}),
      0,
    );
    consumer.apply({ type: 'consumer', atMs: 5, sample });
    consumer.setState({ state: 'frozen', atMs: 10, failure: null });
    expect(consumer.view).toMatchObject({ state: 'frozen', memberState: 'stable', recordsPerSecond: 0, sampledMs: 5 });
    expect(consumer.view.partitions).toHaveLength(2);
  });
});
