import { describe, expect, it } from 'vitest';
import { eventOf, labSnapshot, testEpochMs } from '../../engine/contract/snapshot.testkit.ts';
import { eventLines } from './event-lines.ts';
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
    undefined,
    7,
  ])('%j is none', (text) => {
    expect(readSelection(text)).toBeNull();
  });
});

describe('event lines', () => {
  const change = (id: number, atMs: number, partition: number) =>
    eventOf(id, {
      atMs: testEpochMs + atMs,
      kind: 'isr-shrunk',
      source: 'PartitionChangeRecord',
      actor: 'controller',
      args: { topic: 'orders', partition },
      change: { of: 'isr', was: '1, 2, 3', now: '1, 3' },
    });

  it('come newest first, by the time at which they happened', () => {
    const lines = eventLines([eventOf(1, { atMs: 10 }), eventOf(2, { atMs: 30 }), eventOf(3, { atMs: 20 })], 10);
    expect(lines.map((line) => line.event.id)).toEqual([2, 3, 1]);
  });

  it('fold many partitions of one decision and leave a few as they are', () => {
    const many = Array.from({ length: 56 }, (_, index) => change(index + 1, index, index));
    expect(eventLines(many, 100)).toMatchObject([{ count: 56, event: { id: 56 } }]);
    expect(eventLines(many.slice(0, 3), 100)).toHaveLength(3);
  });

  it('do not fold what lies apart', () => {
    const apart = Array.from({ length: 8 }, (_, index) => change(index + 1, index * 2_000, index));
    expect(eventLines(apart, 100)).toHaveLength(8);
  });

  it('keep to their limit', () => {
    const events = Array.from({ length: 300 }, (_, index) => eventOf(index + 1, { atMs: index * 5_000 }));
    expect(eventLines(events, 120)).toHaveLength(120);
    expect(eventLines(labSnapshot().events, 120)).toHaveLength(1);
  });
});
