/**
 * One partition of which this broker holds a replica: its log, and whether it leads or follows (Kafka's `Partition`).
 *
 * Invariants: metadata of an older partition epoch than known is skipped; whoever reads or writes gets an error code
 * unless role and leader epoch are right; a deleted partition answers nothing any more.
 *
 * Left to others: what a leader knows (leader-term.ts), fetching from the leader (fetcher.ts), requests over several
 * partitions (replicas.ts and its delayed operations).
 */
import type {
  LeaderEpoch,
  NodeId,
  Offset,
  PartitionEpoch,
  PartitionIndex,
  TimestampMs,
  TopicName,
  TopicPartitionKey,
  Uuid,
} from '../base/ids.ts';
import { topicPartitionKey } from '../base/ids.ts';
import type { PartitionRegistration } from '../metadata/index.ts';
import { ErrorCode } from '../protocol/index.ts';
import { ListOffsetsTimestamp } from '../storage/index.ts';
import type {
  AppendOrigin,
  AppendResult,
  EpochEndOffset,
  FetchIsolation,
  OffsetMetadata,
  PartitionLog,
  TimestampAndOffset,
} from '../storage/index.ts';
import { WatchList } from './delayed-operation.ts';
import { LeaderTerm } from './leader-term.ts';
import type { PartitionContext } from './partition-context.ts';
import type { FetchParameters, PartitionFetch } from './partition-fetch.ts';

/** Told about one partition, from the call that changes it; must not call back into replication. */
export interface PartitionListener {
  onHighWatermark?(highWatermark: Offset): void;
  /** The partition is no longer held by this broker. */
  onDeleted?(): void;
}

export type PartitionRole =
  | { readonly kind: 'none' }
  | { readonly kind: 'leader'; readonly term: LeaderTerm }
  | {
      readonly kind: 'follower';
      /** -1: nobody leads. */
      readonly leader: NodeId;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: PartitionEpoch;
    };

export interface PartitionOptions {
  readonly topic: TopicName;
  readonly topicId: Uuid;
  readonly partition: PartitionIndex;
  readonly log: PartitionLog;
  readonly context: PartitionContext;
}

/** Answer of {@link Partition.offsetForTimestamp}. */
export type OffsetLookup = { readonly found: TimestampAndOffset | null } | { readonly error: ErrorCode };

const noRole: PartitionRole = { kind: 'none' };

export class Partition {
  readonly topic: TopicName;
  readonly topicId: Uuid;
  readonly partition: PartitionIndex;
  readonly key: TopicPartitionKey;
  readonly log: PartitionLog;
  /** Fetches that wait for data, by followers and consumers. */
  readonly fetches = new WatchList();
  /** Appends that wait for replication. */
  readonly produces = new WatchList();
  /** DeleteRecords that wait for followers. */
  readonly deletions = new WatchList();
  readonly #context: PartitionContext;
  readonly #listeners = new Set<PartitionListener>();
  #role: PartitionRole = noRole;
  #registration: PartitionRegistration | null = null;
  #deleted = false;

  constructor(options: PartitionOptions) {
    this.topic = options.topic;
    this.topicId = options.topicId;
    this.partition = options.partition;
    this.key = topicPartitionKey(options.topic, options.partition);
    this.log = options.log;
    this.#context = options.context;
  }

  get role(): PartitionRole {
    return this.#role;
  }

  get term(): LeaderTerm | null {
    return this.#role.kind === 'leader' ? this.#role.term : null;
  }

  get isDeleted(): boolean {
    return this.#deleted;
  }

