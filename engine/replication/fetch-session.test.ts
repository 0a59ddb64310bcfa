import { describe, expect, it } from 'vitest';
import { SimWorld } from '../env/sim/index.ts';
import { ErrorCode } from '../protocol/index.ts';
import { FetchSessions, nextSessionEpoch } from './fetch-session.ts';
import type { FetchContext, SessionRequest } from './fetch-session.ts';

const topicId = 'Ej5olaDGQfaqnh9J44VW_Q';

function wanted(partition: number, fetchOffset = 0) {
  return {
    partition,
    currentLeaderEpoch: 0,
    fetchOffset,
    lastFetchedEpoch: -1,
    logStartOffset: 0,
    partitionMaxBytes: 1000,
  };
}

function request(
  sessionId: number,
  sessionEpoch: number,
  partitions: readonly ReturnType<typeof wanted>[],
  forgotten: readonly number[] = [],
): SessionRequest {
  return {
    sessionId,
    sessionEpoch,
    topics: partitions.length === 0 ? [] : [{ topic: '', topicId, partitions }],
    forgottenTopicsData: forgotten.length === 0 ? [] : [{ topic: '', topicId, partitions: forgotten }],
  };
}

function sessions(slots = 10) {
  const world = new SimWorld(1);
  return { world, sessions: new FetchSessions({ clock: world.clock, random: world.random, slots }) };
}

/** Reads `bytes` from each partition named in it, nothing from the others; high watermarks as given, 0 else. */
function read(
  context: FetchContext,
  bytes: Record<number, number> = {},
  highWatermarks: Record<number, number> = {},
): void {
  for (const fetch of context.fetches) {
    fetch.begin(highWatermarks[fetch.partition] ?? 0, 0, 0);
    fetch.records = new Uint8Array(bytes[fetch.partition] ?? 0);
  }
}

const named = (context: FetchContext): { error: number; partitions: number[] } => {
  const { error, fetches } = context.answer();
  return { error, partitions: fetches.map((fetch) => fetch.partition) };
};

describe('fetch sessions', () => {
  it('answer everything at first, then only what has news', () => {
    const { sessions: cache } = sessions();
    const full = cache.open(request(0, 0, [wanted(0), wanted(1)]), 17, true);
    read(full);
    const { sessionId, fetches } = full.answer();
    expect(fetches.map((fetch) => fetch.partition)).toEqual([0, 1]);
    expect(sessionId).toBeGreaterThan(0);

    const idle = cache.open(request(sessionId, 1, []), 17, true);
    read(idle);
    expect(named(idle)).toEqual({ error: ErrorCode.NONE, partitions: [] });

    const moved = cache.open(request(sessionId, 2, [wanted(1, 5)]), 17, true);
    expect(moved.fetches.map((fetch) => fetch.fetchOffset)).toEqual([0, 5]);
    read(moved, { 0: 10 }, { 1: 7 });
    expect(named(moved)).toEqual({ error: ErrorCode.NONE, partitions: [0, 1] });

    const again = cache.open(request(sessionId, 3, []), 17, true);
    read(again, {}, { 1: 7 });
    expect(named(again)).toEqual({ error: ErrorCode.NONE, partitions: [] });
  });

  it('put partitions that had records behind the others', () => {
    const { sessions: cache } = sessions();
    const full = cache.open(request(0, 0, [wanted(0), wanted(1), wanted(2)]), 17, false);
    read(full);
    const { sessionId } = full.answer();
    const second = cache.open(request(sessionId, 1, []), 17, false);
    read(second, { 0: 10 });
    second.answer();
    const third = cache.open(request(sessionId, 2, []), 17, false);
    expect(third.fetches.map((fetch) => fetch.partition)).toEqual([1, 2, 0]);
  });

  it('tell an error again and again, and the high watermark once it is gone', () => {
    const { sessions: cache } = sessions();
    const full = cache.open(request(0, 0, [wanted(0)]), 17, false);
    read(full, {}, { 0: 3 });
    const { sessionId } = full.answer();
    for (const epoch of [1, 2]) {
      const context = cache.open(request(sessionId, epoch, []), 17, false);
      for (const fetch of context.fetches) fetch.fail(ErrorCode.NOT_LEADER_OR_FOLLOWER);
      expect(named(context).partitions).toEqual([0]);
    }
    const healed = cache.open(request(sessionId, 3, []), 17, false);
    read(healed, {}, { 0: 3 });
    expect(named(healed).partitions).toEqual([0]);
  });

  it('refuse an unknown id, another epoch, and a change between names and ids', () => {
    const { sessions: cache } = sessions();
    const full = cache.open(request(0, 0, [wanted(0)]), 17, false);
    read(full);
    const { sessionId } = full.answer();
    expect(cache.open(request(sessionId + 1, 1, []), 17, false).error).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    expect(cache.open(request(sessionId, 2, []), 17, false).error).toBe(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    expect(cache.open(request(sessionId, 1, []), 12, false).error).toBe(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    expect(cache.open(request(sessionId, 1, []), 17, false).answer().sessionId).toBe(sessionId);
  });

  it('refuse the answer to a request that was overtaken by the next one', () => {
    const { sessions: cache } = sessions();
    const full = cache.open(request(0, 0, [wanted(0)]), 17, false);
    read(full);
    const { sessionId } = full.answer();
    const waiting = cache.open(request(sessionId, 1, []), 17, false);
    cache.open(request(sessionId, 2, []), 17, false);
    read(waiting, { 0: 10 });
    expect(waiting.answer()).toEqual({ error: ErrorCode.INVALID_FETCH_SESSION_EPOCH, sessionId, fetches: [] });
  });

  it('end when the last partition is forgotten or the final epoch is named', () => {
    const { sessions: cache } = sessions();
    for (const last of [request(0, 1, [], [0]), request(0, -1, [wanted(0)])]) {
      const full = cache.open(request(0, 0, [wanted(0)]), 17, false);
      read(full);
      const { sessionId } = full.answer();
      expect(cache.size).toBe(1);
      expect(cache.open({ ...last, sessionId }, 17, false).answer().sessionId).toBe(0);
      expect(cache.size).toBe(0);
    }
  });

  it('give no session to a consumer when all slots are taken, but take one away for a follower', () => {
    const { sessions: cache, world } = sessions(1);
    const open = (fromFollower: boolean): number => {
      const context = cache.open(request(0, 0, [wanted(0)]), 17, fromFollower);
      read(context);
      return context.answer().sessionId;
    };
    const consumer = open(false);
    expect(consumer).toBeGreaterThan(0);
    expect(open(false)).toBe(0);
    const follower = open(true);
    expect(follower).toBeGreaterThan(0);
    expect(cache.open(request(consumer, 1, []), 17, false).error).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    expect(open(false)).toBe(0);
    world.runSync(120_001);
    expect(open(false)).toBeGreaterThan(0);
    expect(cache.evictions).toBe(2);
  });

  it('count epochs from 1 again after the largest', () => {
    expect([nextSessionEpoch(0), nextSessionEpoch(0x7fffffff), nextSessionEpoch(-1)]).toEqual([1, 1, -1]);
  });
});
