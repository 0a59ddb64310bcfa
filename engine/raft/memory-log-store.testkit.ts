/** A log in memory for tests of the state machine: what is not flushed is lost by {@link MemoryLogStore.crash}. */
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import { concatBytes } from '../base/text.ts';
import { BatchHeader, iterateBatches } from '../record/index.ts';
import type { LogStore } from './log-store.ts';

interface EpochEntry {
  readonly epoch: LeaderEpoch;
  readonly startOffset: Offset;
}

export class MemoryLogStore implements LogStore {
  startOffset: Offset = 0;
  endOffset: Offset = 0;
  flushedOffset: Offset = 0;
  #batches: Uint8Array[] = [];
  #epochs: EpochEntry[] = [];

  get sizeBytes(): number {
    return this.#batches.reduce((sum, batch) => sum + batch.length, 0);
  }

  get latestEpoch(): LeaderEpoch | null {
    return this.#epochs.at(-1)?.epoch ?? null;
  }

  endOffsetForEpoch(epoch: LeaderEpoch): { epoch: LeaderEpoch; endOffset: Offset } | null {
    if (this.#epochs.length === 0) return null;
    if (epoch === this.latestEpoch) return { epoch, endOffset: this.endOffset };
    const after = this.#epochs.findIndex((entry) => entry.epoch > epoch);
    if (after < 0) return null;
    const before = this.#epochs[after - 1];
    return { epoch: before?.epoch ?? epoch, endOffset: this.#epochs[after]!.startOffset };
  }

  beginEpoch(epoch: LeaderEpoch, startOffset: Offset): void {
    if (epoch > (this.latestEpoch ?? -1)) this.#epochs.push({ epoch, startOffset });
  }

  appendAsLeader(batch: Uint8Array): void {
    this.appendAsFollower(batch);
  }

  appendAsFollower(batches: Uint8Array): void {
    for (const batch of iterateBatches(batches)) {
      this.beginEpoch(batch.leaderEpoch, batch.baseOffset);
      this.#batches.push(batch.batchBytes.slice());
      this.endOffset = batch.lastOffset + 1;
    }
  }

  read(from: Offset, maxBytes: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let size = 0;
    for (const batch of this.#batches) {
      if (lastOffsetOf(batch) < from) continue;
      if (parts.length > 0 && size + batch.length > maxBytes) break;
      parts.push(batch);
      size += batch.length;
    }
    return concatBytes(parts);
  }

  setHighWatermark(): void {}

  flush(): void {
    this.flushedOffset = this.endOffset;
  }

  truncateTo(offset: Offset): void {
    this.#batches = this.#batches.filter((batch) => lastOffsetOf(batch) < offset);
    this.#epochs = this.#epochs.filter((entry) => entry.startOffset < offset);
    const last = this.#batches.at(-1);
    this.endOffset = last === undefined ? this.startOffset : lastOffsetOf(last) + 1;
    this.flushedOffset = Math.min(this.flushedOffset, this.endOffset);
  }

  truncateFullyAndStartAt(offset: Offset): void {
    this.#batches = [];
    this.#epochs = [];
    this.startOffset = this.endOffset = this.flushedOffset = offset;
  }

  deleteBefore(offset: Offset): boolean {
    if (offset <= this.startOffset) return false;
    this.startOffset = offset;
    this.#batches = this.#batches.filter((batch) => lastOffsetOf(batch) >= offset);
    const current = this.#epochs.findLastIndex((entry) => entry.startOffset <= offset);
    this.#epochs = this.#epochs.slice(Math.max(0, current)).map((entry) => ({
      ...entry,
      startOffset: Math.max(entry.startOffset, offset),
    }));
    return true;
  }

  close(): void {}

  /** Power loss: keeps what was flushed. */
  crash(): void {
    this.truncateTo(this.flushedOffset);
  }
}

function lastOffsetOf(batch: Uint8Array): Offset {
  return new BatchHeader(batch, 0).lastOffset;
}
