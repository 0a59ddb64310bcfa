/** The leader's arithmetic: high watermark, majority, progress. */
import { describe, expect, it } from 'vitest';
import { BatchAccumulator, RecordBatchTooLargeError } from './batch-accumulator.ts';
import { Election } from './election.ts';
import { Leadership, observerSessionTimeoutMs } from './leadership.ts';
import { iterateBatches } from '../record/index.ts';
import { InvalidVotersError, VoterSet } from './voter-set.ts';

const dir = 'DVdu1peDQ8yEXFpP_R-sDw';

function votersOf(count: number): VoterSet {
  return new VoterSet(Array.from({ length: count }, (_, index) => ({ id: index + 1, host: 'h', port: 1 })));
}

function leadershipOf(count: number, epochStartOffset = 10): Leadership {
  return new Leadership({
    localId: 1,
    epoch: 3,
    epochStartOffset,
    voters: votersOf(count),
    grantingVoters: [1, 2],
    accumulator: new BatchAccumulator({
      epoch: 3,
      baseOffset: epochStartOffset + 1,
      lingerMs: 25,
      batchMaxBytes: 1000,
    }),
    fetchTimeoutMs: 2000,
    startedAt: 0,
  });
}

describe('the high watermark', () => {
  it('is what a majority of the voters has flushed, the leader included', () => {
    const leadership = leadershipOf(3);
    leadership.setLogEndOffset(15);
    expect(leadership.updateLocal(15)).toBe(false);
    expect(leadership.updateReplica(2, dir, 12, 0, 0)).toBe(true);
    expect(leadership.highWatermark).toBe(12);
    expect(leadership.updateReplica(3, dir, 14, 0, 0)).toBe(true);
    expect(leadership.highWatermark).toBe(14);
  });

  it('may pass the leader itself while that has not flushed', () => {
    const leadership = leadershipOf(3);
    leadership.setLogEndOffset(15);
    leadership.updateReplica(2, dir, 15, 0, 0);
    expect(leadership.updateReplica(3, dir, 13, 0, 0)).toBe(true);
    expect(leadership.highWatermark).toBe(13);
  });

  it('is unknown until the first record of the epoch is on a majority', () => {
    const leadership = leadershipOf(3);
    leadership.setLogEndOffset(11);
    leadership.updateLocal(11);
    expect(leadership.updateReplica(2, dir, 10, 0, 0)).toBe(false);
    expect(leadership.highWatermark).toBeNull();
    expect(leadership.updateReplica(2, dir, 11, 0, 0)).toBe(true);
    expect(leadership.highWatermark).toBe(11);
  });

  it('never retreats, and does not follow observers', () => {
    const leadership = leadershipOf(3);
    leadership.setLogEndOffset(20);
    leadership.updateLocal(20);
    leadership.updateReplica(2, dir, 20, 0, 0);
    expect(leadership.updateReplica(2, dir, 12, 0, 0)).toBe(false);
    expect(leadership.highWatermark).toBe(20);
    const other = leadershipOf(3);
    other.setLogEndOffset(20);
    other.updateLocal(20);
    expect(other.updateReplica(7, dir, 20, 0, 0)).toBe(false);
    expect(other.highWatermark).toBeNull();
  });
});

describe('the check of the quorum', () => {
  it('is put off each time a majority has fetched', () => {
    const leadership = leadershipOf(5);
    expect(leadership.checkQuorumDeadline).toBe(3000);
    leadership.noteFetch(2, 1000);
    leadership.noteFetch(2, 1500);
    leadership.noteFetch(9, 1600);
    expect(leadership.checkQuorumDeadline).toBe(3000);
    leadership.noteFetch(3, 2000);
    expect(leadership.checkQuorumDeadline).toBe(5000);
  });

  it('is nothing for a sole voter', () => {
    expect(leadershipOf(1).checkQuorumDeadline).toBe(Infinity);
  });
});

