/**
 * A partition as its leader sees it, for as long as this broker goes on leading it: its followers' progress, the ISR and
 * the high watermark (the leader's half of Kafka's `Partition`).
 *
 * Invariants:
 * - the high watermark never retreats, and does not advance while the committed ISR is below the effective
 *   `min.insync.replicas` (strict min ISR, KIP-966);
 * - it is at most the smallest log end offset of the maximal ISR, and waits for a follower that is caught up and
 *   eligible though not in the ISR yet, so that it can join;
 * - at most one change of the ISR is proposed at a time; nothing but the controller's answer or newer metadata commits one.
 */
import type {
  BrokerEpoch,
  DurationMs,
  LeaderEpoch,
  NodeId,
  Offset,
  PartitionEpoch,
  PartitionIndex,
  TopicName,
  Uuid,
} from '../base/ids.ts';
import type { Timer } from '../env/index.ts';
import type { PartitionRegistration } from '../metadata/index.ts';
import { ErrorCode, errorName } from '../protocol/index.ts';
import type { OffsetMetadata, PartitionLog } from '../storage/index.ts';
import type { AlterPartitionOutcome, IsrMember } from './alter-partition.ts';
import { FollowerProgress } from './follower-progress.ts';
import { committedIsr, expandingIsr, noIsr, shrinkingIsr } from './isr-state.ts';
import type { IsrState, PendingIsrState } from './isr-state.ts';
import { aliveBrokerEpoch, isIsrEligible } from './partition-context.ts';
import type { PartitionContext } from './partition-context.ts';

/** Pause before a proposal that failed for no known reason is made again. */
const retryProposalMs: DurationMs = 50;

/**
 * Refusals after which only newer metadata helps: the term stays pending until it comes (`handleAlterPartitionError`).
 */
const awaitMetadata: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.INVALID_UPDATE_VERSION,
  ErrorCode.INVALID_REQUEST,
  ErrorCode.NEW_LEADER_ELECTED,
]);

export interface LeaderTermOptions {
  readonly topic: TopicName;
  readonly topicId: Uuid;
  readonly partition: PartitionIndex;
  readonly log: PartitionLog;
  readonly context: PartitionContext;
  readonly onHighWatermark: () => void;
  /** A follower's log start offset moved. */
  readonly onLowWatermark: () => void;
}

export class LeaderTerm {
  readonly #options: LeaderTermOptions;
  readonly #log: PartitionLog;
  readonly #context: PartitionContext;
  #leaderEpoch: LeaderEpoch = -1;
  #partitionEpoch: PartitionEpoch = -1;
  #epochStartOffset: Offset = -1;
  #isr: IsrState = noIsr;
  /** Every assigned replica but this one. */
  #followers: FollowerProgress[] = [];
  #retry: Timer | null = null;
  #ended = false;

  constructor(options: LeaderTermOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#context = options.context;
  }

  get leaderEpoch(): LeaderEpoch {
    return this.#leaderEpoch;
  }

  get partitionEpoch(): PartitionEpoch {
    return this.#partitionEpoch;
  }

  /** Log end offset at which the current leader epoch began. */
  get epochStartOffset(): Offset {
    return this.#epochStartOffset;
  }

  get isr(): IsrState {
    return this.#isr;
  }

  get followers(): readonly FollowerProgress[] {
    return this.#followers;
  }

