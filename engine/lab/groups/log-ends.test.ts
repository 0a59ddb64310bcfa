import { describe, expect, it } from 'vitest';
import { LogEnds } from './log-ends.ts';

function told(...ends: readonly (readonly [atMs: number, end: number])[]): (offset: number) => number | null {
  const all = new LogEnds();
  for (const [atMs, end] of ends) all.heard('orders', 0, end, atMs);
  return (offset) => all.passedMs('orders', 0, offset);
}

describe('the time at which a log passed an offset', () => {
  it('lies between the samples around it, as if the log had grown evenly', () => {
    const passedMs = told([1000, 100], [2000, 200], [3000, 200], [4000, 210]);
    expect([passedMs(99), passedMs(100), passedMs(149), passedMs(199), passedMs(200), passedMs(209)]).toEqual([
      null, // before anybody looked
      1010,
      1500,
      2000,
      3100, // nothing had come until 3000
      4000,
    ]);
  });

  it('is unknown at the log’s end, for a partition that nobody told of, and before the first word', () => {
    const passedMs = told([1000, 100], [2000, 200]);
    expect([passedMs(200), passedMs(50), new LogEnds().passedMs('orders', 1, 0)]).toEqual([null, null, null]);
  });

  it('forgets what was cut off a log', () => {
    const passedMs = told([1000, 100], [2000, 200], [3000, 300], [4000, 150], [5000, 250]);
    expect([passedMs(120), passedMs(200)]).toEqual([2260, 4510]);
  });

  it('stays true over more samples than it keeps', () => {
    const ends = Array.from({ length: 5000 }, (_, i) => [i * 1000, i * 10] as const);
    const passedMs = told(...ends);
    for (const offset of [4, 5000, 25_000, 49_985]) {
      expect(passedMs(offset)).toBe((offset + 1) * 100);
    }
  });
});
