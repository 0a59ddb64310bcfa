/**
 * Finds a log's segments on disk and, after an unclean stop, recovers it (`LogLoader`): segments from the recovery point
 * on are read whole, checked by CRC, cut at the first bad batch (later segments are removed), and their indexes, leader
 * epochs and producer state rebuilt. Leftovers of an interrupted removal or cleaning are cleared away first.
 */
import type { DurationMs, Offset } from '../base/ids.ts';
import { CorruptRecordError, InvalidRecordError, ensureBatchValid } from '../record/index.ts';
import { MalformedCheckpointError } from './checkpoint-file.ts';
import { offsetOfFile, segmentFile, suffixes } from './file-names.ts';
import { LeaderEpochCache } from './leader-epoch-cache.ts';
import type { LogConfig } from './log-config.ts';
import { LogSegment, rollJitterMs } from './log-segment.ts';
import type { LogContext } from './log-types.ts';
import { ProducerState } from './producer-state.ts';
import { rebuildProducers, replayBatch } from './rebuild-producers.ts';
import { scanBatches, scanHeaders } from './scan-batches.ts';
import { Segments } from './segments.ts';

export interface LoadOptions {
  readonly context: LogContext;
  readonly directory: string;
  /** `topic-partition`, for messages. */
  readonly name: string;
  readonly config: LogConfig;
  readonly logStartOffset: Offset;
  readonly recoveryPoint: Offset;
  readonly hadCleanShutdown: boolean;
  readonly producerExpirationMs: DurationMs;
}

export interface LoadedLog {
  /** The directory was made just now. */
  readonly isNew: boolean;
  readonly segments: Segments;
  readonly epochs: LeaderEpochCache;
  readonly producers: ProducerState;
  readonly logStartOffset: Offset;
  readonly recoveryPoint: Offset;
  readonly nextOffset: Offset;
  /** Set when segments were read for recovery. */
  readonly recovered: { readonly from: Offset; readonly truncatedBytes: number } | null;
}

export function loadLog(options: LoadOptions): LoadedLog {
  return new Loader(options).load();
}

