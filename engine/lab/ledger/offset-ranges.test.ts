import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../env/sim/seeded-random.ts';
import { OffsetRanges } from './offset-ranges.ts';

const all = Array.from({ length: 40 }, (_, i) => i);

describe('ranges of offsets', () => {
  it.each(all)('have what was added and was not cut since (seed %i)', (seed) => {
    const random = new SeededRandom(seed);
    const ranges = new OffsetRanges();
    const expected = new Set<number>();
    for (let steps = 0; steps < 60; steps++) {
      if (random.integer(12) === 0) {
        const end = random.integer(40);
        ranges.cutFrom(end);
        for (const offset of all) if (offset >= end) expected.delete(offset);
      } else {
        const offset = random.integer(40);
        ranges.add(offset);
        expected.add(offset);
      }
      expect(all.filter((offset) => ranges.has(offset))).toEqual(all.filter((offset) => expected.has(offset)));
    }
  });
});
