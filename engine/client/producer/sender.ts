/**
 * Sends what the accumulator has (`Sender`): it runs whenever something may have become possible (a batch is full, its
 * time is over, an answer came, a broker can be reached, metadata is new), never just to look.
 *
 * Invariants: at most `max.in.flight.requests.per.connection` requests are on their way to a broker; with one, a
 * partition is muted while its batch is on its way; a batch is given up after `delivery.timeout.ms`, wherever it is.
 */
import type { DurationMs, NodeId } from '../../base/ids.ts';
import type { Timer } from '../../env/index.ts';
import { assert } from '../../base/assert.ts';
import { ErrorCode, errorMessage, initProducerIdApi, isRetriable, produceApi } from '../../protocol/index.ts';
import { type ClientEnv, type ClusterClient, ExponentialBackoff } from '../cluster/index.ts';
import { brokerError, KafkaError } from '../kafka-error.ts';
import type { Idempotence } from './idempotence.ts';
import { answersOf, type BatchAnswer, connectionAnswer, noAnswer, produceRequest } from './produce-exchange.ts';
import type { ProducerBatch } from './producer-batch.ts';
import type { ProducerEvent } from './producer-events.ts';
import type { ProducerStats } from './producer-stats.ts';
import type { RecordAccumulator } from './record-accumulator.ts';
import type { Settlement } from './settlement.ts';

export interface SenderOptions {
  readonly env: ClientEnv;
  readonly cluster: ClusterClient;
  readonly accumulator: RecordAccumulator;
  readonly idempotence: Idempotence | null;
  readonly settlement: Settlement;
  readonly stats: ProducerStats;
  /** Of the wire: 0, 1 or -1. */
  readonly acks: 0 | 1 | -1;
  readonly retryBackoffMs: DurationMs;
  readonly retryBackoffMaxMs: DurationMs;
  readonly requestTimeoutMs: DurationMs;
  readonly deliveryTimeoutMs: DurationMs;
  readonly maxInFlight: number;
  readonly maxRequestSize: number;
  readonly onEvent: (event: ProducerEvent) => void;
}

/** Transaction timeout of an InitProducerId without a transaction. */
const noTransactionTimeoutMs = 0x7fff_ffff;
/** Without answers nothing else holds the sender back; what the socket has not taken does. */
const unansweredBytesMax = 1_048_576;
const unansweredPollMs = 5;

