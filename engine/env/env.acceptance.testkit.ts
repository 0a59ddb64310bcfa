/** What every world must keep, whichever it is: run against `env/node` and `env/sim`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { concatBytes, fromUtf8, utf8 } from '../base/text.ts';
import { type Clock, type Connection, type Disk, DiskError, type Env, type Listener, NetworkError } from './index.ts';

/** A world under test: two nodes, and a way to let its time pass. */
export interface World {
  readonly near: Env;
  readonly far: Env;
  /** Gives the promise's value once it is settled. */
  complete<T>(promise: Promise<T>): Promise<T>;
  close(): void;
}

export function describeWorld(name: string, make: () => World): void {
  describe(name, () => {
    let world: World;
    beforeEach(() => {
      world = make();
    });
    afterEach(() => world.close());
    describeClock(() => world);
    describeDisk(() => world);
    describeNetwork(() => world);
    describeRandom(() => world);
  });
}

function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve));
}

function describeClock(world: () => World): void {
  describe('clock', () => {
    it('fires no earlier than asked, and never within the call', async () => {
      const { clock } = world().near;
      const start = clock.monotonic();
      let firedAt = -1;
      const timer = sleep(clock, 12).then(() => {
        firedAt = clock.monotonic();
      });
      expect(firedAt).toBe(-1);
      await world().complete(timer);
      expect(firedAt - start).toBeGreaterThanOrEqual(12);
    });

    it('fires in the order of due times, `soon` before all of them', async () => {
      const { clock } = world().near;
      const order: string[] = [];
      clock.after(25, () => order.push('25 ms'));
      clock.after(15, () => order.push('15 ms'));
      clock.soon(() => order.push('soon'));
      order.push('now');
      await world().complete(sleep(clock, 40));
      expect(order).toEqual(['now', 'soon', '15 ms', '25 ms']);
    });

    it('runs what `soon` was given in order, later ones in a later turn', async () => {
      const { clock } = world().near;
      const order: number[] = [];
      const done = new Promise<void>((resolve) => {
        clock.soon(() => {
          order.push(1);
          clock.soon(() => {
            order.push(3);
            resolve();
          });
        });
        clock.soon(() => order.push(2));
      });
      await world().complete(done);
      expect(order).toEqual([1, 2, 3]);
    });

    it('never fires a cancelled timer', async () => {
      const { clock } = world().near;
      const fired: string[] = [];
      const cancelled = clock.after(5, () => fired.push('cancelled'));
      const repeated = clock.every(3, () => {
        fired.push('repeated');
        if (fired.length === 2) repeated.cancel();
      });
      cancelled.cancel();
      cancelled.cancel();
      await world().complete(sleep(clock, 40));
      expect(fired).toEqual(['repeated', 'repeated']);
    });

    it('takes delays beyond the range of 32-bit milliseconds', async () => {
      const { clock } = world().near;
      let fired = false;
      const timer = clock.after(2 ** 40, () => {
        fired = true;
      });
      await world().complete(sleep(clock, 10));
      timer.cancel();
      expect(fired).toBe(false);
    });

    it('tells a plausible wall time in whole milliseconds', () => {
      const now = world().near.clock.now();
      expect(Number.isInteger(now)).toBe(true);
      expect(now).toBeGreaterThan(1_700_000_000_000);
    });
  });
}

function write(disk: Disk, path: string, text: string): void {
  const file = disk.open(path, 'truncate');
  file.write(utf8(text), 0, utf8(text).length, 0);
  file.close();
}

function codeOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return error instanceof DiskError ? error.code : `not a DiskError: ${String(error)}`;
  }
}

