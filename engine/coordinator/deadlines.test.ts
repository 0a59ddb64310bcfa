import { describe, expect, it } from 'vitest';
import type { Clock } from '../env/index.ts';
import { SimWorld } from '../env/sim/index.ts';
import { Deadlines } from './deadlines.ts';

function setUp() {
  const world = new SimWorld(1);
  let timersSet = 0;
  const { clock } = world;
  const counting: Clock = {
    now: () => clock.now(),
    precise: () => clock.precise(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => {
      timersSet++;
      return clock.after(delayMs, run);
    },
    every: (intervalMs, run) => clock.every(intervalMs, run),
    soon: (run) => {
      clock.soon(run);
    },
  };
  const fired: string[] = [];
  const deadlines = new Deadlines(counting);
  const schedule = (key: string, delayMs: number) => {
    deadlines.schedule(key, delayMs, () => fired.push(`${key}@${world.nowMs}`));
  };
  return { world, deadlines, schedule, fired, timersSet: () => timersSet };
}

describe('Deadlines', () => {
  it('fires each key once at its last deadline, in order', () => {
    const { world, schedule, fired } = setUp();
    schedule('late', 300);
    schedule('soon', 100);
    schedule('same', 100);
    schedule('moved on', 50);
    schedule('moved on', 200);
    schedule('brought forward', 500);
    schedule('brought forward', 150);
    world.runSync(1000);
    expect(fired).toEqual(['soon@100', 'same@100', 'brought forward@150', 'moved on@200', 'late@300']);
  });

  it('forgets what is cancelled, and everything when cleared', () => {
    const { world, deadlines, schedule, fired } = setUp();
    schedule('a', 100);
    schedule('b', 100);
    deadlines.cancel('a');
    deadlines.cancel('never');
    world.runSync(150);
    schedule('c', 100);
    expect([deadlines.size, deadlines.deadlineOf('c'), deadlines.deadlineOf('a')]).toEqual([1, 250, null]);
    deadlines.clear();
    world.runSync(1000);
    expect(fired).toEqual(['b@100']);
  });

  it('lets what it runs schedule, postpone and cancel', () => {
    const { world, deadlines, schedule, fired } = setUp();
    deadlines.schedule('first', 100, () => {
      schedule('next', 0);
      schedule('postponed', 50);
      deadlines.cancel('cancelled');
    });
    schedule('postponed', 100);
    schedule('cancelled', 100);
    world.runSync(1000);
    expect(fired).toEqual(['next@100', 'postponed@150']);
  });

  it('sets no timer for each of many heartbeats', () => {
    const { world, schedule, fired, timersSet } = setUp();
    for (let beat = 0; beat < 100; beat++) {
      for (let member = 0; member < 200; member++) schedule(`member ${member}`, 10_000);
      world.runSync(3000);
    }
    // 20,000 heartbeats in 300 s with sessions of 10 s: the timer only runs when the oldest could be over.
    expect(fired).toEqual([]);
    expect(timersSet()).toBeLessThan(50);
  });
});
