import { defineConfig } from 'vitest/config';

/** The window in a real browser, on a real lab that the tests start by its command line. Two files at a time: they mostly wait. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
