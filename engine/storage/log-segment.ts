/**
 * One segment of a log (`LogSegment`): `<base offset>.log` with batches back to back, and its offset, time and
 * transaction index. The last segment of a log is the active one; only it is appended to.
 *
 * Invariants: `size` counts whole batches only (a failed write is cut away again); offsets in it lie within 2^31 of the
 * base offset; an index entry is added by the first batch that starts more than `index.interval.bytes` behind the last
 * one, at the same places as Kafka's, so that the files are equal byte for byte.
 */
import type { DurationMs, Offset, TimestampMs } from '../base/ids.ts';
import type { Disk, DiskFile, Random } from '../env/index.ts';
import { BatchHeader, batchSizeAt, noTimestamp } from '../record/index.ts';
import { segmentFile, suffixes } from './file-names.ts';
import type { LogConfig } from './log-config.ts';
import { OffsetIndex, relativeOffsetMax } from './offset-index.ts';
import { PositionHints } from './position-hints.ts';
import { readFully, scanHeaders } from './scan-batches.ts';
import type { TimestampOffset } from './time-index.ts';
import { TimeIndex } from './time-index.ts';
import { TransactionIndex } from './transaction-index.ts';

export interface SegmentRead {
  /** Position of the first batch in {@link records}. */
  readonly position: number;
  readonly records: Uint8Array;
  readonly firstEntryIncomplete: boolean;
}

export interface BatchPosition {
  readonly position: number;
  readonly sizeInBytes: number;
}

export interface SegmentOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly baseOffset: Offset;
  readonly config: LogConfig;
  readonly now: TimestampMs;
  /** Taken off `segment.ms`, so that segments of many partitions are not rolled at once. */
  readonly rollJitterMs: DurationMs;
}

const nothing = new Uint8Array(0);

export class LogSegment {
  readonly baseOffset: Offset;
  readonly offsetIndex: OffsetIndex;
  readonly timeIndex: TimeIndex;
  readonly transactionIndex: TransactionIndex;
  readonly rollJitterMs: DurationMs;
  readonly #disk: Disk;
  readonly #indexIntervalBytes: number;
  readonly #directory: string;
  #suffix = '';
  #file: DiskFile | null = null;
  #size: number;
  #created: TimestampMs;
  #bytesSinceIndexEntry = 0;
  /** Null until it is read from the time index. */
  #largest: TimestampOffset | null = null;
  /** Largest timestamp of the first append: the age of the segment counts from it. */
  #firstTimestamp: TimestampMs | null = null;
  /** The log has bytes that were not made durable. */
  #unsynced = false;
  #sealed = false;
  readonly #hints = new PositionHints();

  private constructor(options: SegmentOptions, size: number) {
    const { disk, directory, baseOffset, config } = options;
    this.#disk = disk;
    this.#directory = directory;
    this.baseOffset = baseOffset;
    this.rollJitterMs = options.rollJitterMs;
    this.#created = options.now;
    this.#size = size;
    this.#indexIntervalBytes = config.indexIntervalBytes;
    const path = (suffix: string): string => segmentFile(directory, baseOffset, suffix);
    this.offsetIndex = new OffsetIndex(disk, path(suffixes.index), baseOffset, config.segmentIndexBytes);
    this.timeIndex = new TimeIndex(disk, path(suffixes.timeIndex), baseOffset, config.segmentIndexBytes);
    this.transactionIndex = new TransactionIndex(disk, path(suffixes.transactionIndex), baseOffset);
  }

  /** A new, empty segment; files of its name are replaced. */
  static create(options: SegmentOptions): LogSegment {
    const segment = new LogSegment(options, 0);
    options.disk.open(segment.path, 'truncate').close();
    for (const index of segment.#indexes) {
      index.remove();
      index.startEmpty();
    }
    return segment;
  }

  /** The segment whose `.log` is there. */
  static open(options: SegmentOptions): LogSegment {
    const path = segmentFile(options.directory, options.baseOffset, suffixes.log);
    return new LogSegment(options, options.disk.stat(path)?.size ?? 0);
  }

