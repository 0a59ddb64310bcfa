import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '../../base/text.ts';
import { type Disk, DiskError } from '../disk.ts';
import { NodeDisk } from '../node/index.ts';
import { SeededRandom, SimDisk } from '../sim/index.ts';
import { FaultyDisk } from './faulty-disk.ts';

const aside = 'aside';

/** The worst that a loss of power may do: nothing stays that was not synced. */
class Unlucky extends SeededRandom {
  override integer(): number {
    return 0;
  }
  override chance(): boolean {
    return false;
  }
}

function onSim(): { sim: SimDisk; disk: FaultyDisk; waits: number[] } {
  const sim = new SimDisk();
  const waits: number[] = [];
  return { sim, disk: new FaultyDisk(sim.attach(), { aside, wait: (ms) => waits.push(ms) }), waits };
}

function append(disk: Disk, path: string, text: string, sync = false): void {
  const file = disk.open(path, 'write');
  const bytes = utf8(text);
  file.write(bytes, 0, bytes.length, file.size());
  if (sync) file.sync();
  file.close();
}

function codeOf(run: () => void): string {
  try {
    run();
    return 'done';
  } catch (error) {
    if (error instanceof DiskError) return error.code;
    throw error;
  }
}

/** One of everything that a broker does to a disk. */
function randomOperation(random: SeededRandom): (disk: Disk) => void {
  const directory = (): string => ['', 'one', 'two', 'one/inner'][random.integer(4)]!;
  const path = (): string => `${directory()}/${['a', 'b', 'c'][random.integer(3)]}`;
  const [first, second, dir, otherDir] = [path(), path(), directory(), directory()];
  const [position, length] = [random.integer(40), 1 + random.integer(30)];
  const bytes = random.bytes(length);
  const withFile = (disk: Disk, mode: 'write' | 'truncate', use: (file: ReturnType<Disk['open']>) => void): void => {
    const file = disk.open(first, mode);
    use(file);
    file.close();
  };
  const operations: ((disk: Disk) => void)[] = [
    (disk) => withFile(disk, 'write', (file) => file.write(bytes, 0, length, position)),
    (disk) => withFile(disk, 'write', (file) => file.writev([bytes, bytes], file.size())),
    (disk) => withFile(disk, 'write', (file) => file.write(bytes, 0, length, file.size())),
    (disk) => withFile(disk, 'truncate', (file) => file.write(bytes, 0, length, 0)),
    (disk) => withFile(disk, 'write', (file) => file.truncate(position)),
    (disk) => withFile(disk, 'write', (file) => file.sync()),
    (disk) => disk.removeFile(first),
    (disk) => disk.rename(first, second),
    (disk) => disk.makeDirectory(dir === '' ? 'one' : dir),
    (disk) => dir !== '' && otherDir !== '' && !otherDir.startsWith(dir) && disk.rename(dir, otherDir),
    (disk) => dir !== '' && disk.removeDirectory(dir),
    (disk) => disk.replaceFile(first, bytes),
    (disk) => disk.syncDirectory(dir),
  ];
  // Most of all bytes are written, and few of them synced.
  return operations[random.chance(0.5) ? random.integer(6) : random.integer(operations.length)]!;
}

function contents(disk: SimDisk): Record<string, string> {
  const files = [...disk.files()].filter(([path]) => !path.startsWith(`${aside}/`));
  return Object.fromEntries(files.map(([path, bytes]) => [path, Buffer.from(bytes).toString('hex')]).sort());
}

