import { describe, expect, it } from 'vitest';
import { BugError } from '../../base/assert.ts';
import { fromUtf8, utf8 } from '../../base/text.ts';
import { type Connection, NetworkError } from '../network.ts';
import { SeededRandom, SimWorld } from './index.ts';

describe('seeded random', () => {
  it('draws the same for the same seed; a fork does not depend on what was drawn', () => {
    const draws = (seed: number): number[] => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(draws(1)).toEqual(draws(1));
    expect(draws(1)).not.toEqual(draws(2));
    const used = new SeededRandom(9);
    used.next();
    expect(used.fork('a').next()).toBe(new SeededRandom(9).fork('a').next());
    expect(used.fork('a').next()).not.toBe(used.fork('b').next());
  });
});

/** A line of what happened to each end. */
async function converse(world: SimWorld): Promise<{ log: string[]; near: Connection }> {
  const log: string[] = [];
  const note = (text: string): number => log.push(`${world.nowMs.toFixed(3)} ${text}`);
  await world.complete(
    world.node('b').env.network.listen('127.0.0.1', 9000, (connection) => {
      connection.handle({
        onData: (bytes) => {
          note(`b got ${fromUtf8(bytes)}`);
          connection.write([utf8('ack')]);
        },
        onClose: (error) => note(`b closed ${error?.code ?? 'in order'}`),
      });
    }),
  );
  const near = await world.complete(world.node('a').env.network.connect('127.0.0.1', 9000, 500));
  near.handle({
    onData: (bytes) => note(`a got ${fromUtf8(bytes)}`),
    onClose: (error) => note(`a closed ${error?.code ?? 'in order'}`),
  });
  return { log, near };
}

function told(log: readonly string[]): string[] {
  return log.map((line) => line.replace(/^\S+ /, ''));
}

describe('world', () => {
  it('replays exactly by its seed, and differs by another', async () => {
    const run = async (seed: number): Promise<string[]> => {
      const world = new SimWorld(seed);
      const { log, near } = await converse(world);
      for (let i = 0; i < 20; i++) {
        near.write([utf8(`message ${i}`)]);
        await world.run(world.random.between(0, 3));
      }
      return log;
    };
    expect(await run(5)).toEqual(await run(5));
    expect(await run(5)).not.toEqual(await run(6));
  });

  it('moves time by exactly what was asked for', async () => {
    const world = new SimWorld(1);
    await world.run(250);
    world.runSync(50);
    expect([world.nowMs, world.clock.now()]).toEqual([300, 1_750_000_000_300]);
  });

  it('says what did not come true', async () => {
    await expect(new SimWorld(1).until(() => false, 10, 'a leader')).rejects.toThrow(
      new BugError('a leader did not come true within 10 virtual ms'),
    );
  });

  it('notices a loop that never lets time pass, and whose it is', async () => {
    const world = new SimWorld(1);
    const { clock } = world.node('busy').env;
    const spin = (): void => clock.soon(spin);
    spin();
    await expect(world.run(1)).rejects.toThrow('time stands still: busy loops');
  });

  it('calls the invariants after each event', async () => {
    const world = new SimWorld(1);
    const seen: number[] = [];
    world.afterEvent = () => seen.push(world.nowMs);
    for (const delay of [3, 1, 2]) world.clock.after(delay, () => {});
    await world.run(10);
    expect(seen).toEqual([1, 2, 3]);
  });
});

describe('kill', () => {
  it('ends timers and connections and frees ports; the disk stays', async () => {
    const world = new SimWorld(2);
    const { log } = await converse(world);
    const b = world.node('b');
    const dead = b.env;
    let fired = false;
    dead.clock.after(5, () => {
      fired = true;
    });
    dead.disk.replaceFile('file', utf8('kept'));
    b.kill();
    await world.run(20);
    expect([fired, told(log), b.state]).toEqual([false, ['a closed ECONNRESET'], 'dead']);
    const env = b.restart();
    expect(fromUtf8(env.disk.readFile('file'))).toBe('kept');
    await world.complete(env.network.listen('127.0.0.1', 9000, () => {}));
    expect(() => dead.disk.list('')).toThrow(BugError);
  });

  it('by power loss is silent until the node is back', async () => {
    const world = new SimWorld(2);
    const { log, near } = await converse(world);
    const b = world.node('b');
    b.env.disk.open('unsynced', 'write').write(new Uint8Array(1000), 0, 1000, 0);
    b.losePower();
    near.write([utf8('anybody?')]);
    await world.run(5000);
    expect(log).toEqual([]);
    expect(b.disk.files().get('unsynced')?.length ?? 0).toBeLessThanOrEqual(1000);
    b.restart();
    await world.run(20);
    expect(told(log)).toEqual(['a closed ECONNRESET']);
  });
});

