import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../protocol/index.ts';
import { FetcherSession } from './fetcher-session.ts';
import type { SessionPart } from './fetcher-session.ts';
import { FollowedPartition } from './followed-partition.ts';
import { batch, ReplicationCluster } from './replication-cluster.testkit.ts';

const named = ({ sessionEpoch, topics, forgottenTopicsData }: SessionPart) => ({
  sessionEpoch,
  asked: topics.flatMap(({ partitions }) => partitions.map(({ partition, fetchOffset }) => [partition, fetchOffset])),
  forgotten: forgottenTopicsData.flatMap(({ partitions }) => partitions),
});

async function followed(): Promise<{ cluster: ReplicationCluster; partitions: FollowedPartition[] }> {
  const cluster = await new ReplicationCluster({ brokers: 2 }).start();
  cluster.createTopic('orders', [
    [1, 2],
    [1, 2],
  ]);
  await cluster.world.run(100);
  return { cluster, partitions: [0, 1].map((index) => new FollowedPartition(cluster.replica(2, 'orders', index))) };
}

describe('a fetcher’s session', () => {
  it('asks for everything once, and then for what has moved', async () => {
    const { cluster, partitions } = await followed();
    const session = new FetcherSession();
    expect(named(session.build(new Set(partitions), 100))).toEqual({
      sessionEpoch: 0,
      asked: [
        [0, 0],
        [1, 0],
      ],
      forgotten: [],
    });
    session.answered(ErrorCode.NONE, 77);
    await cluster.world.complete(cluster.produce(1, 'orders', batch('a'), { partition: 1 }));
    partitions[1]!.moveTo(1);
    expect(named(session.build(new Set(partitions), 100))).toEqual({ sessionEpoch: 1, asked: [[1, 1]], forgotten: [] });
    session.answered(ErrorCode.NONE, 77);
    expect(named(session.build(new Set(partitions.slice(1)), 100))).toEqual({
      sessionEpoch: 2,
      asked: [],
      forgotten: [0],
    });
    session.answered(ErrorCode.NONE, 77);
    expect(named(session.build(new Set(partitions), 100))).toEqual({ sessionEpoch: 3, asked: [[0, 0]], forgotten: [] });
  });

  it('does not forget a partition that is asked for under another epoch', async () => {
    const { cluster, partitions } = await followed();
    const session = new FetcherSession();
    session.build(new Set(partitions), 100);
    session.answered(ErrorCode.NONE, 77);
    const again = new FollowedPartition(cluster.replica(2, 'orders', 0));
    expect(named(session.build(new Set([again, partitions[1]!]), 100))).toEqual({
      sessionEpoch: 1,
      asked: [[0, 0]],
      forgotten: [],
    });
  });

  it('begins anew after an error or a fault, and stays without a session when the leader gives none', async () => {
    const { partitions } = await followed();
    const session = new FetcherSession();
    const all = [
      [0, 0],
      [1, 0],
    ];
    session.build(new Set(partitions), 100);
    expect(session.answered(ErrorCode.NONE, 77)).toBe(true);
    session.build(new Set(partitions), 100);
    expect(session.answered(ErrorCode.INVALID_FETCH_SESSION_EPOCH, 0)).toBe(false);
    expect(session.build(new Set(partitions), 100)).toMatchObject({ sessionId: 77, sessionEpoch: 0 });
    session.failed();
    expect(named(session.build(new Set(partitions), 100)).asked).toEqual(all);
    session.answered(ErrorCode.NONE, 0);
    expect(session.build(new Set(partitions), 100)).toMatchObject({ sessionId: 0, sessionEpoch: 0 });
  });
});
