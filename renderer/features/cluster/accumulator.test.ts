import { describe, expect, it } from 'vitest';
import type { AccumulatorView, ProducerView } from '../../../engine/contract/clients.ts';
import { producerView, testEpochMs } from '../../../engine/contract/snapshot.testkit.ts';
import { recorded } from '../../model/recorded-run.testkit.ts';
import { accumulatorPicture, fillOf, type Share } from './accumulator.ts';

const nowMs = testEpochMs + 100;
function share(change: Partial<AccumulatorView>, producer: Partial<ProducerView> = {}): Share {
  const view = producerView('order-feed', producer);
  return { producer: view, accumulator: { ...view.accumulators[0]!, ...change } };
}
const stateOf = (...shares: Share[]): string | undefined => accumulatorPicture(shares, nowMs)?.state;

describe('the accumulator of a partition', () => {
  it('of a real producer tells why its newest batch was sent', () => {
    const calm = recorded('calm');
    const [producer] = calm.producers;
    const pictures = producer!.accumulators.map((accumulator) =>
      accumulatorPicture([{ producer: producer!, accumulator }], calm.sampledMs),
    );
    expect(pictures.map((each) => each?.batchSize)).toEqual([16_384, 16_384, 16_384]);
    expect(pictures.every((each) => each?.state === 'sent' || each?.state === 'filling')).toBe(true);
  });

  it('is nothing without a producer, and no batch before the first', () => {
    expect(accumulatorPicture([], nowMs)).toBeNull();
    expect(stateOf({ producer: producerView('a'), accumulator: undefined })).toBe('none');
    expect(stateOf(share({ batchBytes: 0, batchRecords: 0, lastSent: null, waitingBatches: 0 }))).toBe('none');
  });

  it('fills, was sent, and is idle some time later', () => {
    expect(stateOf(share({ lastSent: null }))).toBe('filling');
    expect(stateOf(share({ batchBytes: 100 }))).toBe('sent');
    const old = { reason: 'full', bytes: 16_000, records: 9, atMs: nowMs - 5000 } as const;
    expect(stateOf(share({ batchBytes: 0, batchRecords: 0, lastSent: old }))).toBe('idle');
  });

  it('waits when batches queue up behind those in flight', () => {
    expect(stateOf(share({ waitingBatches: 2, inFlightBatches: 5 }))).toBe('waiting');
    expect(stateOf(share({ waitingBatches: 2, inFlightBatches: 1 }))).toBe('sent');
    expect(stateOf(share({ waitingBatches: 7, inFlightBatches: 1 }))).toBe('waiting');
  });

  it('names what goes wrong first: a retry before an error before a queue', () => {
    expect(stateOf(share({ retrying: true, error: 'NOT_LEADER_OR_FOLLOWER', waitingBatches: 9 }))).toBe('retrying');
    expect(stateOf(share({ error: 'TimeoutException', waitingBatches: 9 }))).toBe('error');
  });

  it('stands still with its producer', () => {
    expect(stateOf(share({}, { state: 'killed' }))).toBe('killed');
    expect(stateOf(share({}, { state: 'killed' }), share({ lastSent: null }))).toBe('filling');
  });

  it('adds several producers up, with the slowest answer', () => {
    const picture = accumulatorPicture(
      [share({ lastSent: null, ackMs: 2 }), share({ lastSent: null, ackMs: 90, inFlightBatches: 3 })],
      nowMs,
    );
    expect(picture).toMatchObject({ bytes: 840, records: 4, inFlight: 4, ackMs: 90 });
  });

  it('fills its bar to the batch or the one that was just sent, wholly when a queue waits', () => {
    const half = share({ batchBytes: 8192 });
    const queue = share({ batchBytes: 10, waitingBatches: 5 });
    expect([fillOf([half], nowMs), fillOf([half, queue], nowMs), fillOf([], nowMs)]).toEqual([0.5, 1, 0]);
    expect(fillOf([share({ batchBytes: 0 })], nowMs)).toBeCloseTo(640 / 16_384, 6);
  });
});
