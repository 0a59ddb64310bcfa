import { defineConfig } from 'vitest/config';

/** Strangers' clients against a lab that the tests start by its command line. One file after the other: they are real. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
