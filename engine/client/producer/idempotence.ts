/**
 * The idempotent producer's identity: its id and epoch, when they have to be asked for or bumped, which batches may be
 * sent and which may be sent again (`TransactionManager` without transactions).
 *
 * The epoch is bumped here, without asking anybody, as Kafka's client does; the sequences of the partitions that made it
 * necessary start over, others change over once nothing of theirs is unsettled.
 */
import type { ProducerEpoch, ProducerId } from '../../base/ids.ts';
import { ErrorCode, isRetriable } from '../../protocol/index.ts';
import { noProducerEpoch, noProducerId } from '../../record/index.ts';
import type { KafkaError } from '../kafka-error.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { ProducerBatch } from './producer-batch.ts';

const epochMax = 0x7fff;

/** What a broker said about a batch, as far as it matters here. */
export interface BatchOutcome {
  readonly errorCode: number;
  readonly baseOffset: number;
  /** -1: unknown. */
  readonly logStartOffset: number;
}

export class Idempotence {
  producerId: ProducerId = noProducerId;
  producerEpoch: ProducerEpoch = noProducerEpoch;
  readonly #onIdentity: () => void;
  readonly #rewrite = new Set<PartitionQueue>();
  readonly #unresolved = new Set<PartitionQueue>();
  #bumpRequired = false;

  /** `onIdentity`: id or epoch have changed to valid ones. */
  constructor(onIdentity: () => void) {
    this.#onIdentity = onIdentity;
  }

  get hasId(): boolean {
    return this.producerId !== noProducerId;
  }

  /** The answer of InitProducerId. */
  adopt(producerId: ProducerId, producerEpoch: ProducerEpoch): void {
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.#rewriteSequences();
    this.#onIdentity();
  }

  /** Before each round of the sender: `maybeResolveSequences` and `bumpIdempotentEpochAndResetIdIfNeeded`. */
  prepare(): void {
    for (const queue of this.#unresolved) {
      if (queue.unsettled.length > 0) continue;
      this.#unresolved.delete(queue);
      queue.unresolvedBefore = null;
      // Otherwise what expired may be missing in the log, or may be there.
      if (!queue.isNextSequence(queue.nextSequence)) this.#requestBump(queue);
    }
    if (this.#bumpRequired && this.hasId) this.#bump();
  }

  /** `RecordAccumulator.shouldStopDrainBatchesForPartition`. */
  mayDrain(first: ProducerBatch): boolean {
    if (!this.hasId) return false;
    const { queue } = first;
    const [next] = queue.unsettled;
    if (!first.hasSequence) return !(next !== undefined && this.#isStale(queue)) && queue.unresolvedBefore === null;
    // Being sent again: one after the other, each once the one before it is settled.
    return next === undefined || first.baseSequence === next.baseSequence;
  }

  /** Gives the batch its sequence, unless it has one. */
  assign(batch: ProducerBatch): void {
    const { queue } = batch;
    if (batch.hasSequence) return;
    if (this.#isStale(queue) && queue.unsettled.length === 0) {
      queue.startSequencesAtBeginning(this.producerId, this.producerEpoch);
    }
    batch.assign(this.producerId, this.producerEpoch, queue.takeSequences(batch.recordCount));
    queue.noteDrained(batch);
  }

  /** Also for one that was given up before: what is written is written. */
  noteCompleted(batch: ProducerBatch, baseOffset: number): void {
    const { queue } = batch;
    if (!batch.hasSequence) return;
    queue.lastAckedSequence = Math.max(queue.lastAckedSequence, batch.lastSequence);
    if (baseOffset >= 0) queue.lastAckedOffset = Math.max(queue.lastAckedOffset, baseOffset + batch.recordCount - 1);
    queue.noteSettled(batch);
  }

  /** `adjustSequences`: the batch was refused, so its sequences are free; else nobody knows. */
  noteFailed(batch: ProducerBatch, error: KafkaError, adjustSequences: boolean): void {
    const { queue } = batch;
    queue.noteSettled(batch);
    if (error.errorCode === ErrorCode.UNKNOWN_PRODUCER_ID) {
      queue.forgetSequences();
      this.#unresolved.delete(queue);
    } else if (error.errorCode === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER || adjustSequences) {
      this.#requestBump(queue);
    }
  }

  /** A batch that had been sent expired: whether it was written is unknown. */
  noteUnresolved(batch: ProducerBatch): void {
    const { queue } = batch;
    queue.unresolvedBefore = Math.max(queue.unresolvedBefore ?? 0, batch.lastSequence + 1);
    this.#unresolved.add(queue);
  }

  /** `TransactionManager.canRetry`. */
  canRetry(batch: ProducerBatch, { errorCode, logStartOffset }: BatchOutcome): boolean {
    const { queue } = batch;
    if (errorCode === ErrorCode.UNKNOWN_PRODUCER_ID) {
      // Without a start offset the partition is just moving: the next answer tells more.
      if (logStartOffset !== -1 && !batch.sequenceWasReset) this.#requestBump(queue);
      return true;
    }
    if (errorCode === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) {
      const unresolved = queue.unresolvedBefore;
      const behindAGap = batch.sequenceWasReset || !queue.isNextSequence(batch.baseSequence);
      if (unresolved === null ? !behindAGap : unresolved === batch.baseSequence) this.#requestBump(queue);
      return true;
    }
    return isRetriable(errorCode);
  }

  #isStale(queue: PartitionQueue): boolean {
    return queue.producerId !== this.producerId || queue.producerEpoch !== this.producerEpoch;
  }

  #requestBump(queue: PartitionQueue): void {
    this.#bumpRequired = true;
    this.#rewrite.add(queue);
  }

  #bump(): void {
    this.#bumpRequired = false;
    if (this.producerEpoch === epochMax) {
      // Another id is asked for; sequences start over with it.
      this.producerId = noProducerId;
      this.producerEpoch = noProducerEpoch;
      return;
    }
    this.producerEpoch++;
    this.#rewriteSequences();
    this.#onIdentity();
  }

  #rewriteSequences(): void {
    for (const queue of this.#rewrite) {
      queue.startSequencesAtBeginning(this.producerId, this.producerEpoch);
      queue.unresolvedBefore = null;
      this.#unresolved.delete(queue);
    }
    this.#rewrite.clear();
  }
}
