import { defineConfig } from 'vitest/config';

/** Strangers' clients against a lab that the tests start by its command line. Two files at a time: they mostly wait. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
