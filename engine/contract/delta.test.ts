import { describe, expect, it } from 'vitest';
import { applyDelta, DeltaGapError, type LabDelta } from './delta.ts';
import { diffSnapshots, heartbeatDelta } from './diff.ts';
import { eventTailMax, type LabSnapshot } from './snapshot.ts';
import { brokerView, eventOf, labSnapshot, partitionView, topicView } from './snapshot.testkit.ts';

function roundTrip(was: LabSnapshot, now: LabSnapshot): { delta: LabDelta; applied: LabSnapshot } {
  const delta = diffSnapshots(was, now);
  if (delta === null) throw new Error('the snapshots do not differ');
  // Over the wire and back, as it travels.
  const travelled = JSON.parse(JSON.stringify(delta)) as LabDelta;
  return { delta, applied: applyDelta(was, travelled) };
}

describe('deltas', () => {
  it('applying the difference of two snapshots gives the second', () => {
    const was = labSnapshot();
    const now: LabSnapshot = {
      ...was,
      seq: was.seq + 1,
      sampledMs: was.sampledMs + 16,
      lab: { ...was.lab, state: 'running' },
      brokers: [
        { ...was.brokers[0]!, diskBytes: 77 },
        { ...was.brokers[1]!, process: 'killed' },
        was.brokers[2]!,
        brokerView(4, { process: 'starting' }),
      ],
      quorum: { ...was.quorum!, epoch: 9, leader: null },
      topics: [topicView('clicks'), ...was.topics],
      partitions: [partitionView(90, 'clicks', 0), ...was.partitions.map((each) => ({ ...each, leaderEpoch: 5 }))],
      events: [...was.events, eventOf(2)],
      eventCount: 2,
      problems: [
        { code: 'disk-full', node: 1, thing: 'disk', value: '/', hint: 'Free some.', sinceMs: 1, number: null },
      ],
    };
    expect(roundTrip(was, now).applied).toEqual(now);
  });

  it('numbers of replicas travel as bare tuples and unknown ones come back as unknown', () => {
    const was = labSnapshot();
    const first = was.partitions[0]!;
    const logs = first.logs.map((log) => (log.node === 2 ? { ...log, logEndOffset: 1205, highWatermark: null } : log));
    const now = { ...was, seq: was.seq + 1, partitions: [{ ...first, logs }, ...was.partitions.slice(1)] };
    const { delta, applied } = roundTrip(was, now);
    expect(delta).toEqual({ seq: was.seq + 1, sampledMs: was.sampledMs, replicas: [[first.id, 2, 0, 1205, -1, -1]] });
    expect(applied).toEqual(now);
  });

  it('of the accumulators of a producer only those travel that changed, and all when one is gone', () => {
    const was = labSnapshot();
    const feed = was.producers[0]!;
    const filled = feed.accumulators.map((each) => (each.partition === 1 ? { ...each, batchBytes: 9000 } : each));
    const added = { ...feed.accumulators[0]!, topic: 'clicks' };
    const withAll = (accumulators: typeof filled): LabSnapshot => ({
      ...was,
      seq: was.seq + 1,
      producers: [{ ...feed, accumulators }],
    });
    const more = roundTrip(was, withAll([added, ...filled]));
    expect(more.delta.producers).toEqual([{ id: feed.id, accumulators: [added, filled[1]] }]);
    expect(more.applied).toEqual(withAll([added, ...filled]));
    const fewer = roundTrip(was, withAll(filled.slice(1)));
    expect(fewer.delta.producers).toMatchObject([{ id: feed.id, accumulatorsWhole: true }]);
    expect(fewer.applied).toEqual(withAll(filled.slice(1)));
  });

  it('parts that did not change keep their identity', () => {
    const was = labSnapshot();
    const now = { ...was, seq: was.seq + 1, brokers: [{ ...was.brokers[0]!, diskBytes: 5 }, ...was.brokers.slice(1)] };
    const { applied } = roundTrip(was, now);
    expect(applied.partitions).toBe(was.partitions);
    expect(applied.brokers[1]).toBe(was.brokers[1]);
    expect(applied.brokers[0]).not.toBe(was.brokers[0]);
  });

  it('a topic deleted and made again under its name loses its old partitions', () => {
    const was = labSnapshot();
    const others = was.partitions.filter((each) => each.topic !== 'orders');
    const now = {
      ...was,
      seq: was.seq + 1,
      topics: was.topics.map((each) => (each.name === 'orders' ? { ...each, topicId: 'another-id' } : each)),
      partitions: [partitionView(91, 'orders', 0), ...others],
    };
    expect(roundTrip(was, now).applied).toEqual(now);
  });

  it('a broker that is gone is gone', () => {
    const was = labSnapshot();
    const now = { ...was, seq: was.seq + 1, brokers: was.brokers.slice(0, 2) };
    expect(roundTrip(was, now).applied.brokers.map((each) => each.id)).toEqual([1, 2]);
  });

  it('the tail of events has a limit', () => {
    const was = labSnapshot();
    const events = Array.from({ length: eventTailMax + 20 }, (_, index) => eventOf(index + 2));
    const applied = applyDelta(was, { seq: was.seq + 1, sampledMs: 0, events, eventCount: events.length + 1 });
    expect(applied.events).toHaveLength(eventTailMax);
    expect(applied.events.at(-1)?.id).toBe(eventTailMax + 21);
  });

  it('equal snapshots have no difference, and a heartbeat moves only the clock', () => {
    const was = labSnapshot();
    expect(diffSnapshots(was, JSON.parse(JSON.stringify(was)) as LabSnapshot)).toBeNull();
    expect(applyDelta(was, heartbeatDelta(was, 42))).toEqual({ ...was, seq: was.seq + 1, sampledMs: 42 });
  });

  it('a delta that does not follow is refused', () => {
    const was = labSnapshot();
    expect(() => applyDelta(was, { seq: was.seq + 2, sampledMs: 0 })).toThrow(DeltaGapError);
    expect(() => applyDelta(was, { seq: was.seq, sampledMs: 0 })).toThrow(DeltaGapError);
    expect(() => applyDelta(was, { seq: was.seq + 1, sampledMs: 0, brokers: [{ id: 8, diskBytes: 1 }] })).toThrow(
      DeltaGapError,
    );
    expect(() => applyDelta(was, { seq: was.seq + 1, sampledMs: 0, replicas: [[999, 1, 0, 0, 0, 0]] })).toThrow(
      DeltaGapError,
    );
  });
});
