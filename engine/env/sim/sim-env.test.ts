import { describeWorld } from '../env.acceptance.testkit.ts';
import { SimWorld } from './index.ts';

describeWorld('the simulated world', () => {
  const world = new SimWorld(1);
  return {
    near: world.node('near').env,
    far: world.node('far').env,
    complete: (promise) => world.complete(promise),
    close: () => {},
  };
});
