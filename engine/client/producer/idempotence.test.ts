import { beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/index.ts';
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
