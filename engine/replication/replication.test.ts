import { describe, expect, it } from 'vitest';
import type { NodeId } from '../base/ids.ts';
import { fromUtf8 } from '../base/text.ts';
import { deleteRecordsApi, ErrorCode, fetchApi } from '../protocol/index.ts';
import { iterateBatches, iterateRecords } from '../record/index.ts';
import { nodeCodecs } from '../env/node/compression.ts';
import { batch, ReplicationCluster } from './replication-cluster.testkit.ts';

const topic = 'orders';

/** Three brokers and a partition on all of them, led by 1. */
async function cluster(options: ConstructorParameters<typeof ReplicationCluster>[0] = {}): Promise<ReplicationCluster> {
  const made = await new ReplicationCluster(options).start();
  made.createTopic(topic, [[1, 2, 3]]);
  await made.world.run(1000);
  return made;
}

/** Everything in the log of one replica. */
function valuesOf(made: ReplicationCluster, id: NodeId, from = 0): string[] {
  const { log } = made.replica(id, topic);
  const values: string[] = [];
  for (let at = Math.max(from, log.logStartOffset); at < log.logEndOffset;) {
    const read = log.read(at, 1_000_000, 'log-end', true);
    if (read.kind !== 'records') throw new Error(read.message);
    for (const found of iterateBatches(read.records)) {
      for (const record of iterateRecords(found, nodeCodecs))
        if (record.value !== null) values.push(fromUtf8(record.value));
      at = found.nextOffset;
    }
  }
  return values;
}

const ends = (made: ReplicationCluster): number[] =>
  [...made.brokers.keys()].map((id) => made.replica(id, topic).log.logEndOffset);
const highWatermarks = (made: ReplicationCluster): number[] =>
  [...made.brokers.keys()].map((id) => made.replica(id, topic).log.highWatermark);