describe('a disk that loses its power', () => {
  it('holds what the simulated one holds in the worst case, whatever was done before', () => {
    for (let seed = 0; seed < 120; seed++) {
      const random = new SeededRandom(seed);
      const { sim, disk } = onSim();
      const model = new SimDisk();
      const view = model.attach();
      const done: string[] = [];
      for (const each of [disk, view]) each.makeDirectory('one');
      for (let i = 0; i < 60; i++) {
        const operation = randomOperation(random);
        const [got, expected] = [disk, view].map((each) => codeOf(() => operation(each)));
        done.push(`${i} ${operation.toString()} ${got}`);
        expect(got, done.join('\n')).toBe(expected);
        expect(contents(sim), done.join('\n')).toEqual(contents(model));
      }
      disk.losePower();
      model.losePower(new Unlucky(0));
      expect(contents(sim), `seed ${seed}\n${done.join('\n')}`).toEqual(contents(model));
      expect(sim.files(aside).size).toBe(0);
    }
  });

  it('tells how many bytes of how many files are gone', () => {
    const { disk, sim } = onSim();
    append(disk, 'log', 'safe', true);
    append(disk, 'log', 'unsafe');
    append(disk, 'new', 'never');
    append(disk, 'other', 'kept', true);
    append(disk, 'log', '!');
    append(disk, 'last', '123');
    expect(disk.losePower()).toEqual({ vanishedBytes: 'unsafe!never123'.length, files: 3 });
    expect(contents(sim)).toMatchObject({ log: Buffer.from('safe').toString('hex'), new: '' });
  });

  it('on the disk of the machine: an unflushed tail goes, what was removed or replaced without a sync is back', () => {
    const root = mkdtempSync(join(tmpdir(), 'faulty-disk-'));
    try {
      const real = new NodeDisk(join(root));
      real.makeDirectory('broker');
      const disk = new FaultyDisk(real, { aside: '.aside', wait: () => {} });
      append(disk, 'broker/log', 'safe', true);
      append(disk, 'broker/gone', 'still here', true);
      disk.replaceFile('broker/checkpoint', utf8('1'));
      append(disk, 'broker/log', 'tail');
      disk.removeFile('broker/gone');
      append(disk, 'broker/checkpoint.tmp', '2');
      disk.rename('broker/checkpoint.tmp', 'broker/checkpoint');
      expect(real.list('broker').sort()).toEqual(['checkpoint', 'log']);
      expect(disk.losePower()).toEqual({ vanishedBytes: 5, files: 2 });
      const left = real.list('broker').map((name) => `${name} ${fromUtf8(real.readFile(`broker/${name}`))}`);
      expect(left.sort()).toEqual(['checkpoint 1', 'gone still here', 'log safe']);
      expect(real.stat('.aside')).toBeNull();
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it('what was removed is gone for good with the next sync, also after its owner was killed', () => {
    const { disk, sim } = onSim();
    append(disk, 'old', 'x'.repeat(100), true);
    disk.removeFile('old');
    expect(sim.files(aside).size).toBe(1);
    append(disk, 'log', 'y', true);
    expect(sim.files(aside).size).toBe(0);
    disk.removeFile('log');
    const next = new FaultyDisk(sim.attach(), { aside, wait: () => {} });
    expect(sim.files(aside).size).toBe(0);
    expect(next.stat('log')).toBeNull();
  });
});

describe('a slow disk', () => {
  it('stands still for each write and flush, longer for more bytes', () => {
    const { disk, waits } = onSim();
    append(disk, 'log', 'fast', true);
    disk.setSlowness({ delayMs: 5, bytesPerSecond: 1000 });
    append(disk, 'log', 'x'.repeat(20), true);
    disk.readFile('log');
    expect(waits).toEqual([25, 5]);
    disk.setSlowness(null);
    append(disk, 'log', 'fast', true);
    expect(waits).toEqual([25, 5]);
  });
});

describe('a full disk', () => {
  it('takes what there is room for and no more; what is cut or removed is room again', () => {
    let left = 10;
    const budget = { left: () => left, take: (bytes: number) => (left -= bytes) };
    const sim = new SimDisk();
    const disk = new FaultyDisk(sim.attach(), { aside, wait: () => {}, budget });
    append(disk, 'log', '12345678');
    expect(disk.space('').freeBytes).toBe(2);
    expect(codeOf(() => append(disk, 'log', 'abc'))).toBe('ENOSPC');
    expect(codeOf(() => disk.replaceFile('other', utf8('abc')))).toBe('ENOSPC');
    expect(fromUtf8(disk.readFile('log'))).toBe('12345678');
    const file = disk.open('log', 'write');
    // Bytes that are there already take no room.
    file.write(utf8('abcd'), 0, 4, 0);
    file.truncate(4);
    file.close();
    append(disk, 'log', 'efghij');
    expect(left).toBe(0);
    disk.removeFile('log');
    expect(left).toBe(10);
  });
});
