/**
 * What a leader knows of its epoch: how far each replica has got, the high watermark that follows from it, whether a
 * majority still fetches, and the records that wait to be appended (class `LeaderState`).
 *
 * Invariants: the high watermark is an offset that a majority of the voters (this one included, once flushed) has
 * reached; it is unknown until it has passed the first record of this epoch (Raft §5.4.2), and never retreats.
 */
import type { DurationMs, LeaderEpoch, NodeId, Offset, TimestampMs, Uuid } from '../base/ids.ts';
import { zeroUuid } from '../base/uuid.ts';
import type { BatchAccumulator } from './batch-accumulator.ts';
import type { VoterSet } from './voter-set.ts';

/** Kafka forgets an observer that has not fetched for so long. */
export const observerSessionTimeoutMs: DurationMs = 300_000;

export interface ReplicaProgress {
  readonly id: NodeId;
  /** Zero for static voters. */
  readonly directoryId: Uuid;
  /** -1: unknown. */
  readonly logEndOffset: Offset;
  /** Wall time; -1: never. */
  readonly lastFetchMs: TimestampMs;
  readonly lastCaughtUpMs: TimestampMs;
  /** Records behind the leader's end; null: unknown. */
  readonly lag: number | null;
}

interface Replica {
  readonly id: NodeId;
  readonly directoryId: Uuid;
  endOffset: Offset;
  lastFetchMs: TimestampMs;
  lastCaughtUpMs: TimestampMs;
  leaderEndAtLastFetch: Offset;
  /** Monotonic. */
  lastFetchAt: number;
}

export interface LeadershipOptions {
  readonly localId: NodeId;
  readonly epoch: LeaderEpoch;
  /** Offset of this epoch's LeaderChange record. */
  readonly epochStartOffset: Offset;
  readonly voters: VoterSet;
  readonly grantingVoters: readonly NodeId[];
  readonly accumulator: BatchAccumulator;
  readonly fetchTimeoutMs: DurationMs;
  /** Monotonic. */
  readonly startedAt: number;
}

export class Leadership {
  readonly epoch: LeaderEpoch;
  readonly epochStartOffset: Offset;
  readonly grantingVoters: readonly NodeId[];
  readonly accumulator: BatchAccumulator;
  /** Somebody asked the leader to step down. */
  resignRequested = false;
  /** Monotonic: when voters that do not fetch are told again who leads. */
  announceAt: number;
  readonly #localId: NodeId;
  readonly #voterSet: VoterSet;
  readonly #voters: ReadonlyMap<NodeId, Replica>;
  readonly #observers = new Map<string, Replica>();
  readonly #checkQuorumTimeoutMs: DurationMs;
  readonly #announceIntervalMs: DurationMs;
  readonly #fetchedVoters = new Set<NodeId>();
  #checkQuorumDeadline: number;
  #highWatermark: Offset | null = null;
  #logEndOffset: Offset;

  constructor(options: LeadershipOptions) {
    this.epoch = options.epoch;
    this.epochStartOffset = options.epochStartOffset;
    this.grantingVoters = options.grantingVoters;
    this.accumulator = options.accumulator;
    this.#localId = options.localId;
    this.#voterSet = options.voters;
    this.#voters = new Map(options.voters.ids.map((id) => [id, newReplica(id, zeroUuid)]));
    this.#logEndOffset = options.epochStartOffset;
    this.#checkQuorumTimeoutMs = options.fetchTimeoutMs * 1.5;
    this.#checkQuorumDeadline = options.startedAt + this.#checkQuorumTimeoutMs;
    this.#announceIntervalMs = options.fetchTimeoutMs / 2;
    this.announceAt = options.startedAt;
  }

  /** Null until it has passed this epoch's first record. */
  get highWatermark(): Offset | null {
    return this.#highWatermark;
  }

  /** Monotonic: when the leader must step down unless a majority has fetched. A sole voter never has to. */
  get checkQuorumDeadline(): number {
    return this.#voterSet.size === 1 ? Infinity : this.#checkQuorumDeadline;
  }