describe('replication', () => {
  it('acknowledges acks=all when every in-sync replica has the batch, within a few network delays', async () => {
    const made = await cluster();
    const before = made.world.nowMs;
    const produced = await made.world.complete(made.produce(1, topic, batch('a', 'b')));
    expect(produced).toEqual({ error: ErrorCode.NONE, baseOffset: 0 });
    expect(ends(made)).toEqual([2, 2, 2]);
    expect(made.world.nowMs - before).toBeLessThan(6);
    await made.world.run(600);
    expect(highWatermarks(made)).toEqual([2, 2, 2]);
  });

  it('copies the leader’s bytes as they are', async () => {
    const made = await cluster();
    for (const value of ['a', 'b', 'c']) await made.world.complete(made.produce(1, topic, batch(value, `${value}2`)));
    const files = [1, 2, 3].map((id) =>
      made.broker(id).node.env.disk.readFile(`data/${topic}-0/00000000000000000000.log`),
    );
    expect(files[1]).toEqual(files[0]);
    expect(files[2]).toEqual(files[0]);
  });

  it('does not wait for followers with acks=1, and answers nothing to acks=0', async () => {
    const made = await cluster();
    made.broker(2).node.pause();
    expect(await made.world.complete(made.produce(1, topic, batch('a'), { acks: 1 }))).toEqual({
      error: 0,
      baseOffset: 0,
    });
    expect(made.replica(1, topic).log.highWatermark).toBe(0);
    const refused = await made.world.complete(made.produce(1, topic, batch('a'), { acks: 2 }));
    expect(refused.error).toBe(ErrorCode.INVALID_REQUIRED_ACKS);
  });

  it('times acks=all out when a follower is silent, with the records in the leader’s log', async () => {
    const made = await cluster();
    made.broker(2).node.pause();
    const produced = made.produce(1, topic, batch('a'), { timeoutMs: 2000 });
    expect((await made.world.complete(produced)).error).toBe(ErrorCode.REQUEST_TIMED_OUT);
    expect(valuesOf(made, 1)).toEqual(['a']);
    expect(made.replica(1, topic).log.highWatermark).toBe(0);
  });

  it('takes a silent follower out of the ISR after replica.lag.time.max.ms, and back in once it has caught up', async () => {
    const made = await cluster({ settings: { lagTimeMaxMs: 4000 } });
    made.broker(3).node.pause();
    await made.world.complete(made.produce(1, topic, batch('a'), { acks: 1 }));
    await made.world.run(3000);
    expect(made.controller.partition(topic).isr).toEqual([1, 2, 3]);
    await made.world.run(4000);
    expect(made.controller.partition(topic).isr).toEqual([1, 2]);
    expect(made.replica(1, topic).log.highWatermark).toBe(1);
    made.broker(3).node.resume();
    await made.world.run(1000);
    expect(made.controller.partition(topic).isr).toEqual([1, 2, 3]);
    expect(
      made
        .broker(1)
        .node.tracer.ofType('isr-change')
        .map(({ stage, now }) => [stage, now]),
    ).toEqual([
      ['proposed', [1, 2]],
      ['accepted', [1, 2]],
      ['proposed', [1, 2, 3]],
      ['accepted', [1, 2, 3]],
    ]);
  });

  it('keeps an idle follower that has everything in the ISR', async () => {
    const made = await cluster({ settings: { lagTimeMaxMs: 4000 } });
    await made.world.complete(made.produce(1, topic, batch('a')));
    await made.world.run(30_000);
    expect(made.controller.partition(topic).isr).toEqual([1, 2, 3]);
  });

  it('asks again for another ISR until the controller answers', async () => {
    const made = await cluster({ settings: { lagTimeMaxMs: 1000 } });
    made.broker(3).node.pause();
    await made.world.complete(made.produce(1, topic, batch('a'), { acks: 1 }));
    made.controller.answers = false;
    await made.world.run(5000);
    expect(made.replica(1, topic).term?.isr).toMatchObject({ kind: 'shrinking', maximalIsr: [1, 2, 3] });
    expect(made.replica(1, topic).log.highWatermark).toBe(0);
    made.controller.fence(3);
    await made.world.run(100);
    expect(made.replica(1, topic).term?.isr).toMatchObject({ kind: 'committed', isr: [1, 2] });
    expect(made.replica(1, topic).log.highWatermark).toBe(1);
  });

  it('holds the high watermark while the ISR is below min.insync.replicas', async () => {
    const made = await cluster({ logConfig: { minInsyncReplicas: 2 } });
    made.kill(2);
    made.kill(3);
    made.controller.fence(2);
    made.controller.fence(3);
    await made.world.run(50);
    expect((await made.world.complete(made.produce(1, topic, batch('a')))).error).toBe(ErrorCode.NOT_ENOUGH_REPLICAS);
    expect((await made.world.complete(made.produce(1, topic, batch('b'), { acks: 1 }))).error).toBe(ErrorCode.NONE);
    expect(made.replica(1, topic).log.highWatermark).toBe(0);
    await made.restart(2);
    await made.world.run(2000);
    expect(made.controller.partition(topic).isr).toEqual([1, 2]);
    expect(made.replica(1, topic).log.highWatermark).toBe(1);
  });

  it('waits for a follower that may join the ISR soon, and no longer once that one is fenced', async () => {
    const made = await new ReplicationCluster({ brokers: 2 }).start();
    made.createTopic(topic, [[1, 2]]);
    await made.world.run(1000);
    made.broker(2).node.pause();
    made.controller.change(topic, 0, { isr: [1] });
    await made.world.run(50);
    const produced = made.produce(1, topic, batch('a'), { timeoutMs: 20_000 });
    await made.world.run(5000);
    expect(made.replica(1, topic).log.highWatermark).toBe(0);
    made.controller.fence(2);
    expect((await made.world.complete(produced, 100)).error).toBe(ErrorCode.NONE);
  });

  it('stops copying what this broker gave up in its controlled shutdown', async () => {
    const made = await cluster();
    made.broker(3).replicas.beginControlledShutdown();
    made.controller.change(topic, 0, { isr: [1, 2] });
    await made.world.run(100);
    made.kill(2);
    made.controller.fence(2);
    await made.world.run(100);
    await made.world.complete(made.produce(1, topic, batch('a')));
    await made.world.run(2000);
    expect(made.replica(3, topic).log.logEndOffset).toBe(0);
  });

  it('lets a leader that follows nobody advance alone', async () => {
    const made = await new ReplicationCluster().start();
    made.createTopic(topic, [[1]]);
    await made.world.run(100);
    expect(await made.world.complete(made.produce(1, topic, batch('a')))).toEqual({ error: 0, baseOffset: 0 });
    expect(made.replica(1, topic).log.highWatermark).toBe(1);
  });

  it('goes on under a new leader, and the old one drops what was never acknowledged (KIP-101)', async () => {
    const made = await cluster();
    await made.world.complete(made.produce(1, topic, batch('a')));
    const heal = made.world.network.partition(['broker-1'], ['broker-2', 'broker-3']);
    await made.world.complete(made.produce(1, topic, batch('lost'), { acks: 1 }));
    made.kill(1);
    heal();
    made.controller.fence(1);
    await made.world.run(100);
    expect(made.controller.partition(topic)).toMatchObject({ leader: 2, leaderEpoch: 1, isr: [2, 3] });
    await made.world.complete(made.produce(2, topic, batch('b')));
    await made.restart(1);
    await made.world.run(3000);
    expect(made.controller.partition(topic).isr).toEqual([2, 3, 1]);
    for (const id of [1, 2, 3]) expect(valuesOf(made, id)).toEqual(['a', 'b']);
    expect(made.broker(1).node.tracer.ofType('log-truncated')).toMatchObject([{ from: 2, to: 1 }]);
  });

  it('finds the point of divergence through leaders that came and went without a word (KIP-279)', async () => {
    const made = await new ReplicationCluster({ brokers: 2 }).start();
    made.createTopic(topic, [[1, 2]]);
    await made.world.run(1000);
    await made.world.complete(made.produce(1, topic, batch('common')));
    // Each leads alone for a while, in turns, and appends what the other never sees.
    const heal = made.world.network.partition(['broker-1'], ['broker-2']);
    await made.world.complete(made.produce(1, topic, batch('1-in-epoch-0'), { acks: 1 }));
    made.controller.change(topic, 0, { isr: [2], leader: 2 });
    await made.world.run(50);
    await made.world.complete(made.produce(2, topic, batch('2-in-epoch-1'), { acks: 1 }));
    made.controller.change(topic, 0, { isr: [1], leader: 1 });
    await made.world.run(50);
    await made.world.complete(made.produce(1, topic, batch('1-in-epoch-2'), { acks: 1 }));
    made.controller.change(topic, 0, { isr: [2], leader: 2 });
    await made.world.run(50);
    heal();
    await made.world.run(5000);
    expect(made.controller.partition(topic).isr).toEqual([2, 1]);
    for (const id of [1, 2]) expect(valuesOf(made, id)).toEqual(['common', '2-in-epoch-1']);
    expect(made.replica(1, topic).log.epochEntries).toEqual(
      made.replica(2, topic).log.epochEntries.filter(({ epoch }) => epoch < 3),
    );
  });

  it('starts a follower’s log anew when the leader’s begins above its end', async () => {
    const made = await cluster();
    await made.world.complete(made.produce(1, topic, batch('a')));
    made.kill(3);
    made.controller.fence(3);
    await made.world.run(50);
    await made.world.complete(made.produce(1, topic, batch('b', 'c', 'd', 'e')));
    const deleted = made.send(1, deleteRecordsApi, 2, {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 3 }] }],
      timeoutMs: 5000,
    });
    expect((await made.world.complete(deleted)).topics[0]?.partitions[0]).toMatchObject({
      errorCode: 0,
      lowWatermark: 3,
    });
    await made.restart(3);
    await made.world.run(3000);
    const { log } = made.replica(3, topic);
    expect([log.logStartOffset, log.logEndOffset]).toEqual([3, 5]);
    expect(made.controller.partition(topic).isr).toEqual([1, 2, 3]);
  });

  it('moves the followers’ log start with the leader’s, and answers DeleteRecords when they have', async () => {
    const made = await cluster();
    for (const value of ['a', 'b', 'c']) await made.world.complete(made.produce(1, topic, batch(value)));
    const request = { topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: -1 }] }], timeoutMs: 5000 };
    const response = await made.world.complete(made.send(1, deleteRecordsApi, 2, request));
    expect(response.topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, lowWatermark: 3 });
    expect([1, 2, 3].map((id) => made.replica(id, topic).log.logStartOffset)).toEqual([3, 3, 3]);
    made.broker(2).node.pause();
    await made.world.complete(made.produce(1, topic, batch('d'), { acks: 1 }));
    const beyond = { topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 4 }] }], timeoutMs: 500 };
    const refused = await made.world.complete(made.send(1, deleteRecordsApi, 2, beyond));
    expect(refused.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  });

  it('remembers the high watermark over a restart, by its checkpoint', async () => {
    const made = await new ReplicationCluster().start();
    made.createTopic(topic, [[1, 2, 3]]);
    await made.world.run(1000);
    await made.world.complete(made.produce(1, topic, batch('a', 'b')));
    await made.world.run(5500);
    made.world.network.partition(['broker-2'], ['broker-1', 'broker-3']);
    made.kill(2);
    await made.restart(2);
    await made.world.run(20);
    expect(made.replica(2, topic).log.highWatermark).toBe(2);
  });

  it('answers who waits when the topic is deleted, and sets the files aside', async () => {
    const made = await cluster();
    made.broker(2).node.pause();
    const produced = made.produce(1, topic, batch('a'), { timeoutMs: 60_000 });
    await made.world.run(20);
    made.controller.deleteTopic(topic);
    expect((await made.world.complete(produced, 200)).error).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    expect(
      made
        .broker(1)
        .node.env.disk.list('data')
        .filter((name) => name.startsWith(topic)),
    ).toEqual([expect.stringMatching(/^orders-0\.[0-9a-f]{32}-delete$/)]);
    expect(made.broker(1).replicas.partition(topic, 0)).toBeNull();
  });

  it('gives a recreated topic a new log', async () => {
    const made = await cluster();
    await made.world.complete(made.produce(1, topic, batch('old')));
    made.controller.deleteTopic(topic);
    made.createTopic(topic, [[1, 2, 3]]);
    await made.world.run(1000);
    expect(await made.world.complete(made.produce(1, topic, batch('new')))).toEqual({ error: 0, baseOffset: 0 });
    for (const id of [1, 2, 3]) expect(valuesOf(made, id)).toEqual(['new']);
  });

  it('follows a leader to its new address', async () => {
    const made = await cluster();
    await made.world.complete(made.produce(1, topic, batch('a')));
    made.controller.elect(topic, 2);
    await made.world.run(100);
    expect(await made.world.complete(made.produce(2, topic, batch('b')))).toEqual({ error: 0, baseOffset: 1 });
    made.controller.elect(topic, 1);
    await made.world.run(100);
    expect(await made.world.complete(made.produce(1, topic, batch('c')))).toEqual({ error: 0, baseOffset: 2 });
    expect((await made.world.complete(made.produce(2, topic, batch('d')))).error).toBe(
      ErrorCode.NOT_LEADER_OR_FOLLOWER,
    );
  });

  it('asks a leader that lags in metadata again soon', async () => {
    const made = await new ReplicationCluster().start();
    made.controller.latencyMs = [1, 60];
    made.createTopic(topic, [[1, 2, 3]]);
    await made.world.until(() => made.broker(1).replicas.partition(topic, 0) !== null, 100);
    const before = made.world.nowMs;
    await made.world.complete(made.produce(1, topic, batch('a')));
    expect(made.world.nowMs - before).toBeLessThan(700);
  });

  it('keeps a consumer’s fetch until there is enough to read below the high watermark', async () => {
    const made = await cluster();
    const topicId = made.controller.image.topics.byName.get(topic)!.id;
    const fetchOf = (minBytes: number, maxWaitMs: number) =>
      made.send(1, fetchApi, 16, {
        maxWaitMs,
        minBytes,
        sessionEpoch: -1,
        topics: [{ topicId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }] }],
      });
    const size = batch('a').length;
    let answered = false;
    const fetched = fetchOf(size * 2, 30_000);
    void fetched.then(() => (answered = true));
    await made.world.run(100);
    // On a connection of its own: a broker serves one request of a connection at a time.
    made.broker(1).replicas.append([{ topic, partition: 0, records: batch('a') }], {
      requiredAcks: 1,
      timeoutMs: 0,
      origin: 'client',
    });
    await made.world.run(100);
    expect(answered).toBe(false);
    made.broker(1).replicas.append([{ topic, partition: 0, records: batch('b') }], {
      requiredAcks: 1,
      timeoutMs: 0,
      origin: 'client',
    });
    const response = await made.world.complete(fetched, 100);
    expect(response.responses[0]?.partitions[0]).toMatchObject({ highWatermark: 2, errorCode: 0 });
    expect(response.responses[0]?.partitions[0]?.records).toHaveLength(size * 2);

    const before = made.world.nowMs;
    const late = await made.world.complete(fetchOf(size * 3, 250));
    expect(made.world.nowMs - before).toBeGreaterThanOrEqual(250);
    expect(late.responses[0]?.partitions[0]?.records).toHaveLength(size * 2);
  });

  it('shows each replica in plain numbers', async () => {
    const made = await cluster();
    await made.world.complete(made.produce(1, topic, batch('a')));
    await made.world.run(100);
    const [leader] = made.broker(1).replicas.sample();
    const [follower] = made.broker(2).replicas.sample();
    expect(leader).toMatchObject({
      topic,
      partition: 0,
      role: 'leader',
      leaderEpoch: 0,
      logEndOffset: 1,
      isr: [1, 2, 3],
    });
    expect(leader?.followers.map(({ id, logEndOffset }) => [id, logEndOffset])).toEqual([
      [2, 1],
      [3, 1],
    ]);
    const wallMs = made.broker(1).node.env.clock.now();
    for (const { lastCaughtUpMs } of leader!.followers) expect(wallMs - lastCaughtUpMs).toBeLessThan(1000);
    expect(follower).toMatchObject({ role: 'follower', logEndOffset: 1, isr: [], followers: [] });
  });
});
