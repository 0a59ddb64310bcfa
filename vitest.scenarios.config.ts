import { defineConfig } from 'vitest/config';

/** The shipped scenarios, each in a lab of its own, one at a time: they are fast because lab time is. */
export default defineConfig({
  test: {
    include: ['test/scenarios/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
  },
});
