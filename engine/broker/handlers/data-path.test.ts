import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../env/index.ts';
import {
  deleteRecordsApi,
  describeLogDirsApi,
  describeProducersApi,
  ErrorCode,
  fetchApi,
  listOffsetsApi,
  produceApi,
} from '../../protocol/index.ts';
import { utf8 } from '../../base/text.ts';
import { buildBatch } from '../../record/index.ts';
import type { BatchOptions } from '../../record/index.ts';
import { batch, ReplicationCluster } from '../../replication/replication-cluster.testkit.ts';

const topic = 'orders';

async function cluster(brokers = 2): Promise<ReplicationCluster> {
  const made = await new ReplicationCluster({ brokers }).start();
  made.createTopic(topic, [brokers === 1 ? [1] : [1, 2]]);
  await made.world.run(1000);
  return made;
}

function produceRequest(records: Uint8Array | null, options: { acks?: number; name?: string } = {}) {
  const { acks = 1, name = topic } = options;
  return { acks, timeoutMs: 1000, topicData: [{ name, partitionData: [{ index: 0, records }] }] };
}

async function produceError(made: ReplicationCluster, records: Uint8Array | null, version = 12, name = topic) {
  const response = await made.world.complete(made.send(1, produceApi, version, produceRequest(records, { name })));
  const { errorCode, errorMessage } = response.responses[0]!.partitionResponses[0]!;
  return { errorCode, errorMessage };
}

const batchWith = (options: BatchOptions): Uint8Array =>
  buildBatch([{ timestamp: 1_750_000_000_000, key: null, value: utf8('v') }], options);

describe('Produce', () => {
  it('wants exactly one batch of magic 2 for each partition', async () => {
    const made = await cluster(1);
    const one = batch('a');
    const two = new Uint8Array([...one, ...one]);
    const oldMagic = one.slice();
    oldMagic[16] = 1;
    const invalid = { errorCode: ErrorCode.INVALID_RECORD, errorMessage: null };
    for (const records of [null, new Uint8Array(0), two, oldMagic])
      expect(await produceError(made, records)).toEqual(invalid);
    const corrupt = one.slice();
    corrupt[corrupt.length - 1]! ^= 1;
    expect((await produceError(made, corrupt)).errorCode).toBe(ErrorCode.CORRUPT_MESSAGE);
    expect(made.replica(1, topic).log.logEndOffset).toBe(0);
  });

  it('refuses transactional batches that belong to no transaction', async () => {
    const made = await cluster(1);
    const records = batchWith({ producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true });
    expect(await produceError(made, records, 10)).toEqual({
      errorCode: ErrorCode.INVALID_TXN_STATE,
      errorMessage: 'Partition was not added to the transaction',
    });
    expect((await produceError(made, records, 12)).errorCode).toBe(ErrorCode.TRANSACTION_ABORTABLE);
  });

  it('lets nobody write into internal topics', async () => {
    const made = await cluster(1);
    made.createTopic('__consumer_offsets', [[1]]);
    await made.world.run(100);
    expect((await produceError(made, batch('a'), 12, '__consumer_offsets')).errorCode).toBe(
      ErrorCode.INVALID_TOPIC_EXCEPTION,
    );
  });

  it('tells who leads instead, from version 10 on', async () => {
    const made = await cluster();
    const request = produceRequest(batch('a'));
    const response = await made.world.complete(made.send(2, produceApi, 10, request));
    expect(response.responses[0]?.partitionResponses[0]).toMatchObject({
      errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER,
      currentLeader: { leaderId: 1, leaderEpoch: 0 },
    });
    expect(response.nodeEndpoints).toEqual([{ nodeId: 1, host: '127.0.0.1', port: 19_091, rack: null }]);
    const older = await made.world.complete(made.send(2, produceApi, 9, request));
    expect(older.nodeEndpoints).toEqual([]);
  });

  it('answers acks=0 with nothing, and an error there by closing the connection', async () => {
    const made = await cluster(1);
    const waiting = made.send(1, produceApi, 12, produceRequest(batch('a'), { acks: 0 }));
    const outcome = waiting.then(
      () => 'answered',
      (error: unknown) => error,
    );
    await made.world.run(200);
    expect(made.replica(1, topic).log.logEndOffset).toBe(1);
    void made.send(1, produceApi, 12, produceRequest(batch('a'), { acks: 0, name: 'absent' })).catch(() => {});
    expect(await made.world.complete(outcome)).toBeInstanceOf(NetworkError);
  });

  it('answers a duplicate of an idempotent producer with the offsets it has', async () => {
    const made = await cluster(1);
    const records = (): Uint8Array => batchWith({ producerId: 5, producerEpoch: 0, baseSequence: 0 });
    expect(await made.world.complete(made.produce(1, topic, records()))).toEqual({ error: 0, baseOffset: 0 });
    expect(await made.world.complete(made.produce(1, topic, batch('b')))).toEqual({ error: 0, baseOffset: 1 });
    expect(await made.world.complete(made.produce(1, topic, records()))).toEqual({ error: 0, baseOffset: 0 });
    expect(made.replica(1, topic).log.logEndOffset).toBe(2);
  });
});

