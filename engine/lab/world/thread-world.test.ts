import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWorld } from '../../env/env.acceptance.testkit.ts';
import { LabTime } from './lab-time.ts';
import { ThreadWorld } from './thread-world.ts';
import { World } from './world.ts';

describeWorld('the world of a lab', () => {
  const root = mkdtempSync(join(tmpdir(), 'lab-world-'));
  const time = new LabTime();
  const world = new World(time);
  const near = new ThreadWorld(world.setupFor(1), root, () => {});
  const far = new ThreadWorld(world.setupFor('billing-1'), root, () => {});
  return {
    near: near.env,
    far: far.env,
    complete: (promise) => promise,
    close: () => {
      near.close();
      far.close();
      time.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
});
