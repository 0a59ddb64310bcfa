/**
 * What a partition's log knows of one producer id (`ProducerStateEntry`): its epoch, the last five batches (for
 * duplicates and the next sequence), the coordinator epoch of its last marker, its open transaction.
 */
import type { Offset, ProducerEpoch, ProducerId, TimestampMs } from '../base/ids.ts';
import { noProducerEpoch, noSequence, noTimestamp } from '../record/index.ts';
import type { BatchHeader } from '../record/index.ts';

/** Batches remembered of each producer: a client has at most five requests in flight. */
const batchesRetained = 5;

export interface BatchMetadata {
  readonly lastSequence: number;
  readonly lastOffset: Offset;
  readonly offsetDelta: number;
  readonly timestamp: TimestampMs;
}

export class ProducerEntry {
  readonly producerId: ProducerId;
  producerEpoch: ProducerEpoch = noProducerEpoch;
  coordinatorEpoch = -1;
  lastTimestamp: TimestampMs = noTimestamp;
  currentTransactionFirstOffset: Offset | null = null;
  readonly batches: BatchMetadata[] = [];

  constructor(producerId: ProducerId) {
    this.producerId = producerId;
  }

  get lastBatch(): BatchMetadata | null {
    return this.batches.at(-1) ?? null;
  }
  get lastSequence(): number {
    return this.lastBatch?.lastSequence ?? noSequence;
  }

  /** What this entry says now, without its batches: what an append starts from. */
  withoutBatches(): ProducerEntry {
    const copy = new ProducerEntry(this.producerId);
    copy.producerEpoch = this.producerEpoch;
    copy.coordinatorEpoch = this.coordinatorEpoch;
    copy.lastTimestamp = this.lastTimestamp;
    copy.currentTransactionFirstOffset = this.currentTransactionFirstOffset;
    return copy;
  }

  addBatch(epoch: ProducerEpoch, batch: BatchMetadata): void {
    this.#moveToEpoch(epoch);
    this.#remember(batch);
    this.lastTimestamp = batch.timestamp;
  }

  /** A marker ends the open transaction, if any. */
  endTransaction(epoch: ProducerEpoch, coordinatorEpoch: number, timestamp: TimestampMs): void {
    this.#moveToEpoch(epoch);
    this.coordinatorEpoch = coordinatorEpoch;
    this.currentTransactionFirstOffset = null;
    this.lastTimestamp = timestamp;
  }

  /** Takes over what `next`, which began as a copy {@link withoutBatches} of this, has gathered. */
  update(next: ProducerEntry): void {
    this.#moveToEpoch(next.producerEpoch);
    for (const batch of next.batches) this.#remember(batch);
    this.coordinatorEpoch = next.coordinatorEpoch;
    this.currentTransactionFirstOffset = next.currentTransactionFirstOffset;
    this.lastTimestamp = next.lastTimestamp;
  }

  /** The remembered batch with exactly the same epoch and sequences. */
  findDuplicate(batch: BatchHeader): BatchMetadata | null {
    if (batch.producerEpoch !== this.producerEpoch || this.batches.length === 0) return null;
    const first = batch.baseSequence;
    const last = batch.lastSequence;
    return this.batches.find((known) => known.lastSequence === last && firstSequence(known) === first) ?? null;
  }

  #moveToEpoch(epoch: ProducerEpoch): void {
    if (this.producerEpoch === epoch) return;
    this.batches.length = 0;
    this.producerEpoch = epoch;
  }

  #remember(batch: BatchMetadata): void {
    if (this.batches.length === batchesRetained) this.batches.shift();
    this.batches.push(batch);
  }
}

/** Sequences wrap from 2^31 - 1 to 0. */
function firstSequence({ lastSequence, offsetDelta }: BatchMetadata): number {
  const first = lastSequence - offsetDelta;
  return first >= 0 ? first : first + 0x8000_0000;
}