describe('Fetch', () => {
  const fetchOf = (made: ReplicationCluster, broker: number, fetchOffset: number, currentLeaderEpoch = -1) =>
    made.world.complete(
      made.send(broker, fetchApi, 16, {
        maxWaitMs: 50,
        minBytes: 1,
        topics: [
          {
            topicId: made.controller.image.topics.byName.get(topic)!.id,
            partitions: [{ partition: 0, fetchOffset, currentLeaderEpoch, partitionMaxBytes: 1000 }],
          },
        ],
      }),
    );

  it('lets consumers read from followers, up to the high watermark these know', async () => {
    const made = await cluster();
    await made.world.complete(made.produce(1, topic, batch('a')));
    await made.world.run(600);
    const response = await fetchOf(made, 2, 0);
    expect(response.responses[0]?.partitions[0]).toMatchObject({ errorCode: 0, highWatermark: 1 });
    expect(response.responses[0]?.partitions[0]?.records?.length).toBe(batch('a').length);
  });

  it('compares leader epochs', async () => {
    const made = await cluster();
    made.controller.elect(topic, 2);
    made.controller.elect(topic, 1);
    await made.world.run(100);
    const fenced = await fetchOf(made, 1, 0, 1);
    expect(fenced.responses[0]?.partitions[0]).toMatchObject({
      errorCode: ErrorCode.FENCED_LEADER_EPOCH,
      currentLeader: { leaderId: 1, leaderEpoch: 2 },
    });
    expect(fenced.nodeEndpoints).toHaveLength(1);
    const unknown = await fetchOf(made, 1, 0, 3);
    expect(unknown.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH);
  });
});

describe('ListOffsets', () => {
  it('has no latest offset while the high watermark is below where the leader began (KIP-207)', async () => {
    const made = await cluster();
    made.broker(2).node.pause();
    await made.world.complete(made.produce(1, topic, batch('a'), { acks: 1 }));
    made.controller.elect(topic, 1);
    await made.world.run(100);
    const ask = async (version: number, timestamp: number): Promise<number | undefined> => {
      const partitions = [{ partitionIndex: 0, timestamp }];
      const response = await made.world.complete(
        made.send(1, listOffsetsApi, version, { replicaId: -1, topics: [{ name: topic, partitions }] }),
      );
      return response.topics[0]?.partitions[0]?.errorCode;
    };
    expect(await ask(5, -1)).toBe(ErrorCode.OFFSET_NOT_AVAILABLE);
    expect(await ask(4, -1)).toBe(ErrorCode.LEADER_NOT_AVAILABLE);
    expect(await ask(5, 0)).toBe(ErrorCode.OFFSET_NOT_AVAILABLE);
    expect(await ask(5, -2)).toBe(ErrorCode.NONE);
  });

  it('refuses a partition that is asked for twice, and one that is led elsewhere', async () => {
    const made = await cluster();
    const once = { partitionIndex: 0, timestamp: -1 };
    const twice = { replicaId: -1, topics: [{ name: topic, partitions: [once, once] }] };
    const response = await made.world.complete(made.send(1, listOffsetsApi, 9, twice));
    expect(response.topics[0]?.partitions.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.INVALID_REQUEST,
      ErrorCode.INVALID_REQUEST,
    ]);
    const elsewhere = {
      replicaId: -1,
      topics: [
        { name: topic, partitions: [once] },
        { name: 'absent', partitions: [once] },
      ],
    };
    const other = await made.world.complete(made.send(2, listOffsetsApi, 9, elsewhere));
    expect(other.topics.map(({ partitions }) => partitions[0]?.errorCode)).toEqual([
      ErrorCode.NOT_LEADER_OR_FOLLOWER,
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ]);
  });
});