describe('progress', () => {
  it('counts a replica as caught up when it is at the end now, or at what was the end at its last fetch', () => {
    const leadership = leadershipOf(3);
    leadership.setLogEndOffset(20);
    leadership.updateReplica(2, dir, 20, 100, 100);
    leadership.setLogEndOffset(30);
    leadership.updateReplica(2, dir, 25, 200, 200);
    expect(leadership.voterProgress(999)[1]).toMatchObject({ lastFetchMs: 200, lastCaughtUpMs: 100, lag: 5 });
    leadership.setLogEndOffset(40);
    leadership.updateReplica(2, dir, 30, 300, 300);
    expect(leadership.voterProgress(999)).toMatchObject([
      { id: 1, logEndOffset: 40, lastFetchMs: 999, lastCaughtUpMs: 999, lag: 0 },
      { id: 2, logEndOffset: 30, lastFetchMs: 300, lastCaughtUpMs: 200, lag: 10 },
      { id: 3, logEndOffset: -1, lastFetchMs: -1, lastCaughtUpMs: -1, lag: null },
    ]);
    expect(leadership.successors()).toEqual([2, 3]);
  });

  it('forgets observers that have not fetched for five minutes', () => {
    const leadership = leadershipOf(3);
    leadership.updateReplica(7, dir, 0, 0, 0);
    expect(leadership.observerProgress(observerSessionTimeoutMs - 1)).toHaveLength(1);
    expect(leadership.observerProgress(observerSessionTimeoutMs)).toHaveLength(0);
  });

  it('announces to voters that have not fetched for half the fetch timeout', () => {
    const leadership = leadershipOf(3);
    expect(leadership.silentVoters(0)).toEqual([2, 3]);
    leadership.updateReplica(2, dir, 0, 0, 0);
    expect(leadership.silentVoters(999)).toEqual([3]);
    expect(leadership.silentVoters(1000)).toEqual([2, 3]);
  });
});

describe('an election', () => {
  it('is won with a majority and lost when that is out of reach', () => {
    const election = new Election(votersOf(5), 1);
    expect(election.unrecordedVoters).toEqual([2, 3, 4, 5]);
    election.record(2, true);
    election.record(9, true);
    expect(election.isWon).toBe(false);
    election.record(3, false);
    election.record(4, false);
    expect(election.isLost).toBe(false);
    election.record(5, true);
    expect(election.isWon).toBe(true);
    expect(election.grantingVoters).toEqual([1, 2, 5]);
    const lost = new Election(votersOf(3), 1);
    lost.record(2, false);
    expect(lost.isLost).toBe(false);
    lost.record(3, false);
    expect(lost.isLost).toBe(true);
  });
});

describe('the accumulator', () => {
  const record = (size: number): Uint8Array => new Uint8Array(size);
  const lastOffsets = (batches: readonly Uint8Array[]): number[] =>
    batches.flatMap((batch) => [...iterateBatches(batch)].map(({ lastOffset }) => lastOffset));

  it('gathers what comes within the linger time into one batch', () => {
    const accumulator = new BatchAccumulator({ epoch: 3, baseOffset: 5, lingerMs: 25, batchMaxBytes: 1000 });
    expect(accumulator.dueAt).toBe(Infinity);
    expect(accumulator.append([record(10), record(10)], 1, 100)).toBe(6);
    expect(accumulator.append([record(10)], 2, 120)).toBe(7);
    expect(accumulator.dueAt).toBe(125);
    expect(accumulator.drain(124)).toEqual([]);
    const drained = accumulator.drain(125);
    expect(lastOffsets(drained)).toEqual([7]);
    expect([...iterateBatches(drained[0]!)][0]).toMatchObject({ baseOffset: 5, leaderEpoch: 3, recordCount: 3 });
    expect(accumulator.dueAt).toBe(Infinity);
  });

  it('begins another batch when one is full, and never splits an append', () => {
    const accumulator = new BatchAccumulator({ epoch: 3, baseOffset: 0, lingerMs: 25, batchMaxBytes: 1000 });
    accumulator.append([record(300)], 0, 0);
    accumulator.append([record(300), record(300)], 0, 1);
    expect(accumulator.dueAt).toBe(-Infinity);
    expect(lastOffsets(accumulator.drain(1))).toEqual([0, 2]);
    expect(() => accumulator.append([record(600), record(600)], 0, 2)).toThrow(RecordBatchTooLargeError);
    expect(accumulator.append([record(1)], 0, 3)).toBe(3);
  });
});

describe('controller.quorum.voters', () => {
  it('is parsed, sorted by id', () => {
    const voters = VoterSet.parse('2@127.0.0.1:9094, 1@[::1]:9093');
    expect(voters.voters).toEqual([
      { id: 1, host: '::1', port: 9093 },
      { id: 2, host: '127.0.0.1', port: 9094 },
    ]);
    expect([voters.majority, voters.has(2), voters.has(3)]).toEqual([2, true, false]);
  });

  it.each([
    ['', 'is empty'],
    ['1@host', 'has "1@host"'],
    ['x@host:1', 'has "x@host:1"'],
    ['1@h:70000', 'has "1@h:70000"'],
    ['1@h:1,1@h:2', 'names an id twice'],
  ])('says what is wrong with "%s"', (text, message) => {
    expect(() => VoterSet.parse(text)).toThrow(InvalidVotersError);
    expect(() => VoterSet.parse(text)).toThrow(message);
  });
});
