/**
 * The log of one partition (`UnifiedLog` without tiers): segments, leader epochs, producers, and the offsets that bound
 * what may be read.
 *
 * Invariants: logStartOffset <= lastStableOffset <= highWatermark <= logEndOffset; every batch in it passed its CRC; an
 * append is whole in the log or not at all; files are Kafka's, so that its tools read them and its brokers can go on
 * with them. Faults of the disk are thrown (DiskError) and leave the log as it was before the call.
 *
 * Leaves to others: acknowledgements and who moves the high watermark (replication), when to look for old segments and
 * when to flush by time (LogDirectory), compaction (which works on closed segments through {@link segments}).
 */
import type { LeaderEpoch, Offset, PartitionIndex, TimestampMs, TopicName, Uuid } from '../base/ids.ts';
import { assert } from '../base/assert.ts';
import { DiskError } from '../env/index.ts';
import { ErrorCode } from '../protocol/index.ts';
import { BatchHeader, batchHeader } from '../record/index.ts';
import type { BatchesInfo } from './analyze-batches.ts';
import { analyzeBatches } from './analyze-batches.ts';
import { departFiles } from './depart-files.ts';
import type { LeaderEpochCache } from './leader-epoch-cache.ts';
import type { LogConfig } from './log-config.ts';
import { loadLog } from './log-loader.ts';
import type { LoadedLog } from './log-loader.ts';
import { isOffsetOnly, isOnOlderSegment, offsetOnly } from './log-offsets.ts';
import { deletableSegments, retentionRules } from './log-retention.ts';
import { LogSegment } from './log-segment.ts';
import type {
  ActiveProducer,
  AppendOrigin,
  AppendRefused,
  AppendResult,
  Appended,
  EpochEndOffset,
  EpochEntry,
  FetchIsolation,
  LogContext,
  LogOffsetSnapshot,
  OffsetMetadata,
  ReadResult,
  TimestampAndOffset,
} from './log-types.ts';
import { InconsistentTopicIdError, ListOffsetsTimestamp, UnexpectedAppendOffsetError } from './log-types.ts';
import { partitionMetadataFile, readPartitionMetadata, writePartitionMetadata } from './partition-metadata.ts';
import type { CompletedTransaction, ProducerAppend } from './producer-append.ts';
import { refuse } from './producer-append.ts';
import type { BatchMetadata } from './producer-entry.ts';
import type { ProducerState } from './producer-state.ts';
import { readLog } from './read-log.ts';
import { rebuildProducers } from './rebuild-producers.ts';
import { searchMaxTimestamp, searchTimestamp } from './search-timestamp.ts';
import type { Segments } from './segments.ts';
import { validateBatch } from './validate-batch.ts';
import { syncFile } from './write-file.ts';

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
  /** The recovery point moved back: what the checkpoint file says is too high now. */
  readonly onRecoveryPointLowered?: () => void;
}

export interface LogListener {
  onHighWatermarkUpdated?(highWatermark: Offset): void;
}

const dayMs = 24 * 60 * 60 * 1000;

export class PartitionLog {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** `topic-partition`. */
  readonly name: string;
  readonly #context: LogContext;
  readonly #onRecoveryPointLowered: () => void;
  #path: string;
  #topicId: Uuid | null;
  #config: LogConfig;
  #listener: LogListener | null = null;
  readonly #segments: Segments;
  readonly #epochs: LeaderEpochCache;
  readonly #producers: ProducerState;
  #logStartOffset: Offset;
  #logEnd: OffsetMetadata;
  #highWatermark: OffsetMetadata;
  #firstUnstable: OffsetMetadata | null = null;
  #recoveryPoint: Offset;
  #lastFlushedMs: TimestampMs;
  #metadataUnsynced = false;
  #closed = false;

