/**
 * What a leader knows of one follower, from its fetches alone (Kafka's `Replica`).
 *
 * `lastCaughtUpMs` is the largest time t at which the follower's latest fetch offset covered the leader's log end offset
 * of time t. So a follower that always fetches a little behind a busy leader still counts as caught up, as of its fetch
 * before.
 */
import type { BrokerEpoch, DurationMs, NodeId, Offset } from '../base/ids.ts';
import type { OffsetMetadata } from '../storage/index.ts';

/** Before any fetch. Any elapsed time is longer than a lag limit then. */
const never = Number.NEGATIVE_INFINITY;

const unknownOffset: OffsetMetadata = { offset: -1, segmentBaseOffset: -1, positionInSegment: -1 };

export class FollowerProgress {
  readonly id: NodeId;
  /** -1: unknown to this leader. */
  logStartOffset: Offset = -1;
  /** Where the follower's log ends, and where that lies in the leader's files; -1: unknown to this leader. */
  logEnd: OffsetMetadata = unknownOffset;
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

  get logEndOffset(): Offset {
    return this.logEnd.offset;
  }

  /** A fetch came: the follower has everything below `fetchedFrom`. */
  fetched(
    fetchedFrom: OffsetMetadata,
    logStartOffset: Offset,
    fetchMs: number,
    leaderLogEndOffset: Offset,
    brokerEpoch: BrokerEpoch,
  ): void {
    const fetchOffset = fetchedFrom.offset;
    if (fetchOffset >= leaderLogEndOffset) this.lastCaughtUpMs = Math.max(this.lastCaughtUpMs, fetchMs);
    else if (fetchOffset >= this.#lastFetchLeaderLogEndOffset) {
      this.lastCaughtUpMs = Math.max(this.lastCaughtUpMs, this.lastFetchMs);
    }
    this.logStartOffset = logStartOffset;
    this.logEnd = fetchedFrom;
    this.#lastFetchLeaderLogEndOffset = Math.max(leaderLogEndOffset, this.#lastFetchLeaderLogEndOffset);
    this.lastFetchMs = fetchMs;
    this.brokerEpoch = brokerEpoch;
  }

  /** The local replica was elected (`newLeader`) or re-elected in a new epoch that starts at `leaderLogEndOffset`. */
  reset(nowMs: number, leaderLogEndOffset: Offset, newLeader: boolean, inSync: boolean): void {
    this.lastCaughtUpMs = inSync ? nowMs : never;
    if (newLeader) {
      this.logStartOffset = -1;
      this.logEnd = unknownOffset;
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
