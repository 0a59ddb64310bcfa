import { describe, expect, it } from 'vitest';
import { fit, ranked } from './fuzzy.ts';

const names = [
  'kill broker 1',
  'kill broker 2',
  'pause broker 2',
  'broker 2',
  'broker 12',
  'orders-2',
  '__consumer_offsets-2',
  'kill billing-2',
  'order-feed: acks=all',
  'order-feed: acks=1',
  '브로커 2 강제 종료',
];
const best = (typed: string, most = 1) => ranked(typed, names, (name) => [name], most);

describe('typed letters', () => {
  it.each([
    ['kill 2', 'kill broker 2'],
    ['kb2', 'kill broker 2'],
    ['broker 2', 'broker 2'],
    ['2 broker', 'broker 2'],
    ['acks all', 'order-feed: acks=all'],
    ['acks1', 'order-feed: acks=1'],
    ['ord2', 'orders-2'],
    ['강제 2', '브로커 2 강제 종료'],
    ['KILL BIL', 'kill billing-2'],
  ])('%s finds %s first', (typed, name) => {
    expect(best(typed)).toEqual([name]);
  });

  it('that are not all there find nothing', () => {
    expect(fit('zz', 'kill broker 2')).toBeNull();
    expect(best('kill broker 9', 10)).toEqual([]);
  });

  it('that are none keep the given order', () => {
    expect(best('  ', 3)).toEqual(names.slice(0, 3));
  });
});
