/**
 * What becomes of batches (`Sender.completeBatch` and what it calls): acknowledged, sent again, split, failed, expired.
 *
 * Invariant: whatever happens, a batch's memory is released once, and all its records are told once.
 */
import type { DurationMs } from '../../base/ids.ts';
import { ErrorCode, errorMessage, errorName, isRetriable } from '../../protocol/index.ts';
import { type ClientEnv, type ClusterClient, isInvalidMetadata } from '../cluster/index.ts';
import { brokerError, clientError, type KafkaError } from '../kafka-error.ts';
import type { Idempotence } from './idempotence.ts';
import type { BatchAnswer } from './produce-exchange.ts';
import type { ProducerBatch } from './producer-batch.ts';
import type { ProducerEvent } from './producer-events.ts';
import type { ProducerStats } from './producer-stats.ts';
import type { RecordAccumulator } from './record-accumulator.ts';

export interface SettlementOptions {
  readonly env: ClientEnv;
  readonly cluster: ClusterClient;
  readonly accumulator: RecordAccumulator;
  readonly idempotence: Idempotence | null;
  readonly stats: ProducerStats;
  readonly retries: number;
  readonly deliveryTimeoutMs: DurationMs;
  readonly onEvent: (event: ProducerEvent) => void;
  /** Memory was released. */
  readonly onRelease: () => void;
}

type ErrorOf = (index: number) => KafkaError;

export class Settlement {
  readonly #options: SettlementOptions;

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  /** An answer, or that there will be none. Gives the error that ends the whole producer, if it is one. */
  settle(batch: ProducerBatch, answer: BatchAnswer): KafkaError | null {
    const { accumulator, cluster, env, stats } = this.#options;
    const { queue } = batch;
    const { errorCode } = answer;
    const ackMs = env.clock.monotonic() - batch.sentMs;
    if (answer.byBroker) {
      queue.ackMs = ackMs;
      stats.noteAck(ackMs);
    }
    queue.error = errorCode === ErrorCode.NONE ? null : errorName(errorCode);
    let fatal: KafkaError | null = null;
    if (errorCode === ErrorCode.MESSAGE_TOO_LARGE && batch.recordCount > 1 && !batch.isDone) {
      this.#noteRetry(batch, answer);
      queue.noteSettled(batch);
      accumulator.splitAndRequeue(batch);
      this.#release(batch);
    } else if (errorCode === ErrorCode.NONE) this.#complete(batch, answer, ackMs);
    else if (this.#canRetry(batch, answer)) {
      this.#noteRetry(batch, answer);
      accumulator.requeue(batch, env.clock.monotonic());
    } else if (errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      // Written before, and the broker remembers no longer where: a success at an unknown offset.
      this.#complete(batch, { ...answer, baseOffset: -1, logAppendTimeMs: -1 }, ackMs);
    } else fatal = this.#refused(batch, answer);
    if (isInvalidMetadata(errorCode)) {
      const { leader } = answer;
      if (leader !== null)
        cluster.updateLeader(queue.topic, queue.partition, leader.id, leader.epoch, leader.endpoints);
      cluster.requestUpdate();
    }
    return fatal;
  }

  /** Gives up what is older than `delivery.timeout.ms`. */
  expire(nowMs: DurationMs): void {
    const { accumulator, idempotence } = this.#options;
    for (const batch of accumulator.takeExpired(nowMs)) {
      const { topic, partition } = batch.queue;
      const ageMs = Math.floor(nowMs - batch.createdMs);
      const error = clientError(
        'TimeoutException',
        `Expiring ${batch.recordCount} record(s) for ${topic}-${partition}:${ageMs} ms has passed since batch ` +
          'creation. The request has not been sent, or no server response has been received yet.',
      );
      this.#fail(batch, error, () => error, false);
      if (batch.inRetry) idempotence?.noteUnresolved(batch);
    }
  }

