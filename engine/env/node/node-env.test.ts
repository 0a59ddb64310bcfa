import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWorld } from '../env.acceptance.testkit.ts';
import { nodeEnv } from './index.ts';

describeWorld('the real world', () => {
  const root = mkdtempSync(join(tmpdir(), 'env-node-'));
  return {
    near: nodeEnv(root, () => {}),
    far: nodeEnv(root, () => {}),
    complete: (promise) => promise,
    close: () => rmSync(root, { recursive: true, force: true }),
  };
});
