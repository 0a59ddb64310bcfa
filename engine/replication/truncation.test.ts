import { describe, expect, it } from 'vitest';
import type { EpochEndOffset } from '../storage/index.ts';
import { truncationOffset } from './truncation.ts';

/** A log as its epochs' start offsets and its end. */
function history(starts: readonly (readonly [epoch: number, start: number])[], logEndOffset: number) {
  return {
    logEndOffset,
    endOffsetForEpoch(epoch: number): EpochEndOffset | null {
      const at = starts.findLastIndex(([known]) => known <= epoch);
      return at === -1 ? null : { epoch: starts[at]![0], endOffset: starts[at + 1]?.[1] ?? logEndOffset };
    },
  };
}

describe('truncation offset', () => {
  it('is where the shared epoch ends in the shorter of both logs', () => {
    const local = history(
      [
        [0, 0],
        [1, 10],
      ],
      20,
    );
    expect(truncationOffset({ epoch: 1, endOffset: 15 }, local, 20)).toBe(15);
    expect(truncationOffset({ epoch: 0, endOffset: 30 }, local, 20)).toBe(10);
    expect(truncationOffset({ epoch: 1, endOffset: 99 }, local, 20)).toBe(20);
  });

  it('goes back to the end of an older epoch when the follower never had the named one (KIP-279)', () => {
    const local = history(
      [
        [0, 0],
        [3, 12],
      ],
      20,
    );
    expect(truncationOffset({ epoch: 2, endOffset: 18 }, local, 20)).toBe(12);
  });

  it('is the leader’s word alone when no epoch that old is known here', () => {
    const local = history([[5, 8]], 20);
    expect(truncationOffset({ epoch: 2, endOffset: 6 }, local, 20)).toBe(6);
    expect(truncationOffset({ epoch: 2, endOffset: 60 }, local, 20)).toBe(20);
  });

  it('is the fetch offset when the leader does not know an end', () => {
    expect(truncationOffset({ epoch: -1, endOffset: -1 }, history([[0, 0]], 20), 7)).toBe(7);
    expect(truncationOffset({ epoch: -1, endOffset: 9 }, history([[0, 0]], 20), 7)).toBe(9);
  });
});
