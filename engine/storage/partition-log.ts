/**
 * The log of one partition (`UnifiedLog` without tiers): segments, leader epochs, producers, and the offsets that bound
 * what may be read.
 *
 * Invariants: every batch in it passed its CRC; an append is whole in the log or not at all; offsets rise; files are
 * Kafka's, so that its tools read them and its brokers can go on with them. Faults of the disk are thrown (DiskError)
 * and leave the log as it was before the call.
 *
 * Leaves to others: acknowledgements and who moves the high watermark (replication), when to look for old segments and
 * when to flush by time (LogDirectory), compaction (which works on closed segments through {@link segments}).
 */
import type { LeaderEpoch, Offset, PartitionIndex, TimestampMs, TopicName, Uuid } from '../base/ids.ts';
import { assert } from '../base/assert.ts';
import type { AppendRange } from './append-range.ts';
import { appendedBefore, appendedNothing, appendedRange } from './append-range.ts';
import { departFiles } from './depart-files.ts';
import type { LeaderEpochCache } from './leader-epoch-cache.ts';
import type { LogListener } from './log-bounds.ts';
import { LogBounds } from './log-bounds.ts';
import type { LogConfig } from './log-config.ts';
import { LogDurability, syncOnce } from './log-durability.ts';
import type { LoadedLog } from './log-loader.ts';
import { loadLog } from './log-loader.ts';
import { deletableSegments, retentionRules } from './log-retention.ts';
import { LogSegment, rollJitterMs } from './log-segment.ts';
import type {
  ActiveProducer,
  AppendOrigin,
  AppendRefused,
  AppendResult,
  EpochEndOffset,
  EpochEntry,
  FetchIsolation,
  LogContext,
  LogOffsetSnapshot,
  OffsetMetadata,
  OffsetOutOfRange,
  ReadResult,
  TimestampAndOffset,
} from './log-types.ts';
import { InconsistentTopicIdError } from './log-types.ts';
import { readPartitionMetadata, writePartitionMetadata } from './partition-metadata.ts';
import type { NoBatches, PrepareOptions, PreparedAppend } from './prepare-append.ts';
import { prepareAsFollower, prepareAsLeader } from './prepare-append.ts';
import type { DuplicateBatch } from './producer-changes.ts';
import { applyProducers, checkProducers } from './producer-changes.ts';
import type { ProducerState } from './producer-state.ts';
import { readLog } from './read-log.ts';
import { rebuildProducers } from './rebuild-producers.ts';
import { answerTimestamp } from './search-timestamp.ts';
import type { Segments } from './segments.ts';

export type { LogListener } from './log-bounds.ts';

export interface PartitionLogOptions {
  readonly context: LogContext;
  /** Directory of the partition, `<log dir>/<topic>-<partition>`. Made when absent. */
  readonly path: string;
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** Null: take the one in `partition.metadata`, if any. */
  readonly topicId: Uuid | null;
  readonly config: LogConfig;
  /** From the checkpoint files. */
  readonly logStartOffset?: Offset;
  readonly recoveryPoint?: Offset;
  /** The last stop was clean: nothing is scanned. A new, empty directory is clean too. */
  readonly hadCleanShutdown: boolean;
  readonly producerIdExpirationMs?: number;
  /** Makes the name of the log's directory durable, if it is not yet. Absent: the log sees to it. */
  readonly syncOwnName?: () => void;
  /** The recovery point moved back: what the checkpoint file says is too high now. */
  readonly onRecoveryPointLowered?: () => void;
}

const dayMs = 24 * 60 * 60 * 1000;

export class PartitionLog {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** `topic-partition`. */
  readonly name: string;
  readonly path: string;
  readonly segments: Segments;
  readonly #context: LogContext;
  readonly #epochs: LeaderEpochCache;
  readonly #producers: ProducerState;
  readonly #bounds: LogBounds;
  readonly #durability: LogDurability;
  #topicId: Uuid | null;
  #config: LogConfig;
  #closed = false;

