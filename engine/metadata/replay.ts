/**
 * Follows the metadata log record by record and says when a new image may be seen: transactions of records (KIP-866:
 * BeginTransactionRecord ... EndTransactionRecord, possibly over several batches) become visible as one, an
 * AbortTransactionRecord takes back what followed the begin.
 *
 * Invariant: `image` never reflects part of a transaction.
 */
import type { Offset, TimestampMs } from '../base/ids.ts';
import { assert } from '../base/assert.ts';
import { MetadataDelta } from './delta.ts';
import type { MetadataImage } from './image.ts';
import { emptyMetadataImage } from './image.ts';
import { decodeMetadataRecord } from './records/index.ts';
import type { MetadataRecord } from './records/index.ts';

/** What a replay needs of a committed batch (raft's `CommittedBatch`). */
export interface ReplayBatch {
  readonly lastOffset: Offset;
  readonly epoch: number;
  readonly appendTimestampMs: TimestampMs;
  readonly records: readonly Uint8Array[];
}

export interface MetadataChange {
  readonly delta: MetadataDelta;
  readonly image: MetadataImage;
}

export class MetadataReplay {
  #image: MetadataImage;
  #open: MetadataDelta | null = null;
  /** Records since BeginTransactionRecord; null outside of a transaction. */
  #transaction: MetadataRecord[] | null = null;
  #transactionOffset: Offset = -1;

  constructor(image: MetadataImage = emptyMetadataImage) {
    this.#image = image;
  }

  get image(): MetadataImage {
    return this.#image;
  }

  /** Offset of the begin of a transaction that has not ended; null outside of one. */
  get openTransactionOffset(): Offset | null {
    return this.#transaction === null ? null : this.#transactionOffset;
  }

  /** Records replayed by {@link add} that {@link take} has not published. */
  get pending(): boolean {
    return this.#open !== null;
  }

  /** Replays a batch and publishes at once. Null: nothing to see yet, a transaction is open. */
  commit(batch: ReplayBatch): MetadataChange | null {
    this.add(batch);
    return this.take(batch);
  }

  /** Replays without publishing, so that many small batches cost one image. */
  add(batch: ReplayBatch): void {
    this.addRecords(batch.records.map(decodeMetadataRecord), batch.lastOffset);
  }

  /** As {@link add}, for somebody who has the decoded records at hand. */
  addRecords(records: readonly MetadataRecord[], lastOffset: Offset): void {
    let offset = lastOffset - records.length + 1;
    for (const record of records) this.#record(record, offset++);
  }

  /** One that stands where this one stands, to go on independently. Nothing may be pending. */
  fork(): MetadataReplay {
    assert(this.#open === null, 'a replay with unpublished records cannot be forked');
    const fork = new MetadataReplay(this.#image);
    fork.#transaction = this.#transaction === null ? null : [...this.#transaction];
    fork.#transactionOffset = this.#transactionOffset;
    return fork;
  }

  /** The image up to `upTo`, which must be the last batch added. Null while a transaction is open. */
  take(upTo: Omit<ReplayBatch, 'records'>): MetadataChange | null {
    if (this.#transaction !== null) return null;
    const delta = this.#delta();
    this.#open = null;
    this.#image = delta.apply({
      lastContainedOffset: upTo.lastOffset,
      lastContainedEpoch: upTo.epoch,
      lastContainedLogTimestampMs: upTo.appendTimestampMs,
    });
    return { delta, image: this.#image };
  }

  /** Replaces everything by a snapshot's records. `upTo.lastOffset` is the snapshot's end offset minus one. */
  load(values: Iterable<Uint8Array>, upTo: Omit<ReplayBatch, 'records'>): MetadataChange {
    this.#transaction = null;
    this.#open = null;
    const delta = this.#delta();
    const records: MetadataRecord[] = [];
    for (const bytes of values) {
      const record = decodeMetadataRecord(bytes);
      records.push(record);
      delta.replay(record);
    }
    delta.finishSnapshot(records);
    const change = this.take(upTo);
    assert(change !== null, 'a loaded snapshot is never inside a transaction');
    return change;
  }

  #record(record: MetadataRecord, offset: Offset): void {
    switch (record.type) {
      case 'BeginTransactionRecord':
        assert(this.#transaction === null, () => `transaction begins at offset ${offset} inside another one`);
        this.#transaction = [];
        this.#transactionOffset = offset;
        return;
      case 'EndTransactionRecord': {
        const records = this.#transaction;
        assert(records !== null, () => `transaction ends at offset ${offset} without a begin`);
        this.#transaction = null;
        for (const held of records) this.#delta().replay(held);
        return;
      }
      case 'AbortTransactionRecord':
        assert(this.#transaction !== null, () => `transaction aborts at offset ${offset} without a begin`);
        this.#transaction = null;
        return;
      default:
        if (this.#transaction === null) this.#delta().replay(record);
        else this.#transaction.push(record);
    }
  }

  #delta(): MetadataDelta {
    this.#open ??= new MetadataDelta(this.#image);
    return this.#open;
  }
}
