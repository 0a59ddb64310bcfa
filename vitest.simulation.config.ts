import { defineConfig } from 'vitest/config';

/** Whole clusters over the simulated world. One core, so that strangers' clients have the other one meanwhile. */
export default defineConfig({
  test: {
    include: ['test/simulation/**/*.test.ts'],
    pool: 'threads',
    maxWorkers: 1,
    testTimeout: 60_000,
  },
});
