/**
 * Where a follower cuts its log when the leader says that it diverged (KIP-101, KIP-279; `getOffsetTruncationState`).
 * The leader named the largest epoch it shares with the follower's last fetched one, and where that epoch ends in its
 * log. Further rounds happen by themselves: the next fetch carries the epoch that the cut log ends with.
 */
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import type { EpochEndOffset } from '../storage/index.ts';

/** The follower's log, as far as truncation looks at it. */
export interface EpochHistory {
  readonly logEndOffset: Offset;
  endOffsetForEpoch(epoch: LeaderEpoch): EpochEndOffset | null;
}

/** `fetchOffset` is where the follower had meant to go on; it is used when the leader does not know an end (-1). */
export function truncationOffset(diverging: EpochEndOffset, local: EpochHistory, fetchOffset: Offset): Offset {
  if (diverging.endOffset === -1) return fetchOffset;
  if (diverging.epoch === -1) return Math.min(diverging.endOffset, local.logEndOffset);
  const own = local.endOffsetForEpoch(diverging.epoch);
  // No epoch that old is known here: the leader's word alone.
  if (own === null) return Math.min(diverging.endOffset, local.logEndOffset);
  // The follower never had that epoch: back to the end of the one before, and ask again from there.
  if (own.epoch !== diverging.epoch) return Math.min(own.endOffset, local.logEndOffset);
  return Math.min(own.endOffset, diverging.endOffset, local.logEndOffset);
}
