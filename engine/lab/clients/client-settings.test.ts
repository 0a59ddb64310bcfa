import { describe, expect, it } from 'vitest';
import {
  areLive,
  changedConsumer,
  changedProducer,
  clientConfigs,
  consumerSettings,
  producerSettings,
  settingChanges,
  whyConfigsRefused,
} from './client-settings.ts';

const producer = producerSettings('orders', {});
const consumer = consumerSettings('billing-1', 'billing', ['orders'], null, {});

describe('settings of lab clients', () => {
  it('have the lab’s defaults', () => {
    expect(producer).toMatchObject({ topic: 'orders', recordsPerSecond: 400, keys: 'round', acks: 'all', configs: {} });
    expect(consumer).toEqual({
      group: 'billing',
      topics: ['orders'],
      assignors: ['range', 'cooperative-sticky'],
      commit: 'auto',
      instanceId: null,
      processingMs: 0,
      processingJitterMs: 0,
      commitOnRevoke: false,
      configs: {},
    });
  });

  it('a newcomer in a group is as the others are, static under its own name when they are static', () => {
    const like = changedConsumer('billing-1', consumer, {
      topics: ['payments'],
      assignors: ['sticky'],
      commit: 'sync',
      staticMembership: true,
    });
    expect(consumerSettings('billing-2', 'billing', ['orders'], like, { commit: 'none' })).toMatchObject({
      topics: ['payments'],
      assignors: ['sticky'],
      commit: 'none',
      instanceId: 'billing-2',
    });
  });

  it('static membership goes on with a name of its own or a given one, and off', () => {
    const on = changedConsumer('billing-1', consumer, { staticMembership: true });
    expect(on.instanceId).toBe('billing-1');
    expect(changedConsumer('billing-1', on, { commit: 'sync' }).instanceId).toBe('billing-1');
    expect(changedConsumer('billing-1', on, { instanceId: 'billing-2' }).instanceId).toBe('billing-2');
    expect(changedConsumer('billing-1', on, { staticMembership: false }).instanceId).toBeNull();
  });

  it('rate, keys and size change as a producer runs; acks, topic and configs make it anew', () => {
    const live = changedProducer(producer, { recordsPerSecond: 10, keys: 'none', keyCount: 5, recordBytes: 10 });
    expect(areLive(settingChanges(producer, live))).toBe(true);
    for (const change of [{ acks: '1' as const }, { topic: 'payments' }, { configs: { 'linger.ms': '20' } }]) {
      expect(areLive(settingChanges(producer, changedProducer(producer, change)))).toBe(false);
    }
  });

  it('the time of processing changes as a consumer runs; everything else makes it anew', () => {
    const slower = changedConsumer('billing-1', consumer, { processingMs: 20 });
    expect(areLive(settingChanges(consumer, slower))).toBe(true);
    for (const change of [{ commit: 'sync' as const }, { assignors: ['range' as const] }, { staticMembership: true }]) {
      expect(areLive(settingChanges(consumer, changedConsumer('billing-1', consumer, change)))).toBe(false);
    }
  });

  it('changes are told by name, Kafka’s own by Kafka’s, with was and now', () => {
    const now = changedConsumer('billing-1', consumer, {
      staticMembership: true,
      assignors: ['sticky', 'range'],
      configs: { 'session.timeout.ms': '10000' },
    });
    expect(settingChanges(consumer, now)).toEqual([
      { setting: 'partition.assignment.strategy', was: 'range, cooperative-sticky', now: 'sticky, range' },
      { setting: 'group.instance.id', was: 'none', now: 'billing-1' },
      { setting: 'session.timeout.ms', was: 'default', now: '10000' },
    ]);
    expect(settingChanges(consumer, { ...consumer })).toEqual([]);
  });

  it('become the configs that the Java client would be made with', () => {
    const settings = changedConsumer('billing-1', consumer, {
      staticMembership: true,
      configs: { 'fetch.min.bytes': '9' },
    });
    expect(clientConfigs('billing-1', '127.0.0.1:9092', { kind: 'consumer', settings })).toEqual({
      'bootstrap.servers': '127.0.0.1:9092',
      'client.id': 'billing-1',
      'group.id': 'billing',
      'group.instance.id': 'billing-1',
      'partition.assignment.strategy':
        'org.apache.kafka.clients.consumer.RangeAssignor,org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
      'enable.auto.commit': 'true',
      'fetch.min.bytes': '9',
    });
    expect(
      clientConfigs('order-feed', '127.0.0.1:9092', { kind: 'producer', settings: producer, keyFileText: null }),
    ).toEqual({
      'bootstrap.servers': '127.0.0.1:9092',
      'client.id': 'order-feed',
      acks: 'all',
    });
  });

  it('configs that have a setting of their own, or that the lab gives, are refused by name', () => {
    expect(whyConfigsRefused('producer', { 'linger.ms': '5' })).toBeNull();
    expect(whyConfigsRefused('producer', { acks: '1' })).toMatchObject({ thing: 'config acks', value: '1' });
    expect(whyConfigsRefused('consumer', { 'enable.auto.commit': 'false' })?.hint).toContain('commit');
    expect(whyConfigsRefused('consumer', { 'client.id': 'x' })?.hint).toBe('The lab gives it to every consumer.');
  });
});
