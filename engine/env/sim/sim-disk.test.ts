import { describe, expect, it } from 'vitest';
import { BugError } from '../../base/assert.ts';
import { fromUtf8, utf8 } from '../../base/text.ts';
import { type Disk, DiskError } from '../disk.ts';
import { SeededRandom, SimDisk } from './index.ts';

function append(disk: Disk, path: string, text: string, sync = false): void {
  const file = disk.open(path, 'write');
  const bytes = utf8(text);
  file.write(bytes, 0, bytes.length, file.size());
  if (sync) file.sync();
  file.close();
}

/** Contents of `log` after a power loss, over many seeds. */
function afterPowerLoss(prepare: (disk: Disk) => void, path = 'log'): Set<string> {
  const seen = new Set<string>();
  for (let seed = 0; seed < 300; seed++) {
    const disk = new SimDisk();
    const view = disk.attach();
    prepare(view);
    disk.losePower(new SeededRandom(seed));
    seen.add(view.stat(path) === null ? 'absent' : fromUtf8(view.readFile(path)));
  }
  return seen;
}

describe('power loss', () => {
  it('keeps what was synced, file and directory', () => {
    const seen = afterPowerLoss((disk) => {
      append(disk, 'log', 'safe', true);
      disk.syncDirectory('');
    });
    expect([...seen]).toEqual(['safe']);
  });

  it('leaves any prefix of what was appended after the sync, or a tail of zeros', () => {
    const seen = afterPowerLoss((disk) => {
      append(disk, 'log', 'safe', true);
      disk.syncDirectory('');
      append(disk, 'log', 'AB');
    });
    expect([...seen].sort()).toEqual(['safe', 'safe\0\0', 'safeA', 'safeA\0', 'safeAB']);
  });

  it('may lose a new file, an empty one may stay of it', () => {
    const seen = afterPowerLoss((disk) => append(disk, 'log', 'A'));
    expect([...seen].sort()).toEqual(['', '\0', 'A', 'absent']);
  });

  it('keeps operations on directories in order: a sync makes all before it durable', () => {
    const seen = afterPowerLoss((disk) => {
      disk.makeDirectory('a');
      append(disk, 'a/file', 'x', true);
      disk.rename('a', 'b');
      append(disk, 'b/late', '');
    }, 'b/late');
    const renamed = afterPowerLoss((disk) => {
      append(disk, 'old', '');
      append(disk, 'other', '', true);
      disk.rename('old', 'new');
      disk.removeFile('other');
    }, 'new');
    expect([[...seen].sort(), [...renamed].sort()]).toEqual([
      ['', 'absent'],
      ['', 'absent'],
    ]);
  });

  it('keeps no growth that came after a lost removal', () => {
    const both = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const disk = new SimDisk();
      const view = disk.attach();
      append(view, 'old', 'x', true);
      append(view, 'log', '', true);
      view.removeFile('old');
      append(view, 'log', 'y');
      disk.losePower(new SeededRandom(seed));
      both.add(`${view.stat('old') === null ? 'removed' : 'back'} ${fromUtf8(view.readFile('log'))}`);
    }
    expect([...both].sort()).toEqual(['back ', 'removed ', 'removed \0', 'removed y']);
  });

  it('brings back a file that was removed, and overwritten bytes, when that was not synced', () => {
    const removed = afterPowerLoss((disk) => {
      append(disk, 'log', 'old', true);
      disk.syncDirectory('');
      disk.removeFile('log');
    });
    expect([...removed].sort()).toEqual(['absent', 'old']);
    const overwritten = afterPowerLoss((disk) => {
      append(disk, 'log', '1234', true);
      disk.syncDirectory('');
      const file = disk.open('log', 'write');
      file.write(utf8('xy'), 0, 2, 1);
      file.truncate(3);
      file.close();
    });
    for (const content of overwritten) expect(content).toMatch(/^(1234|1x34|1xy4|1xy)$/);
    expect(overwritten.size).toBe(4);
  });

  it('shows a replaced file whole, old or new, even without the directory sync', () => {
    const seen = afterPowerLoss((disk) => {
      disk.replaceFile('log', utf8('old'));
      append(disk, 'log.tmp', 'new content', true);
      disk.rename('log.tmp', 'log');
    });
    expect([...seen].sort()).toEqual(['new content', 'old']);
  });

  it('never loses what `replaceFile` has returned from', () => {
    const seen = afterPowerLoss((disk) => {
      disk.replaceFile('log', utf8('first'));
      disk.replaceFile('log', utf8('second'));
    });
    expect([...seen]).toEqual(['second']);
  });

  it('is the same for the same seed', () => {
    const run = (): Map<string, Uint8Array> => {
      const disk = new SimDisk();
      const view = disk.attach();
      for (let i = 0; i < 50; i++) append(view, `file-${i % 7}`, `line ${i}\n`, i % 5 === 0);
      disk.losePower(new SeededRandom(42));
      return disk.files();
    };
    expect(run()).toEqual(run());
  });
});

describe('faults', () => {
  const codeOf = (run: () => void): string => {
    try {
      run();
      return 'none';
    } catch (error) {
      return error instanceof DiskError ? `${error.code} ${error.path}` : String(error);
    }
  };

  it('a full volume refuses growth, not overwriting', () => {
    const disk = new SimDisk();
    const view = disk.attach();
    disk.capacityBytes = 10;
    append(view, 'log', '12345678');
    expect(codeOf(() => append(view, 'log', 'abc'))).toBe('ENOSPC log');
    const file = view.open('log', 'write');
    file.write(utf8('xx'), 0, 2, 0);
    expect(view.space('').freeBytes).toBe(2);
    view.removeFile('log');
    expect(codeOf(() => append(view, 'other', '1234567890'))).toBe('none');
  });

  it('can hit one operation, one path, a number of times', () => {
    const disk = new SimDisk();
    const view = disk.attach();
    append(view, 'other', '1');
    const heal = disk.fail({ code: 'EIO', operations: ['write'], pathContains: 'bad' });
    append(view, 'good', '1');
    expect(codeOf(() => append(view, 'bad', '1'))).toBe('EIO bad');
    heal();
    append(view, 'bad', '1');
    disk.fail({ code: 'EACCES', times: 2 });
    expect([0, 1, 2].map(() => codeOf(() => view.list('')))).toEqual(['EACCES ', 'EACCES ', 'none']);
  });

  it('a dead node that goes on using its disk is a bug', () => {
    let gone = false;
    const view = new SimDisk().attach(() => gone);
    const file = view.open('log', 'write');
    gone = true;
    expect(() => view.list('')).toThrow(BugError);
    expect(() => file.write(utf8('x'), 0, 1, 0)).toThrow(BugError);
    file.close();
  });
});
