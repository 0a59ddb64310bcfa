import { describe, expect, it } from 'vitest';
import { runSeed } from './run-seed.ts';
import { seedsOf, survives } from './survives.testkit.ts';

survives(seedsOf(process.env['BROKERLAB_SEEDS'] ?? '1-100'));

describe('a run of the simulation', () => {
  it('replays a seed to the same event at the same moment', async () => {
    const first = await runSeed(1, { faultsMs: 10_000 });
    const second = await runSeed(1, { faultsMs: 10_000 });
    expect({ ...second, log: second.log.length }).toEqual({ ...first, log: first.log.length });
    expect(second.log).toEqual(first.log);
  });
});
