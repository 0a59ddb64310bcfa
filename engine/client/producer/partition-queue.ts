/**
 * What a producer holds for one partition: the deque of batches that are not sent, what is on its way, and, with
 * idempotence, the sequences (`RecordAccumulator`'s deques and `TxnPartitionEntry`).
 *
 * Invariant: batches with a sequence lie in front of those without, in the order of their sequences.
 */
import { assert } from '../../base/assert.ts';
import type { DurationMs, Offset, PartitionIndex, ProducerEpoch, ProducerId, TopicName } from '../../base/ids.ts';
import { incrementSequence, noProducerEpoch, noProducerId } from '../../record/index.ts';
import type { ProducerBatch } from './producer-batch.ts';
import type { AccumulatorSample } from './producer-types.ts';

export class PartitionQueue {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** Batches that wait, the oldest first; the last one may be filling. */
  readonly waiting: ProducerBatch[] = [];
  /** Sent and not answered, the oldest first. */
  readonly onWire: ProducerBatch[] = [];
  /** Drained once and not settled, by sequence: those on their way and those that wait for another attempt. */
  readonly unsettled: ProducerBatch[] = [];
  /** One request at a time (`max.in.flight.requests.per.connection=1`): a batch is on its way. */
  muted = false;

  producerId: ProducerId = noProducerId;
  producerEpoch: ProducerEpoch = noProducerEpoch;
  nextSequence = 0;
  /** -1: none. */
  lastAckedSequence = -1;
  lastAckedOffset: Offset = -1;
  /** The sequence behind what may or may not have been written before it expired here; null: all is known. */
  unresolvedBefore: number | null = null;

  lastSent: AccumulatorSample['lastSent'] = null;
  ackMs: DurationMs | null = null;
  error: string | null = null;
  lastOffset: Offset | null = null;

  appended = 0;
  acknowledged = 0;
  failed = 0;
  wireBytes = 0;
  uncompressedBytes = 0;
  sequence: AccumulatorSample['sequence'] = null;
  retries = 0;
  reordered = 0;
  /** Batches that were sent once, in all. */
  #places = 0;
  /** The newest acknowledged ones: their place in the order of sending, and where they were written. */
  #written: { readonly place: number; readonly baseOffset: Offset }[] = [];

  constructor(topic: TopicName, partition: PartitionIndex) {
    this.topic = topic;
    this.partition = partition;
  }

  get first(): ProducerBatch | undefined {
    return this.waiting[0];
  }

  /** The batch that fills; undefined when there is none or it is full. */
  get filling(): ProducerBatch | undefined {
    const last = this.waiting.at(-1);
    return last === undefined || last.isFull ? undefined : last;
  }

  get allFull(): boolean {
    return this.filling === undefined;
  }

  sample(): AccumulatorSample {
    const { topic, partition, filling, first, waiting, onWire, lastSent, ackMs, error, lastOffset } = this;
    const { appended, acknowledged, failed, wireBytes, uncompressedBytes, sequence, retries, reordered } = this;
    return {
      topic,
      partition,
      batchBytes: filling?.estimatedBytes ?? 0,
      batchRecords: filling?.recordCount ?? 0,
      waitingBatches: waiting.length,
      inFlightBatches: onWire.length,
      retrying: first?.inRetry ?? false,
      lastSent,
      ackMs,
      error,
      lastOffset,
      appended,
      acknowledged,
      failed,
      wireBytes,
      uncompressedBytes,
      sequence,
      retries,
      reordered,
    };
  }

  /** Counts and marks what goes out: of the first attempt its bytes, of each the newest sequence. */
  noteSent(batch: ProducerBatch): void {
    this.onWire.push(batch);
    if (batch.hasSequence) {
      this.sequence = { producerEpoch: batch.producerEpoch, base: batch.baseSequence, last: batch.lastSequence };
    }
    if (batch.attempts > 0) {
      this.retries++;
      return;
    }
    if (batch.place === 0) batch.place = ++this.#places;
    this.wireBytes += batch.estimatedBytes;
    this.uncompressedBytes += batch.uncompressedBytes;
  }

  /** The base offset of a batch that was sent later and written before; null: it lies where it was sent. */
  noteWritten(batch: ProducerBatch, baseOffset: Offset): Offset | null {
    const overtaker = this.#written.find(({ place, baseOffset: other }) => place > batch.place && other < baseOffset);
    this.#written.push({ place: batch.place, baseOffset });
    if (this.#written.length > writtenMax) this.#written.shift();
    if (overtaker === undefined) return null;
    this.reordered += batch.recordCount;
    return overtaker.baseOffset;
  }

  isNextSequence(sequence: number): boolean {
    return sequence - this.lastAckedSequence === 1;
  }

  noteDrained(batch: ProducerBatch): void {
    assert(batch.hasSequence, () => `a batch of ${this.topic}-${this.partition} without a sequence cannot be tracked`);
    const at = this.unsettled.findIndex((other) => compareSequences(other, batch) > 0);
    if (at === -1) this.unsettled.push(batch);
    else this.unsettled.splice(at, 0, batch);
  }

  noteSettled(batch: ProducerBatch): void {
    removeFrom(this.unsettled, batch);
  }

  noteAnswered(batch: ProducerBatch): void {
    removeFrom(this.onWire, batch);
  }

  /** Puts back what has to be sent again, where its sequence belongs. */
  putBack(batch: ProducerBatch): void {
    let at = 0;
    if (batch.hasSequence) {
      for (let other = this.waiting[at]; other?.hasSequence; other = this.waiting[++at]) {
        if (other.baseSequence >= batch.baseSequence) break;
      }
    }
    this.waiting.splice(at, 0, batch);
  }

  remove(batch: ProducerBatch): void {
    removeFrom(this.waiting, batch);
  }

  takeSequences(records: number): number {
    const first = this.nextSequence;
    this.nextSequence = incrementSequence(first, records);
    return first;
  }

  /** A new producer id or epoch: all that is not settled gets sequences from 0 on. */
  startSequencesAtBeginning(producerId: ProducerId, producerEpoch: ProducerEpoch): void {
    let sequence = 0;
    for (const batch of this.unsettled) {
      batch.assign(producerId, producerEpoch, sequence);
      sequence += batch.recordCount;
    }
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.nextSequence = sequence;
    this.lastAckedSequence = -1;
  }

  /** The broker knows nothing of this producer any more. */
  forgetSequences(): void {
    this.unsettled.length = 0;
    this.producerId = noProducerId;
    this.producerEpoch = noProducerEpoch;
    this.nextSequence = 0;
    this.lastAckedSequence = -1;
    this.lastAckedOffset = -1;
    this.unresolvedBefore = null;
  }
}

/** More than can be on their way at once with sane configs; older ones were overtaken by nobody. */
const writtenMax = 64;

function compareSequences(a: ProducerBatch, b: ProducerBatch): number {
  return a.producerId - b.producerId || a.producerEpoch - b.producerEpoch || a.baseSequence - b.baseSequence;
}

function removeFrom<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at !== -1) list.splice(at, 1);
}