  get #indexes() {
    return [this.offsetIndex.file, this.timeIndex.file, this.transactionIndex.file];
  }
  get path(): string {
    return segmentFile(this.#directory, this.baseOffset, suffixes.log) + this.#suffix;
  }
  get size(): number {
    return this.#size;
  }
  get file(): DiskFile {
    this.#file ??= this.#disk.open(this.path, 'write');
    return this.#file;
  }
  /** Largest timestamp so far and the last offset of the first batch that has it; (-1, base offset) when there is none. */
  get largest(): TimestampOffset {
    this.#largest ??= this.timeIndex.lastEntry;
    return this.#largest;
  }
  /** For retention: when records carry no timestamp, the file's time of change. */
  get largestTimestamp(): TimestampMs {
    const { timestamp } = this.largest;
    return timestamp >= 0 ? timestamp : (this.#disk.stat(this.path)?.modifiedMs ?? this.#created);
  }

  canHold(offset: Offset): boolean {
    const relative = offset - this.baseOffset;
    return relative >= 0 && relative <= relativeOffsetMax;
  }

  /** Why an append of `bytes` with these largest values needs a new segment; null when it does not. */
  rollReason(
    bytes: number,
    maxTimestamp: TimestampMs,
    lastOffset: Offset,
    config: LogConfig,
    now: TimestampMs,
  ): string | null {
    if (this.#size > config.segmentBytes - bytes) return 'size';
    if (this.#size > 0 && this.#waitedMs(now, maxTimestamp) > config.segmentMs - this.rollJitterMs) return 'time';
    if (this.offsetIndex.isFull || this.timeIndex.isFull) return 'index-full';
    return this.canHold(lastOffset) ? null : 'offset-overflow';
  }

  /** Appends whole batches that {@link canHold} allows, or throws the disk's error and leaves the segment as it was. */
  append(batches: Uint8Array, largestTimestamp: TimestampMs): void {
    const start = this.#size;
    this.#write(batches, start);
    if (start === 0) this.#firstTimestamp = largestTimestamp;
    this.#size = start + batches.length;
    for (let at = 0; at < batches.length;) {
      const batch = new BatchHeader(batches, at);
      const size = batch.sizeInBytes;
      this.#index(batch, start + at, size);
      at += size;
    }
  }

  #write(batches: Uint8Array, position: number): void {
    this.#unsynced = true;
    this.#sealed = false;
    try {
      this.file.write(batches, 0, batches.length, position);
    } catch (error) {
      // A full disk may have taken a part of it: no half batch stays visible.
      this.file.truncate(position);
      throw error;
    }
  }

  #index(batch: BatchHeader, position: number, size: number): void {
    const lastOffset = batch.lastOffset;
    const maxTimestamp = batch.maxTimestamp;
    if (maxTimestamp > this.largest.timestamp) this.#largest = { timestamp: maxTimestamp, offset: lastOffset };
    if (this.#bytesSinceIndexEntry > this.#indexIntervalBytes) {
      this.offsetIndex.append(lastOffset, position);
      this.timeIndex.maybeAppend(this.largest.timestamp, this.largest.offset);
      this.#bytesSinceIndexEntry = 0;
    }
    this.#bytesSinceIndexEntry += size;
    this.#hints.remember(batch.baseOffset, position);
    this.#hints.remember(lastOffset + 1, position + size);
  }

  /** The first batch that ends at or above `offset`; null when there is none. */
  translate(offset: Offset): BatchPosition | null {
    const hint = this.#hints.find(offset);
    const from = hint >= 0 ? hint : this.offsetIndex.lookup(offset).position;
    for (const { position, batch } of scanHeaders(this.file, from, this.#size)) {
      if (batch.lastOffset >= offset) return { position, sizeInBytes: batch.sizeInBytes };
    }
    return null;
  }

  /**
   * Batches from the first one that ends at or above `startOffset`: up to `maxBytes`, not beyond `endPosition`. With
   * `minOneMessage` at least one whole batch. Null when all batches end below.
   */
  read(startOffset: Offset, maxBytes: number, endPosition: number, minOneMessage: boolean): SegmentRead | null {
    const hint = this.#hints.find(startOffset);
    if (hint >= 0 && hint < endPosition) return this.#readAt(hint, maxBytes, endPosition, minOneMessage);
    const found = this.translate(startOffset);
    return found === null ? null : this.#readAt(found.position, maxBytes, endPosition, minOneMessage);
  }

  #readAt(position: number, maxBytes: number, endPosition: number, minOneMessage: boolean): SegmentRead {
    const available = Math.max(0, endPosition - position);
    let records = this.#readBytes(position, Math.min(maxBytes, available));
    const first = records.length < available || records.length === 0 ? this.#sizeAt(records, position) : 0;
    if (first > records.length) {
      if (!minOneMessage) return { position, records, firstEntryIncomplete: first > maxBytes };
      records = this.#readBytes(position, Math.min(first, available));
    }
    this.#rememberEnd(records, position);
    return { position, records, firstEntryIncomplete: false };
  }

  /** Size of the batch at `position`, of which `records` may be the beginning. */
  #sizeAt(records: Uint8Array, position: number): number {
    const header = records.length >= 17 ? records : this.#readBytes(position, Math.min(17, this.#size - position));
    return batchSizeAt(header, 0) ?? 0;
  }

  #readBytes(position: number, length: number): Uint8Array {
    if (length <= 0) return nothing;
    const bytes = new Uint8Array(length);
    const held = readFully(this.file, bytes, length, position);
    return held === length ? bytes : bytes.subarray(0, held);
  }

  #rememberEnd(records: Uint8Array, position: number): void {
    let at = 0;
    let next = -1;
    for (;;) {
      const size = batchSizeAt(records, at);
      if (size === null || size > records.length - at) break;
      next = new BatchHeader(records, at).nextOffset;
      at += size;
    }
    if (next >= 0) this.#hints.remember(next, position + at);
  }

  /** The offset behind the last batch; reads the end of the file. */
  readNextOffset(): Offset {
    let next = this.baseOffset;
    const from = this.offsetIndex.lookup(this.offsetIndex.lastOffset).position;
    for (const { batch } of scanHeaders(this.file, from, this.#size)) next = batch.nextOffset;
    return next;
  }

  /** Removes the batches that end at or above `offset`, and their index entries. Number of bytes removed. */
  truncateTo(offset: Offset, now: TimestampMs): number {
    const found = this.translate(offset);
    this.offsetIndex.truncateTo(offset);
    this.timeIndex.truncateTo(offset);
    this.transactionIndex.truncateTo(offset);
    const removed = found === null ? 0 : this.#size - found.position;
    this.truncateBytes(this.#size - removed);
    if (this.#size === 0) this.#created = now;
    if (this.largest.timestamp >= 0) this.#largest = this.#readLargest();
    return removed;
  }

  /** Cuts the file to `size` bytes; the indexes are the caller's concern. */
  truncateBytes(size: number): void {
    this.#hints.clear();
    this.#bytesSinceIndexEntry = 0;
    if (size < this.#size) {
      this.file.truncate(size);
      this.#unsynced = true;
      this.#size = size;
    }
    if (size === 0) this.#firstTimestamp = null;
  }

  #readLargest(): TimestampOffset {
    let largest = this.timeIndex.lastEntry;
    const from = this.offsetIndex.lookup(largest.offset).position;
    for (const { batch } of scanHeaders(this.file, from, this.#size)) {
      if (batch.maxTimestamp > largest.timestamp) largest = { timestamp: batch.maxTimestamp, offset: batch.lastOffset };
    }
    return largest;
  }

  /** Empties all indexes, before they are built again batch by batch with {@link reindex}. */
  resetIndexes(): void {
    for (const index of this.#indexes) index.reset();
    this.#unsynced = true;
    this.#largest = null;
    this.#hints.clear();
  }

  /** Recovery: takes a batch that is on disk into the indexes. `lastEntryAt`: position at the last index entry. */
  reindex(batch: BatchHeader, position: number, lastEntryAt: number): number {
    const { maxTimestamp, lastOffset } = batch;
    if (maxTimestamp > this.largest.timestamp) this.#largest = { timestamp: maxTimestamp, offset: lastOffset };
    if (position - lastEntryAt <= this.#indexIntervalBytes) return lastEntryAt;
    this.offsetIndex.append(lastOffset, position);
    this.timeIndex.maybeAppend(this.largest.timestamp, this.largest.offset);
    return position;
  }

  /** No more appends come: the largest timestamp goes to the time index, and the index files are written. */
  seal(): void {
    if (this.#largest !== null) this.timeIndex.maybeAppend(this.#largest.timestamp, this.#largest.offset);
    this.writeIndexes();
    this.#sealed = true;
  }

  /** Writes pending index entries and makes the files when they are missing. */
  writeIndexes(): void {
    this.offsetIndex.file.write(true);
    this.timeIndex.file.write(true);
    this.transactionIndex.file.write();
  }

  /** Makes the log durable, and once it is sealed the indexes (before, an unclean stop has them rebuilt anyway). */
  flush(): void {
    if (this.#unsynced) this.file.sync();
    this.#unsynced = false;
    if (this.#sealed) for (const index of this.#indexes) index.flush();
  }

  close(): void {
    this.seal();
    this.flush();
    this.closeFile();
  }

  /** Lets go of the file handle; the next use opens it again. */
  closeFile(): void {
    this.#file?.close();
    this.#file = null;
  }

  /** Renames all files of the segment to end in `.deleted`; their paths. */
  markDeleted(): string[] {
    this.closeFile();
    const marked: string[] = [];
    const path = this.path;
    if (this.#disk.stat(path) !== null) {
      this.#disk.rename(path, path + suffixes.deleted);
      marked.push(path + suffixes.deleted);
    }
    this.#suffix = suffixes.deleted;
    for (const index of this.#indexes) {
      if (index.exists) marked.push(index.path + suffixes.deleted);
      index.rename(index.path + suffixes.deleted);
    }
    return marked;
  }

  remove(): void {
    this.closeFile();
    this.#disk.removeFile(this.path);
    for (const index of this.#indexes) index.remove();
  }

  #waitedMs(now: TimestampMs, maxTimestamp: TimestampMs): DurationMs {
    if (this.#firstTimestamp === null) {
      const first = scanHeaders(this.file, 0, this.#size).next();
      if (first.done !== true) this.#firstTimestamp = first.value.batch.maxTimestamp;
    }
    const first = this.#firstTimestamp ?? noTimestamp;
    return first >= 0 ? maxTimestamp - first : now - this.#created;
  }
}

/** How much earlier than `segment.ms` a new segment is to be rolled: up to `segment.jitter.ms`, by chance. */
export function rollJitterMs(random: Random, { segmentJitterMs, segmentMs }: LogConfig): DurationMs {
  const range = Math.min(segmentJitterMs, segmentMs);
  return range <= 0 ? 0 : random.integer(Math.min(range, 0x7fff_ffff));
}