function describeDisk(world: () => World): void {
  describe('disk', () => {
    it('reads back what was written at any position; the end of the file ends a read', () => {
      const { disk } = world().near;
      const file = disk.open('a.log', 'write');
      file.write(utf8('xxhello'), 2, 5, 0);
      file.write(utf8('J'), 0, 1, 0);
      file.writev([utf8(', '), utf8(''), utf8('world')], 5);
      const target = new Uint8Array(20);
      expect(file.read(target, 1, 19, 0)).toBe(12);
      expect(fromUtf8(target.subarray(1, 13))).toBe('Jello, world');
      expect(file.read(target, 0, 3, 7)).toBe(3);
      expect(file.read(target, 0, 3, 12)).toBe(0);
      expect(file.read(target, 0, 3, 100)).toBe(0);
      expect(file.size()).toBe(12);
      file.close();
      expect(fromUtf8(disk.readFile('a.log'))).toBe('Jello, world');
    });

    it('writes more parts than one system call takes', () => {
      const { disk } = world().near;
      const parts = Array.from({ length: 3000 }, (_, index) => utf8(`${index},`));
      const file = disk.open('parts', 'write');
      file.writev(parts, 0);
      file.close();
      expect(disk.readFile('parts')).toEqual(concatBytes(parts));
    });

    it('fills what was never written with zeros, and cuts', () => {
      const { disk } = world().near;
      const file = disk.open('sparse', 'write');
      file.write(utf8('abc'), 0, 3, 5);
      file.truncate(10);
      expect([...disk.readFile('sparse')]).toEqual([0, 0, 0, 0, 0, 97, 98, 99, 0, 0]);
      file.truncate(6);
      file.truncate(8);
      expect([...disk.readFile('sparse')]).toEqual([0, 0, 0, 0, 0, 97, 0, 0]);
      file.sync();
      file.close();
    });

    it('opens by mode: read needs the file, write keeps it, truncate empties it', () => {
      const { disk } = world().near;
      expect(codeOf(() => disk.open('absent', 'read'))).toBe('ENOENT');
      expect(codeOf(() => disk.open('no-such-directory/file', 'write'))).toBe('ENOENT');
      write(disk, 'file', 'content');
      const kept = disk.open('file', 'write');
      expect(kept.size()).toBe(7);
      kept.close();
      const readOnly = disk.open('file', 'read');
      expect(codeOf(() => readOnly.write(utf8('x'), 0, 1, 0))).toBe('EBADF');
      readOnly.close();
      const emptied = disk.open('file', 'truncate');
      expect(emptied.size()).toBe(0);
      emptied.close();
    });

    it('makes, lists and removes directories; removing what is absent is nothing', () => {
      const { disk } = world().near;
      disk.makeDirectory('topics/orders-0');
      disk.makeDirectory('topics/orders-0');
      write(disk, 'topics/orders-0/0.log', 'x');
      write(disk, 'topics/orders-0/0.index', '');
      expect(disk.list('topics')).toEqual(['orders-0']);
      expect(disk.list('topics/orders-0').sort()).toEqual(['0.index', '0.log']);
      disk.removeFile('topics/orders-0/0.index');
      disk.removeFile('topics/orders-0/0.index');
      expect(disk.list('topics/orders-0')).toEqual(['0.log']);
      disk.removeDirectory('topics');
      disk.removeDirectory('topics');
      expect(disk.stat('topics')).toBe(null);
      expect(codeOf(() => disk.list('topics'))).toBe('ENOENT');
    });

    it('tells kind and size of what is there', () => {
      const { disk, clock } = world().near;
      write(disk, 'file', '12345');
      disk.makeDirectory('directory');
      const file = disk.stat('file')!;
      expect({ kind: file.kind, size: file.size }).toEqual({ kind: 'file', size: 5 });
      expect(Math.abs(file.modifiedMs - clock.now())).toBeLessThan(10_000);
      expect(disk.stat('directory')?.kind).toBe('directory');
      expect(disk.stat('absent')).toBe(null);
    });

    it('renames files over others and whole directories; open files stay what they are', () => {
      const { disk } = world().near;
      write(disk, 'new', 'new content');
      write(disk, 'old', 'old content');
      const old = disk.open('old', 'read');
      disk.rename('new', 'old');
      expect(fromUtf8(disk.readFile('old'))).toBe('new content');
      const target = new Uint8Array(11);
      old.read(target, 0, 11, 0);
      old.close();
      expect(fromUtf8(target)).toBe('old content');
      disk.makeDirectory('a/b');
      write(disk, 'a/b/file', 'x');
      disk.rename('a', 'c');
      expect(disk.list('c/b')).toEqual(['file']);
      expect(disk.stat('a')).toBe(null);
      expect(codeOf(() => disk.rename('absent', 'somewhere'))).toBe('ENOENT');
    });

    it('replaces a file as a whole and leaves no other behind', () => {
      const { disk } = world().near;
      disk.makeDirectory('checkpoints');
      disk.replaceFile('checkpoints/recovery', utf8('first, and longer'));
      disk.replaceFile('checkpoints/recovery', utf8('second'));
      expect(fromUtf8(disk.readFile('checkpoints/recovery'))).toBe('second');
      expect(disk.list('checkpoints')).toEqual(['recovery']);
      disk.syncDirectory('checkpoints');
    });

    it('names what is wrong when a directory stands where a file is due, and the reverse', () => {
      const { disk } = world().near;
      disk.makeDirectory('directory');
      write(disk, 'file', '');
      expect(codeOf(() => disk.open('directory', 'write'))).toBe('EISDIR');
      expect(codeOf(() => disk.readFile('directory'))).toBe('EISDIR');
      expect(codeOf(() => disk.list('file'))).toBe('ENOTDIR');
      expect(codeOf(() => disk.makeDirectory('file'))).toBe('EEXIST');
    });

    it('knows the room on the volume', () => {
      const { totalBytes, freeBytes } = world().near.disk.space('');
      expect(totalBytes).toBeGreaterThan(0);
      expect(freeBytes).toBeGreaterThan(0);
      expect(freeBytes).toBeLessThanOrEqual(totalBytes);
    });
  });
}

