import { expect, it } from 'vitest';
import { consumerName, producerName } from './client-names.ts';

it('producers are called after their topic, consumers after their group, with the next free number', () => {
  const taken = new Set(['order-feed', 'payments-feed', 'payments-feed-2', 'billing-1', 'billing-3']);
  expect([
    producerName('orders', new Set()),
    producerName('orders', taken),
    producerName('payments', taken),
    consumerName('billing', taken),
    consumerName('audit log/eu', taken),
  ]).toEqual(['order-feed', 'order-feed-2', 'payments-feed-3', 'billing-2', 'audit-log-eu-1']);
});

it('a name made from a long topic or group is still a client name', () => {
  const long = 'x'.repeat(249);
  expect(producerName(long, new Set()).length).toBeLessThanOrEqual(64);
  expect(consumerName(long, new Set()).length).toBeLessThanOrEqual(64);
});