  /** Voters other than this one that have not fetched for an announcement's interval. */
  silentVoters(monotonic: number): NodeId[] {
    return [...this.#voters.values()]
      .filter((voter) => voter.id !== this.#localId && monotonic - voter.lastFetchAt >= this.#announceIntervalMs)
      .map((voter) => voter.id);
  }

  announced(monotonic: number): void {
    this.announceAt = monotonic + this.#announceIntervalMs;
  }

  /** The log has grown; not yet flushed. */
  setLogEndOffset(offset: Offset): void {
    this.#logEndOffset = offset;
  }

  /** The leader's own log is flushed up to `offset`. True when the high watermark moved. */
  updateLocal(offset: Offset): boolean {
    const local = this.#voters.get(this.#localId);
    if (local !== undefined) local.endOffset = Math.max(local.endOffset, offset);
    return this.#advanceHighWatermark();
  }

  /** A replica fetched at `fetchOffset`, so it has flushed all before. True when the high watermark moved. */
  updateReplica(id: NodeId, directoryId: Uuid, fetchOffset: Offset, nowMs: TimestampMs, monotonic: number): boolean {
    const replica = this.#replica(id, directoryId);
    if (fetchOffset >= this.#logEndOffset) {
      replica.lastCaughtUpMs = Math.max(replica.lastCaughtUpMs, nowMs);
    } else if (replica.leaderEndAtLastFetch > 0 && fetchOffset >= replica.leaderEndAtLastFetch) {
      replica.lastCaughtUpMs = Math.max(replica.lastCaughtUpMs, replica.lastFetchMs);
    }
    replica.leaderEndAtLastFetch = this.#logEndOffset;
    replica.lastFetchMs = Math.max(replica.lastFetchMs, nowMs);
    replica.lastFetchAt = monotonic;
    replica.endOffset = fetchOffset;
    this.noteFetch(id, monotonic);
    return this.#voters.has(id) && this.#advanceHighWatermark();
  }

  /** A voter that fetches (the log or a snapshot) follows: it counts for the majority that keeps this leader in office. */
  noteFetch(id: NodeId, monotonic: number): void {
    const voter = this.#voters.get(id);
    if (voter === undefined || id === this.#localId) return;
    voter.lastFetchAt = monotonic;
    this.#fetchedVoters.add(id);
    if (this.#fetchedVoters.size < this.#voterSet.majority - 1) return;
    this.#fetchedVoters.clear();
    this.#checkQuorumDeadline = monotonic + this.#checkQuorumTimeoutMs;
  }

  /** Other voters, the most caught up first. */
  successors(): NodeId[] {
    return [...this.#voters.values()]
      .filter((voter) => voter.id !== this.#localId)
      .sort((a, b) => b.endOffset - a.endOffset || a.id - b.id)
      .map((voter) => voter.id);
  }

  /** As of now, for DescribeQuorum: the leader itself is always caught up. */
  voterProgress(nowMs: TimestampMs): ReplicaProgress[] {
    return [...this.#voters.values()].map((voter) =>
      voter.id === this.#localId
        ? {
            ...this.#progress(voter),
            logEndOffset: this.#logEndOffset,
            lastFetchMs: nowMs,
            lastCaughtUpMs: nowMs,
            lag: 0,
          }
        : this.#progress(voter),
    );
  }

  observerProgress(monotonic: number): ReplicaProgress[] {
    for (const [key, observer] of this.#observers) {
      if (monotonic - observer.lastFetchAt >= observerSessionTimeoutMs) this.#observers.delete(key);
    }
    return [...this.#observers.values()].map((observer) => this.#progress(observer));
  }

  #progress(replica: Replica): ReplicaProgress {
    return {
      id: replica.id,
      directoryId: replica.directoryId,
      logEndOffset: replica.endOffset,
      lastFetchMs: replica.lastFetchMs,
      lastCaughtUpMs: replica.lastCaughtUpMs,
      lag: replica.endOffset < 0 ? null : Math.max(0, this.#logEndOffset - replica.endOffset),
    };
  }

  #replica(id: NodeId, directoryId: Uuid): Replica {
    const voter = this.#voters.get(id);
    if (voter !== undefined) return voter;
    const key = `${id}/${directoryId}`;
    let observer = this.#observers.get(key);
    if (observer === undefined) {
      observer = newReplica(id, directoryId);
      this.#observers.set(key, observer);
    }
    return observer;
  }

  #advanceHighWatermark(): boolean {
    const offsets = [...this.#voters.values()].map((voter) => voter.endOffset).sort((a, b) => b - a);
    const reached = offsets[this.#voterSet.majority - 1]!;
    if (reached <= this.epochStartOffset) return false;
    if (this.#highWatermark !== null && reached <= this.#highWatermark) return false;
    this.#highWatermark = reached;
    return true;
  }
}

function newReplica(id: NodeId, directoryId: Uuid): Replica {
  return {
    id,
    directoryId,
    endOffset: -1,
    lastFetchMs: -1,
    lastCaughtUpMs: -1,
    leaderEndAtLastFetch: -1,
    lastFetchAt: -Infinity,
  };
}
