/**
 * Checks the batches of one producer in one append against what is known of it, and gathers what the append will change
 * (`ProducerAppendInfo`). Nothing known changes until `ProducerState.update`. How strict: `client` epochs and sequences,
 * `coordinator` epochs, `replication` nothing (the leader has checked).
 */
import type { Offset, ProducerEpoch, ProducerId } from '../base/ids.ts';
import { ErrorCode } from '../protocol/index.ts';
import { RecordCursor, decodeControlRecord, noCodecs, noProducerEpoch, noSequence } from '../record/index.ts';
import type { BatchHeader } from '../record/index.ts';
import type { AppendOrigin, AppendRefused, OffsetMetadata } from './log-types.ts';
import { ProducerEntry } from './producer-entry.ts';

/** A transaction whose first batch is in the log. `lastOffset` is that of its marker. */
export interface OpenTransaction {
  readonly producerId: ProducerId;
  readonly firstOffset: OffsetMetadata;
  lastOffset: Offset | null;
}

export interface CompletedTransaction {
  readonly producerId: ProducerId;
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly isAborted: boolean;
}

export class ProducerAppend {
  readonly producerId: ProducerId;
  readonly started: OpenTransaction[] = [];
  readonly updated: ProducerEntry;
  readonly #current: ProducerEntry;
  readonly #origin: AppendOrigin;
  readonly #partition: string;

  constructor(partition: string, current: ProducerEntry, origin: AppendOrigin) {
    this.#partition = partition;
    this.producerId = current.producerId;
    this.#current = current;
    this.#origin = origin;
    this.updated = current.withoutBatches();
  }

  /** Takes a batch in. What it refuses leaves this unusable. */
  append(batch: BatchHeader, firstOffset: OffsetMetadata): CompletedTransaction | AppendRefused | null {
    return batch.isControl ? this.#appendMarker(batch) : this.#appendData(batch, firstOffset);
  }

  #appendData(batch: BatchHeader, firstOffset: OffsetMetadata): AppendRefused | null {
    const epoch = batch.producerEpoch;
    const refused =
      this.#checkEpoch(epoch, firstOffset.offset) ??
      (this.#origin === 'client' ? this.#checkSequence(epoch, batch.baseSequence, firstOffset.offset) : null);
    if (refused !== null) return refused;
    const lastOffset = batch.lastOffset;
    this.updated.addBatch(epoch, {
      lastSequence: batch.lastSequence,
      lastOffset,
      offsetDelta: lastOffset - firstOffset.offset,
      timestamp: batch.maxTimestamp,
    });
    const isOpen = this.updated.currentTransactionFirstOffset !== null;
    if (isOpen && !batch.isTransactional) {
      return refuse(
        ErrorCode.INVALID_TXN_STATE,
        `Expected transactional write from producer ${this.producerId} at offset ${firstOffset.offset} in partition ${this.#partition}`,
      );
    }
    if (!isOpen && batch.isTransactional) {
      this.updated.currentTransactionFirstOffset = firstOffset.offset;
      this.started.push({ producerId: this.producerId, firstOffset, lastOffset: null });
    }
    return null;
  }

  #appendMarker(batch: BatchHeader): CompletedTransaction | AppendRefused | null {
    const cursor = new RecordCursor(batch, noCodecs);
    // An empty control batch: the whole transaction has been cleaned from the log.
    if (!cursor.next()) return null;
    const marker = decodeControlRecord(cursor.key, cursor.value);
    if (marker === null || (marker.type !== 'abort' && marker.type !== 'commit')) return null;
    const offset = batch.baseOffset;
    const refused =
      this.#checkEpoch(batch.producerEpoch, offset) ?? this.#checkCoordinator(marker.coordinatorEpoch, offset);
    if (refused !== null) return refused;
    const firstOffset = this.updated.currentTransactionFirstOffset;
    this.updated.endTransaction(batch.producerEpoch, marker.coordinatorEpoch, cursor.timestamp);
    if (firstOffset === null) return null;
    return { producerId: this.producerId, firstOffset, lastOffset: offset, isAborted: marker.type === 'abort' };
  }

  #checkEpoch(epoch: ProducerEpoch, offset: Offset): AppendRefused | null {
    if (epoch >= this.updated.producerEpoch || this.#origin === 'replication') return null;
    return refuse(
      ErrorCode.INVALID_PRODUCER_EPOCH,
      `Epoch of producer ${this.producerId} at offset ${offset} in ${this.#partition} is ${epoch}, which is smaller than the last seen epoch ${this.updated.producerEpoch}`,
    );
  }

  #checkCoordinator(coordinatorEpoch: number, offset: Offset): AppendRefused | null {
    if (this.updated.coordinatorEpoch <= coordinatorEpoch || this.#origin === 'replication') return null;
    return refuse(
      ErrorCode.TRANSACTION_COORDINATOR_FENCED,
      `Invalid coordinator epoch for producerId ${this.producerId} at offset ${offset} in partition ${this.#partition}: ${coordinatorEpoch} (zombie), ${this.updated.coordinatorEpoch} (current)`,
    );
  }

  #checkSequence(epoch: ProducerEpoch, firstSequence: number, offset: Offset): AppendRefused | null {
    const where = `producer ${this.producerId} at offset ${offset} in partition ${this.#partition}`;
    if (epoch !== this.updated.producerEpoch) {
      if (firstSequence === 0 || this.updated.producerEpoch === noProducerEpoch) return null;
      return refuse(
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
        `Invalid sequence number for new epoch of ${where}: ${epoch} (request epoch), ${firstSequence} (seq. number), ${this.updated.producerEpoch} (current producer epoch)`,
      );
    }
    const last = this.#lastSequence(epoch);
    // Without a current epoch (all records of the producer may have been deleted) any sequence will do.
    if (this.#current.producerEpoch === noProducerEpoch || isNext(last, firstSequence)) return null;
    return refuse(
      ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
      `Out of order sequence number for ${where}: ${firstSequence} (incoming seq. number), ${last} (current end sequence number)`,
    );
  }

  #lastSequence(epoch: ProducerEpoch): number {
    if (this.updated.lastBatch !== null) return this.updated.lastSequence;
    return epoch === this.#current.producerEpoch ? this.#current.lastSequence : noSequence;
  }
}

function isNext(last: number, next: number): boolean {
  return next === last + 1 || (next === 0 && last === 0x7fff_ffff);
}

export function refuse(
  error: ErrorCode,
  message: string,
  recordErrors: AppendRefused['recordErrors'] = [],
): AppendRefused {
  return { kind: 'refused', error, message, recordErrors };
}
