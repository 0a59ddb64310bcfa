/**
 * The replicated log with its snapshots (class `KafkaMetadataLog`): directory `__cluster_metadata-0`.
 *
 * Invariants: when the log does not begin at 0, a snapshot covers all before its start; the newest snapshot is never
 * removed; a snapshot ahead of the log (its download was finished, the log not yet emptied) empties the log on opening.
 */
import { assert } from '../base/assert.ts';
import type { DurationMs, LeaderEpoch, Offset, TimestampMs } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { Disk } from '../env/disk.ts';
import type { Tracer } from '../env/tracer.ts';
import { ensureBatchValid, iterateBatches } from '../record/index.ts';
import type { OffsetAndEpoch } from './listener.ts';
import type { LogStore } from './log-store.ts';
import type { OffsetValidity, ReplicatedLog } from './replicated-log.ts';
import { InvalidAppendError } from './replicated-log.ts';
import { compareIds, listSnapshots, removeLeftovers, snapshotName } from './snapshot-files.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import { RawSnapshotFileWriter, RecordsSnapshotWriter } from './snapshot-writer.ts';
import type { RawSnapshotWriter, SnapshotWriter } from './snapshot-writer.ts';

export interface RaftLogOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly tracer: Tracer;
  /** The log's directory. */
  readonly directory: string;
  readonly store: LogStore;
  readonly batchMaxBytes: number;
  readonly retentionMaxMs: DurationMs;
  readonly retentionMaxBytes: number;
}

/** The log's files contradict each other. */
export class InconsistentLogError extends Error {
  override readonly name = 'InconsistentLogError';
}

export class RaftLog implements ReplicatedLog {
  readonly #options: RaftLogOptions;
  readonly #store: LogStore;
  #snapshots: OffsetAndEpoch[];
  #highWatermark: Offset;
  /** The snapshot that was read last, so that serving it part by part reads the file once. */
  #served: { readonly id: OffsetAndEpoch; readonly bytes: Uint8Array } | null = null;

  /** Throws {@link InconsistentLogError} when the log's head is gone and no snapshot replaces it. */
  constructor(options: RaftLogOptions) {
    const { disk, directory, store } = options;
    this.#options = options;
    this.#store = store;
    removeLeftovers(disk, directory);
    this.#snapshots = listSnapshots(disk, directory);
    this.#forgetBefore(store.startOffset);
    this.#highWatermark = store.startOffset;
    if (store.startOffset > 0 && this.#snapshots.length === 0) {
      throw new InconsistentLogError(
        `${directory}: the log begins at offset ${store.startOffset}, but there is no snapshot of what was before it`,
      );
    }
    this.truncateToLatestSnapshot();
  }

  get startOffset(): Offset {
    return this.#store.startOffset;
  }

  get endOffset(): Offset {
    return this.#store.endOffset;
  }

  get firstUnflushedOffset(): Offset {
    return this.#store.flushedOffset;
  }

  get highWatermark(): Offset {
    return this.#highWatermark;
  }

  get lastFetchedEpoch(): LeaderEpoch {
    const latest = this.#store.latestEpoch;
    if (latest !== null) return latest;
    const snapshot = this.latestSnapshotId();
    if (snapshot === null) return 0;
    const isAtSnapshot = snapshot.offset === this.startOffset && snapshot.offset === this.endOffset;
    assert(
      isAtSnapshot,
      () => `the log [${this.startOffset}, ${this.endOffset}) has no epoch and is not at snapshot ${snapshot.offset}`,
    );
    return snapshot.epoch;
  }

