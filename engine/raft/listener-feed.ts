/**
 * Brings listeners up to the high watermark and tells them of leaders (`ListenerContext` of `KafkaRaftClient`).
 *
 * Invariants: a listener gets every committed batch once and in order, from a snapshot on when it is new or has fallen
 * behind the log's start; it hears that this node leads an epoch only after all that was committed before it, so that it
 * may write at once.
 */
import type { Dispose } from '../base/disposer.ts';
import { assert } from '../base/assert.ts';
import type { LeaderEpoch, NodeId, Offset } from '../base/ids.ts';
import { RecordCursor, iterateBatches, noCodecs } from '../record/index.ts';
import type { BatchHeader } from '../record/index.ts';
import type { CommittedBatch, LeaderAndEpoch, RaftListener } from './listener.ts';
import type { ReplicatedLog } from './replicated-log.ts';

interface Registered {
  readonly listener: RaftListener;
  /** Null: nothing has been given yet. */
  nextOffset: Offset | null;
  lastLeader: LeaderAndEpoch | null;
}

export interface LeaderNews {
  readonly leaderId: NodeId | null;
  readonly epoch: LeaderEpoch;
  /** This node leads; tell listeners that have passed this offset. */
  readonly ownEpochStartOffset: Offset | null;
}

/** About how much is read from the log at once. */
const readBytes = 1024 * 1024;

export class ListenerFeed {
  readonly #log: ReplicatedLog;
  readonly #listeners = new Set<Registered>();
  readonly #onSnapshotLoaded: (endOffset: Offset, epoch: LeaderEpoch) => void;

  constructor(log: ReplicatedLog, onSnapshotLoaded: (endOffset: Offset, epoch: LeaderEpoch) => void) {
    this.#log = log;
    this.#onSnapshotLoaded = onSnapshotLoaded;
  }

  register(listener: RaftListener): Dispose {
    const registered: Registered = { listener, nextOffset: null, lastLeader: null };
    this.#listeners.add(registered);
    return () => this.#listeners.delete(registered);
  }

  /** Hands out what is committed, then news of the leader. */
  feed(highWatermark: Offset | null, news: LeaderNews): void {
    for (const registered of [...this.#listeners]) {
      if (highWatermark !== null) this.#catchUp(registered, highWatermark);
      this.#tellLeader(registered, news);
    }
  }

  beginShutdown(): void {
    for (const { listener } of this.#listeners) listener.beginShutdown?.();
    this.#listeners.clear();
  }

  #catchUp(registered: Registered, highWatermark: Offset): void {
    const next = registered.nextOffset ?? 0;
    if (next < highWatermark && (registered.nextOffset === null || next < this.#log.startOffset)) {
      this.#loadSnapshot(registered, highWatermark);
    }
    registered.nextOffset ??= 0;
    while (registered.nextOffset < highWatermark && this.#listeners.has(registered)) {
      const before: Offset = registered.nextOffset;
      assert(before >= this.#log.startOffset, () => {
        return `a listener is at ${before}, before the log's start ${this.#log.startOffset}, and there is no snapshot for it`;
      });
      this.#deliver(registered, this.#log.read(before, highWatermark, readBytes), highWatermark);
      if (registered.nextOffset === before) return;
    }
  }

  #loadSnapshot(registered: Registered, highWatermark: Offset): void {
    const id = this.#log.latestSnapshotId();
    if (id === null || id.offset > highWatermark || id.offset === 0) return;
    const reader = this.#log.openSnapshot(id);
    if (reader === null) return;
    registered.listener.handleLoadSnapshot(reader);
    registered.nextOffset = id.offset;
    this.#onSnapshotLoaded(id.offset, id.epoch);
  }

  #deliver(registered: Registered, bytes: Uint8Array, highWatermark: Offset): void {
    for (const batch of iterateBatches(bytes)) {
      if (batch.lastOffset < registered.nextOffset!) continue;
      if (batch.lastOffset >= highWatermark) return;
      registered.nextOffset = batch.lastOffset + 1;
      registered.listener.handleCommit(committedBatch(batch));
      if (!this.#listeners.has(registered)) return;
    }
  }

  #tellLeader(registered: Registered, news: LeaderNews): void {
    const { leaderId, epoch, ownEpochStartOffset } = news;
    const last = registered.lastLeader;
    if (last !== null && last.leaderId === leaderId && last.epoch === epoch) return;
    if (ownEpochStartOffset !== null && (registered.nextOffset ?? 0) <= ownEpochStartOffset) return;
    registered.lastLeader = { leaderId, epoch };
    registered.listener.handleLeaderChange(registered.lastLeader);
  }
}

export function committedBatch(batch: BatchHeader): CommittedBatch {
  return {
    baseOffset: batch.baseOffset,
    lastOffset: batch.lastOffset,
    epoch: batch.leaderEpoch,
    appendTimestampMs: batch.maxTimestamp,
    sizeBytes: batch.sizeInBytes,
    records: batch.isControl ? [] : valuesOf(batch),
  };
}

/** The values of a batch's records; raft writes no compressed batches and no null values. */
export function valuesOf(batch: BatchHeader): Uint8Array[] {
  const values: Uint8Array[] = [];
  const cursor = new RecordCursor(batch, noCodecs);
  while (cursor.next()) values.push(cursor.value ?? new Uint8Array(0));
  return values;
}
