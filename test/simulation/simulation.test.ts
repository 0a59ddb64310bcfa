/**
 * A cluster of three in one thread, under faults that a seed draws. `BROKERLAB_SEEDS=from-to` (or one seed) picks the
 * seeds; a seed that fails is named with its story and replays exactly.
 */
import { describe, expect, it } from 'vitest';
import { type RunResult, runSeed } from './run-seed.ts';

const defaultSeeds = '1-60';

function seeds(): number[] {
  const text = process.env['BROKERLAB_SEEDS'] ?? defaultSeeds;
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (match === null) throw new Error(`BROKERLAB_SEEDS=${text}: write a seed, or from-to`);
  const from = Number(match[1]);
  const to = Number(match[2] ?? from);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function report({ seed, violations, story, log }: RunResult): string {
  return [
    `seed ${seed} fails; replay it with BROKERLAB_SEEDS=${seed} npx vitest run test/simulation`,
    ...violations,
    '--- story',
    ...story,
    '--- log, the last lines of each member',
    ...[1, 2, 3].flatMap((id) => log.filter((line) => line.startsWith(`${id}: `)).slice(-60)),
  ].join('\n');
}

describe('a cluster of three under crashes and partitions', () => {
  it.each(seeds())(
    'loses nothing, keeps one leader an epoch, and recovers: seed %i',
    async (seed) => {
      const result = await runSeed(seed);
      expect(result.violations, report(result)).toEqual([]);
      expect(result.acknowledged).toBeGreaterThan(20);
    },
    120_000,
  );

  it('replays a seed to the same event at the same moment', async () => {
    const first = await runSeed(1, { faultsMs: 10_000 });
    const second = await runSeed(1, { faultsMs: 10_000 });
    expect({ ...second, log: second.log.length }).toEqual({ ...first, log: first.log.length });
    expect(second.log).toEqual(first.log);
  });
});
