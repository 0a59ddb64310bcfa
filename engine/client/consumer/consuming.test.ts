import { beforeEach, describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../env/node/compression.ts';
import { SimWorld } from '../../env/sim/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import { buildEndTransactionMarker, Compression, setInt64 } from '../../record/index.ts';
import { failureOf, PollingConsumer, textOf } from './consumer.testkit.ts';
import type { Consumer } from './index.ts';
import { ScriptedGroup } from './scripted-group.testkit.ts';

let world: SimWorld;
let group: ScriptedGroup;

beforeEach(async () => {
  world = new SimWorld(37);
  group = new ScriptedGroup(world, [1, 2]);
  group.cluster.addTopic('orders', 2);
  await group.cluster.start();
});

const orders0 = { topic: 'orders', partition: 0 };
const orders1 = { topic: 'orders', partition: 1 };

function polling(configs: Readonly<Record<string, string>> = {}): PollingConsumer {
  return new PollingConsumer(world, group.cluster.bootstrap, configs, 'client', nodeCodecs);
}

/** With both partitions by `assign()`. */
function assigned(configs: Readonly<Record<string, string>> = {}): PollingConsumer {
  const made = polling(configs);
  made.consumer.assign([orders0, orders1]);
  return made;
}

async function poll(consumer: Consumer, timeoutMs = 2000): Promise<string[]> {
  return (await world.complete(consumer.poll(timeoutMs))).map(textOf);
}

/** Values of several polls until `count` came. */
async function take(consumer: Consumer, count: number): Promise<string[]> {
  const values: string[] = [];
  for (let i = 0; values.length < count && i < 20; i++) values.push(...(await poll(consumer)));
  return values;
}

describe('poll', () => {
  it('returns what there is, at most max.poll.records at once, and then what comes', async () => {
    const { consumer } = assigned({ 'max.poll.records': '2' });
    group.produce('orders', 0, ['a', 'b', 'c', 'd', 'e']);
    expect([await poll(consumer), await poll(consumer), await poll(consumer)]).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    const waiting = poll(consumer, 5000);
    await world.run(700);
    group.produce('orders', 1, ['z']);
    expect(await waiting).toEqual(['z']);
    expect(consumer.sample()).toMatchObject({
      consumed: 6,
      partitions: [
        { partition: 0, position: 5, highWatermark: 5, buffered: 0 },
        { partition: 1, position: 1, highWatermark: 1, buffered: 0 },
      ],
    });
    await world.complete(consumer.close());
  });

  it('returns nothing when its time is up', async () => {
    const { consumer } = assigned();
    const startedMs = world.nowMs;
    expect(await poll(consumer, 1500)).toEqual([]);
    expect(Math.round(world.nowMs - startedMs)).toBe(1500);
    expect(await poll(consumer, 0)).toEqual([]);
    await world.complete(consumer.close());
  });

  it('fetches ahead, one request per broker, and is cheap without news', async () => {
    const { consumer } = assigned();
    group.produce('orders', 0, ['a']);
    await take(consumer, 1);
    const before = group.fetchRequests.length;
    await poll(consumer, 10_000);
    // Two brokers, each held for fetch.max.wait.ms = 500.
    expect(group.fetchRequests.length - before).toBeLessThanOrEqual(42);
    expect(group.fetchRequests.at(-1)).toMatchObject({ maxWaitMs: 500, minBytes: 1, maxBytes: 52_428_800 });
    await world.complete(consumer.close());
  });

  it('unpacks compressed batches, from the middle, too', async () => {
    const { consumer } = assigned();
    for (const compression of [Compression.gzip, Compression.snappy, Compression.lz4, Compression.zstd]) {
      group.produce('orders', 0, [`${compression}a`, `${compression}b`], { compression, codecs: nodeCodecs });
    }
    consumer.seek(orders0, 3);
    expect(await take(consumer, 5)).toEqual(['2b', '3a', '3b', '4a', '4b']);
    await world.complete(consumer.close());
  });

  it('leaves paused partitions out, and goes on with them when they are resumed', async () => {
    const { consumer } = assigned();
    group.produce('orders', 0, ['a']);
    group.produce('orders', 1, ['b']);
    consumer.pause([orders0]);
    expect([await poll(consumer), consumer.paused()]).toEqual([['b'], [orders0]]);
    consumer.resume([orders0]);
    expect(await poll(consumer)).toEqual(['a']);
    await world.complete(consumer.close());
  });

  it('leaves out control records and, when asked, what was aborted', async () => {
    const transactional = { isTransactional: true, producerId: 7, producerEpoch: 0, baseSequence: 0 };
    group.produce('orders', 0, ['aborted'], transactional);
    const log = group.logOf('orders', 0);
    const marker = buildEndTransactionMarker({
      type: 'abort',
      producerId: 7,
      producerEpoch: 0,
      coordinatorEpoch: 0,
      timestamp: 1,
    });
    setInt64(marker, 0, 1);
    log.batches.push({ bytes: marker, lastOffset: 1 });
    log.endOffset = 2;
    log.abortedTransactions.push({ producerId: 7, firstOffset: 0, lastOffset: 1 });
    group.produce('orders', 0, ['committed'], { ...transactional, baseSequence: 1 });
    const { consumer: any } = assigned();
    const { consumer: committed } = assigned({ 'isolation.level': 'read_committed' });
    expect(await take(any, 2)).toEqual(['aborted', 'committed']);
    expect(await take(committed, 1)).toEqual(['committed']);
    expect(await world.complete(committed.position(orders0))).toBe(3);
    for (const consumer of [any, committed]) await world.complete(consumer.close());
  });

  it('names a batch whose checksum is wrong, again and again, until somebody seeks past it', async () => {
    const { consumer } = assigned();
    group.produce('orders', 0, ['good']);
    group.produce('orders', 0, ['bad']);
    group.produce('orders', 0, ['after']);
    const bad = group.logOf('orders', 0).batches[1]!.bytes;
    bad[bad.length - 2]! ^= 1;
    expect(await poll(consumer)).toEqual(['good']);
    const failure =
      'KafkaException: Received exception when fetching the next record from orders-0. If needed, please seek past ' +
      'the record to continue consumption.';
    expect(await world.complete(failureOf(consumer.poll(2000)))).toBe(failure);
    expect(await world.complete(failureOf(consumer.poll(2000)))).toBe(failure);
    consumer.seek(orders0, 2);
    expect(await poll(consumer)).toEqual(['after']);
    await world.complete(consumer.close());
  });
});

describe('a fetch that is refused', () => {
  it('goes to the new leader once metadata tells of it', async () => {
    const made = assigned();
    const { consumer } = made;
    group.produce('orders', 0, ['a']);
    await poll(consumer);
    group.errors.fetch = [ErrorCode.NOT_LEADER_OR_FOLLOWER];
    group.cluster.moveLeader('orders', 0, 2);
    group.produce('orders', 0, ['b']);
    expect(await take(consumer, 1)).toEqual(['b']);
    await poll(consumer, 1000);
    expect(made.told('fetch-failed').map(({ error }) => error)).toContain('NOT_LEADER_OR_FOLLOWER');
    await world.complete(consumer.close());
  });

  it.each([
    ['earliest', ['c']],
    ['latest', ['d']],
  ])('as out of range starts anew by auto.offset.reset=%s', async (strategy, values) => {
    const { consumer, ...made } = assigned({ 'auto.offset.reset': strategy });
    group.produce('orders', 0, ['a', 'b']);
    group.produce('orders', 0, ['c']);
    group.logOf('orders', 0).startOffset = 2;
    consumer.seek(orders0, 0);
    await poll(consumer, 500).then(async (first) => {
      if (strategy === 'latest') group.produce('orders', 0, ['d']);
      expect([...first, ...(first.length > 0 ? [] : await take(consumer, 1))]).toEqual(values);
    });
    expect(made.events.filter(({ type }) => type === 'fetch-failed')).toEqual([
      { type: 'fetch-failed', topic: 'orders', partition: 0, offset: 0, error: 'OFFSET_OUT_OF_RANGE' },
    ]);
    await world.complete(consumer.close());
  });

  it('as out of range fails the poll with auto.offset.reset=none', async () => {
    const { consumer } = assigned({ 'auto.offset.reset': 'none' });
    consumer.seek(orders0, 9);
    consumer.seek(orders1, 0);
    expect(await world.complete(failureOf(consumer.poll(2000)))).toBe(
      'OffsetOutOfRangeException: Fetch position 9 is out of range for partition orders-0',
    );
    await world.complete(consumer.close());
  });

  it('because the broker died goes on when it is back', async () => {
    const { consumer } = assigned();
    group.produce('orders', 0, ['a']);
    await poll(consumer);
    group.cluster.kill(1);
    await poll(consumer, 3000);
    expect(consumer.sample().lastError?.code).toBe('DisconnectException');
    group.produce('orders', 0, ['b']);
    await group.cluster.startBroker(1);
    expect(await take(consumer, 1)).toEqual(['b']);
    await world.complete(consumer.close());
  });
});

describe('a position', () => {
  it('is the committed one, else that of the strategy, and none without either', async () => {
    group.produce('orders', 0, ['a', 'b', 'c']);
    group.produce('orders', 1, ['d', 'e']);
    group.committed.set('orders-0', { offset: 2, leaderEpoch: 0 });
    const made = assigned({ 'auto.offset.reset': 'latest' });
    expect(await poll(made.consumer, 1000)).toEqual(['c']);
    expect(made.told('position').map(({ partition, offset, source }) => [partition, offset, source])).toEqual([
      [0, 2, 'committed'],
      [1, 2, 'reset'],
    ]);
    const { consumer: strict } = assigned({ 'auto.offset.reset': 'none' });
    expect(await world.complete(failureOf(strict.poll(1000)))).toBe(
      'NoOffsetForPartitionException: Undefined offset with no reset policy for partitions: [orders-1]',
    );
    for (const consumer of [made.consumer, strict]) await world.complete(consumer.close());
  });

  it('by_duration is that of the first record young enough; without one it waits and asks again, as in Java', async () => {
    const { clock } = world.node('client').env;
    const ageMs = clock.now() - 1001;
    group.produce('orders', 0, Array(2000).fill('a'));
    const { consumer } = assigned({ 'auto.offset.reset': `by_duration:PT${ageMs / 1000}S` });
    const position = await world.complete(consumer.position(orders0));
    expect([position >= 1, position < 2000]).toEqual([true, true]);
    const { consumer: young } = assigned({ 'auto.offset.reset': 'by_duration:PT1S', 'request.timeout.ms': '5000' });
    const lookups = (): number =>
      group.requests('ListOffsets').filter(({ text }) => text.startsWith('orders-0 ')).length;
    const before = lookups();
    expect(await world.complete(failureOf(young.position(orders0, 12_000)))).toContain(
      'Timeout of 12000ms expired before the position for partition orders-0 could be determined',
    );
    expect(lookups() - before).toBe(3);
    for (const each of [consumer, young]) await world.complete(each.close());
  });

  it('moves by seek, to the beginning and to the end', async () => {
    group.produce('orders', 0, ['a', 'b', 'c']);
    const { consumer } = assigned();
    consumer.seekToEnd([orders0]);
    expect(await world.complete(consumer.position(orders0))).toBe(3);
    consumer.seekToBeginning([orders0]);
    expect(await poll(consumer)).toEqual(['a', 'b', 'c']);
    expect(() => consumer.seek(orders0, -1)).toThrow('seek offset must not be a negative number');
    expect(() => consumer.seek({ topic: 'x', partition: 0 }, 1)).toThrow('No current assignment for partition x-0');
    await world.complete(consumer.close());
  });

  it('is checked against the log of a new leader, and cut where that one differs', async () => {
    group.produce('orders', 0, ['a', 'b', 'c']);
    const made = assigned();
    expect(await poll(made.consumer)).toEqual(['a', 'b', 'c']);
    group.errors.fetch = [ErrorCode.FENCED_LEADER_EPOCH, ErrorCode.FENCED_LEADER_EPOCH];
    group.cluster.moveLeader('orders', 0, 2);
    const log = group.logOf('orders', 0);
    log.batches.length = 0;
    log.endOffset = 0;
    group.produce('orders', 0, ['a'], { leaderEpoch: 0 });
    log.epochEnds.set(0, 1);
    group.produce('orders', 0, ['B', 'C', 'D'], { leaderEpoch: 1 });
    expect(await take(made.consumer, 3)).toEqual(['B', 'C', 'D']);
    expect(made.told('position').at(-1)).toMatchObject({ offset: 1, source: 'truncation' });
    await world.complete(made.consumer.close());
  });

  it('can be asked for at the ends of the log and by time', async () => {
    group.produce('orders', 0, ['a', 'b', 'c']);
    group.logOf('orders', 0).startOffset = 1;
    const { consumer } = assigned();
    const partitions = [orders0, orders1];
    expect(await world.complete(consumer.beginningOffsets(partitions))).toMatchObject([{ offset: 1 }, { offset: 0 }]);
    expect(await world.complete(consumer.endOffsets(partitions))).toMatchObject([{ offset: 3 }, { offset: 0 }]);
    const times = [
      { ...orders0, timestamp: 1002 },
      { ...orders1, timestamp: 1002 },
    ];
    expect(await world.complete(consumer.offsetsForTimes(times))).toMatchObject([{ offset: 2 }, null]);
    await world.complete(consumer.close());
  });
});

describe('commits', () => {
  const byHand = { 'enable.auto.commit': 'false' };

  it('sync and async commit what was returned', async () => {
    group.produce('orders', 0, ['a', 'b']);
    const { consumer, ...made } = assigned({ ...byHand, 'max.poll.records': '1' });
    await poll(consumer);
    await world.complete(consumer.commitSync());
    expect(group.committed.get('orders-0')).toMatchObject({ offset: 1, leaderEpoch: 0 });
    await poll(consumer);
    const done: unknown[] = [];
    consumer.commitAsync(undefined, (offsets, error) => done.push([offsets.length, error]));
    await poll(consumer, 500);
    expect([group.committed.get('orders-0')?.offset, done]).toEqual([2, [[2, null]]]);
    expect(made.events.filter(({ type }) => type === 'commit')).toMatchObject([
      { trigger: 'sync' },
      { trigger: 'async' },
    ]);
    await world.complete(consumer.commitSync([{ ...orders1, offset: 41 }]));
    expect(await world.complete(consumer.committed([orders0, orders1]))).toMatchObject([{ offset: 2 }, { offset: 41 }]);
    await world.complete(consumer.close());
    expect(consumer.sample()).toMatchObject({ commits: 3, failedCommits: 0 });
  });

  it('happen by themselves every auto.commit.interval.ms, of what the poll before returned', async () => {
    group.produce('orders', 0, ['a']);
    const made = polling({ 'auto.commit.interval.ms': '1000' }).start();
    await world.run(3500);
    expect(group.committed.get('orders-0')).toMatchObject({ offset: 1 });
    const triggers = made.told('commit').map(({ trigger }) => trigger);
    expect([triggers.length >= 2, new Set(triggers)]).toEqual([true, new Set(['auto-interval'])]);
    await world.complete(made.close());
  });

  it('are tried again while the coordinator is away, sync; async tells that it may be tried again', async () => {
    const { consumer } = assigned(byHand);
    await poll(consumer, 200);
    group.errors.commit = [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.NOT_COORDINATOR];
    await world.complete(consumer.commitSync([{ ...orders0, offset: 5 }]));
    expect(group.committed.get('orders-0')?.offset).toBe(5);
    group.errors.commit = [ErrorCode.COORDINATOR_NOT_AVAILABLE];
    const codes: unknown[] = [];
    consumer.commitAsync([{ ...orders0, offset: 6 }], (_offsets, error) => {
      codes.push(error !== null && 'code' in error ? error.code : error);
    });
    await poll(consumer, 500);
    expect(codes).toEqual(['RetriableCommitFailedException']);
    await world.complete(consumer.close());
  });

  it.each([
    [
      ErrorCode.REBALANCE_IN_PROGRESS,
      /^RebalanceInProgressException: Offset commit cannot be completed since the consumer/,
    ],
    [ErrorCode.ILLEGAL_GENERATION, /^CommitFailedException: Commit cannot be completed since the group has already/],
    [ErrorCode.UNKNOWN_MEMBER_ID, /^CommitFailedException: /],
    [ErrorCode.FENCED_INSTANCE_ID, /^FENCED_INSTANCE_ID: /],
    [ErrorCode.OFFSET_METADATA_TOO_LARGE, /^OFFSET_METADATA_TOO_LARGE: /],
    [ErrorCode.INVALID_REQUEST, /^KafkaException: Unexpected error in commit: /],
  ])('refused with code %i fail as in Java', async (code, message) => {
    const { consumer } = polling(byHand);
    consumer.subscribe(['orders']);
    await poll(consumer, 1000);
    group.errors.commit = [code];
    expect(await world.complete(failureOf(consumer.commitSync([{ ...orders0, offset: 1 }])))).toMatch(message);
    consumer.abandon();
  });

  it('of a member that is out of its group fail before they are sent', async () => {
    const { consumer } = polling(byHand);
    consumer.subscribe(['orders']);
    expect(await world.complete(failureOf(consumer.commitSync([{ ...orders0, offset: 1 }])))).toMatch(
      /^CommitFailedException: Offset commit cannot be completed since the consumer is not part of an active group/,
    );
    expect(group.requests('OffsetCommit')).toEqual([]);
    consumer.abandon();
  });

  it('time out', async () => {
    const { consumer } = assigned(byHand);
    group.coordinator = -1;
    expect(await world.complete(failureOf(consumer.commitSync([{ ...orders0, offset: 1 }], 1000)))).toBe(
      'TimeoutException: Timeout of 1000ms expired before successfully committing offsets {orders-0=1}',
    );
    consumer.abandon();
  });
});