/** One end of a connection with what came in. */
class End {
  received: Uint8Array[] = [];
  closedWith: NetworkError | null | 'open' = 'open';
  drained = 0;
  readonly connection: Connection;
  readonly closed: Promise<NetworkError | null>;

  constructor(connection: Connection, onData?: (end: End, bytes: Uint8Array) => void) {
    this.connection = connection;
    this.closed = new Promise((resolve) => {
      connection.handle({
        onData: (bytes) => {
          this.received.push(bytes);
          onData?.(this, bytes);
        },
        onClose: (error) => {
          this.closedWith = error;
          resolve(error);
        },
        onDrain: () => this.drained++,
      });
    });
  }

  get bytes(): Uint8Array {
    return concatBytes(this.received);
  }
}

interface Pair {
  listener: Listener;
  near: End;
  far: End;
}

async function connectPair(world: World, onFarData?: (end: End, bytes: Uint8Array) => void): Promise<Pair> {
  const accepted = Promise.withResolvers<End>();
  const listener = await world.complete(
    world.far.network.listen('127.0.0.1', 0, (connection) => accepted.resolve(new End(connection, onFarData))),
  );
  const near = new End(await world.complete(world.near.network.connect('127.0.0.1', listener.port, 5000)));
  return { listener, near, far: await world.complete(accepted.promise) };
}

async function until(world: World, condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000 && !condition(); turn++) await world.complete(sleep(world.near.clock, 2));
  expect(condition()).toBe(true);
}

async function networkCode(world: World, promise: Promise<unknown>): Promise<string> {
  try {
    await world.complete(promise);
    return 'no error';
  } catch (error) {
    return error instanceof NetworkError ? error.code : `not a NetworkError: ${String(error)}`;
  }
}

