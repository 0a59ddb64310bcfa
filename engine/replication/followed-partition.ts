/** Where a fetcher is with one partition it follows (Kafka's `PartitionFetchState`). */
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import type { Partition } from './partition.ts';

export class FollowedPartition {
  readonly replica: Partition;
  /** What names it within a session, whichever epoch it is fetched under. */
  readonly sessionKey: string;
  /** The epoch under which it is fetched; a newer one makes a new object. */
  readonly leaderEpoch: LeaderEpoch;
  fetchOffset: Offset;
  /** Epoch of the last batch in the log; -1 when it holds none. */
  lastFetchedEpoch: LeaderEpoch;
  /** Not to be fetched before this monotonic time. */
  delayedUntilMs = 0;
  /** Its offset is being looked up on the leader. */
  isResetting = false;
  /** How often in a row the leader was behind in metadata. */
  lags = 0;
  sentLogStartOffset: Offset = -1;
  #sentFetchOffset: Offset = -2;
  #sentLastFetchedEpoch: LeaderEpoch = -2;

  constructor(replica: Partition) {
    this.replica = replica;
    this.sessionKey = `${replica.topicId}:${replica.partition}`;
    this.leaderEpoch = replica.leaderEpoch;
    this.lastFetchedEpoch = replica.log.latestEpoch ?? -1;
    this.fetchOffset = this.lastFetchedEpoch === -1 ? replica.log.highWatermark : replica.log.logEndOffset;
  }

  isReady(nowMs: number): boolean {
    return !this.isResetting && this.delayedUntilMs <= nowMs;
  }

  /** The log has another end: fetch from there. */
  moveTo(offset: Offset): void {
    this.fetchOffset = offset;
    this.lastFetchedEpoch = this.replica.log.latestEpoch ?? -1;
  }

  /** Whether a request from here differs from the last one; remembers it as sent. */
  markSent(): boolean {
    const logStartOffset = this.replica.log.logStartOffset;
    if (
      this.#sentFetchOffset === this.fetchOffset &&
      this.#sentLastFetchedEpoch === this.lastFetchedEpoch &&
      this.sentLogStartOffset === logStartOffset
    ) {
      return false;
    }
    this.#sentFetchOffset = this.fetchOffset;
    this.#sentLastFetchedEpoch = this.lastFetchedEpoch;
    this.sentLogStartOffset = logStartOffset;
    return true;
  }

  /** The offset of the request that is under way. */
  get sentFetchOffset(): Offset {
    return this.#sentFetchOffset;
  }
}