  private constructor(options: PartitionLogOptions, loaded: LoadedLog) {
    const { context, path, topic, partition, config } = options;
    this.#context = context;
    this.path = path;
    this.topic = topic;
    this.partition = partition;
    this.name = `${topic}-${partition}`;
    this.#config = config;
    this.segments = loaded.segments;
    this.#epochs = loaded.epochs;
    this.#producers = loaded.producers;
    this.#bounds = new LogBounds(
      this.name,
      loaded.segments,
      loaded.producers,
      loaded.logStartOffset,
      loaded.nextOffset,
    );
    this.#durability = new LogDurability({
      context,
      path,
      segments: loaded.segments,
      epochs: loaded.epochs,
      producers: loaded.producers,
      recoveryPoint: Math.max(loaded.recoveryPoint, loaded.logStartOffset),
      isUnsynced: loaded.isNew || !options.hadCleanShutdown,
      syncOwnName: options.syncOwnName ?? syncOnce(context.disk, path.slice(0, path.lastIndexOf('/'))),
      onLowered: options.onRecoveryPointLowered ?? (() => {}),
    });
    this.#topicId = readPartitionMetadata(context.disk, path);
    if (options.topicId !== null) this.assignTopicId(options.topicId);
  }

  /** Opens or creates; recovers when `hadCleanShutdown` is false. */
  static open(options: PartitionLogOptions): PartitionLog {
    const { context, path, topic, partition, config } = options;
    const loaded = loadLog({
      context,
      directory: path,
      name: `${topic}-${partition}`,
      config,
      logStartOffset: options.logStartOffset ?? 0,
      recoveryPoint: options.recoveryPoint ?? 0,
      hadCleanShutdown: options.hadCleanShutdown,
      producerExpirationMs: options.producerIdExpirationMs ?? dayMs,
    });
    const { recovered, nextOffset } = loaded;
    if (recovered !== null) {
      const { from, truncatedBytes } = recovered;
      context.tracer.emit({ type: 'log-recovered', topic, partition, from, to: nextOffset, truncatedBytes });
    }
    return new PartitionLog(options, loaded);
  }

  get topicId(): Uuid | null {
    return this.#topicId;
  }
  get config(): LogConfig {
    return this.#config;
  }
  get logStartOffset(): Offset {
    return this.#bounds.logStartOffset;
  }
  get logEndOffset(): Offset {
    return this.#bounds.logEnd.offset;
  }
  get logEndOffsetMetadata(): OffsetMetadata {
    return this.#bounds.logEnd;
  }
  get highWatermark(): Offset {
    return this.#bounds.highWatermark;
  }
  get lastStableOffset(): Offset {
    return this.#bounds.lastStableOffset;
  }
  /** Records below it are durable. */
  get recoveryPoint(): Offset {
    return this.#durability.recoveryPoint;
  }
  get lastFlushedMs(): TimestampMs {
    return this.#durability.lastFlushedMs;
  }
  get sizeInBytes(): number {
    return this.segments.sizeInBytes;
  }
  get segmentCount(): number {
    return this.segments.count;
  }
  get latestEpoch(): LeaderEpoch | null {
    return this.#epochs.latest?.epoch ?? null;
  }
  get epochEntries(): readonly EpochEntry[] {
    return this.#epochs.entries;
  }

  /** Throws InconsistentTopicIdError when another one is on disk. */
  assignTopicId(topicId: Uuid): void {
    if (this.#topicId === topicId) return;
    if (this.#topicId !== null) {
      throw new InconsistentTopicIdError(
        `Tried to assign topic ID ${topicId} to log for topic partition ${this.name}, but log already contained topic ID ${this.#topicId}`,
      );
    }
    writePartitionMetadata(this.#context.disk, this.path, topicId);
    this.#durability.metadataChanged();
    this.#topicId = topicId;
  }

  updateConfig(config: LogConfig): void {
    this.#config = config;
  }

  setListener(listener: LogListener | null): void {
    this.#bounds.listener = listener;
  }

  /** Offsets with their positions, for fetch and for followers' progress. */
  offsetSnapshot(): LogOffsetSnapshot {
    return this.#bounds.snapshot();
  }

  /** Where `offset` lies; null when it is below the first segment or above the end. */
  offsetMetadata(offset: Offset): OffsetMetadata | null {
    return this.#bounds.metadataOf(offset);
  }

  /** Assigns offsets and epoch in the given bytes, in place, and appends them. */
  appendAsLeader(records: Uint8Array, leaderEpoch: LeaderEpoch, origin: AppendOrigin = 'client'): AppendResult {
    return this.#append(prepareAsLeader(records, origin, this.#prepareOptions(leaderEpoch)));
  }

  /**
   * Batches with their offsets; those of a later epoch than `leaderEpoch`, when given, are left out. Throws
   * UnexpectedAppendOffsetError when they do not continue the log.
   */
  appendAsFollower(records: Uint8Array, leaderEpoch: LeaderEpoch = -1): AppendResult {
    return this.#append(prepareAsFollower(records, this.#prepareOptions(leaderEpoch)));
  }

  #prepareOptions(leaderEpoch: LeaderEpoch): PrepareOptions {
    const { logEndOffset, name: partition } = this;
    return { context: this.#context, config: this.#config, partition, logEndOffset, leaderEpoch };
  }

  #append(prepared: PreparedAppend | NoBatches | AppendRefused): AppendResult {
    assert(!this.#closed, () => `append to ${this.name}, which is closed`);
    if (prepared.kind === 'refused') return prepared;
    if (prepared.kind === 'none') return appendedNothing(this.logStartOffset);
    const { records, range, origin } = prepared;
    const segment = this.#rollIfDue(records.length, range);
    const producers = checkProducers(this.#producers, records, segment, origin);
    if (producers.kind === 'refused') return producers;
    if (producers.kind === 'duplicate') return this.#hasAlready(producers, range);
    this.#epochs.assignAll(records);
    segment.append(records, range.maxTimestamp);
    this.#bounds.moveLogEnd(range.lastOffset + 1);
    applyProducers(this.#producers, segment, producers);
    this.#producers.updateMapEndOffset(this.logEndOffset);
    if (producers.appends.length > 0) this.#bounds.updateFirstUnstable();
    if (this.logEndOffset - this.recoveryPoint >= this.#config.flushMessages) this.flush();
    return appendedRange(range, records.length, this.logStartOffset);
  }

  #hasAlready({ batch, sent }: DuplicateBatch, range: AppendRange): AppendResult {
    const { topic, partition } = this;
    const { producerId, producerEpoch, baseSequence, recordCount: records } = sent;
    const answer = appendedBefore(batch, range, this.logStartOffset);
    const { firstOffset: baseOffset } = answer;
    const where = { topic, partition, producerId, producerEpoch, baseSequence, records, baseOffset };
    this.#context.tracer.emit({ type: 'duplicate-dropped', ...where });
    return answer;
  }

  read(startOffset: Offset, maxBytes: number, isolation: FetchIsolation, minOneMessage: boolean): ReadResult {
    if (startOffset < this.logStartOffset) {
      return this.#outOfRange(startOffset, `starting from offset: ${this.logStartOffset}`);
    }
    const { logEnd } = this.#bounds;
    const limit = this.#limitOf(isolation);
    const withAborted = isolation === 'committed';
    const read = readLog(this.segments, logEnd, { startOffset, maxBytes, limit, minOneMessage, withAborted });
    return read.kind === 'records' ? read : this.#outOfRange(startOffset, `upto ${logEnd.offset}`);
  }

  #outOfRange(offset: Offset, have: string): OffsetOutOfRange {
    const message = `Received request for offset ${offset} for partition ${this.name}, but we only have log segments ${have}.`;
    return { kind: 'out-of-range', message };
  }

  #limitOf(isolation: FetchIsolation): OffsetMetadata {
    if (isolation === 'log-end') return this.#bounds.logEnd;
    return isolation === 'committed' ? this.#bounds.lastStableMetadata() : this.#bounds.highWatermarkMetadata();
  }

  /** Null when no record answers the question. */
  fetchOffsetByTimestamp(timestamp: TimestampMs): TimestampAndOffset | null {
    const { segments, logStartOffset, logEndOffset, epochEntries } = this;
    const { codecs } = this.#context;
    return answerTimestamp(timestamp, { segments, logStartOffset, logEndOffset, epochEntries, codecs });
  }

  /** Bounded by log start and log end; for a leader's start and for checkpoints. Returns the new one. */
  updateHighWatermark(offset: Offset): Offset {
    this.#bounds.updateHighWatermark(offset);
    return this.highWatermark;
  }

  /** Leader: forward only. Returns the old one when it moved. */
  maybeIncrementHighWatermark(newHighWatermark: OffsetMetadata): OffsetMetadata | null {
    return this.#bounds.incrementHighWatermark(newHighWatermark);
  }

  /** Follower: bounded as above. Returns the new one when it changed. */
  maybeUpdateHighWatermark(offset: Offset): Offset | null {
    const old = this.highWatermark;
    return this.updateHighWatermark(offset) === old ? null : this.highWatermark;
  }

  /** False: not larger than before. `out-of-range`: above the high watermark. */
  maybeIncrementLogStartOffset(offset: Offset, reason: string): boolean | 'out-of-range' {
    if (offset > this.highWatermark) return 'out-of-range';
    if (offset <= this.logStartOffset) return false;
    this.#bounds.setLogStartOffset(offset);
    this.#durability.raiseTo(offset);
    this.#log('info', `Incremented log start offset to ${offset} due to ${reason}`);
    this.#epochs.truncateFromStart(offset);
    this.#producers.onLogStartOffset(offset);
    this.#bounds.updateFirstUnstable();
    return true;
  }

  assignEpochStartOffset(epoch: LeaderEpoch, startOffset: Offset): void {
    this.#epochs.assign(epoch, startOffset);
  }

  /** The largest epoch not above `epoch` and its end; null when there is none. */
  endOffsetForEpoch(epoch: LeaderEpoch): EpochEndOffset | null {
    return this.#epochs.endOffsetFor(epoch, this.logEndOffset);
  }

  /** The epoch of the record at `offset`, as far as it is known. */
  epochForOffset(offset: Offset): LeaderEpoch | null {
    return this.#epochs.epochForOffset(offset);
  }

  activeProducers(): ActiveProducer[] {
    return this.#producers.describe();
  }

  removeExpiredProducers(): void {
    this.#producers.removeExpired(this.#context.clock.now());
  }

  truncateTo(offset: Offset): boolean {
    if (offset >= this.logEndOffset) {
      this.#epochs.truncateFromEnd(this.logEndOffset);
      return false;
    }
    this.#log('info', `Truncating to offset ${offset}`);
    if (this.segments.first.baseOffset > offset) this.truncateFullyAndStartAt(offset);
    else this.#cutAt(offset);
    return true;
  }

  #cutAt(offset: Offset): void {
    const now = this.#context.clock.now();
    this.#removeSegments(this.segments.values.filter((segment) => segment.baseOffset > offset));
    this.segments.active.truncateTo(offset, now);
    this.#bounds.moveLogEnd(offset);
    this.#durability.lowerTo(offset);
    this.#epochs.truncateFromEnd(offset);
    const logStartOffset = Math.min(offset, this.logStartOffset);
    this.#bounds.setLogStartOffset(logStartOffset);
    rebuildProducers(this.#producers, this.segments, {
      logStartOffset,
      lastOffset: offset,
      now,
      afterCleanShutdown: false,
    });
    this.#bounds.capHighWatermark();
    this.#bounds.updateFirstUnstable();
  }

  /** Removes everything; the next append is at `newOffset`. */
  truncateFullyAndStartAt(newOffset: Offset, logStartOffset: Offset = newOffset): void {
    this.#removeSegments([...this.segments.values]);
    this.segments.add(this.#newSegment(newOffset));
    this.#epochs.clear();
    this.#producers.truncateFullyAndStartAt(newOffset);
    this.#bounds.setLogStartOffset(logStartOffset);
    this.#bounds.moveLogEnd(newOffset);
    this.#durability.lowerTo(newOffset);
    this.#durability.raiseTo(logStartOffset);
    this.#bounds.updateHighWatermark(newOffset);
  }

  /** Closes the active segment and begins a new one at the log end, or at `expectedOffset` when that is larger. */
  roll(expectedOffset: Offset = 0, reason = 'asked'): LogSegment {
    const newOffset = Math.max(expectedOffset, this.logEndOffset);
    const { active } = this.segments;
    if (active.baseOffset === newOffset) {
      assert(active.size === 0, () => `${this.name}: segment ${newOffset} is there already, with ${active.size} bytes`);
      return active;
    }
    active.seal();
    // Durable before the next segment exists: otherwise a power loss could leave a hole between the two.
    this.#durability.flushUpTo(this.logEndOffset);
    const segment = this.#newSegment(newOffset);
    this.segments.add(segment);
    this.#bounds.moveLogEnd(this.logEndOffset);
    this.#bounds.capHighWatermark();
    this.#producers.updateMapEndOffset(newOffset);
    this.#producers.takeSnapshot();
    const { topic, partition } = this;
    this.#context.tracer.emit({ type: 'segment-rolled', topic, partition, baseOffset: newOffset, reason });
    this.#log('info', `Rolled new log segment at offset ${newOffset}.`);
    return segment;
  }

  #rollIfDue(bytes: number, range: AppendRange): LogSegment {
    const { active } = this.segments;
    const now = this.#context.clock.now();
    const reason = active.rollReason(bytes, range.maxTimestamp, range.lastOffset, this.#config, now);
    return reason === null ? active : this.roll(range.firstOffset, reason);
  }

  /** Makes all records durable. `forceFlushActiveSegment`: the active segment even when it is empty. */
  flush(options: { forceFlushActiveSegment?: boolean } = {}): void {
    const end = this.logEndOffset;
    this.#durability.flushUpTo(options.forceFlushActiveSegment === true ? end + 1 : end, end);
  }

  /** Index entries that are only in memory go to their files, for tools that look from outside. */
  writeIndexes(): void {
    this.segments.active.writeIndexes();
  }

  /** Retention by log start offset, size and time. Number of segments removed. */
  deleteOldSegments(): number {
    let removed = 0;
    for (const { reason, start } of retentionRules(this.#config, this.#context.clock.now())) {
      const rule = start(this);
      if (rule !== null) removed += this.#deleteSegments(deletableSegments(this, rule), reason);
    }
    return removed;
  }

  #deleteSegments(deletable: readonly LogSegment[], reason: string): number {
    const last = deletable.at(-1);
    if (last === undefined) return 0;
    // There is always an active segment: when all go, a new one comes first.
    if (deletable.length === this.segments.count) this.roll(0, reason);
    const next = this.segments.behind(last);
    assert(next !== null, () => `${this.name}: no segment is left behind ${last.baseOffset}`);
    this.maybeIncrementLogStartOffset(next.baseOffset, 'segment deletion');
    this.#removeSegments(deletable);
    const { topic, partition } = this;
    for (const { baseOffset } of deletable) {
      this.#context.tracer.emit({ type: 'segment-deleted', topic, partition, baseOffset, reason });
      this.#log('info', `Deleting segment ${baseOffset} due to ${reason}`);
    }
    return deletable.length;
  }

  /** Files get `.deleted` at once and go after `file.delete.delay.ms`. */
  #removeSegments(segments: readonly LogSegment[]): void {
    const paths: string[] = [];
    for (const segment of segments) {
      this.segments.remove(segment);
      paths.push(...segment.markDeleted());
      const snapshot = this.#producers.markSnapshotDeleted(segment.baseOffset);
      if (snapshot !== null) paths.push(snapshot);
    }
    if (paths.length > 0) this.#durability.directoryChanged();
    departFiles(this.#context, paths, this.#config.fileDeleteDelayMs);
  }

  /** Writes what is pending and lets go of the files. The log must not be used afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#bounds.listener = null;
    this.#producers.takeSnapshot();
    for (const segment of this.segments.values) segment.close();
    this.#durability.flushSmallFiles();
  }

  /** Lets go of the files as they are: the log is being deleted, or its disk has failed. */
  closeWithoutWriting(): void {
    this.#closed = true;
    this.#bounds.listener = null;
    for (const segment of this.segments.values) segment.closeFile();
  }

  #newSegment(baseOffset: Offset): LogSegment {
    const { disk, clock } = this.#context;
    const config = this.#config;
    this.#durability.directoryChanged();
    return LogSegment.create({
      disk,
      directory: this.path,
      baseOffset,
      config,
      now: clock.now(),
      rollJitterMs: rollJitterMs(this.#context.random, config),
    });
  }

  #log(level: 'info' | 'warn', message: string): void {
    this.#context.tracer.log(level, `UnifiedLog partition=${this.name}`, message);
  }
}