function describeNetwork(world: () => World): void {
  describe('network', () => {
    it('carries bytes in order both ways, whatever the parts', async () => {
      const { near, far, listener } = await connectPair(world());
      near.connection.write([utf8('one '), utf8(''), utf8('two ')]);
      near.connection.write([utf8('three')]);
      far.connection.write([utf8('answer')]);
      await until(world(), () => far.bytes.length === 13 && near.bytes.length === 6);
      expect(fromUtf8(far.bytes)).toBe('one two three');
      expect(fromUtf8(near.bytes)).toBe('answer');
      near.connection.destroy();
      await world().complete(far.closed);
      await listener.close();
    });

    it('refuses a connect when nobody listens, and a port that is taken', async () => {
      const { listener, near, far } = await connectPair(world());
      const taken = world().near.network.listen('127.0.0.1', listener.port, () => {});
      expect(await networkCode(world(), taken)).toBe('EADDRINUSE');
      await world().complete(listener.close());
      await world().complete(listener.close());
      const refused = world().near.network.connect('127.0.0.1', listener.port, 2000);
      expect(await networkCode(world(), refused)).toBe('ECONNREFUSED');
      near.connection.write([utf8('still there')]);
      await until(world(), () => far.bytes.length === 11);
      near.connection.destroy();
    });

    it('binds the port that was asked for, again once it is free', async () => {
      const first = await world().complete(world().far.network.listen('127.0.0.1', 0, () => {}));
      const { port } = first;
      await world().complete(first.close());
      const second = await world().complete(world().far.network.listen('127.0.0.1', port, () => {}));
      expect(second.port).toBe(port);
      await second.close();
    });

    it('ends in order: what was written before the end arrives, then both sides close without an error', async () => {
      const { near, far, listener } = await connectPair(world());
      near.connection.write([new Uint8Array(100_000).fill(1)]);
      near.connection.end();
      expect(await world().complete(far.closed)).toBe(null);
      expect(await world().complete(near.closed)).toBe(null);
      expect(far.bytes.length).toBe(100_000);
      expect(near.connection.write([utf8('too late')])).toBe(true);
      await listener.close();
    });

    it('resets: the other side closes with an error, the own one without', async () => {
      const { near, far, listener } = await connectPair(world());
      near.connection.destroy();
      near.connection.destroy();
      expect((await world().complete(far.closed))?.code).toBe('ECONNRESET');
      expect(await world().complete(near.closed)).toBe(null);
      await listener.close();
    });

    it('pushes back: a paused reader fills the buffer of the writer, a resumed one drains it', async () => {
      const { near, far, listener } = await connectPair(world());
      far.connection.pause();
      const block = new Uint8Array(256 * 1024).fill(9);
      let written = 0;
      let more = true;
      while (more && written < 200 * block.length) {
        more = near.connection.write([block]);
        written += block.length;
      }
      expect(more).toBe(false);
      expect(near.connection.queuedBytes).toBeGreaterThan(0);
      await world().complete(sleep(world().near.clock, 20));
      const heldBack = far.bytes.length;
      far.connection.resume();
      await until(world(), () => far.bytes.length === written && near.drained > 0);
      expect(heldBack).toBeLessThan(written);
      expect(near.connection.queuedBytes).toBe(0);
      near.connection.destroy();
      await listener.close();
    });

    it("hands over bytes that are the receiver's to keep", async () => {
      const { near, far, listener } = await connectPair(world());
      for (let round = 0; round < 50; round++) {
        near.connection.write([new Uint8Array(1000).fill(round)]);
        await until(world(), () => far.bytes.length === (round + 1) * 1000);
      }
      expect(Array.from(far.bytes.filter((_, index) => index % 1000 === 500))).toEqual([...Array(50).keys()]);
      near.connection.destroy();
      await listener.close();
    });

    it('names the other end as host and port', async () => {
      const { near, far, listener } = await connectPair(world());
      expect(near.connection.remote).toBe(`127.0.0.1:${listener.port}`);
      expect(far.connection.remote).toMatch(/^127\.0\.0\.1:\d+$/);
      near.connection.destroy();
      await listener.close();
    });

    it('lets a listener answer at once, within the handover', async () => {
      const listener = await world().complete(
        world().far.network.listen('127.0.0.1', 0, (connection) => {
          connection.handle({ onData: () => {}, onClose: () => {} });
          connection.write([utf8('welcome')]);
        }),
      );
      const near = new End(await world().complete(world().near.network.connect('127.0.0.1', listener.port, 2000)));
      await until(world(), () => near.bytes.length === 7);
      expect(fromUtf8(near.bytes)).toBe('welcome');
      near.connection.destroy();
      await listener.close();
    });
  });
}

function describeRandom(world: () => World): void {
  describe('random', () => {
    it('draws evenly from [0, 1) and from integers below a limit', () => {
      const { random } = world().near;
      const counts = new Uint32Array(10);
      let sum = 0;
      for (let i = 0; i < 20_000; i++) {
        const drawn = random.next();
        expect(drawn >= 0 && drawn < 1).toBe(true);
        sum += drawn;
        counts[random.integer(10)]!++;
      }
      expect(sum / 20_000).toBeCloseTo(0.5, 1);
      for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(300);
    });

    it('gives as many bytes as asked for, other ones each time', () => {
      const { random } = world().near;
      expect(random.bytes(0).length).toBe(0);
      expect(random.bytes(16).length).toBe(16);
      expect(random.bytes(16)).not.toEqual(random.bytes(16));
    });
  });
}
