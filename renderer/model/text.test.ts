import { describe, expect, it } from 'vitest';
import { readSelection, writeSelection, type Selection } from './selection.ts';
import { bytes, compactCount, duration, seconds } from './units.ts';

const english = { ms: 'ms', s: 's', m: 'm', h: 'h', gap: ' ' };
const korean = { ms: 'ms', s: '초', m: '분', h: '시간', gap: '' };

describe('units', () => {
  it.each([
    [0, '0 ms'],
    [412, '412 ms'],
    [4_200, '4.2 s'],
    [59_949, '59.9 s'],
    [59_990, '1 m 0 s'],
    [132_000, '2 m 12 s'],
    [3_780_000, '1 h 3 m'],
    [-5, '0 ms'],
  ])('a duration of %i ms is %s', (ms, text) => {
    expect(duration(ms, english)).toBe(text);
  });

  it('follows the language', () => {
    expect(duration(132_000, korean)).toBe('2분 12초');
    expect(seconds(400, korean)).toBe('0.4초');
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [11_200_000, '11.2 MB'],
    [999_999, '1.0 MB'],
  ])('%i bytes are %s', (count, text) => {
    expect(bytes(count)).toBe(text);
  });

  it('a lag keeps all its digits below ten thousand', () => {
    expect([9_999, 12_400, 12_400_000].map(compactCount)).toEqual(['9999', '12.4k', '12.4M']);
  });
});

describe('a selection', () => {
  const all: readonly Selection[] = [
    { kind: 'quorum' },
    { kind: 'broker', node: 2 },
    { kind: 'partition', topic: 'a.b_c-d', partition: 7 },
    { kind: 'replica', topic: '__consumer_offsets', partition: 0, node: 3 },
    { kind: 'group', group: 'billing' },
    { kind: 'group', group: 'a group: "50%" 그룹' },
    { kind: 'member', group: 'a:b', label: 'c1' },
    { kind: 'producer', client: 'order-feed' },
    { kind: 'consumer', client: 'billing-1' },
    { kind: 'topic', topic: 'orders' },
    { kind: 'record', topic: 'orders', partition: 1, offset: 4_711_000_000_000 },
  ];
  it.each(all)('%j survives the address', (selection) => {
    expect(readSelection(writeSelection(selection))).toEqual(selection);
  });

  it.each([
    '',
    'broker',
    'broker:x',
    'partition:orders',
    'replica:orders:1',
    'partition:o:1:2',
    'replica:<b>:1:2',
    'group:',
    'group:%',
    'group:%FF',
    'member:billing',
    'record:orders:1:x',
    'topic:a:b',
    'toString:x',
    undefined,
    7,
  ])('%j is none', (text) => {
    expect(readSelection(text)).toBeNull();
  });
});
