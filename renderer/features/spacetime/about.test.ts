import { describe, expect, it } from 'vitest';
import type { SpaceTimeAbout } from '../../../engine/contract/wire.ts';
import { readAbout, writeAbout } from './about.ts';

const abouts: readonly SpaceTimeAbout[] = [
  { kind: 'record', topic: 'order-lines-2', partition: 11, offset: 176_987 },
  { kind: 'rebalance', group: 'a@b@7', number: 3 },
  { kind: 'election', topic: 'orders', partition: 1 },
  { kind: 'election', topic: '__cluster_metadata', partition: 0, epoch: 5 },
  { kind: 'election', topic: 'orders', partition: 1, atMs: 1_750_000_000_000 },
  { kind: 'span', fromMs: 1_750_000_000_000, toMs: 1_750_000_000_250 },
];

describe('the address of a diagram', () => {
  it.each(abouts)('holds all of it: %j', (about) => {
    const query = Object.fromEntries(Object.entries(writeAbout(about)).map(([name, value]) => [name, String(value)]));
    expect(readAbout(query)).toEqual(about);
  });

  it.each([
    {},
    { record: 'orders-1' },
    { record: 'orders@4' },
    { record: 'orders-1@x' },
    { rebalance: 'billing' },
    { election: 'orders' },
    { from: '5', to: '5' },
    { from: '5' },
    { record: ['orders-1@1', 'orders-1@2'] },
  ])('is nothing when it makes no sense: %j', (query) => {
    expect(readAbout(query)).toBeNull();
  });
});
