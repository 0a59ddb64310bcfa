import { describe, expect, it } from 'vitest';
import { FollowerProgress } from './follower-progress.ts';

const lagMs = 1000;
const at = (offset: number) => ({ offset, segmentBaseOffset: 0, positionInSegment: offset });

describe('follower progress', () => {
  it('is caught up while it has the whole log, however long ago it fetched', () => {
    const follower = new FollowerProgress(2);
    follower.fetched(at(10), 0, 5000, 10, 1);
    expect(follower.isCaughtUp(10, 99_000, lagMs)).toBe(true);
    expect(follower.isCaughtUp(11, 99_000, lagMs)).toBe(false);
  });

  it('was caught up at its fetch before when it now asks for what was the end then', () => {
    const follower = new FollowerProgress(2);
    follower.fetched(at(0), 0, 1000, 10, 1);
    expect(follower.lastCaughtUpMs).toBe(Number.NEGATIVE_INFINITY);
    follower.fetched(at(10), 0, 1500, 20, 1);
    expect(follower.lastCaughtUpMs).toBe(1000);
    follower.fetched(at(20), 0, 2000, 30, 1);
    expect(follower.lastCaughtUpMs).toBe(1500);
    follower.fetched(at(25), 0, 2500, 40, 1);
    expect(follower.lastCaughtUpMs).toBe(1500);
  });

  it('starts as caught up in a new term when it is in the ISR, else as never', () => {
    const inSync = new FollowerProgress(2);
    inSync.reset(7000, 50, true, true);
    const outOfSync = new FollowerProgress(3);
    outOfSync.reset(7000, 50, true, false);
    expect([inSync.logEndOffset, inSync.isCaughtUp(50, 7000 + lagMs, lagMs)]).toEqual([-1, true]);
    expect([outOfSync.logEndOffset, outOfSync.isCaughtUp(50, 7000, lagMs)]).toEqual([-1, false]);
  });

  it('keeps its offsets when the same leader is elected again', () => {
    const follower = new FollowerProgress(2);
    follower.fetched(at(40), 3, 6000, 50, 9);
    follower.reset(7000, 50, false, true);
    expect([follower.logEndOffset, follower.logStartOffset, follower.brokerEpoch, follower.lastFetchMs]).toEqual([
      40, 3, 9, 7000,
    ]);
  });
});
