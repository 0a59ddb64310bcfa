/**
 * A cluster of three in one thread, under faults that a seed draws. Two hundred seeds by default, in two files that run
 * side by side; `BROKERLAB_SEEDS=from-to` (or one seed) picks others. A seed that fails is named with its story and
 * replays exactly.
 */
import { describe, expect, it } from 'vitest';
import { type RunResult, runSeed } from './run-seed.ts';

/** The seeds of a range, `from-to` or a single one. */
export function seedsOf(text: string): number[] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (match === null) throw new Error(`BROKERLAB_SEEDS=${text}: write a seed, or from-to`);
  const from = Number(match[1]);
  const to = Number(match[2] ?? from);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** A failed run in words. */
export function report({ seed, violations, story, log }: RunResult): string {
  return [
    `seed ${seed} fails; replay it with BROKERLAB_SEEDS=${seed} npx vitest run --config vitest.simulation.config.ts`,
    ...violations,
    '--- story',
    ...story,
    '--- log, the last lines of each member',
    ...[1, 2, 3].flatMap((id) => log.filter((line) => line.startsWith(`${id}: `)).slice(-60)),
  ].join('\n');
}

export function survives(seeds: readonly number[]): void {
  describe('a cluster of three under crashes and partitions', () => {
    it.each(seeds)(
      'loses nothing, keeps one leader an epoch, and recovers: seed %i',
      async (seed) => {
        const result = await runSeed(seed);
        expect(result.violations, report(result)).toEqual([]);
        expect(result.acknowledged).toBeGreaterThan(20);
      },
      120_000,
    );
  });
}
