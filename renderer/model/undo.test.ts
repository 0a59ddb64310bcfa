import { describe, expect, it } from 'vitest';
import type { LabCommand } from '../../engine/contract/commands.ts';
import { consumerView, labSnapshot, producerView } from '../../engine/contract/snapshot.testkit.ts';
import { commandArguments, settles, undoOf } from './undo.ts';

const producer = producerView('order-feed');
const member = consumerView('billing-1');
const fixed = consumerView('billing-2', { settings: { ...member.settings, instanceId: 'billing-2', commit: 'sync' } });
const before = labSnapshot({ producers: [producer], consumers: [member, fixed] });
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
        configs: {},
        instanceId: 'billing-2',
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
