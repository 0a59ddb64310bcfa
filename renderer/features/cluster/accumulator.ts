/** What the cell left of a partition tells: the batches that wait and fly, of one producer or of all that write to the topic. */
import type { AccumulatorView, BatchSendReason, ClientState, ProducerView } from '../../../engine/contract/clients.ts';

/** One producer of the topic, with its accumulator of the partition where it has one. */
export interface Share {
  readonly producer: ProducerView;
  readonly accumulator: AccumulatorView | undefined;
}

/**
 * - `idle`: nothing was sent for a while
 * - `sent`: the newest batch is on its way or answered; why it was sent is told
 * - `waiting`: batches queue up behind those in flight
 * - a client's state: no producer of them runs
 */
export type AccumulatorState =
  'none' | 'idle' | 'filling' | 'sent' | 'waiting' | 'retrying' | 'error' | Exclude<ClientState, 'running'>;

export interface AccumulatorPicture {
  readonly state: AccumulatorState;
  readonly bytes: number;
  readonly records: number;
  readonly batchSize: number;
  readonly reason: BatchSendReason | null;
  readonly inFlight: number;
  /** `max.in.flight.requests.per.connection`. */
  readonly inFlightMax: number;
  readonly waiting: number;
  readonly ackMs: number | null;
  /** Kafka's name. */
  readonly error: string | null;
}

/** A batch that was sent so long ago is not news. */
const idleAfterMs = 2_000;
/** Batches that wait while another fills: beyond these it is a queue. */
const queueFrom = 3;

export const batchSizeOf = (producer: ProducerView): number => Number(producer.effective['batch.size'] ?? 16_384);
const inFlightMaxOf = (producer: ProducerView): number =>
  Number(producer.effective['max.in.flight.requests.per.connection'] ?? 5);

/** Null without a producer. `nowMs` is the picture's own time. */
export function accumulatorPicture(shares: readonly Share[], nowMs: number): AccumulatorPicture | null {
  const first = shares[0];
  if (first === undefined) return null;
  const running = shares.filter(({ producer }) => producer.state === 'running');
  const limits = { batchSize: batchSizeOf(first.producer), inFlightMax: inFlightMaxOf(first.producer) };
  const known = shares.flatMap(({ accumulator }) => (accumulator === undefined ? [] : [accumulator]));
  const sums = {
    inFlight: sum(known, (each) => each.inFlightBatches),
    waiting: sum(known, (each) => each.waitingBatches),
    ackMs: known.reduce<number | null>((max, { ackMs }) => (ackMs === null ? max : Math.max(max ?? 0, ackMs)), null),
    error: known.find((each) => each.error !== null)?.error ?? null,
  };
  const filling = { bytes: sum(known, (each) => each.batchBytes), records: sum(known, (each) => each.batchRecords) };
  const stands = running.length === 0 && first.producer.state !== 'running' ? first.producer.state : null;
  if (stands !== null) return { ...limits, ...sums, ...filling, state: stands, reason: null };
  if (known.length === 0) return { ...limits, ...sums, ...filling, state: 'none', reason: null };
  const busy = sums.inFlight >= limits.inFlightMax * running.length && sums.waiting > running.length;
  const state = known.some((each) => each.retrying)
    ? 'retrying'
    : sums.error !== null
      ? 'error'
      : busy || sums.waiting >= queueFrom * running.length
        ? 'waiting'
        : null;
  if (state !== null) return { ...limits, ...sums, ...filling, state, reason: null };
  const sent = newestSent(known);
  if (sent !== null && nowMs - sent.atMs < idleAfterMs && sent.bytes >= filling.bytes) {
    const { bytes, records, reason } = sent;
    return { ...limits, ...sums, state: 'sent', bytes, records, reason };
  }
  if (filling.records > 0) return { ...limits, ...sums, ...filling, state: 'filling', reason: null };
  return { ...limits, ...sums, ...filling, state: sent === null ? 'none' : 'idle', reason: null };
}

/** How full the fullest batch is, 0 to 1, or how full the one was that was just sent: for the bar, which moves more often than the words. */
export function fillOf(shares: readonly Share[], nowMs: number): number {
  return shares.reduce((most, { producer, accumulator }) => {
    if (accumulator === undefined) return most;
    const { batchBytes, waitingBatches, lastSent } = accumulator;
    const sent = lastSent !== null && nowMs - lastSent.atMs < idleAfterMs ? lastSent.bytes : 0;
    const level = waitingBatches >= queueFrom ? 1 : Math.max(batchBytes, sent) / batchSizeOf(producer);
    return Math.max(most, Math.min(1, level));
  }, 0);
}

function newestSent(known: readonly AccumulatorView[]): AccumulatorView['lastSent'] {
  return known.reduce<AccumulatorView['lastSent']>(
    (newest, { lastSent }) => (lastSent !== null && lastSent.atMs > (newest?.atMs ?? 0) ? lastSent : newest),
    null,
  );
}

const sum = (known: readonly AccumulatorView[], of: (each: AccumulatorView) => number): number =>
  known.reduce((total, each) => total + of(each), 0);
