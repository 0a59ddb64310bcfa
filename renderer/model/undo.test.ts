import { describe, expect, it } from 'vitest';
import type { LabCommand } from '../../engine/contract/commands.ts';
import { consumerView, faultView, labSnapshot, producerView } from '../../engine/contract/snapshot.testkit.ts';
import { commandArguments, isSpent, settles, undoOf } from './undo.ts';

const producer = producerView('order-feed');
const member = consumerView('billing-1');
const fixed = consumerView('billing-2', { settings: { ...member.settings, instanceId: 'billing-2', commit: 'sync' } });
const before = labSnapshot({ producers: [producer], consumers: [member, fixed] });
/** Of all partitions of the group's topics; null where nothing was committed. */
const writtenBack = before.partitions
  .filter(({ topic }) => topic === 'orders')
  .map(({ topic, partition }) => ({
    topic,
    partition,
    offset: before.groups[0]?.offsets.find((each) => each.partition === partition)?.offset ?? null,
  }));
const undone = (done: LabCommand, made: { node: number | null; client?: string } = { node: null }) =>
  undoOf(done, before, made, 0)?.commands;

describe('what takes a command back', () => {
  it.each<[LabCommand, LabCommand]>([
    [
      { type: 'pauseBroker', node: 3 },
      { type: 'resumeBroker', node: 3 },
    ],
    [
      { type: 'setProducer', client: 'order-feed', acks: '0', recordsPerSecond: 0 },
      { type: 'setProducer', client: 'order-feed', acks: 'all', recordsPerSecond: 400 },
    ],
    [
      { type: 'removeProducer', client: 'order-feed' },
      { type: 'addProducer', client: 'order-feed', ...producer.settings },
    ],
    [
      { type: 'freezeConsumer', client: 'billing-1' },
      { type: 'thawConsumer', client: 'billing-1' },
    ],
    [
      { type: 'setConsumer', client: 'billing-1', staticMembership: true, commit: 'none' },
      { type: 'setConsumer', client: 'billing-1', commit: 'auto', staticMembership: false },
    ],
    [
      { type: 'setConsumer', client: 'billing-2', staticMembership: false },
      { type: 'setConsumer', client: 'billing-2', instanceId: 'billing-2' },
    ],
    [
      { type: 'removeConsumer', client: 'billing-2' },
      {
        type: 'addConsumer',
        client: 'billing-2',
        group: 'billing',
        topics: ['orders'],
        assignors: ['range', 'cooperative-sticky'],
        commit: 'sync',
        processingMs: 0,
        processingJitterMs: 0,
        commitOnRevoke: false,
        configs: {},
        instanceId: 'billing-2',
      },
    ],
    [
      { type: 'wakeupConsumer', client: 'billing-1' },
      { type: 'startConsumer', client: 'billing-1' },
    ],
    [
      { type: 'resetOffsets', group: 'billing', to: { by: 'earliest' }, restartConsumers: true },
      {
        type: 'resetOffsets',
        group: 'billing',
        to: { by: 'offsets', offsets: writtenBack },
        restartConsumers: true,
      },
    ],
    [
      {
        type: 'deleteOffsets',
        group: 'billing',
        partitions: [{ topic: 'orders', partition: writtenBack[0]!.partition }],
      },
      {
        type: 'resetOffsets',
        group: 'billing',
        to: { by: 'offsets', offsets: writtenBack.slice(0, 1) },
        restartConsumers: true,
      },
    ],
  ])('%j: %j', (done, command) => {
    expect(undone(done)).toEqual([command]);
  });

  it('is for a new client its removal, by the name that it was given', () => {
    expect(undone({ type: 'addConsumer', group: 'billing' }, { node: null, client: 'billing-3' })).toEqual([
      { type: 'removeConsumer', client: 'billing-3' },
    ]);
  });

  it('is for a group each member as it was', () => {
    expect(undone({ type: 'setGroup', group: 'billing', commit: 'none' })).toEqual([
      { type: 'setConsumer', client: 'billing-1', commit: 'auto' },
      { type: 'setConsumer', client: 'billing-2', commit: 'sync' },
    ]);
  });

  it.each<LabCommand>([
    { type: 'deleteTopic', topic: 'orders' },
    { type: 'addPartitions', topic: 'orders', count: 9 },
    { type: 'setProducer', client: 'nobody', acks: '0' },
    { type: 'startBroker', node: 2 },
  ])('is nothing for %j', (done) => {
    expect(undone(done)).toBeUndefined();
  });

  it('is settled when somebody lifts the fault by hand, or the client is gone; another change is not', () => {
    const killed = undoOf({ type: 'killConsumer', client: 'billing-1' }, before, { node: null }, 0)!;
    const set = undoOf({ type: 'setConsumer', client: 'billing-1', commit: 'none' }, before, { node: null }, 0)!;
    const started: LabCommand = { type: 'startConsumer', client: 'billing-1' };
    const removed: LabCommand = { type: 'removeConsumer', client: 'billing-1' };
    expect([settles(started, killed), settles(started, set), settles(removed, set)]).toEqual([true, false, true]);
    expect(settles({ type: 'startConsumer', client: 'billing-2' }, killed)).toBe(false);
  });
});

describe('the sentence of a command', () => {
  it('has everything that was set as one text', () => {
    const command: LabCommand = { type: 'setProducer', client: 'order-feed', acks: '1', configs: { 'linger.ms': '5' } };
    expect(commandArguments(command)).toEqual({ client: 'order-feed', acks: '1', settings: 'acks=1, linger.ms=5' });
    expect(commandArguments({ type: 'setGroup', group: 'billing', assignors: ['range', 'sticky'] })).toEqual({
      group: 'billing',
      settings: 'assignors=range,sticky',
    });
  });
});

describe('what takes a fault back', () => {
  const fault = { kind: 'slow-disk', node: 2, delayMs: 50 } as const;
  const inject: LabCommand = { type: 'injectFault', fault, forMs: 20_000 };
  const undo = undoOf(inject, before, { node: 2, fault: 7 }, 0);

  it('is its lift, by its number', () => {
    expect(undo).toMatchObject({ commands: [{ type: 'liftFault', fault: 7 }], subject: 'fault 7', fault: 7 });
    expect(commandArguments(inject)).toEqual({ fault: 'slow-disk 2 --delay 50ms --for 20s' });
    expect(undoOf(inject, before, { node: 2 }, 0)).toBeNull();
  });

  it('has nothing left to do when somebody lifted it, when all were lifted, or when it is over by itself', () => {
    if (undo === null) throw new Error('a fault can be taken back');
    expect(settles({ type: 'liftFault', fault: 7 }, undo)).toBe(true);
    expect(settles({ type: 'liftFault', fault: 8 }, undo)).toBe(false);
    expect(settles({ type: 'liftAllFaults' }, undo)).toBe(true);
    expect(isSpent(undo, { faults: [faultView(7, fault)] })).toBe(false);
    expect(isSpent(undo, { faults: [faultView(7, fault, { state: 'lifted', endedMs: 5 })] })).toBe(true);
    expect(isSpent(undo, null)).toBe(false);
  });

  it('a kill that was listed as a fault is spent with it', () => {
    const kill = undoOf({ type: 'killBroker', node: 2 }, before, { node: 2, fault: 3 }, 0);
    if (kill === null) throw new Error('a kill can be taken back');
    expect(kill.commands).toEqual([{ type: 'startBroker', node: 2 }]);
    expect(isSpent(kill, { faults: [faultView(3, { kind: 'kill', node: 2 }, { state: 'lifted' })] })).toBe(true);
  });
});