  follower(id: NodeId): FollowerProgress | null {
    for (const follower of this.#followers) if (follower.id === id) return follower;
    return null;
  }

  /** `min.insync.replicas`, but never more than there are replicas. */
  get effectiveMinIsr(): number {
    return Math.min(this.#log.config.minInsyncReplicas, this.#followers.length + 1);
  }

  get isUnderMinIsr(): boolean {
    return this.#isr.isr.length < this.effectiveMinIsr;
  }

  /** Takes what the controller decided: the beginning of the term, a new epoch of it, or another assignment or ISR. */
  apply(registration: PartitionRegistration): void {
    const { nodeId, clock } = this.#context;
    const newLeader = this.#leaderEpoch === -1;
    const newEpoch = registration.leaderEpoch > this.#leaderEpoch;
    this.#followers = registration.replicas
      .filter((id) => id !== nodeId)
      .map((id) => this.follower(id) ?? new FollowerProgress(id));
    this.#isr = committedIsr(registration.isr);
    if (newEpoch) {
      const startOffset = this.#log.logEndOffset;
      this.#log.assignEpochStartOffset(registration.leaderEpoch, startOffset);
      const nowMs = clock.monotonic();
      for (const follower of this.#followers) {
        follower.reset(nowMs, startOffset, newLeader, registration.isr.includes(follower.id));
      }
      this.#leaderEpoch = registration.leaderEpoch;
      this.#epochStartOffset = startOffset;
      this.#logLine(
        'info',
        `Leader ${this.#name} with topic id ${this.#options.topicId} starts at leader epoch ${this.#leaderEpoch} from ` +
          `offset ${startOffset} with partition epoch ${registration.partitionEpoch}, high watermark ` +
          `${this.#log.highWatermark}, ISR [${registration.isr.join(',')}]` +
          `${this.isUnderMinIsr ? ' (under-min-isr)' : ''}.`,
      );
    }
    this.#partitionEpoch = registration.partitionEpoch;
    this.advanceHighWatermark();
  }

  /** This broker leads no more. What was proposed is somebody else's concern. */
  end(): void {
    this.#ended = true;
    this.#retry?.cancel();
  }

  /**
   * A follower fetched from `fetchedFrom` when the log ended at `leaderLogEndOffset`. False when the fetch comes from an
   * earlier incarnation of that broker (NOT_LEADER_OR_FOLLOWER).
   */
  followerFetched(
    follower: FollowerProgress,
    fetchedFrom: OffsetMetadata,
    followerLogStartOffset: Offset,
    leaderLogEndOffset: Offset,
    brokerEpoch: BrokerEpoch,
    fetchMs: number,
  ): boolean {
    if (brokerEpoch !== -1) {
      const aliveEpoch = aliveBrokerEpoch(this.#context.image(), follower.id);
      if (aliveEpoch !== null && aliveEpoch > brokerEpoch) return false;
    }
    const before = follower.logEndOffset;
    const startBefore = follower.logStartOffset;
    follower.fetched(fetchedFrom, followerLogStartOffset, fetchMs, leaderLogEndOffset, brokerEpoch);
    this.#maybeExpand(follower);
    if (before !== fetchedFrom.offset) this.advanceHighWatermark();
    if (startBefore !== followerLogStartOffset) this.#options.onLowWatermark();
    return true;
  }

  /** To be called when the log has grown, a follower has moved or the ISR has changed. True when it advanced. */
  advanceHighWatermark(): boolean {
    if (this.isUnderMinIsr) return false;
    const logEnd = this.#log.logEndOffsetMetadata;
    const highWatermark = this.#log.highWatermark;
    let target = logEnd;
    const { maximalIsr } = this.#isr;
    for (const follower of this.#followers) {
      if (follower.logEndOffset >= target.offset) continue;
      if (maximalIsr.includes(follower.id) || this.#mayJoinSoon(follower, logEnd.offset)) target = follower.logEnd;
      if (target.offset <= highWatermark) return false;
    }
    if (target.offset <= highWatermark) return false;
    this.#log.maybeIncrementHighWatermark(target);
    this.#options.onHighWatermark();
    return true;
  }

  /** Smallest log start offset of the live replicas: DeleteRecords is done when it has passed the asked offset. */
  get lowWatermark(): Offset {
    let lowest = this.#log.logStartOffset;
    for (const follower of this.#followers) {
      if (follower.logStartOffset < lowest && aliveBrokerEpoch(this.#context.image(), follower.id) !== null) {
        lowest = follower.logStartOffset;
      }
    }
    return lowest;
  }

  /** Proposes an ISR without the followers that have not caught up for `replica.lag.time.max.ms`. */
  maybeShrink(): void {
    if (this.#isr.kind !== 'committed') return;
    const nowMs = this.#context.clock.monotonic();
    const logEndOffset = this.#log.logEndOffset;
    const outOfSync = this.#isr.isr.filter((id) => {
      if (id === this.#context.nodeId) return false;
      const follower = this.follower(id);
      return follower === null || !follower.isCaughtUp(logEndOffset, nowMs, this.#context.lagTimeMaxMs);
    });
    if (outOfSync.length === 0) return;
    const pending = shrinkingIsr(this.#isr.isr, outOfSync);
    const lags = outOfSync.map((id) => {
      const follower = this.follower(id);
      return `(brokerId: ${id}, endOffset: ${follower?.logEndOffset ?? 'unknown'})`;
    });
    this.#logLine(
      'info',
      `Shrinking ISR from ${this.#isr.isr.join(',')} to ${pending.proposed.join(',')}. Leader: (highWatermark: ` +
        `${this.#log.highWatermark}, endOffset: ${logEndOffset}). Out of sync replicas: ${lags.join(' ')}.`,
    );
    this.#propose(pending, `not caught up for ${this.#context.lagTimeMaxMs} ms: ${outOfSync.join(', ')}`);
  }

  #maybeExpand(follower: FollowerProgress): void {
    if (this.#isr.kind !== 'committed' || this.#isr.isr.includes(follower.id)) return;
    if (follower.logEndOffset < this.#log.highWatermark || follower.logEndOffset < this.#epochStartOffset) return;
    if (!isIsrEligible(this.#context.image(), follower.id, follower.brokerEpoch)) return;
    this.#propose(expandingIsr(this.#isr.isr, follower.id), `${follower.id} has caught up`);
  }

  #mayJoinSoon(follower: FollowerProgress, logEndOffset: Offset): boolean {
    const { clock, lagTimeMaxMs } = this.#context;
    return (
      follower.isCaughtUp(logEndOffset, clock.monotonic(), lagTimeMaxMs) &&
      isIsrEligible(this.#context.image(), follower.id, follower.brokerEpoch)
    );
  }

  #propose(pending: PendingIsrState, reason: string): void {
    this.#isr = pending;
    this.#emit('proposed', pending, pending.proposed, reason);
    this.#send(pending);
  }

  #send(pending: PendingIsrState): void {
    const { topic, topicId, partition } = this.#options;
    const proposal = {
      topic,
      topicId,
      partition,
      leaderEpoch: this.#leaderEpoch,
      partitionEpoch: this.#partitionEpoch,
      isr: pending.proposed.map((id) => this.#member(id)),
    };
    void this.#context.alterPartition.alterPartition(proposal).then((outcome) => this.#answered(pending, outcome));
  }

  #member(brokerId: NodeId): IsrMember {
    if (brokerId === this.#context.nodeId) return { brokerId, brokerEpoch: this.#context.brokerEpoch() };
    return { brokerId, brokerEpoch: this.follower(brokerId)?.brokerEpoch ?? -1 };
  }

  #answered(pending: PendingIsrState, outcome: AlterPartitionOutcome): void {
    if (this.#ended || this.#isr !== pending) return;
    if (outcome.error !== ErrorCode.NONE) return this.#refused(pending, outcome.error);
    if (outcome.leaderEpoch !== this.#leaderEpoch || outcome.partitionEpoch < this.#partitionEpoch) return;
    this.#isr = committedIsr(outcome.isr);
    this.#partitionEpoch = outcome.partitionEpoch;
    this.#logLine(
      'info',
      `ISR updated to ${outcome.isr.join(',')} ${this.isUnderMinIsr ? '(under-min-isr) ' : ''}and version updated to ` +
        `${outcome.partitionEpoch}`,
    );
    this.#emit('accepted', pending, outcome.isr, 'the controller agreed');
    this.advanceHighWatermark();
  }

  #refused(pending: PendingIsrState, error: ErrorCode): void {
    this.#emit('rejected', pending, pending.isr, errorName(error));
    if (error === ErrorCode.OPERATION_NOT_ATTEMPTED || error === ErrorCode.INELIGIBLE_REPLICA) {
      this.#isr = committedIsr(pending.isr);
      this.#logLine(
        'info',
        `Failed to alter partition to [${pending.proposed.join(',')}] since the controller rejected the request with ` +
          `${errorName(error)}. Partition state has been reset to the latest committed state.`,
      );
      return;
    }
    if (awaitMetadata.has(error)) return;
    this.#logLine(
      'warn',
      `Failed to update ISR to [${pending.proposed.join(',')}] due to unexpected ${errorName(error)}. Retrying.`,
    );
    this.#retry = this.#context.clock.after(retryProposalMs, () => {
      if (!this.#ended && this.#isr === pending) this.#send(pending);
    });
  }

  get #name(): string {
    return `${this.#options.topic}-${this.#options.partition}`;
  }

  #logLine(level: 'info' | 'warn', message: string): void {
    this.#context.tracer.log(level, `Partition ${this.#name} broker=${this.#context.nodeId}`, message);
  }

  #emit(
    stage: 'proposed' | 'accepted' | 'rejected',
    pending: PendingIsrState,
    now: readonly NodeId[],
    reason: string,
  ): void {
    const { topic, partition } = this.#options;
    this.#context.tracer.emit({ type: 'isr-change', topic, partition, stage, was: pending.isr, now, reason });
  }
}