  private constructor(options: PartitionLogOptions, loaded: LoadedLog) {
    const { context, path, topic, partition, config } = options;
    this.#context = context;
    this.#path = path;
    this.topic = topic;
    this.partition = partition;
    this.name = `${topic}-${partition}`;
    this.#config = config;
    this.#onRecoveryPointLowered = options.onRecoveryPointLowered ?? (() => {});
    this.#segments = loaded.segments;
    this.#epochs = loaded.epochs;
    this.#producers = loaded.producers;
    this.#logStartOffset = loaded.logStartOffset;
    this.#recoveryPoint = Math.max(loaded.recoveryPoint, loaded.logStartOffset);
    this.#logEnd = this.#endAt(loaded.nextOffset);
    this.#highWatermark = offsetOnly(loaded.logStartOffset);
    this.#lastFlushedMs = context.clock.now();
    this.#topicId = readPartitionMetadata(context.disk, path);
    if (options.topicId !== null) this.assignTopicId(options.topicId);
    this.#updateFirstUnstable();
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
      rollJitterMs: () => rollJitterMs(context, config),
    });
    const { recovered, nextOffset } = loaded;
    if (recovered !== null) {
      const { from, truncatedBytes } = recovered;
      context.tracer.emit({ type: 'log-recovered', topic, partition, from, to: nextOffset, truncatedBytes });
    }
    return new PartitionLog(options, loaded);
  }

  get path(): string {
    return this.#path;
  }
  get topicId(): Uuid | null {
    return this.#topicId;
  }
  get config(): LogConfig {
    return this.#config;
  }
  get segments(): Segments {
    return this.#segments;
  }
  get logStartOffset(): Offset {
    return this.#logStartOffset;
  }
  get logEndOffset(): Offset {
    return this.#logEnd.offset;
  }
  get logEndOffsetMetadata(): OffsetMetadata {
    return this.#logEnd;
  }
  get highWatermark(): Offset {
    return this.#highWatermark.offset;
  }
  get lastStableOffset(): Offset {
    const unstable = this.#firstUnstable;
    return unstable !== null && unstable.offset < this.highWatermark ? unstable.offset : this.highWatermark;
  }
  get recoveryPoint(): Offset {
    return this.#recoveryPoint;
  }
  get lastFlushedMs(): TimestampMs {
    return this.#lastFlushedMs;
  }
  get sizeInBytes(): number {
    return this.#segments.sizeInBytes;
  }
  get segmentCount(): number {
    return this.#segments.count;
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
    writePartitionMetadata(this.#context.disk, this.#path, topicId);
    this.#metadataUnsynced = true;
    this.#topicId = topicId;
  }

  updateConfig(config: LogConfig): void {
    this.#config = config;
  }

  setListener(listener: LogListener | null): void {
    this.#listener = listener;
  }

  /** Offsets with their positions, for fetch and for followers' progress. */
  offsetSnapshot(): LogOffsetSnapshot {
    const lastStableOffset = this.#lastStableMetadata();
    const highWatermark = this.#highWatermarkMetadata();
    return { logStartOffset: this.#logStartOffset, logEndOffset: this.#logEnd, highWatermark, lastStableOffset };
  }

  /** Where `offset` lies; null when it is below the first segment or above the end. */
  offsetMetadata(offset: Offset): OffsetMetadata | null {
    const read = readLog(this.#segments, this.#logEnd, offset, 1, this.#logEnd, false);
    return read.kind === 'records' ? read.fetchOffset : null;
  }

  /** Assigns offsets and epoch in the given bytes, in place, and appends them. */
  appendAsLeader(records: Uint8Array, leaderEpoch: LeaderEpoch, origin: AppendOrigin = 'client'): AppendResult {
    const { maxMessageBytes } = this.#config;
    const info = analyzeBatches(records, { origin, partition: this.name, leaderEpoch, maxMessageBytes });
    if (info.kind === 'refused' || info.validBytes === 0)
      return info.kind === 'refused' ? info : this.#nothingAppended();
    if (origin === 'raft-leader') return this.#appendGiven(records.subarray(0, info.validBytes), info, origin);
    if (info.batchCount > 1) {
      return refuse(ErrorCode.INVALID_RECORD, 'Compressed outer record has more than one batch');
    }
    const now = this.#context.clock.now();
    const { codecs } = this.#context;
    const valid = validateBatch(batchHeader(records), {
      partition: this.name,
      origin,
      config: this.#config,
      codecs,
      now,
    });
    if (valid.kind === 'refused') return valid;
    const { batch } = valid;
    batch.setBaseOffset(this.logEndOffset);
    batch.setLeaderEpoch(leaderEpoch);
    const logAppendTimeMs = this.#config.messageTimestampType === 'log-append-time' ? now : -1;
    return this.#append(
      batch.batchBytes,
      { ...rangeOf(batch), recordCount: info.recordCount, logAppendTimeMs },
      origin,
    );
  }

  /**
   * Batches that carry their offsets; those of a later epoch than `leaderEpoch`, when given, are left out. Throws
   * UnexpectedAppendOffsetError when they do not continue the log.
   */
  appendAsFollower(records: Uint8Array, leaderEpoch: LeaderEpoch = -1): AppendResult {
    const info = analyzeBatches(records, {
      origin: 'replication',
      partition: this.name,
      leaderEpoch,
      maxMessageBytes: null,
    });
    if (info.kind === 'refused') return info;
    if (info.validBytes === 0) return this.#nothingAppended();
    return this.#appendGiven(records.subarray(0, info.validBytes), info, 'replication');
  }

  #appendGiven(records: Uint8Array, info: BatchesInfo, origin: AppendOrigin): AppendResult {
    const { firstOffset, lastOffset } = info;
    if (!info.isMonotonic) {
      throw new UnexpectedAppendOffsetError(
        `Out of order offsets found in append to ${this.name}`,
        firstOffset,
        lastOffset,
      );
    }
    if (firstOffset < this.logEndOffset) {
      throw new UnexpectedAppendOffsetError(
        `Unexpected offset in append to ${this.name}. First offset ${firstOffset} is less than the next offset ${this.logEndOffset}. Last offset in append: ${lastOffset}. Log start offset = ${this.#logStartOffset}`,
        firstOffset,
        lastOffset,
      );
    }
    return this.#append(records, { ...info, logAppendTimeMs: -1 }, origin);
  }

  #append(records: Uint8Array, range: AppendRange, origin: AppendOrigin): AppendResult {
    assert(!this.#closed, () => `append to ${this.name}, which is closed`);
    if (records.length > this.#config.segmentBytes) {
      return refuse(
        ErrorCode.RECORD_LIST_TOO_LARGE,
        `Message batch size is ${records.length} bytes in append to partition ${this.name}, which exceeds the maximum configured segment size of ${this.#config.segmentBytes}.`,
      );
    }
    const segment = this.#rollIfDue(records.length, range);
    const producers = this.#checkProducers(records, segment, origin);
    if ('kind' in producers) return producers;
    if (producers.duplicate !== null) return this.#duplicate(producers.duplicate, range);
    for (let at = 0; at < records.length;) {
      const batch = new BatchHeader(records, at);
      this.#epochs.assign(batch.leaderEpoch, batch.baseOffset);
      at += batch.sizeInBytes;
    }
    segment.append(records, range.maxTimestamp);
    this.#logEnd = this.#endAt(range.lastOffset + 1);
    this.#applyProducers(segment, producers);
    if (this.logEndOffset - this.#recoveryPoint >= this.#config.flushMessages) this.flush();
    const { firstOffset, lastOffset, lastLeaderEpoch, maxTimestamp, recordCount, logAppendTimeMs } = range;
    return {
      kind: 'appended',
      firstOffset,
      lastOffset,
      lastLeaderEpoch,
      maxTimestamp,
      logAppendTimeMs,
      logStartOffset: this.#logStartOffset,
      sizeInBytes: records.length,
      recordCount,
      duplicate: false,
    };
  }

  #nothingAppended(): Appended {
    return {
      kind: 'appended',
      firstOffset: -1,
      lastOffset: -1,
      lastLeaderEpoch: -1,
      maxTimestamp: -1,
      logAppendTimeMs: -1,
      logStartOffset: this.#logStartOffset,
      sizeInBytes: 0,
      recordCount: 0,
      duplicate: false,
    };
  }

  #duplicate(known: BatchMetadata, range: AppendRange): Appended {
    return {
      ...this.#nothingAppended(),
      firstOffset: known.lastOffset - known.offsetDelta,
      lastOffset: known.lastOffset,
      lastLeaderEpoch: range.lastLeaderEpoch,
      maxTimestamp: range.maxTimestamp,
      logAppendTimeMs: known.timestamp,
      recordCount: range.recordCount,
      duplicate: true,
    };
  }

  #checkProducers(records: Uint8Array, segment: LogSegment, origin: AppendOrigin): ProducerChanges | AppendRefused {
    const changes: ProducerChanges = { appends: [], completed: [], duplicate: null };
    for (let at = 0; at < records.length;) {
      const batch = new BatchHeader(records, at);
      const size = batch.sizeInBytes;
      if (batch.hasProducerId) {
        const { producerId } = batch;
        if (origin === 'client') {
          changes.duplicate = this.#producers.entries.get(producerId)?.findDuplicate(batch) ?? null;
          if (changes.duplicate !== null) return changes;
        }
        let append = changes.appends.find((other) => other.producerId === producerId);
        if (append === undefined) {
          append = this.#producers.prepare(producerId, origin);
          changes.appends.push(append);
        }
        const firstOffset = {
          offset: batch.baseOffset,
          segmentBaseOffset: segment.baseOffset,
          positionInSegment: segment.size + at,
        };
        const outcome = append.append(batch, firstOffset);
        if (outcome !== null && 'kind' in outcome) {
          if (origin !== 'replication') return outcome;
          this.#log('warn', outcome.message);
        } else if (outcome !== null) changes.completed.push(outcome);
      }
      at += size;
    }
    return changes;
  }

  #applyProducers(segment: LogSegment, { appends, completed }: ProducerChanges): void {
    for (const append of appends) this.#producers.update(append);
    for (const transaction of completed) {
      const lastStableOffset = this.#producers.lastStableOffsetAfter(transaction);
      if (transaction.isAborted) segment.transactionIndex.append({ ...transaction, lastStableOffset });
      this.#producers.complete(transaction);
    }
    this.#producers.updateMapEndOffset(this.logEndOffset);
    if (appends.length > 0) this.#updateFirstUnstable();
  }

  read(startOffset: Offset, maxBytes: number, isolation: FetchIsolation, minOneMessage: boolean): ReadResult {
    if (startOffset < this.#logStartOffset) {
      return {
        kind: 'out-of-range',
        message: `Received request for offset ${startOffset} for partition ${this.name}, but we only have log segments starting from offset: ${this.#logStartOffset}.`,
      };
    }
    const limit =
      isolation === 'log-end'
        ? this.#logEnd
        : isolation === 'high-watermark'
          ? this.#highWatermarkMetadata()
          : this.#lastStableMetadata();
    const read = readLog(
      this.#segments,
      this.#logEnd,
      startOffset,
      maxBytes,
      limit,
      minOneMessage,
      isolation === 'committed',
    );
    if (read.kind === 'records') return read;
    return {
      kind: 'out-of-range',
      message: `Received request for offset ${startOffset} for partition ${this.name}, but we only have log segments upto ${this.logEndOffset}.`,
    };
  }

  /** Null when no record answers the question. */
  fetchOffsetByTimestamp(timestamp: TimestampMs): TimestampAndOffset | null {
    switch (timestamp) {
      case ListOffsetsTimestamp.earliest:
      case ListOffsetsTimestamp.earliestLocal: {
        const earliest = this.#epochs.earliest;
        const leaderEpoch = earliest !== null && earliest.startOffset <= this.#logStartOffset ? earliest.epoch : null;
        return { timestamp: -1, offset: this.#logStartOffset, leaderEpoch };
      }
      case ListOffsetsTimestamp.latest:
        return { timestamp: -1, offset: this.logEndOffset, leaderEpoch: this.latestEpoch };
      case ListOffsetsTimestamp.latestTiered:
      case ListOffsetsTimestamp.earliestPendingUpload:
        return { timestamp: -1, offset: -1, leaderEpoch: -1 };
      case ListOffsetsTimestamp.maxTimestamp:
        return searchMaxTimestamp(this.#segments, this.#context.codecs);
      default:
        return searchTimestamp(this.#segments, timestamp, this.#logStartOffset, this.#context.codecs);
    }
  }

  /** Bounded by log start and log end; for a leader's start and for checkpoints. Returns the new one. */
  updateHighWatermark(offset: Offset): Offset {
    if (offset < this.#logStartOffset) this.#setHighWatermark(offsetOnly(this.#logStartOffset));
    else if (offset >= this.logEndOffset) this.#setHighWatermark(this.#logEnd);
    else this.#setHighWatermark(offsetOnly(offset));
    return this.highWatermark;
  }

  /** Leader: forward only. Returns the old one when it moved. */
  maybeIncrementHighWatermark(newHighWatermark: OffsetMetadata): OffsetMetadata | null {
    assert(
      newHighWatermark.offset <= this.logEndOffset,
      () => `${this.name}: high watermark ${newHighWatermark.offset} is above the log end ${this.logEndOffset}`,
    );
    const old = this.#highWatermark;
    const isOnNewerSegment =
      old.offset === newHighWatermark.offset && isOnOlderSegment(this.#highWatermarkMetadata(), newHighWatermark);
    if (old.offset >= newHighWatermark.offset && !isOnNewerSegment) return null;
    this.#setHighWatermark(newHighWatermark);
    return old;
  }

  /** Follower: bounded as above. Returns the new one when it changed. */
  maybeUpdateHighWatermark(offset: Offset): Offset | null {
    const old = this.highWatermark;
    const updated = this.updateHighWatermark(offset);
    return updated === old ? null : updated;
  }

  /** False: not larger than before. `out-of-range`: above the high watermark. */
  maybeIncrementLogStartOffset(offset: Offset, reason: string): boolean | 'out-of-range' {
    if (offset > this.highWatermark) return 'out-of-range';
    if (offset <= this.#logStartOffset) return false;
    this.#setLogStartOffset(offset);
    this.#log('info', `Incremented log start offset to ${offset} due to ${reason}`);
    this.#epochs.truncateFromStart(offset);
    this.#producers.onLogStartOffset(offset);
    this.#updateFirstUnstable();
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
    return [...this.#producers.entries.values()].map((entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.producerEpoch,
      lastSequence: entry.lastSequence,
      lastTimestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTransactionStartOffset: entry.currentTransactionFirstOffset ?? -1,
    }));
  }

  removeExpiredProducers(): void {
    this.#producers.removeExpired(this.#context.clock.now());
  }

  /** True when something was removed. */
  truncateTo(offset: Offset): boolean {
    const end = this.logEndOffset;
    if (offset >= end) {
      this.#epochs.truncateFromEnd(end);
      return false;
    }
    this.#log('info', `Truncating to offset ${offset}`);
    this.#traceTruncation(end, offset);
    if (this.#segments.first.baseOffset > offset) this.#startAt(offset, offset);
    else this.#cutAt(offset);
    return true;
  }

  #cutAt(offset: Offset): void {
    this.#removeSegments(this.#segments.values.filter((segment) => segment.baseOffset > offset));
    this.#segments.active.truncateTo(offset, this.#context.clock.now());
    this.#logEnd = this.#endAt(offset);
    this.#lowerRecoveryPoint(offset);
    this.#epochs.truncateFromEnd(offset);
    this.#logStartOffset = Math.min(offset, this.#logStartOffset);
    rebuildProducers(this.#producers, this.#segments, {
      logStartOffset: this.#logStartOffset,
      lastOffset: offset,
      now: this.#context.clock.now(),
      afterCleanShutdown: false,
    });
    this.#capHighWatermark();
    this.#updateFirstUnstable();
  }

  /** Removes everything; the next append is at `newOffset`. */
  truncateFullyAndStartAt(newOffset: Offset, logStartOffset: Offset = newOffset): void {
    this.#traceTruncation(this.logEndOffset, newOffset);
    this.#startAt(newOffset, logStartOffset);
  }

  #startAt(newOffset: Offset, logStartOffset: Offset): void {
    const old = [...this.#segments.values];
    this.#removeSegments(old);
    this.#segments.add(this.#newSegment(newOffset));
    this.#epochs.clear();
    this.#producers.truncateFullyAndStartAt(newOffset);
    this.#logStartOffset = logStartOffset;
    this.#logEnd = this.#endAt(newOffset);
    this.#lowerRecoveryPoint(newOffset);
    if (this.#recoveryPoint < logStartOffset) this.#recoveryPoint = logStartOffset;
    this.#firstUnstable = null;
    this.updateHighWatermark(newOffset);
  }

  /** Closes the active segment and begins a new one at the log end, or at `expectedOffset` when that is larger. */
  roll(expectedOffset: Offset = 0, reason = 'asked'): LogSegment {
    const newOffset = Math.max(expectedOffset, this.logEndOffset);
    const { active } = this.#segments;
    if (active.baseOffset === newOffset) {
      if (active.size === 0) return active;
      assert(
        false,
        () => `${this.name}: segment ${newOffset} to be rolled is there already, with ${active.size} bytes`,
      );
    }
    active.seal();
    const segment = this.#newSegment(newOffset);
    this.#segments.add(segment);
    this.#producers.updateMapEndOffset(newOffset);
    this.#producers.takeSnapshot();
    this.#logEnd = this.#endAt(this.logEndOffset);
    this.#capHighWatermark();
    const { topic, partition } = this;
    this.#context.tracer.emit({ type: 'segment-rolled', topic, partition, baseOffset: newOffset, reason });
    this.#log('info', `Rolled new log segment at offset ${newOffset}.`);
    this.#later(() => this.#flushUpTo(newOffset, newOffset));
    return segment;
  }

  #rollIfDue(bytes: number, range: AppendRange): LogSegment {
    const { active } = this.#segments;
    const now = this.#context.clock.now();
    const reason = active.rollReason(bytes, range.maxTimestamp, range.lastOffset, this.#config, now);
    return reason === null ? active : this.roll(range.firstOffset, reason);
  }

  /** Makes all records durable. `forceFlushActiveSegment`: the active segment even when it is empty. */
  flush(options: { forceFlushActiveSegment?: boolean } = {}): void {
    const end = this.logEndOffset;
    this.#flushUpTo(options.forceFlushActiveSegment === true ? end + 1 : end, end);
  }

  #flushUpTo(offset: Offset, newRecoveryPoint: Offset): void {
    if (offset <= this.#recoveryPoint) return;
    const { disk } = this.#context;
    for (const segment of this.#segments.within(this.#recoveryPoint, offset)) segment.flush();
    this.#producers.flush();
    this.#epochs.flush();
    if (this.#metadataUnsynced) syncFile(disk, `${this.#path}/${partitionMetadataFile}`);
    this.#metadataUnsynced = false;
    disk.syncDirectory(this.#path);
    this.#recoveryPoint = Math.max(this.#recoveryPoint, newRecoveryPoint);
    this.#lastFlushedMs = this.#context.clock.now();
  }

  /** Index entries that are still only in memory go to their files (tools that look from outside want them). */
  writeIndexes(): void {
    this.#segments.active.writeIndexes();
  }

  /** Retention by log start offset, size and time. Number of segments removed. */
  deleteOldSegments(): number {
    let removed = 0;
    for (const { reason, start } of retentionRules(this.#config, this.#context.clock.now())) {
      const rule = start(this.#view);
      if (rule !== null) removed += this.#deleteSegments(deletableSegments(this.#view, rule), reason);
    }
    return removed;
  }

  get #view() {
    const { highWatermark, logStartOffset, logEndOffset } = this;
    return { segments: this.#segments, highWatermark, logStartOffset, logEndOffset };
  }

  #deleteSegments(deletable: readonly LogSegment[], reason: string): number {
    const last = deletable.at(-1);
    if (last === undefined) return 0;
    // There is always an active segment: when all go, a new one comes first.
    if (deletable.length === this.#segments.count) this.roll(0, reason);
    const next = this.#segments.behind(last);
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
      this.#segments.remove(segment);
      paths.push(...segment.markDeleted());
      const snapshot = this.#producers.markSnapshotDeleted(segment.baseOffset);
      if (snapshot !== null) paths.push(snapshot);
    }
    departFiles(this.#context, paths, this.#config.fileDeleteDelayMs);
  }

  /** The directory was renamed, with all files in it. */
  moveTo(path: string): void {
    this.#path = path;
    for (const segment of this.#segments.values) segment.moveTo(path);
    this.#epochs.moveTo(path);
    this.#producers.moveTo(path);
  }

  /** Writes what is pending and lets go of the files. The log must not be used afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener = null;
    this.#producers.takeSnapshot();
    for (const segment of this.#segments.values) segment.close();
    this.#producers.flush();
  }

  /** Lets go of the files as they are: the log is being deleted, or its disk has failed. */
  closeWithoutWriting(): void {
    this.#closed = true;
    this.#listener = null;
    for (const segment of this.#segments.values) segment.closeFile();
  }

  #newSegment(baseOffset: Offset): LogSegment {
    const { disk, clock } = this.#context;
    const jitter = rollJitterMs(this.#context, this.#config);
    return LogSegment.create({
      disk,
      directory: this.#path,
      baseOffset,
      config: this.#config,
      now: clock.now(),
      rollJitterMs: jitter,
    });
  }

  #endAt(offset: Offset): OffsetMetadata {
    const { active } = this.#segments;
    return { offset, segmentBaseOffset: active.baseOffset, positionInSegment: active.size };
  }

  #lowerRecoveryPoint(offset: Offset): void {
    if (this.#recoveryPoint <= offset) return;
    this.#recoveryPoint = offset;
    this.#onRecoveryPointLowered();
  }

  #setLogStartOffset(offset: Offset): void {
    this.#logStartOffset = offset;
    if (this.highWatermark < offset) this.updateHighWatermark(offset);
    if (this.#recoveryPoint < offset) this.#recoveryPoint = offset;
  }

  #setHighWatermark(metadata: OffsetMetadata): void {
    this.#highWatermark = metadata;
    this.#producers.onHighWatermark(metadata.offset);
    this.#listener?.onHighWatermarkUpdated?.(metadata.offset);
    this.#updateFirstUnstable();
  }

  /** It never passes the log end, and lies on the active segment when it is there. */
  #capHighWatermark(): void {
    if (this.highWatermark >= this.logEndOffset) this.#setHighWatermark(this.#logEnd);
  }

  #highWatermarkMetadata(): OffsetMetadata {
    if (isOffsetOnly(this.#highWatermark)) {
      this.#highWatermark = this.offsetMetadata(this.#highWatermark.offset) ?? this.#highWatermark;
    }
    return this.#highWatermark;
  }

  #lastStableMetadata(): OffsetMetadata {
    const highWatermark = this.#highWatermarkMetadata();
    const unstable = this.#firstUnstable;
    if (unstable === null || unstable.offset >= highWatermark.offset) return highWatermark;
    if (!isOffsetOnly(unstable)) return unstable;
    this.#firstUnstable = this.offsetMetadata(unstable.offset) ?? unstable;
    return this.#firstUnstable;
  }

  #updateFirstUnstable(): void {
    const unstable = this.#producers.firstUnstableOffset;
    this.#firstUnstable =
      unstable !== null && unstable.offset < this.#logStartOffset ? offsetOnly(this.#logStartOffset) : unstable;
  }

  #traceTruncation(from: Offset, to: Offset): void {
    const { topic, partition } = this;
    this.#context.tracer.emit({ type: 'log-truncated', topic, partition, from, to });
  }

  /** Runs `work` as soon as the current event is done, unless the log is closed by then. */
  #later(work: () => void): void {
    this.#context.clock.soon(() => {
      if (this.#closed) return;
      try {
        work();
      } catch (error) {
        if (!(error instanceof DiskError) || this.#context.onDiskFailure === undefined) throw error;
        this.#context.onDiskFailure(error);
      }
    });
  }

  #log(level: 'info' | 'warn', message: string): void {
    this.#context.tracer.log(level, `UnifiedLog partition=${this.name}`, message);
  }
}

/** What is known of an append before it is in the log. */
interface AppendRange {
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly lastLeaderEpoch: LeaderEpoch;
  readonly maxTimestamp: TimestampMs;
  readonly recordCount: number;
  readonly logAppendTimeMs: TimestampMs;
}

interface ProducerChanges {
  readonly appends: ProducerAppend[];
  readonly completed: CompletedTransaction[];
  duplicate: BatchMetadata | null;
}

function rangeOf(batch: BatchHeader) {
  const { baseOffset: firstOffset, lastOffset, leaderEpoch: lastLeaderEpoch, maxTimestamp } = batch;
  return { firstOffset, lastOffset, lastLeaderEpoch, maxTimestamp };
}

function rollJitterMs({ random }: LogContext, { segmentJitterMs, segmentMs }: LogConfig): number {
  const range = Math.min(segmentJitterMs, segmentMs);
  return range <= 0 ? 0 : random.integer(Math.min(range, 0x7fff_ffff));
}