describe('DeleteRecords', () => {
  it('refuses what must not be deleted', async () => {
    const made = await cluster(1);
    made.createTopic('__consumer_offsets', [[1]]);
    made.logConfig = { ...made.logConfig, cleanupPolicy: { delete: false, compact: true } };
    made.createTopic('compacted', [[1]]);
    await made.world.run(100);
    const partitions = [{ partitionIndex: 0, offset: 0 }];
    const names = ['__consumer_offsets', 'compacted', 'absent'];
    const request = { timeoutMs: 100, topics: names.map((name) => ({ name, partitions })) };
    const response = await made.world.complete(made.send(1, deleteRecordsApi, 2, request));
    expect(
      response.topics.map(({ name, partitions: [answer] }) => [name, answer?.errorCode, answer?.lowWatermark]),
    ).toEqual([
      ['__consumer_offsets', ErrorCode.INVALID_TOPIC_EXCEPTION, -1],
      ['compacted', ErrorCode.POLICY_VIOLATION, -1],
      ['absent', ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1],
    ]);
  });

  it('times out while a live follower has not followed', async () => {
    const made = await cluster();
    await made.world.complete(made.produce(1, topic, batch('a')));
    made.broker(2).node.pause();
    const request = { timeoutMs: 300, topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 1 }] }] };
    const response = await made.world.complete(made.send(1, deleteRecordsApi, 2, request));
    expect(response.topics[0]?.partitions[0]).toEqual({
      partitionIndex: 0,
      lowWatermark: 0,
      errorCode: ErrorCode.REQUEST_TIMED_OUT,
    });
  });
});

describe('DescribeLogDirs', () => {
  it('tells sizes of all partitions, or of those that are asked for', async () => {
    const made = await cluster(1);
    await made.world.complete(made.produce(1, topic, batch('a')));
    const all = await made.world.complete(made.send(1, describeLogDirsApi, 4, { topics: null }));
    expect(all.results[0]).toMatchObject({
      errorCode: 0,
      logDir: '/data',
      topics: [
        {
          name: topic,
          partitions: [{ partitionIndex: 0, partitionSize: batch('a').length, offsetLag: 0, isFutureKey: false }],
        },
      ],
    });
    expect(all.results[0]!.usableBytes).toBeGreaterThan(0);
    const none = await made.world.complete(
      made.send(1, describeLogDirsApi, 4, { topics: [{ topic: 'absent', partitions: [0] }] }),
    );
    expect(none.results[0]).toMatchObject({ errorCode: 0, logDir: '/data', topics: [] });
  });
});

describe('DescribeProducers', () => {
  it('tells the producers that a log remembers, on any replica', async () => {
    const made = await cluster();
    const records = batchWith({ producerId: 5, producerEpoch: 2, baseSequence: 7 });
    await made.world.complete(made.produce(1, topic, records));
    for (const broker of [1, 2]) {
      const request = {
        topics: [
          { name: topic, partitionIndexes: [0, 9] },
          { name: 'absent', partitionIndexes: [0] },
        ],
      };
      const { topics } = await made.world.complete(made.send(broker, describeProducersApi, 0, request));
      expect(topics[0]!.partitions[0]).toMatchObject({
        errorCode: 0,
        activeProducers: [
          { producerId: 5, producerEpoch: 2, lastSequence: 7, coordinatorEpoch: -1, currentTxnStartOffset: -1 },
        ],
      });
      expect(topics[0]!.partitions[1]!.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      expect(topics[1]!.partitions[0]!.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }
  });
});
