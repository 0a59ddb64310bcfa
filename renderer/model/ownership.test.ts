import { describe, expect, it } from 'vitest';
import { consumerView, groupView, labSnapshot, partitionView } from '../../engine/contract/snapshot.testkit.ts';
import type { ConsumerView } from '../../engine/contract/clients.ts';
import type { GroupView } from '../../engine/contract/groups.ts';
import { brokersById } from './broker.ts';
import { GroupOwners, ownersOf, recordsBehind, totalLag } from './ownership.ts';
import { recorded } from './recorded-run.testkit.ts';

const owners = (group: Partial<GroupView>, ...consumers: ConsumerView[]): GroupOwners =>
  new GroupOwners(groupView('billing', group), new Map(consumers.map((each) => [each.id, each])));

describe('who has a partition', () => {
  it('is the member that the coordinator assigned, with the position that it tells itself', () => {
    const calm = recorded('calm');
    const billing = ownersOf(calm).get('billing');
    const held = calm.consumers.flatMap((each) => each.partitions);
    for (const each of held) {
      expect(billing?.of(each.topic, each.partition)).toMatchObject({ state: 'owned', position: each.position });
    }
    expect(held).toHaveLength(3);
  });

  it('is nobody when no member is assigned, and the committed offset stays', () => {
    expect(owners({ members: [] }).of('orders', 1)).toMatchObject({
      state: 'nobody',
      label: null,
      position: null,
      committed: 1100,
    });
  });

  it('is a lab consumer only for as long as it holds it while its group rebalances', () => {
    const gaveUp = consumerView('billing-1', { partitions: [] });
    const group = { state: 'PreparingRebalance' } as const;
    expect(owners(group, gaveUp, consumerView('billing-2')).of('orders', 0).state).toBe('revoked');
    expect(owners(group, gaveUp, consumerView('billing-2')).of('orders', 2).state).toBe('owned');
    expect(owners({}, gaveUp).of('orders', 0).state).toBe('owned');
  });

  it('is a stranger until it rejoins, under an eager protocol', () => {
    const strangers = groupView('billing').members.map((each, index) => ({
      ...each,
      client: null,
      awaiting: index === 0 ? null : ('join' as const),
    }));
    const eager = owners({ state: 'PreparingRebalance', members: strangers });
    expect([eager.of('orders', 0).state, eager.of('orders', 2).state]).toEqual(['revoked', 'owned']);
    const cooperative = owners({
      state: 'PreparingRebalance',
      protocol: 'cooperative-sticky',
      members: strangers,
    });
    expect(cooperative.of('orders', 0).state).toBe('owned');
  });

  it('is new when the rebalance gave it to another one', () => {
    const over = recorded('rebalanced');
    const rebalance = over.groups[0]!.rebalance!;
    const billing = ownersOf(over).get('billing')!;
    const ofOrders = over.partitions.filter((each) => each.topic === 'orders');
    for (const { topic, partition } of ofOrders) {
      const owner = billing.of(topic, partition);
      const had = rebalance.before.some(
        (each) => each.label === owner.label && each.partitions.some((one) => one.partitions.includes(partition)),
      );
      expect(owner.newSinceMs).toBe(had ? null : rebalance.endedMs);
    }
  });
});

describe('how far behind', () => {
  const partition = partitionView(1, 'orders', 0);
  it('counts from the position, and from the committed offset where nobody tells a position', () => {
    const told = owners({}, consumerView('billing-1')).of('orders', 0);
    expect([recordsBehind(told, partition), recordsBehind({ ...told, position: null }, partition)]).toEqual([10, 100]);
  });

  it('is unknown without a committed offset or a high watermark, and never below zero', () => {
    const owner = owners({}, consumerView('billing-1')).of('orders', 0);
    expect(recordsBehind({ ...owner, position: null, committed: null }, partition)).toBeNull();
    expect(recordsBehind(owner, { ...partition, leader: -1 })).toBeNull();
    expect(recordsBehind({ ...owner, position: 5000 }, partition)).toBe(0);
  });

  it('is unknown in sum for partitions whose leader does not answer', () => {
    const lab = labSnapshot();
    const billing = ownersOf(lab).get('billing')!;
    const ofOrders = lab.partitions.filter((each) => each.topic === 'orders');
    expect(totalLag(billing, ofOrders, brokersById(lab))).toEqual({ records: 30, unknown: 0 });
    const dead = lab.brokers.map((each) => (each.id === 2 ? { ...each, process: 'killed' as const } : each));
    expect(totalLag(billing, ofOrders, brokersById({ ...lab, brokers: dead }))).toEqual({ records: 20, unknown: 1 });
  });
});
