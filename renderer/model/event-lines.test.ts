import { describe, expect, it } from 'vitest';
import type { LabEvent } from '../../engine/contract/events.ts';
import { eventOf } from '../../engine/contract/snapshot.testkit.ts';
import { EventLines, eventTopics, kindsOf, matcherOf } from './event-lines.ts';

const shrunk = (id: number, atMs: number, partition = id): LabEvent =>
  eventOf(id, {
    atMs,
    kind: 'isr-shrunk',
    source: 'PartitionChangeRecord',
    actor: 'controller',
    args: { topic: 'orders', partition },
    change: { of: 'isr', was: '1, 2, 3', now: '1, 3' },
  });
const committed = (id: number, atMs: number): LabEvent =>
  eventOf(id, {
    atMs,
    kind: 'offsets-committed',
    actor: 'client',
    args: { client: 'billing-1', group: 'billing', topic: 'orders', partition: 0 },
    change: { of: 'offset', was: String(id), now: String(id + 1) },
  });
function linesOf(events: readonly LabEvent[], linesMax = 1000) {
  const lines = new EventLines(linesMax);
  for (const event of events) lines.add(event);
  return lines.lines().map(({ event, count }) => [event.id, count]);
}

describe('event lines', () => {
  it('come newest first, by the time at which they happened, in whatever order they are told', () => {
    const events = [
      eventOf(1, { atMs: 10 }),
      eventOf(3, { atMs: 1_020 }),
      eventOf(2, { atMs: 30 }),
      eventOf(4, { atMs: 20 }),
    ];
    expect(linesOf(events)).toEqual([
      [3, 1],
      [2, 1],
      [4, 1],
      [1, 1],
    ]);
  });

  it('are one for equal events above twenty a second, and the rest of that second stays', () => {
    const kill = eventOf(100, { atMs: 5, kind: 'command', actor: 'you' });
    const many = Array.from({ length: 56 }, (_, index) => shrunk(index + 1, 100 + index));
    expect(linesOf([kill, ...many])).toEqual([
      [56, 56],
      [100, 1],
    ]);
  });

  it('are single up to twenty a second', () => {
    expect(linesOf(Array.from({ length: 20 }, (_, index) => shrunk(index + 1, index)))).toHaveLength(20);
  });

  it('take offsets that differ every time as equal, and states that differ as different', () => {
    const commits = Array.from({ length: 30 }, (_, index) => committed(index + 1, index));
    const other = { ...shrunk(40, 50), change: { of: 'isr', was: '1, 3', now: '1' } } as const;
    expect(linesOf([...commits, shrunk(41, 60), other])).toEqual([
      [41, 1],
      [40, 1],
      [30, 30],
    ]);
  });

  it('stay few however many sorts there are', () => {
    const sorts = Array.from({ length: 5_000 }, (_, index) => eventOf(index + 1, { atMs: index / 10, node: index }));
    const lines = linesOf(sorts);
    expect(lines.length).toBeLessThan(130);
    expect(lines.reduce((sum, [, count]) => sum + (count ?? 0), 0)).toBe(5_000);
  });

  it('keep to their limit by whole seconds, the oldest first', () => {
    const events = Array.from({ length: 300 }, (_, index) => eventOf(index + 1, { atMs: index * 500 }));
    const lines = linesOf(events, 121);
    expect(lines).toHaveLength(122);
    expect(lines[0]).toEqual([300, 1]);
  });

  it('are one for what is repeated word by word, where the newest is, until it pauses', () => {
    const warned = (id: number, atMs: number, node = 1) =>
      eventOf(id, { atMs, kind: 'log', node, args: { detail: 'broker 2 does not answer' } });
    const between = eventOf(9, { atMs: 2_500 });
    expect(
      linesOf([warned(1, 1_000), warned(2, 2_000), warned(3, 2_000, 3), between, warned(4, 3_000), warned(5, 60_000)]),
    ).toEqual([
      [5, 1],
      [4, 3],
      [9, 1],
      [3, 1],
    ]);
  });

  it('change when one more is added to a second that was folded', () => {
    const lines = new EventLines(100);
    for (let id = 1; id <= 21; id += 1) lines.add(shrunk(id, id));
    expect(lines.lines()).toMatchObject([{ count: 21 }]);
    lines.add(shrunk(22, 900));
    expect(lines.lines()).toMatchObject([{ count: 22, event: { id: 22 } }]);
  });
});

describe('the filter', () => {
  it('finds words in arguments, source and change, whatever their case', () => {
    const finds = (text: string) => matcherOf({ text, topics: eventTopics })(shrunk(1, 1));
    expect(['ORDERS', 'partitionchange 1, 3', 'isr-shrunk controller', ''].map(finds)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['payments', 'orders payments'].map(finds)).toEqual([false, false]);
  });

  it('narrows to topics, and all topics together are all kinds', () => {
    const all = eventTopics.flatMap((topic) => kindsOf([topic]));
    expect(new Set(all).size).toBe(all.length);
    expect([...all].sort()).toEqual([...kindsOf(eventTopics)].sort());
    expect(matcherOf({ text: '', topics: ['traffic'] })(shrunk(1, 1))).toBe(false);
    expect(matcherOf({ text: '', topics: ['leaders'] })(shrunk(1, 1))).toBe(true);
  });
});
