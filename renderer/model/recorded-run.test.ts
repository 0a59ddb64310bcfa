import { describe, expect, it } from 'vitest';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import { recorded, type RecordedMoment } from './recorded-run.testkit.ts';

/** What its moment is about. */
function gist(snapshot: LabSnapshot): object {
  const orders = snapshot.partitions.filter((partition) => partition.topic === 'orders');
  const billing = snapshot.groups.find((group) => group.id === 'billing');
  return {
    broker2: snapshot.brokers.find((broker) => broker.id === 2)?.process,
    fenced: snapshot.brokers.find((broker) => broker.id === 2)?.registration?.fenced,
    led: orders.some((partition) => partition.leader === 2),
    full: orders.every((partition) => partition.isr.length === 3),
    group: billing?.state,
    members: billing?.members.length,
    frozen: snapshot.consumers.filter((consumer) => consumer.state === 'frozen').map((consumer) => consumer.id),
  };
}

const well = { broker2: 'running', fenced: false, full: true, group: 'Stable', members: 2, frozen: [] };

describe('the recorded run', () => {
  it.each<[RecordedMoment, object]>([
    ['calm', { ...well, led: true }],
    ['broker-killed', { ...well, broker2: 'killed', led: true }],
    ['broker-fenced', { broker2: 'killed', fenced: true, led: false, full: false }],
    ['broker-returning', { broker2: 'running', full: false }],
    ['isr-full', well],
    ['rebalancing', { ...well, group: 'PreparingRebalance', members: 3 }],
    ['rebalanced', { ...well, members: 3 }],
    ['consumer-frozen', { ...well, members: 3, frozen: ['billing-2'] }],
  ])('has at %s what the moment is about', (moment, expected) => {
    expect(gist(recorded(moment))).toMatchObject(expected);
  });
});
