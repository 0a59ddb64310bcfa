import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/index.ts';
import { FetchSession, type PartitionFetch } from './fetch-session.ts';
import { SubscriptionState } from './subscription-state.ts';

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ';

/** Partitions by index with their offsets. */
function wanted(offsets: Readonly<Record<number, number>>): Map<string, PartitionFetch> {
  const subscriptions = new SubscriptionState();
  const indexes = Object.keys(offsets).map(Number);
  subscriptions.assignFromUser(indexes.map((partition) => ({ topic: 't', partition })));
  return new Map(
    [...subscriptions.partitions].map((partition) => {
      const index = partition.partition;
      return [partition.key, { partition, topicId, index, offset: offsets[index] ?? 0, leaderEpoch: 3, maxBytes: 100 }];
    }),
  );
}

function asked({ sessionId, sessionEpoch, topics, forgottenTopicsData }: ReturnType<FetchSession['request']>) {
  return {
    session: [sessionId, sessionEpoch],
    asked: topics.flatMap(({ partitions }) => partitions.map(({ partition, fetchOffset }) => [partition, fetchOffset])),
    forgotten: (forgottenTopicsData ?? []).flatMap(({ partitions }) => [...partitions]),
  };
}

describe('a fetch session', () => {
  it('begins with everything and goes on with what changed', () => {
    const session = new FetchSession();
    expect(asked(session.request(wanted({ 0: 10, 1: 20 })))).toEqual({
      session: [0, 0],
      asked: [
        [0, 10],
        [1, 20],
      ],
      forgotten: [],
    });
    session.answered(ErrorCode.NONE, 77);
    expect(asked(session.request(wanted({ 0: 15, 1: 20, 2: 0 })))).toEqual({
      session: [77, 1],
      asked: [
        [0, 15],
        [2, 0],
      ],
      forgotten: [],
    });
    session.answered(ErrorCode.NONE, 77);
    expect(asked(session.request(wanted({ 1: 20, 2: 0 })))).toEqual({ session: [77, 2], asked: [], forgotten: [0] });
    expect([session.asked(topicId, 1)?.offset, session.asked(topicId, 0)]).toEqual([20, null]);
    expect(asked(session.closing())).toEqual({ session: [77, -1], asked: [], forgotten: [] });
  });

  it('begins anew after a refusal, a broken connection, or when the broker keeps none', () => {
    const session = new FetchSession();
    const first = wanted({ 0: 1 });
    session.request(first);
    session.answered(ErrorCode.NONE, 5);
    session.answered(ErrorCode.FETCH_SESSION_ID_NOT_FOUND, 0);
    expect(asked(session.request(first))).toEqual({ session: [0, 0], asked: [[0, 1]], forgotten: [] });
    session.answered(ErrorCode.NONE, 6);
    session.answered(ErrorCode.INVALID_FETCH_SESSION_EPOCH, 0);
    expect(asked(session.request(first)).session).toEqual([6, 0]);
    session.answered(ErrorCode.NONE, 8);
    session.failed();
    expect(asked(session.request(first)).session).toEqual([8, 0]);
    session.answered(ErrorCode.NONE, 0);
    expect([asked(session.request(first)).session, session.isOpen]).toEqual([[0, 0], false]);
  });
});