export class Sender {
  readonly #options: SenderOptions;
  readonly #settlement: Settlement;
  readonly #idBackoff: ExponentialBackoff;
  /** Requests on their way. */
  readonly #inFlight = new Map<NodeId, number>();
  #timer: Timer | null = null;
  #woken = false;
  #askingForId = false;
  #idAttempts = 0;
  #stopped = false;
  #onIdle: (() => void) | null = null;
  /** Why the producer can go on no longer. */
  fatal: KafkaError | null = null;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#settlement = options.settlement;
    this.#idBackoff = new ExponentialBackoff(options.retryBackoffMs, options.retryBackoffMaxMs, options.env.random);
  }

  get inFlightRequests(): number {
    let sum = 0;
    for (const count of this.#inFlight.values()) sum += count;
    return sum;
  }

  /** Looks for something to do, after the current event. */
  wake(): void {
    if (this.#woken || this.#stopped) return;
    this.#woken = true;
    this.#options.env.clock.soon(() => this.#run());
  }

  /** Calls `run` once nothing waits or is on its way. */
  whenIdle(run: () => void): void {
    this.#onIdle = run;
    this.wake();
  }

  /** Nothing is sent any more; what is not settled fails. Idempotent. */
  stop(error: KafkaError): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#settlement.abortAll(error);
  }

  #run(): void {
    this.#woken = false;
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#timer = null;
    const { accumulator, idempotence, env } = this.#options;
    this.#settlement.expire(env.clock.monotonic());
    if (this.fatal === null) {
      idempotence?.prepare();
      if (idempotence?.hasId === false) this.#askForId(idempotence);
      const nextCheckMs = this.#sendReady();
      this.#schedule(nextCheckMs);
    }
    if (this.#onIdle !== null && !accumulator.hasUndrained && this.inFlightRequests === 0) {
      const onIdle = this.#onIdle;
      this.#onIdle = null;
      onIdle();
    }
  }

  /** When to look again, if nothing happens before. */
  #sendReady(): DurationMs {
    const { accumulator, cluster, env, maxRequestSize } = this.#options;
    for (;;) {
      const nowMs = env.clock.monotonic();
      const { nodes, nextCheckMs, unknownLeaders } = accumulator.ready(nowMs);
      if (unknownLeaders) cluster.requestUpdate();
      let sent = false;
      let waitMs = nextCheckMs;
      for (const [node, reason] of nodes) {
        const canSend = this.#canSend(node);
        accumulator.noteNode(node, nowMs, canSend);
        if (!canSend) {
          if (this.#options.acks === 0) waitMs = Math.min(waitMs, unansweredPollMs);
          continue;
        }
        const batches = accumulator.drain(node, reason, maxRequestSize, nowMs);
        if (batches.length > 0) this.#send(node, batches, nowMs);
        sent ||= batches.length > 0;
      }
      if (!sent) return waitMs;
    }
  }

  #canSend(node: NodeId): boolean {
    const { acks, cluster, maxInFlight } = this.#options;
    if (!cluster.isReady(node) || (this.#inFlight.get(node) ?? 0) >= maxInFlight) return false;
    return acks !== 0 || cluster.queuedBytes(node) < unansweredBytesMax;
  }

  #schedule(nextCheckMs: DurationMs): void {
    const { accumulator, env, deliveryTimeoutMs } = this.#options;
    const expiryMs = deliveryTimeoutMs - (env.clock.monotonic() - accumulator.oldestMs);
    const delayMs = Math.max(0, Math.min(nextCheckMs, expiryMs));
    if (delayMs === Number.POSITIVE_INFINITY) return;
    // Rounded up, so that what is due then is due by a hair, and not almost (which would be a loop).
    this.#timer = env.clock.after(Math.ceil(delayMs * 100) / 100, () => this.#run());
  }

  #send(node: NodeId, batches: readonly ProducerBatch[], nowMs: DurationMs): void {
    const { acks, cluster, requestTimeoutMs: timeoutMs } = this.#options;
    for (const batch of batches) this.#noteSent(node, batch, nowMs);
    this.#inFlight.set(node, (this.#inFlight.get(node) ?? 0) + 1);
    const request = produceRequest(batches, cluster, acks, timeoutMs);
    const answered = (answerOf: (batch: ProducerBatch) => BatchAnswer): void => {
      this.#inFlight.set(node, (this.#inFlight.get(node) ?? 1) - 1);
      for (const batch of batches) this.#answered(batch, answerOf(batch));
      this.wake();
    };
    const lost = (error: unknown): void => {
      if (!(error instanceof KafkaError)) throw error;
      answered(() => connectionAnswer(error, node));
    };
    if (acks === 0) cluster.post(node, produceApi, request, { timeoutMs }).then(() => answered(() => noAnswer), lost);
    else {
      cluster
        .send(node, produceApi, request, { timeoutMs })
        .then((response) => answered(answersOf(response, request)), lost);
    }
  }

  #noteSent(node: NodeId, batch: ProducerBatch, nowMs: DurationMs): void {
    const { stats, env, maxInFlight, onEvent } = this.#options;
    const { queue, reason, attempts } = batch;
    assert(reason !== null, 'what is drained has a reason');
    const { bytes, records } = batch.naming;
    queue.noteSent(batch);
    queue.muted = maxInFlight === 1;
    queue.lastSent = { reason, bytes, records, atMs: env.clock.now() };
    batch.sentMs = nowMs;
    if (attempts > 0) stats.retries++;
    else {
      stats.batches[reason]++;
      stats.bytes += bytes;
      stats.uncompressedBytes += batch.uncompressedBytes;
    }
    onEvent({ kind: 'batch-sent', ...batch.naming, reason, broker: node, attempt: attempts + 1 });
  }

  #answered(batch: ProducerBatch, answer: BatchAnswer): void {
    batch.queue.noteAnswered(batch);
    batch.queue.muted = false;
    if (this.#stopped) return;
    const fatal = this.#settlement.settle(batch, answer);
    if (fatal !== null) this.#end(fatal);
  }

  /** The producer can go on no longer. */
  #end(error: KafkaError): void {
    if (this.fatal !== null) return;
    this.fatal = error;
    this.#options.stats.noteError(this.#options.env.clock.now(), error.code, error.message);
    this.#options.onEvent({ kind: 'fatal', error: error.code, message: error.message });
    this.#settlement.abortAll(error);
  }

  #askForId(idempotence: Idempotence): void {
    if (this.#askingForId) return;
    this.#askingForId = true;
    const { cluster, env, requestTimeoutMs: timeoutMs } = this.#options;
    const request = { transactionalId: null, transactionTimeoutMs: noTransactionTimeoutMs };
    const again = (): void => {
      env.clock.after(this.#idBackoff.delayMs(this.#idAttempts++), () => {
        this.#askingForId = false;
        this.wake();
      });
    };
    cluster.sendToAny(initProducerIdApi, request, { timeoutMs }).then(
      ({ errorCode, producerId, producerEpoch }) => {
        if (errorCode !== ErrorCode.NONE && isRetriable(errorCode)) return again();
        if (errorCode === ErrorCode.NONE) idempotence.adopt(producerId, producerEpoch);
        else this.#end(brokerError(errorCode, idRefusal(errorCode)));
        this.#idAttempts = 0;
        this.#askingForId = false;
        this.wake();
      },
      (error: unknown) => {
        if (!(error instanceof KafkaError)) throw error;
        again();
      },
    );
  }
}

function idRefusal(errorCode: number): string {
  return `Unexpected error in InitProducerIdResponse; ${errorMessage(errorCode)}`;
}