  /** Fails all that is not settled. */
  abortAll(error: KafkaError): void {
    for (const batch of [...this.#options.accumulator.incomplete]) {
      batch.queue.noteSettled(batch);
      this.#finishFailed(batch, error, () => error);
    }
  }

  #complete(batch: ProducerBatch, { baseOffset, logAppendTimeMs }: BatchAnswer, ackMs: DurationMs): void {
    const { idempotence, stats, onEvent } = this.#options;
    const { queue } = batch;
    queue.error = null;
    idempotence?.noteCompleted(batch, baseOffset);
    if (baseOffset >= 0) queue.lastOffset = Math.max(queue.lastOffset ?? -1, baseOffset + batch.recordCount - 1);
    if (!batch.complete(baseOffset, logAppendTimeMs)) return;
    stats.acknowledged += batch.recordCount;
    queue.acknowledged += batch.recordCount;
    onEvent({ kind: 'batch-acknowledged', ...batch.naming, baseOffset, ackMs });
    const behindOffset = baseOffset < 0 ? null : queue.noteWritten(batch, baseOffset);
    if (behindOffset !== null) {
      stats.reordered += batch.recordCount;
      onEvent({ kind: 'batch-reordered', ...batch.naming, baseOffset, behindOffset });
    }
    this.#release(batch);
  }

  /** `Sender.canRetry`. */
  #canRetry(batch: ProducerBatch, answer: BatchAnswer): boolean {
    const { idempotence, retries, deliveryTimeoutMs, env } = this.#options;
    if (batch.isDone || batch.attempts >= retries) return false;
    if (batch.hasReachedDeliveryTimeout(deliveryTimeoutMs, env.clock.monotonic())) return false;
    return idempotence === null ? isRetriable(answer.errorCode) : idempotence.canRetry(batch, answer);
  }

  #noteRetry(batch: ProducerBatch, { errorCode, errorMessage: said }: BatchAnswer): void {
    const { stats, env, onEvent } = this.#options;
    const error = errorName(errorCode);
    stats.noteError(env.clock.now(), error, said ?? errorMessage(errorCode));
    onEvent({ kind: 'batch-retried', ...batch.naming, error, attempt: batch.attempts + 1 });
  }

  /** `Sender.failBatch` with the errors of single records. */
  #refused(batch: ProducerBatch, { errorCode, errorMessage: said, recordErrors }: BatchAnswer): KafkaError | null {
    const error = brokerError(errorCode, refusalText(batch, errorCode, said));
    const byIndex = new Map(
      recordErrors.map(({ batchIndex, batchIndexErrorMessage }) => {
        const text = batchIndexErrorMessage ?? said ?? errorMessage(errorCode);
        return [batchIndex, brokerError(recordErrors.length === 1 ? errorCode : ErrorCode.INVALID_RECORD, text)];
      }),
    );
    const companion = clientError(
      'KafkaException',
      'Failed to append record because it was part of a batch which had one more more invalid records',
    );
    const errorOf: ErrorOf = byIndex.size === 0 ? () => error : (index) => byIndex.get(index) ?? companion;
    // Behind the last attempt nobody knows whether the sequence was taken.
    this.#fail(batch, error, errorOf, batch.attempts < this.#options.retries);
    return isFatal(errorCode) && this.#options.idempotence !== null ? error : null;
  }

  #fail(batch: ProducerBatch, error: KafkaError, errorOf: ErrorOf, adjustSequences: boolean): void {
    if (batch.isDone) return;
    if (batch.hasSequence) this.#options.idempotence?.noteFailed(batch, error, adjustSequences);
    this.#finishFailed(batch, error, errorOf);
  }

  #finishFailed(batch: ProducerBatch, error: KafkaError, errorOf: ErrorOf): void {
    const { stats, env, onEvent } = this.#options;
    if (!batch.fail(errorOf)) return;
    stats.failed += batch.recordCount;
    stats.noteError(env.clock.now(), error.code, error.message);
    batch.queue.error = error.code;
    batch.queue.failed += batch.recordCount;
    onEvent({ kind: 'batch-failed', ...batch.naming, error: error.code, message: error.message });
    this.#release(batch);
  }

  #release(batch: ProducerBatch): void {
    this.#options.accumulator.release(batch);
    this.#options.onRelease();
  }
}

/** `TransactionManager.maybeTransitionToErrorState`. */
function isFatal(errorCode: number): boolean {
  return (
    errorCode === ErrorCode.CLUSTER_AUTHORIZATION_FAILED ||
    errorCode === ErrorCode.PRODUCER_FENCED ||
    errorCode === ErrorCode.UNSUPPORTED_VERSION
  );
}

function refusalText({ queue }: ProducerBatch, errorCode: number, said: string | null): string | null {
  if (errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED) return `Not authorized to access topics: [${queue.topic}]`;
  if (errorCode === ErrorCode.CLUSTER_AUTHORIZATION_FAILED) {
    return 'The producer is not authorized to do idempotent sends';
  }
  return said;
}
