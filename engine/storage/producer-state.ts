/**
 * The producers of one partition (`ProducerStateManager`): entries by producer id, open transactions (they hold the last
 * stable offset back), and the snapshot files from which a restart rebuilds them.
 *
 * Invariants: entries describe the log up to {@link mapEndOffset}; a transaction is in `open` from its first batch to
 * its marker and in `unreplicated` from there until the high watermark has passed the marker.
 */
import type { DurationMs, Offset, ProducerId, TimestampMs } from '../base/ids.ts';
import { required } from '../base/assert.ts';
import type { Disk } from '../env/index.ts';
import { offsetOfFile, segmentFile, suffixes } from './file-names.ts';
import type { ActiveProducer, AppendOrigin, OffsetMetadata } from './log-types.ts';
import type { CompletedTransaction, OpenTransaction } from './producer-append.ts';
import { ProducerAppend } from './producer-append.ts';
import { ProducerEntry } from './producer-entry.ts';
import type { ProducerSnapshotEntry } from './producer-snapshot.ts';
import { CorruptSnapshotError, decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts';
import { syncFile } from './write-file.ts';

export interface ProducerStateOptions {
  readonly disk: Disk;
  readonly directory: string;
  /** `topic-partition`, for messages. */
  readonly partition: string;
  readonly expirationMs: DurationMs;
  readonly warn: (message: string) => void;
}

export class ProducerState {
  readonly #options: ProducerStateOptions;
  readonly #entries = new Map<ProducerId, ProducerEntry>();
  /** By first offset, in rising order. */
  #open: OpenTransaction[] = [];
  #unreplicated: OpenTransaction[] = [];
  #snapshots: Offset[];
  #lastSnapshotOffset: Offset = 0;
  #mapEndOffset: Offset = 0;
  readonly #unsynced = new Set<Offset>();

  constructor(options: ProducerStateOptions) {
    this.#options = options;
    this.#snapshots = this.#listSnapshots();
  }

  get entries(): ReadonlyMap<ProducerId, ProducerEntry> {
    return this.#entries;
  }
  /** The end of the log that the entries describe. */
  get mapEndOffset(): Offset {
    return this.#mapEndOffset;
  }
  /** Offsets of the snapshot files, rising. */
  get snapshotOffsets(): readonly Offset[] {
    return this.#snapshots;
  }
  get isEmpty(): boolean {
    return this.#entries.size === 0 && this.#unreplicated.length === 0;
  }

  /** Start of the first transaction that is undecided, or decided above the high watermark. */
  get firstUnstableOffset(): OffsetMetadata | null {
    const undecided = this.#open[0]?.firstOffset ?? null;
    const unreplicated = this.#unreplicated[0]?.firstOffset ?? null;
    if (undecided === null || unreplicated === null) return undecided ?? unreplicated;
    return undecided.offset < unreplicated.offset ? undecided : unreplicated;
  }

  prepare(producerId: ProducerId, origin: AppendOrigin): ProducerAppend {
    const entry = this.#entries.get(producerId) ?? new ProducerEntry(producerId);
    return new ProducerAppend(this.#options.partition, entry, origin);
  }

  update(append: ProducerAppend): void {
    const entry = this.#entries.get(append.producerId);
    if (entry === undefined) this.#entries.set(append.producerId, append.updated);
    else entry.update(append.updated);
    for (const transaction of append.started) insertByOffset(this.#open, transaction);
  }

  updateMapEndOffset(offset: Offset): void {
    this.#mapEndOffset = offset;
  }

  /** Last stable offset if `completed` were complete: what its entry in the transaction index says. */
  lastStableOffsetAfter(completed: CompletedTransaction): Offset {
    const other = this.#open.find((transaction) => transaction.producerId !== completed.producerId);
    return other?.firstOffset.offset ?? completed.lastOffset + 1;
  }

  complete(completed: CompletedTransaction): void {
    const index = this.#open.findIndex((transaction) => transaction.firstOffset.offset === completed.firstOffset);
    const transaction = required(this.#open[index], `transaction from offset ${completed.firstOffset}`);
    this.#open.splice(index, 1);
    transaction.lastOffset = completed.lastOffset;
    insertByOffset(this.#unreplicated, transaction);
  }

  onHighWatermark(highWatermark: Offset): void {
    if (this.#unreplicated.length === 0) return;
    this.#unreplicated = this.#unreplicated.filter(
      (transaction) => (transaction.lastOffset ?? highWatermark) >= highWatermark,
    );
  }

  onLogStartOffset(logStartOffset: Offset): void {
    this.onHighWatermark(logStartOffset);
    if (this.#mapEndOffset < logStartOffset) this.#mapEndOffset = logStartOffset;
    this.#lastSnapshotOffset = this.#snapshots.at(-1) ?? logStartOffset;
  }

  removeExpired(now: TimestampMs): void {
    for (const [producerId, entry] of this.#entries) {
      if (this.#isExpired(entry, now)) this.#entries.delete(producerId);
    }
  }

  /** Writes `<mapEndOffset>.snapshot` unless there is one; durable after {@link flush}. */
  takeSnapshot(): void {
    const offset = this.#mapEndOffset;
    if (offset <= this.#lastSnapshotOffset) return;
    const content = encodeProducerSnapshot(inHashOrder([...this.#entries.values()]).map(snapshotEntry));
    const file = this.#options.disk.open(this.#path(offset), 'truncate');
    try {
      file.write(content, 0, content.length, 0);
    } finally {
      file.close();
    }
    if (!this.#snapshots.includes(offset)) this.#snapshots = [...this.#snapshots, offset].sort((a, b) => a - b);
    this.#lastSnapshotOffset = offset;
    // A lost snapshot without producers says no less than none.
    if (this.#entries.size > 0) this.#unsynced.add(offset);
  }

  flush(): void {
    for (const offset of this.#unsynced) syncFile(this.#options.disk, this.#path(offset));
    this.#unsynced.clear();
  }

  /** Starts over from the newest snapshot within the log. */
  truncateAndReload(logStartOffset: Offset, logEndOffset: Offset, now: TimestampMs): void {
    for (const offset of this.#snapshots) {
      if (offset > logEndOffset || offset <= logStartOffset) this.removeSnapshot(offset);
    }
    if (logEndOffset === this.#mapEndOffset) {
      this.onLogStartOffset(logStartOffset);
      return;
    }
    this.#clear();
    this.#loadNewestSnapshot(logStartOffset, now);
  }

  truncateFullyAndStartAt(offset: Offset): void {
    this.#clear();
    for (const snapshot of this.#snapshots) this.removeSnapshot(snapshot);
    this.#lastSnapshotOffset = 0;
    this.#mapEndOffset = offset;
  }

  /** Removes snapshots that belong to no segment, but the largest one if it lies above all of them (a clean stop's). */
  removeStraySnapshots(segmentBaseOffsets: readonly Offset[]): void {
    this.#snapshots = this.#listSnapshots();
    const bases = new Set(segmentBaseOffsets);
    const strays = this.#snapshots.filter((offset) => !bases.has(offset));
    const largest = strays.pop();
    for (const offset of strays) this.removeSnapshot(offset);
    if (largest !== undefined && segmentBaseOffsets.length > 0 && largest < Math.max(...segmentBaseOffsets)) {
      this.removeSnapshot(largest);
    }
  }

  removeSnapshot(offset: Offset): void {
    this.#forgetSnapshot(offset);
    this.#options.disk.removeFile(this.#path(offset));
  }

  /** Renames a snapshot to `.deleted`; the new path, or null when there is none. */
  markSnapshotDeleted(offset: Offset): string | null {
    if (!this.#snapshots.includes(offset)) return null;
    const path = this.#path(offset);
    this.#forgetSnapshot(offset);
    if (this.#options.disk.stat(path) === null) return null;
    this.#options.disk.rename(path, path + suffixes.deleted);
    return path + suffixes.deleted;
  }

  /** All producers, for DescribeProducers. */
  describe(): ActiveProducer[] {
    return Array.from(this.#entries.values(), (entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.producerEpoch,
      lastSequence: entry.lastSequence,
      lastTimestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTransactionStartOffset: entry.currentTransactionFirstOffset ?? -1,
    }));
  }

  #forgetSnapshot(offset: Offset): void {
    this.#snapshots = this.#snapshots.filter((known) => known !== offset);
    this.#unsynced.delete(offset);
  }

  #clear(): void {
    this.#entries.clear();
    this.#open = [];
    this.#unreplicated = [];
  }

  #loadNewestSnapshot(logStartOffset: Offset, now: TimestampMs): void {
    for (;;) {
      const offset = this.#snapshots.at(-1);
      if (offset === undefined) {
        this.#lastSnapshotOffset = logStartOffset;
        this.#mapEndOffset = logStartOffset;
        return;
      }
      try {
        const entries = decodeProducerSnapshot(this.#options.disk.readFile(this.#path(offset)));
        for (const entry of entries) this.#loadEntry(entry, now);
        this.#lastSnapshotOffset = offset;
        this.#mapEndOffset = offset;
        return;
      } catch (error) {
        if (!(error instanceof CorruptSnapshotError)) throw error;
        this.#options.warn(`Failed to load producer snapshot from '${this.#path(offset)}': ${error.message}`);
        this.removeSnapshot(offset);
      }
    }
  }

  #loadEntry(stored: ProducerSnapshotEntry, now: TimestampMs): void {
    const entry = new ProducerEntry(stored.producerId);
    entry.producerEpoch = stored.producerEpoch;
    entry.coordinatorEpoch = stored.coordinatorEpoch;
    entry.lastTimestamp = stored.timestamp;
    const firstOffset = stored.currentTransactionFirstOffset;
    if (firstOffset >= 0) entry.currentTransactionFirstOffset = firstOffset;
    if (stored.lastOffset >= 0) entry.batches.push(stored);
    if (this.#isExpired(entry, now)) return;
    this.#entries.set(stored.producerId, entry);
    if (firstOffset >= 0) {
      const metadata = { offset: firstOffset, segmentBaseOffset: -1, positionInSegment: -1 };
      insertByOffset(this.#open, { producerId: stored.producerId, firstOffset: metadata, lastOffset: null });
    }
  }

  #isExpired(entry: ProducerEntry, now: TimestampMs): boolean {
    return entry.currentTransactionFirstOffset === null && now - entry.lastTimestamp >= this.#options.expirationMs;
  }

  #listSnapshots(): Offset[] {
    const { disk } = this.#options;
    if (disk.stat(this.#options.directory) === null) return [];
    const offsets = disk.list(this.#options.directory).map((name) => offsetOfFile(name, suffixes.producerSnapshot));
    return offsets.filter((offset) => offset !== null).sort((a, b) => a - b);
  }

  #path(offset: Offset): string {
    return segmentFile(this.#options.directory, offset, suffixes.producerSnapshot);
  }
}

function insertByOffset(transactions: OpenTransaction[], added: OpenTransaction): void {
  const at = transactions.findIndex((transaction) => transaction.firstOffset.offset > added.firstOffset.offset);
  if (at < 0) transactions.push(added);
  else transactions.splice(at, 0, added);
}

function snapshotEntry(entry: ProducerEntry): ProducerSnapshotEntry {
  const last = entry.lastBatch;
  return {
    producerId: entry.producerId,
    producerEpoch: entry.producerEpoch,
    lastSequence: entry.lastSequence,
    lastOffset: last?.lastOffset ?? -1,
    offsetDelta: last?.offsetDelta ?? 0,
    timestamp: entry.lastTimestamp,
    coordinatorEpoch: entry.coordinatorEpoch,
    currentTransactionFirstOffset: entry.currentTransactionFirstOffset ?? -1,
  };
}

/** The order in which a Java `HashMap<Long, ...>` yields its entries, so that snapshots equal Kafka's byte for byte. */
function inHashOrder(entries: ProducerEntry[]): ProducerEntry[] {
  let buckets = 16;
  while (entries.length > buckets * 0.75) buckets *= 2;
  const bucketOf = ({ producerId }: ProducerEntry): number => {
    const high = Math.floor(producerId / 0x1_0000_0000);
    const hash = (producerId ^ high) | 0;
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return entries.sort((a, b) => bucketOf(a) - bucketOf(b));
}
