import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWorld } from '../../env/env.acceptance.testkit.ts';
import type { LinkEnd } from '../../contract/faults.ts';
import { Halt } from './halt.ts';
import { LabTime } from './lab-time.ts';
import { ThreadWorld } from './thread-world.ts';
import { World } from './world.ts';

describeWorld('the world of a lab', () => {
  const root = mkdtempSync(join(tmpdir(), 'lab-world-'));
  const time = new LabTime();
  const world = new World(time);
  const make = (end: LinkEnd): ThreadWorld =>
    new ThreadWorld(world.setupFor(end), { root, sink: () => {}, halt: new Halt().buffer });
  const [near, far] = [make(1), make('billing-1')];
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