  /** -1: none is known. */
  get leader(): NodeId {
    if (this.#role.kind === 'leader') return this.#context.nodeId;
    return this.#role.kind === 'follower' ? this.#role.leader : -1;
  }

  get leaderEpoch(): LeaderEpoch {
    if (this.#role.kind === 'leader') return this.#role.term.leaderEpoch;
    return this.#role.kind === 'follower' ? this.#role.leaderEpoch : -1;
  }

  get partitionEpoch(): PartitionEpoch {
    if (this.#role.kind === 'leader') return this.#role.term.partitionEpoch;
    return this.#role.kind === 'follower' ? this.#role.partitionEpoch : -1;
  }

  get replicas(): readonly NodeId[] {
    return this.#registration?.replicas ?? [];
  }

  /** Leads from now on, or goes on leading with another assignment, ISR or epoch. */
  lead(registration: PartitionRegistration): void {
    if (registration.partitionEpoch < this.partitionEpoch) return;
    this.#registration = registration;
    if (this.#role.kind !== 'leader') {
      const { topic, topicId, partition, log } = this;
      const term = new LeaderTerm({
        topic,
        topicId,
        partition,
        log,
        context: this.#context,
        onHighWatermark: () => this.highWatermarkMoved(),
        onLowWatermark: () => this.#context.wake(this),
      });
      this.#role = { kind: 'leader', term };
      term.apply(registration);
      this.#emitRole('leader');
      return;
    }
    const epochBefore = this.leaderEpoch;
    this.#role.term.apply(registration);
    if (this.leaderEpoch !== epochBefore) this.#emitRole('leader');
  }

  /** Follows from now on. True when the leader epoch is new, so that fetching must start anew. */
  follow(registration: PartitionRegistration): boolean {
    if (registration.partitionEpoch < this.partitionEpoch) return false;
    this.#registration = registration;
    const newEpoch = registration.leaderEpoch > this.leaderEpoch;
    if (this.#role.kind === 'leader') this.#role.term.end();
    const { leader, leaderEpoch, partitionEpoch } = registration;
    this.#role = { kind: 'follower', leader, leaderEpoch, partitionEpoch };
    if (newEpoch) this.#emitRole('follower');
    return newEpoch;
  }

  /** This broker holds no replica any more; the log is somebody else's from now on. */
  delete(): void {
    this.#deleted = true;
    if (this.#role.kind === 'leader') this.#role.term.end();
    this.#role = noRole;
    this.#emitRole('none');
    for (const listener of this.#listeners) listener.onDeleted?.();
    this.#listeners.clear();
  }

  addListener(listener: PartitionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  highWatermarkMoved(): void {
    const { highWatermark } = this.log;
    for (const listener of this.#listeners) listener.onHighWatermark?.(highWatermark);
    this.#context.wake(this);
  }

  /** Finishes what waits here and can be answered now. */
  checkDelayed(): void {
    this.produces.check();
    this.fetches.check();
    this.deletions.check();
  }

  /**
   * Why this replica may not be read: FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH when the asker's epoch (-1: not given)
   * is another one, NOT_LEADER_OR_FOLLOWER when the leader is wanted and is elsewhere. NONE otherwise.
   */
  accessError(currentLeaderEpoch: LeaderEpoch, onlyLeader: boolean): ErrorCode {
    if (currentLeaderEpoch !== -1) {
      if (currentLeaderEpoch < this.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
      if (currentLeaderEpoch > this.leaderEpoch) return ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
    return onlyLeader && this.#role.kind !== 'leader' ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.NONE;
  }

  /** Appends as leader. With `requiredAcks` -1 nothing is appended while the ISR is too small. */
  append(records: Uint8Array, requiredAcks: number, origin: AppendOrigin): AppendResult {
    if (this.#role.kind !== 'leader')
      return refused(ErrorCode.NOT_LEADER_OR_FOLLOWER, `Leader not local for partition ${this.key}`);
    const { term } = this.#role;
    if (requiredAcks === -1 && term.isUnderMinIsr) {
      return refused(
        ErrorCode.NOT_ENOUGH_REPLICAS,
        `The size of the current ISR Set(${term.isr.isr.join(', ')}) is insufficient to satisfy the min.isr requirement of ` +
          `${term.effectiveMinIsr} for partition ${this.key}`,
      );
    }
    const result = this.log.appendAsLeader(records, term.leaderEpoch, origin);
    if (result.kind === 'appended' && !term.advanceHighWatermark()) this.#context.wake(this);
    return result;
  }

  /**
   * Whether an append with acks=all up to `requiredOffset` (exclusive) may be acknowledged: null while it may not.
   * NOT_ENOUGH_REPLICAS_AFTER_APPEND when the ISR shrank meanwhile.
   */
  replicationOutcome(requiredOffset: Offset): ErrorCode | null {
    if (this.#role.kind !== 'leader') return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    if (this.log.highWatermark < requiredOffset) return null;
    const { term } = this.#role;
    return term.effectiveMinIsr <= term.isr.maximalIsr.length
      ? ErrorCode.NONE
      : ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND;
  }

  /**
   * Reads into `fetch`. A follower's fetch also says how far that follower is; `recordProgress` false when the same
   * request is read again.
   */
  read(
    fetch: PartitionFetch,
    parameters: FetchParameters,
    maxBytes: number,
    minOneMessage: boolean,
    recordProgress: boolean,
  ): void {
    const error = this.accessError(fetch.currentLeaderEpoch, parameters.onlyFromLeader);
    if (error !== ErrorCode.NONE) return fetch.fail(error);
    const follower = parameters.replicaId >= 0 ? (this.term?.follower(parameters.replicaId) ?? null) : null;
    if (parameters.replicaId >= 0 && follower === null) {
      return fetch.fail(
        fetch.currentLeaderEpoch === -1 ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.UNKNOWN_LEADER_EPOCH,
      );
    }
    const { log } = this;
    const logEnd = log.logEndOffsetMetadata;
    fetch.begin(log.highWatermark, log.lastStableOffset, log.logStartOffset);
    if (fetch.lastFetchedEpoch !== -1 && !this.#checkDivergence(fetch)) return;
    const fetchedFrom = this.#readRecords(fetch, parameters.isolation, maxBytes, minOneMessage);
    if (fetchedFrom === null || follower === null || !recordProgress) return;
    const recorded = this.term!.followerFetched(
      follower,
      fetchedFrom,
      fetch.followerLogStartOffset,
      logEnd.offset,
      parameters.replicaEpoch,
      this.#context.clock.monotonic(),
    );
    if (!recorded) fetch.fail(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  }

  /** The largest epoch not above `epoch` and where it ends; null when there is none. */
  endOffsetForEpoch(
    currentLeaderEpoch: LeaderEpoch,
    epoch: LeaderEpoch,
    onlyLeader: boolean,
  ): EpochEndOffset | null | ErrorCode {
    const error = this.accessError(currentLeaderEpoch, onlyLeader);
    return error === ErrorCode.NONE ? this.log.endOffsetForEpoch(epoch) : error;
  }

  /**
   * Looks an offset up for ListOffsets. `isolation` null asks as a replica: up to the log's end. A client asking for the
   * latest offset, or finding one above what it may read, while the high watermark is still below this leader's first
   * offset, gets OFFSET_NOT_AVAILABLE (KIP-207).
   */
  offsetForTimestamp(
    timestamp: TimestampMs,
    isolation: FetchIsolation | null,
    currentLeaderEpoch: LeaderEpoch,
    onlyLeader: boolean,
  ): OffsetLookup {
    const error = this.accessError(currentLeaderEpoch, onlyLeader);
    if (error !== ErrorCode.NONE) return { error };
    const { log } = this;
    const lastFetchable = this.#endFor(isolation ?? 'log-end');
    const lagging = isolation !== null && (this.term?.epochStartOffset ?? -1) > log.highWatermark;
    if (timestamp === ListOffsetsTimestamp.latest) {
      if (lagging) return { error: ErrorCode.OFFSET_NOT_AVAILABLE };
      return { found: { timestamp: -1, offset: lastFetchable, leaderEpoch: this.leaderEpoch } };
    }
    const found = log.fetchOffsetByTimestamp(timestamp);
    if (timestamp === ListOffsetsTimestamp.earliest || timestamp === ListOffsetsTimestamp.earliestLocal)
      return { found };
    if (found !== null && found.offset < lastFetchable) return { found };
    return lagging ? { error: ErrorCode.OFFSET_NOT_AVAILABLE } : { found: null };
  }

  /** Moves the log start offset up to `offset` (-1: the high watermark). Answers the offset that was meant. */
  deleteRecords(offset: Offset): { readonly requestedOffset: Offset } | { readonly error: ErrorCode } {
    if (this.#role.kind !== 'leader') return { error: ErrorCode.NOT_LEADER_OR_FOLLOWER };
    if (!this.log.config.cleanupPolicy.delete) return { error: ErrorCode.POLICY_VIOLATION };
    const requestedOffset = offset === -1 ? this.log.highWatermark : offset;
    if (requestedOffset < 0) return { error: ErrorCode.OFFSET_OUT_OF_RANGE };
    const moved = this.log.maybeIncrementLogStartOffset(requestedOffset, 'client delete records request');
    if (moved === 'out-of-range') return { error: ErrorCode.OFFSET_OUT_OF_RANGE };
    if (moved) this.#context.wake(this);
    return { requestedOffset };
  }

  /** Bytes between `offset` and what `isolation` may read, as far as they are in one segment; null when not. */
  bytesReadable(offset: Offset, isolation: FetchIsolation): number | null {
    if (offset >= this.#endFor(isolation)) return 0;
    const snapshot = this.log.offsetSnapshot();
    const end =
      isolation === 'log-end'
        ? snapshot.logEndOffset
        : isolation === 'high-watermark'
          ? snapshot.highWatermark
          : snapshot.lastStableOffset;
    const start = this.log.offsetMetadata(offset);
    if (start === null || start.segmentBaseOffset === -1 || start.segmentBaseOffset !== end.segmentBaseOffset)
      return null;
    return end.positionInSegment - start.positionInSegment;
  }

  endOffset(isolation: FetchIsolation): Offset {
    return this.#endFor(isolation);
  }

  /** Whether a fetcher at `fetchOffset` of `lastFetchedEpoch` has left this log's history, or cannot be placed in it. */
  divergesFrom(fetchOffset: Offset, lastFetchedEpoch: LeaderEpoch): boolean {
    if (lastFetchedEpoch === this.log.latestEpoch) return fetchOffset > this.log.logEndOffset;
    const end = this.log.endOffsetForEpoch(lastFetchedEpoch);
    return end === null || end.epoch < lastFetchedEpoch || end.endOffset < fetchOffset;
  }

  #endFor(isolation: FetchIsolation): Offset {
    if (isolation === 'log-end') return this.log.logEndOffset;
    return isolation === 'high-watermark' ? this.log.highWatermark : this.log.lastStableOffset;
  }

  /** False when `fetch` is answered already: by where its log diverges, or by an error. */
  #checkDivergence(fetch: PartitionFetch): boolean {
    const { log } = this;
    if (fetch.lastFetchedEpoch === log.latestEpoch && fetch.fetchOffset <= log.logEndOffset) return true;
    const end = log.endOffsetForEpoch(fetch.lastFetchedEpoch);
    if (end === null || fetch.fetchOffset < log.logStartOffset) {
      fetch.fail(ErrorCode.OFFSET_OUT_OF_RANGE);
      return false;
    }
    if (end.epoch >= fetch.lastFetchedEpoch && end.endOffset >= fetch.fetchOffset) return true;
    fetch.divergingEpoch = end;
    return false;
  }

  /** Where the read began; null when `fetch` failed. */
  #readRecords(
    fetch: PartitionFetch,
    isolation: FetchIsolation,
    maxBytes: number,
    minOneMessage: boolean,
  ): OffsetMetadata | null {
    const logEnd = this.log.logEndOffsetMetadata;
    // What an idle follower asks for: no need to look into a file to see that there is nothing.
    if (isolation === 'log-end' && fetch.fetchOffset === logEnd.offset) return logEnd;
    const result = this.log.read(fetch.fetchOffset, maxBytes, isolation, minOneMessage);
    if (result.kind === 'out-of-range') {
      fetch.fail(ErrorCode.OFFSET_OUT_OF_RANGE);
      return null;
    }
    if (!result.firstEntryIncomplete) fetch.records = result.records;
    fetch.abortedTransactions = result.abortedTransactions;
    return result.fetchOffset;
  }

  #emitRole(role: 'leader' | 'follower' | 'none'): void {
    const { topic, partition, leader, leaderEpoch, partitionEpoch } = this;
    this.#context.tracer.emit({ type: 'replica-role', topic, partition, role, leader, leaderEpoch, partitionEpoch });
  }
}

function refused(error: ErrorCode, message: string): AppendResult {
  return { kind: 'refused', error, message, recordErrors: [] };
}