describe('pause', () => {
  it('holds back timers and deliveries in order; connects are accepted meanwhile', async () => {
    const world = new SimWorld(4);
    const { log, near } = await converse(world);
    const b = world.node('b');
    const fired: number[] = [];
    const start = world.nowMs;
    for (const delay of [30, 10, 20]) b.env.clock.after(delay, () => fired.push(delay));
    const cancelled = b.env.clock.after(5, () => fired.push(-1));
    b.pause();
    near.write([utf8('hello')]);
    await world.run(25);
    cancelled.cancel();
    const second = await world.complete(world.node('a').env.network.connect('127.0.0.1', 9000, 500));
    second.handle({ onData: () => {}, onClose: () => {} });
    expect([fired, log]).toEqual([[], []]);
    b.resume();
    await world.run(0);
    expect(fired).toEqual([10, 20]);
    await world.run(10);
    expect(fired).toEqual([10, 20, 30]);
    expect(told(log)).toEqual(['b got hello', 'a got ack']);
    expect(world.nowMs - start).toBeGreaterThanOrEqual(35);
  });
});

describe('partition', () => {
  it('holds back bytes and delivers them in order when it heals', async () => {
    const world = new SimWorld(6);
    const { log, near } = await converse(world);
    const heal = world.network.partition(['a'], ['b', 'c']);
    near.write([utf8('1')]);
    near.write([utf8('2')]);
    await world.run(1000);
    expect(log).toEqual([]);
    heal();
    heal();
    await world.run(10);
    expect(
      told(log)
        .filter((line) => line.startsWith('b'))
        .join(),
    ).toBe('b got 1,b got 2');
    expect(told(log)).toContain('a got ack');
  });

  it('one way lets the other way pass', async () => {
    const world = new SimWorld(6);
    const { log, near } = await converse(world);
    world.network.cut('b', 'a');
    near.write([utf8('hello')]);
    await world.run(1000);
    expect(told(log)).toEqual(['b got hello']);
  });

  it('lets a connect time out; a cut that overlaps another lasts until both are healed', async () => {
    const world = new SimWorld(6);
    await converse(world);
    const heals = [world.network.cut('a', 'b'), world.network.partition(['a'], ['b'])];
    const attempt = (): Promise<string> =>
      world.complete(
        world
          .node('a')
          .env.network.connect('127.0.0.1', 9000, 200)
          .then(
            () => 'connected',
            (error: unknown) => (error instanceof NetworkError ? error.code : String(error)),
          ),
      );
    expect(await attempt()).toBe('ETIMEDOUT');
    heals[0]!();
    expect(await attempt()).toBe('ETIMEDOUT');
    heals[1]!();
    expect(await attempt()).toBe('connected');
  });

  it('holds back a reset, too', async () => {
    const world = new SimWorld(6);
    const { log, near } = await converse(world);
    const heal = world.network.partition(['a'], ['b']);
    near.destroy();
    await world.run(500);
    expect(told(log)).toEqual(['a closed in order']);
    heal();
    await world.run(10);
    expect(told(log)).toEqual(['a closed in order', 'b closed ECONNRESET']);
  });
});

it('reset breaks the connections between two nodes', async () => {
  const world = new SimWorld(8);
  const { log } = await converse(world);
  world.network.reset('a', 'b');
  await world.run(10);
  expect(told(log).sort()).toEqual(['a closed in order', 'b closed ECONNRESET']);
});

it('a skewed clock tells another wall time but no other duration', () => {
  const world = new SimWorld(1);
  const node = world.node('n');
  node.skewMs = -5000;
  expect(node.env.clock.now()).toBe(world.clock.now() - 5000);
  expect(node.env.clock.monotonic()).toBe(world.clock.monotonic());
});
