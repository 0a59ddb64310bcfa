import { describe, expect, it } from 'vitest';
import { runSeed } from './run-seed.ts';
import { report, seedsOf } from './survives.testkit.ts';

describe('the lab’s producer on a cluster under crashes and partitions', () => {
  it.each(seedsOf(process.env['BROKERLAB_SEEDS'] ?? '1-8'))(
    'loses nothing that was acknowledged, keeps the order, and recovers: seed %i',
    async (seed) => {
      const result = await runSeed(seed, { producers: 'lab' });
      expect(result.violations, report(result)).toEqual([]);
      expect(result.acknowledged).toBeGreaterThan(20);
    },
    120_000,
  );
});
