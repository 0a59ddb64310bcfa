/** `npm run bench`: benchmarks, never part of the tests. */
import { ensureBuilt, requireNode } from './runtime.mjs';

requireNode();
ensureBuilt();
await import('../test/bench/main.ts');
