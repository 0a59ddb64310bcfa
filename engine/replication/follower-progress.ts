/**
 * What a leader knows of one follower, from its fetches alone (Kafka's `Replica`).
 *
 * `lastCaughtUpMs` is the largest time t at which the follower's latest fetch offset covered the leader's log end offset
 * of time t. So a follower that always fetches a little behind a busy leader still counts as caught up, as of its fetch
 * before.
 */
import type { BrokerEpoch, DurationMs, NodeId, Offset } from '../base/ids.ts';

/** Before any fetch. Any elapsed time is longer than a lag limit then. */
const never = Number.NEGATIVE_INFINITY;

export class FollowerProgress {
  readonly id: NodeId;
  /** -1: unknown to this leader. */
  logStartOffset: Offset = -1;
  /** -1: unknown to this leader. */
  logEndOffset: Offset = -1;
  /** Monotonic time of the last fetch. */
  lastFetchMs = never;
  /** Monotonic time, see above. */
  lastCaughtUpMs = never;
  /** Null until it has fetched; -1 when its fetch named none. */
  brokerEpoch: BrokerEpoch | null = null;
  /** The leader's log end offset at the time of the last fetch. */
  #lastFetchLeaderLogEndOffset: Offset = 0;

  constructor(id: NodeId) {
    this.id = id;
  }

  /** A fetch came: the follower has everything below `fetchOffset`. */
  fetched(
    fetchOffset: Offset,
    logStartOffset: Offset,
    fetchMs: number,
    leaderLogEndOffset: Offset,
    brokerEpoch: BrokerEpoch,
  ): void {
    if (fetchOffset >= leaderLogEndOffset) this.lastCaughtUpMs = Math.max(this.lastCaughtUpMs, fetchMs);
    else if (fetchOffset >= this.#lastFetchLeaderLogEndOffset) {
      this.lastCaughtUpMs = Math.max(this.lastCaughtUpMs, this.lastFetchMs);
    }
    this.logStartOffset = logStartOffset;
    this.logEndOffset = fetchOffset;
    this.#lastFetchLeaderLogEndOffset = Math.max(leaderLogEndOffset, this.#lastFetchLeaderLogEndOffset);
    this.lastFetchMs = fetchMs;
    this.brokerEpoch = brokerEpoch;
  }

  /** The local replica was elected (`newLeader`) or re-elected in a new epoch that starts at `leaderLogEndOffset`. */
  reset(nowMs: number, leaderLogEndOffset: Offset, newLeader: boolean, inSync: boolean): void {
    this.lastCaughtUpMs = inSync ? nowMs : never;
    if (newLeader) {
      this.logStartOffset = -1;
      this.logEndOffset = -1;
      this.#lastFetchLeaderLogEndOffset = -1;
      this.lastFetchMs = never;
      this.brokerEpoch = null;
    } else {
      this.#lastFetchLeaderLogEndOffset = leaderLogEndOffset;
      this.lastFetchMs = inSync ? nowMs : never;
    }
  }

  isCaughtUp(leaderLogEndOffset: Offset, nowMs: number, lagTimeMaxMs: DurationMs): boolean {
    return this.logEndOffset === leaderLogEndOffset || nowMs - this.lastCaughtUpMs <= lagTimeMaxMs;
  }
}