  setHighWatermark(offset: Offset): void {
    if (offset <= this.#highWatermark) return;
    assert(offset <= this.endOffset, () => `high watermark ${offset} is beyond the log's end ${this.endOffset}`);
    this.#highWatermark = offset;
    this.#store.setHighWatermark(offset);
  }

  initializeLeaderEpoch(epoch: LeaderEpoch): void {
    this.#store.beginEpoch(epoch, this.endOffset);
  }

  appendAsLeader(batch: Uint8Array, epoch: LeaderEpoch): Offset {
    this.#store.appendAsLeader(batch, epoch);
    return this.endOffset - 1;
  }

  appendAsFollower(batches: Uint8Array, epoch: LeaderEpoch): void {
    let nextOffset = this.endOffset;
    let lastEpoch = this.lastFetchedEpoch;
    let length = 0;
    for (const batch of iterateBatches(batches)) {
      ensureBatchValid(batch);
      const { baseOffset, lastOffset, leaderEpoch } = batch;
      if (baseOffset !== nextOffset)
        throw new InvalidAppendError(`batch at offset ${baseOffset} does not continue the log's end ${nextOffset}`);
      if (lastOffset < baseOffset) throw new InvalidAppendError(`batch at offset ${baseOffset} ends before it begins`);
      if (leaderEpoch < lastEpoch || leaderEpoch > epoch) {
        throw new InvalidAppendError(
          `batch at offset ${baseOffset} is of epoch ${leaderEpoch}, not in ${lastEpoch}..${epoch}`,
        );
      }
      nextOffset = lastOffset + 1;
      lastEpoch = leaderEpoch;
      length += batch.sizeInBytes;
    }
    if (length > 0) this.#store.appendAsFollower(batches.subarray(0, length));
  }

  read(from: Offset, below: Offset, maxBytes: number): Uint8Array {
    const bytes = this.#store.read(from, maxBytes);
    let end = 0;
    for (const batch of iterateBatches(bytes)) {
      if (batch.lastOffset >= below) break;
      end += batch.sizeInBytes;
    }
    return bytes.subarray(0, end);
  }

  endOffsetForEpoch(epoch: LeaderEpoch): OffsetAndEpoch {
    const found = this.#store.endOffsetForEpoch(epoch);
    if (found === null) return { offset: this.endOffset, epoch: this.lastFetchedEpoch };
    const earliest = this.earliestSnapshotId();
    // The asked epoch is older than the log: what it ended with is in the snapshot at the log's start.
    if (earliest !== null && found.endOffset === earliest.offset && found.epoch === epoch) return earliest;
    return { offset: found.endOffset, epoch: found.epoch };
  }

  validateOffsetAndEpoch(offset: Offset, epoch: LeaderEpoch): OffsetValidity {
    if (this.startOffset === 0 && offset === 0) return { kind: 'valid' };
    const earliest = this.earliestSnapshotId();
    const latest = this.latestSnapshotId();
    const needsSnapshot =
      earliest !== null &&
      (offset < this.startOffset ||
        (offset === this.startOffset && epoch !== earliest.epoch) ||
        epoch < earliest.epoch);
    if (needsSnapshot && latest !== null) return { kind: 'snapshot', id: latest };
    const end = this.endOffsetForEpoch(epoch);
    return end.epoch !== epoch || end.offset < offset ? { kind: 'diverging', at: end } : { kind: 'valid' };
  }

  flush(): void {
    this.#store.flush();
  }

  /** Cuts whole batches: down to the one that holds `offset`, so that no hole is left. Returns the new end. */
  truncateTo(offset: Offset): Offset {
    if (offset >= this.endOffset) return this.endOffset;
    assert(
      offset >= this.#highWatermark,
      () => `cannot cut the log back to ${offset}, below the high watermark ${this.#highWatermark}`,
    );
    const [holding] = iterateBatches(this.#store.read(offset, 1));
    const end = Math.min(offset, holding?.baseOffset ?? offset);
    assert(
      end >= this.#highWatermark,
      () => `cannot cut the log back to ${end}, below the high watermark ${this.#highWatermark}`,
    );
    this.#store.truncateTo(end);
    return end;
  }

  truncateToEndOffset(at: OffsetAndEpoch): Offset {
    const local = at.epoch === 0 ? null : this.endOffsetForEpoch(at.epoch);
    let offset = Math.min(at.offset, this.endOffset);
    if (local !== null) offset = local.epoch === at.epoch ? Math.min(local.offset, at.offset) : local.offset;
    return this.truncateTo(offset);
  }

  truncateToLatestSnapshot(): boolean {
    const latest = this.latestSnapshotId();
    if (latest === null) return false;
    const logEpoch = this.#store.latestEpoch ?? 0;
    if (this.#store.latestEpoch === null && this.startOffset === latest.offset && this.endOffset === latest.offset)
      return false;
    const isAhead = latest.epoch > logEpoch || (latest.epoch === logEpoch && latest.offset > this.endOffset);
    if (!isAhead) return false;
    this.#store.truncateFullyAndStartAt(latest.offset);
    this.#highWatermark = Math.max(this.#highWatermark, latest.offset);
    this.#forgetBefore(latest.offset);
    return true;
  }

  latestSnapshotId(): OffsetAndEpoch | null {
    return this.#snapshots.at(-1) ?? null;
  }

  earliestSnapshotId(): OffsetAndEpoch | null {
    return this.#snapshots[0] ?? null;
  }

  openSnapshot(id: OffsetAndEpoch): SnapshotReader | null {
    const bytes = this.#bytesOf(id);
    return bytes === null ? null : new SnapshotReader(bytes, id, this.#path(id));
  }

  readSnapshot(
    id: OffsetAndEpoch,
    position: number,
    maxBytes: number,
  ): { readonly sizeBytes: number; readonly bytes: Uint8Array } | null {
    const bytes = this.#bytesOf(id);
    if (bytes === null) return null;
    const part = bytes.subarray(position, position + maxBytes);
    // What is served whole need not be kept.
    if (position + part.length >= bytes.length) this.#served = null;
    return { sizeBytes: bytes.length, bytes: part };
  }

  createSnapshot(id: OffsetAndEpoch, lastContainedLogTimestampMs: TimestampMs): SnapshotWriter | null {
    const latest = this.latestSnapshotId();
    if (id.offset < this.startOffset || (latest !== null && latest.offset >= id.offset)) return null;
    assert(
      id.offset <= this.#highWatermark,
      () => `a snapshot up to ${id.offset} is beyond the high watermark ${this.#highWatermark}`,
    );
    const validity = this.validateOffsetAndEpoch(id.offset, id.epoch);
    assert(validity.kind === 'valid', () => `a snapshot up to ${id.offset} in epoch ${id.epoch} does not fit the log`);
    const raw = this.storeSnapshot(id);
    if (raw === null) return null;
    const { batchMaxBytes, clock } = this.#options;
    return new RecordsSnapshotWriter(raw, { lastContainedLogTimestampMs, nowMs: clock.now(), batchMaxBytes });
  }

  storeSnapshot(id: OffsetAndEpoch): RawSnapshotWriter | null {
    if (this.#has(id)) return null;
    return new RawSnapshotFileWriter(this.#options.disk, this.#path(id), id, () => {
      if (!this.#has(id)) this.#snapshots = [...this.#snapshots, id].sort(compareIds);
    });
  }

  clean(nowMs: TimestampMs): boolean {
    const { retentionMaxBytes, retentionMaxMs, disk } = this.#options;
    const size = (id: OffsetAndEpoch): number => disk.stat(this.#path(id))?.size ?? 0;
    const tooLarge = (): boolean =>
      retentionMaxBytes >= 0 &&
      this.#store.sizeBytes + this.#snapshots.reduce((sum, id) => sum + size(id), 0) > retentionMaxBytes;
    const tooOld = (id: OffsetAndEpoch): boolean => {
      if (retentionMaxMs < 0) return false;
      const reader = this.openSnapshot(id);
      return reader !== null && nowMs - reader.lastContainedLogTimestampMs > retentionMaxMs;
    };
    let cleaned = false;
    for (;;) {
      const [oldest, next] = this.#snapshots;
      if (oldest === undefined || next === undefined) break;
      if (!tooLarge() && !tooOld(oldest)) break;
      if (!this.#deleteBefore(next)) break;
      cleaned = true;
    }
    this.#served = null;
    return cleaned;
  }

  close(): void {
    this.#store.close();
  }

  #deleteBefore(id: OffsetAndEpoch): boolean {
    if (id.offset > this.startOffset && !this.#store.deleteBefore(id.offset)) return false;
    this.#forgetBefore(id.offset);
    return true;
  }

  #forgetBefore(offset: Offset): void {
    const { disk, tracer } = this.#options;
    for (const id of this.#snapshots.filter((snapshot) => snapshot.offset < offset)) {
      disk.removeFile(this.#path(id));
      tracer.log('info', 'MetadataLog', `Removed snapshot ${snapshotName(id)}: the log begins at ${offset}`);
    }
    this.#snapshots = this.#snapshots.filter((snapshot) => snapshot.offset >= offset);
  }

  #has(id: OffsetAndEpoch): boolean {
    return this.#snapshots.some((snapshot) => compareIds(snapshot, id) === 0);
  }

  #bytesOf(id: OffsetAndEpoch): Uint8Array | null {
    if (this.#served !== null && compareIds(this.#served.id, id) === 0) return this.#served.bytes;
    if (!this.#has(id)) return null;
    const bytes = this.#options.disk.readFile(this.#path(id));
    this.#served = { id, bytes };
    return bytes;
  }

  #path(id: OffsetAndEpoch): string {
    return `${this.#options.directory}/${snapshotName(id)}`;
  }
}
