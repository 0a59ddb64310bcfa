import { describe, expect, it } from 'vitest';
import { SimWorld } from '../env/sim/index.ts';
import { Deadlines, DelayedOperation, WatchList } from './delayed-operation.ts';

class Wait extends DelayedOperation {
  satisfied = false;
  readonly log: string[];
  readonly name: string;

  constructor(name: string, log: string[]) {
    super();
    this.name = name;
    this.log = log;
  }

  override isSatisfied(): boolean {
    return this.satisfied;
  }

  protected override finish(expired: boolean): void {
    this.log.push(`${this.name} ${expired ? 'expired' : 'done'}`);
  }
}

describe('delayed operations', () => {
  it('finish once, when a check of any of their partitions finds them satisfied', () => {
    const log: string[] = [];
    const [first, second] = [new WatchList(), new WatchList()];
    const wait = new Wait('a', log);
    first.add(wait);
    second.add(wait);
    first.check();
    wait.satisfied = true;
    second.check();
    first.check();
    second.check();
    expect(log).toEqual(['a done']);
    expect([first.length, second.length]).toEqual([0, 0]);
  });

  it('leave the lists of idle partitions before those grow', () => {
    const list = new WatchList();
    for (let i = 0; i < 1000; i++) {
      const wait = new Wait(`${i}`, []);
      list.add(wait);
      wait.forceFinish(false);
    }
    expect(list.length).toBeLessThanOrEqual(8);
  });

  it('may add to the list that is being checked', () => {
    const log: string[] = [];
    const list = new WatchList();
    class Chained extends Wait {
      protected override finish(expired: boolean): void {
        super.finish(expired);
        list.add(new Wait('next', log));
      }
    }
    const wait = new Chained('first', log);
    wait.satisfied = true;
    list.add(wait);
    list.check();
    expect(log).toEqual(['first done']);
    expect(list.length).toBe(1);
  });

  it('expire in the order of their deadlines, whatever their timeouts, and not when finished before', () => {
    const world = new SimWorld(1);
    const log: string[] = [];
    const deadlines = new Deadlines(world.clock);
    const waits = (
      [
        ['slow', 300],
        ['fast', 100],
        ['early', 200],
        ['fast too', 100],
      ] as const
    ).map(([name, timeoutMs]) => {
      const wait = new Wait(name, log);
      deadlines.watch(wait, timeoutMs);
      return wait;
    });
    world.runSync(99);
    expect(log).toEqual([]);
    waits[2]!.forceFinish(false);
    world.runSync(1);
    expect(log).toEqual(['early done', 'fast expired', 'fast too expired']);
    world.runSync(200);
    expect(log.at(-1)).toBe('slow expired');
    expect(world.queue.nextAtMs()).toBeNull();
  });

  it('cost one timer, however many they are', () => {
    const world = new SimWorld(1);
    const deadlines = new Deadlines(world.clock);
    for (let i = 0; i < 500; i++) deadlines.watch(new Wait(`${i}`, []), 30_000);
    const before = world.queue.executed;
    world.runSync(60_000);
    expect(world.queue.executed - before).toBe(1);
  });

  it('are all answered when the broker stops', () => {
    const world = new SimWorld(1);
    const log: string[] = [];
    const deadlines = new Deadlines(world.clock);
    deadlines.watch(new Wait('a', log), 10);
    deadlines.watch(new Wait('b', log), 20);
    deadlines.expireAll();
    deadlines.stop();
    world.runSync(100);
    expect(log).toEqual(['a expired', 'b expired']);
  });
});