class Loader {
  readonly #options: LoadOptions;
  readonly #segments = new Segments();
  #epochs: LeaderEpochCache;
  #recoveredFrom: Offset | null = null;
  #truncatedBytes = 0;
  /** Of the segment that was read last: it knows each producer's last five batches, a snapshot only the last one. */
  #recoveredProducers: ProducerState | null = null;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#epochs = LeaderEpochCache.empty(options.context.disk, options.directory);
  }

  load(): LoadedLog {
    const { context, directory, hadCleanShutdown, logStartOffset: startCheckpoint, recoveryPoint } = this.#options;
    const isNew = context.disk.stat(directory) === null;
    if (isNew) context.disk.makeDirectory(directory);
    else this.#loadExisting();
    const hadSegments = this.#segments.count > 0;
    if (!hadSegments) this.#segments.add(LogSegment.create(this.#segmentOptions(startCheckpoint)));
    const nextOffset = isNew ? startCheckpoint : this.#segments.active.readNextOffset();
    const logStartOffset = Math.max(startCheckpoint, this.#segments.first.baseOffset);
    this.#epochs.truncateFromEnd(nextOffset);
    this.#epochs.truncateFromStart(startCheckpoint);
    return {
      isNew,
      segments: this.#segments,
      epochs: this.#epochs,
      producers: this.#loadProducers(logStartOffset, nextOffset, isNew),
      logStartOffset,
      recoveryPoint: hadCleanShutdown && hadSegments ? nextOffset : Math.min(recoveryPoint, nextOffset),
      nextOffset,
      recovered:
        this.#recoveredFrom === null ? null : { from: this.#recoveredFrom, truncatedBytes: this.#truncatedBytes },
    };
  }

  #loadExisting(): void {
    this.#clearLeftovers();
    const epochsAreWhole = this.#readEpochs();
    this.#openSegments();
    if (!epochsAreWhole) this.#rebuildEpochs();
    if (!this.#options.hadCleanShutdown) this.#recover();
    this.#dropSegmentsBelowLogStart();
  }

  #loadProducers(logStartOffset: Offset, lastOffset: Offset, isNew: boolean): ProducerState {
    const producers = this.#producersUpTo(lastOffset);
    producers.removeStraySnapshots(this.#segments.values.map((segment) => segment.baseOffset));
    rebuildProducers(producers, this.#segments, {
      logStartOffset,
      lastOffset,
      now: this.#options.context.clock.now(),
      afterCleanShutdown: this.#options.hadCleanShutdown || isNew,
    });
    return producers;
  }

  /**
   * What recovery found, where it ended at `offset`. Kafka loads the snapshot that it has just written instead, and a
   * producer that sends its requests in flight again is then told OUT_OF_ORDER_SEQUENCE_NUMBER for all but the last.
   */
  #producersUpTo(offset: Offset): ProducerState {
    const recovered = this.#recoveredProducers;
    return recovered !== null && recovered.mapEndOffset === offset ? recovered : this.#newProducerState();
  }

  #newProducerState(): ProducerState {
    const { context, directory, name, producerExpirationMs: expirationMs } = this.#options;
    const warn = (message: string): void => this.#log('warn', message);
    return new ProducerState({ disk: context.disk, directory, partition: name, expirationMs, warn });
  }

  /** Files on their way out, and what an interrupted cleaning left: `.swap` files replace what they were made from. */
  #clearLeftovers(): void {
    const { disk } = this.#options.context;
    const { directory } = this.#options;
    const swaps: string[] = [];
    for (const name of disk.list(directory)) {
      const isSnapshotOfQuorum = name.endsWith(`.checkpoint${suffixes.deleted}`);
      if (name.endsWith(suffixes.swap)) swaps.push(name);
      else if (
        (name.endsWith(suffixes.deleted) && !isSnapshotOfQuorum) ||
        name.endsWith(suffixes.cleaned) ||
        name.endsWith('.tmp')
      ) {
        disk.removeFile(`${directory}/${name}`);
      }
    }
    if (swaps.length > 0) this.#finishSwaps(swaps);
  }

  /** A cleaned segment that was to take the place of one or more others: those go, it gets its final name. */
  #finishSwaps(swaps: readonly string[]): void {
    const { context, directory } = this.#options;
    const { disk } = context;
    for (const swap of swaps) {
      const baseOffset = offsetOfFile(swap, suffixes.log + suffixes.swap);
      if (baseOffset === null) continue;
      const end = this.#endOfLogFile(`${directory}/${swap}`, baseOffset);
      for (const name of disk.list(directory)) {
        const offset = Number(/^(\d{20})\.[a-z]+$/.exec(name)?.[1] ?? Number.NaN);
        if (offset >= baseOffset && offset < Math.max(end, baseOffset + 1)) disk.removeFile(`${directory}/${name}`);
      }
    }
    for (const swap of swaps) {
      this.#log('info', `Recovering file ${directory}/${swap} by renaming from ${suffixes.swap} files.`);
      disk.rename(`${directory}/${swap}`, `${directory}/${swap.slice(0, -suffixes.swap.length)}`);
    }
  }

  #endOfLogFile(path: string, baseOffset: Offset): Offset {
    const file = this.#options.context.disk.open(path, 'read');
    try {
      let end = baseOffset;
      for (const { batch } of scanHeaders(file, 0, file.size())) end = batch.nextOffset;
      return end;
    } finally {
      file.close();
    }
  }

  /** False when the file is there but torn: after a power loss. */
  #readEpochs(): boolean {
    const { context, directory } = this.#options;
    try {
      this.#epochs = LeaderEpochCache.read(context.disk, directory);
      return true;
    } catch (error) {
      if (!(error instanceof MalformedCheckpointError)) throw error;
      this.#log('warn', `${error.message}; reading the leader epochs from the log instead`);
      return false;
    }
  }

  #rebuildEpochs(): void {
    try {
      for (const segment of this.#segments.values) {
        for (const { batch } of scanHeaders(segment.file, 0, segment.size))
          this.#noteEpoch(batch.leaderEpoch, batch.baseOffset);
      }
    } catch (error) {
      // A torn tail is cut off by the recovery that follows, which also notes the epochs it finds.
      if (this.#options.hadCleanShutdown || !(error instanceof CorruptRecordError)) throw error;
    }
  }

  #noteEpoch(epoch: number, offset: Offset): void {
    if (epoch >= 0 && epoch > (this.#epochs.latest?.epoch ?? -1)) this.#epochs.assign(epoch, offset);
  }

  #segmentOptions(baseOffset: Offset) {
    const { context, directory, config } = this.#options;
    return {
      disk: context.disk,
      directory,
      baseOffset,
      config,
      now: context.clock.now(),
      rollJitterMs: rollJitterMs(context.random, config),
    };
  }

  #openSegments(): void {
    const { context, directory, hadCleanShutdown, recoveryPoint } = this.#options;
    const names = new Set(context.disk.list(directory));
    const bases: Offset[] = [];
    for (const name of names) {
      const baseOffset = offsetOfFile(name, suffixes.log);
      if (baseOffset !== null) bases.push(baseOffset);
      else this.#removeOrphan(name, names);
    }
    bases.sort((a, b) => a - b);
    for (const baseOffset of bases) {
      const segment = LogSegment.open(this.#segmentOptions(baseOffset));
      const willRecover = !hadCleanShutdown && baseOffset + 1 > recoveryPoint;
      const problem = willRecover ? null : this.#indexProblem(segment);
      this.#segments.add(segment);
      if (problem !== null) {
        this.#log('warn', `${problem}, recovering segment and rebuilding index files...`);
        this.#recoverSegment(segment);
      }
    }
  }

  #removeOrphan(name: string, names: ReadonlySet<string>): void {
    for (const suffix of [suffixes.index, suffixes.timeIndex, suffixes.transactionIndex]) {
      const baseOffset = offsetOfFile(name, suffix);
      if (baseOffset === null) continue;
      const { context, directory } = this.#options;
      if (names.has(segmentFile('', baseOffset, suffixes.log).slice(1))) continue;
      this.#log('warn', `Found an orphaned index file ${directory}/${name}, with no corresponding log file.`);
      context.disk.removeFile(`${directory}/${name}`);
    }
  }

  #indexProblem(segment: LogSegment): string | null {
    const { offsetIndex, timeIndex, transactionIndex } = segment;
    if (!offsetIndex.file.exists) return `Could not find offset index file corresponding to log file ${segment.path}`;
    for (const { file } of [offsetIndex, timeIndex]) {
      if (!file.isWhole)
        return `Found a corrupted index file corresponding to log file ${segment.path}: ${file.path} is cut within an entry`;
    }
    if (!timeIndex.file.exists) timeIndex.file.startEmpty();
    if (!transactionIndex.file.exists) {
      transactionIndex.file.startEmpty();
      return null;
    }
    return transactionIndex.problem();
  }

  #recover(): void {
    const { recoveryPoint, name, config } = this.#options;
    const unflushed = this.#segments.within(recoveryPoint, Number.POSITIVE_INFINITY);
    // Power loss may leave an epoch file that is newer or older than the log: the batches that are read anyway know
    // better. Of compacted logs they may be gone.
    const readFrom = unflushed[0]?.baseOffset;
    if (readFrom !== undefined && !config.cleanupPolicy.compact) this.#epochs.truncateFromEnd(readFrom);
    for (const [index, segment] of unflushed.entries()) {
      this.#recoveredFrom ??= segment.baseOffset;
      this.#log(
        'info',
        `Recovering unflushed segment ${segment.baseOffset}. ${index}/${unflushed.length} recovered for ${name}.`,
      );
      const truncatedBytes = this.#recoverSegment(segment);
      if (truncatedBytes === 0) continue;
      this.#truncatedBytes += truncatedBytes;
      this.#log(
        'warn',
        `Corruption found in segment ${segment.baseOffset}, truncating to offset ${segment.readNextOffset()}`,
      );
      for (const later of unflushed.slice(index + 1)) this.#removeSegment(later);
      return;
    }
  }

  #removeSegment(segment: LogSegment): void {
    this.#log('info', `Deleting segments as part of log recovery: ${segment.path}`);
    this.#truncatedBytes += segment.size;
    this.#segments.remove(segment);
    segment.remove();
    this.#newProducerState().removeSnapshot(segment.baseOffset);
  }

  /** Checks every batch and rebuilds what is derived from them. Number of bytes cut off. */
  #recoverSegment(segment: LogSegment): number {
    const { context, logStartOffset } = this.#options;
    const producers = this.#producersUpTo(segment.baseOffset);
    rebuildProducers(producers, this.#before(segment), {
      logStartOffset,
      lastOffset: segment.baseOffset,
      now: context.clock.now(),
      afterCleanShutdown: false,
    });
    segment.resetIndexes();
    const validBytes = this.#reindex(segment, producers);
    const truncated = segment.size - validBytes;
    segment.truncateBytes(validBytes);
    segment.seal();
    producers.takeSnapshot();
    this.#recoveredProducers = producers;
    return truncated;
  }

  #before(segment: LogSegment): Segments {
    const before = new Segments();
    for (const other of this.#segments.values) if (other.baseOffset < segment.baseOffset) before.add(other);
    return before;
  }

  #reindex(segment: LogSegment, producers: ProducerState): number {
    let validBytes = 0;
    let lastEntryAt = 0;
    let nextOffset = segment.baseOffset;
    try {
      for (const { position, batch } of scanBatches(segment.file, 0, segment.size)) {
        ensureBatchValid(batch);
        if (batch.baseOffset < nextOffset || !segment.canHold(batch.lastOffset)) {
          throw new CorruptRecordError(
            `offsets ${batch.baseOffset} to ${batch.lastOffset} do not follow ${nextOffset - 1}`,
          );
        }
        lastEntryAt = segment.reindex(batch, position, lastEntryAt);
        this.#noteEpoch(batch.leaderEpoch, batch.baseOffset);
        const firstOffset = {
          offset: batch.baseOffset,
          segmentBaseOffset: segment.baseOffset,
          positionInSegment: position,
        };
        const ended = replayBatch(producers, batch, firstOffset);
        if (ended?.completed.isAborted === true) {
          segment.transactionIndex.append({ ...ended.completed, lastStableOffset: ended.lastStableOffset });
        }
        nextOffset = batch.nextOffset;
        producers.updateMapEndOffset(nextOffset);
        validBytes = position + batch.sizeInBytes;
      }
    } catch (error) {
      if (!(error instanceof CorruptRecordError) && !(error instanceof InvalidRecordError)) throw error;
      this.#log(
        'warn',
        `Found invalid messages in log segment ${segment.path} at byte offset ${validBytes}. ${error.message}`,
      );
    }
    return validBytes;
  }

  /** Somebody removed files: what is left ends below the log's start and says nothing. */
  #dropSegmentsBelowLogStart(): void {
    if (this.#segments.count === 0) return;
    const { logStartOffset } = this.#options;
    const logEndOffset = this.#segments.active.readNextOffset();
    if (logEndOffset >= logStartOffset) return;
    this.#log(
      'warn',
      `Deleting all segments because logEndOffset (${logEndOffset}) is smaller than logStartOffset ${logStartOffset}. This could happen if segment files were deleted from the file system.`,
    );
    for (const segment of this.#segments.values) this.#removeSegment(segment);
    this.#epochs.clear();
  }

  #log(level: 'info' | 'warn', message: string): void {
    this.#options.context.tracer.log(level, `LogLoader partition=${this.#options.name}`, message);
  }
}
