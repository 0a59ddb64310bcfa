import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LabDirectory, LabStartError, randomUuid, type LabFile, type LabLock } from './lab-directory.ts';

const lock = (pid: number): LabLock => ({ pid, host: '127.0.0.1', port: 1, token: 'secret', startedMs: 0 });
const file = (): LabFile => ({
  version: 1,
  clusterId: randomUuid(),
  createdMs: 1,
  portsPinned: false,
  brokers: [{ id: 1, port: 9092, controllerPort: 9192, directoryId: randomUuid() }],
});

async function refusal(run: () => unknown): Promise<LabStartError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof LabStartError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the data directory of a lab', () => {
  let path = '';
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'brokerlab-directory-'));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  it('gives back what was written, and nothing when it is new', () => {
    const directory = new LabDirectory(path);
    expect(directory.readLabFile()).toBeNull();
    const content = file();
    directory.writeLabFile(content);
    expect(new LabDirectory(path).readLabFile()).toEqual(content);
  });

  it('refuses a directory with files that are no lab’s, naming one', async () => {
    writeFileSync(join(path, 'thesis.doc'), 'x');
    const error = await refusal(() => new LabDirectory(path));
    expect([error.code, error.value]).toEqual(['directory-foreign', path]);
    expect(error.hint).toContain('thesis.doc');
  });

  it('refuses a lab file that it does not understand, naming the field', async () => {
    writeFileSync(join(path, 'lab.json'), JSON.stringify({ ...file(), clusterId: 'short' }));
    const error = await refusal(() => new LabDirectory(path).readLabFile());
    expect([error.code, error.hint.split(':')[0]]).toEqual(['directory-foreign', 'clusterId']);
  });

  it('refuses brokers whose lab file is gone, before anything is written', async () => {
    const broker = join(path, 'broker-1');
    mkdirSync(broker);
    writeFileSync(join(broker, 'meta.properties'), 'version=1\n');
    const error = await refusal(() => new LabDirectory(path).readLabFile());
    expect([error.code, error.hint]).toEqual(['directory-foreign', expect.stringContaining('broker-1')]);
  });

  it('refuses a path that is a file', async () => {
    const blocked = join(path, 'file');
    writeFileSync(blocked, '');
    for (const each of [blocked, join(blocked, 'lab')]) {
      const { code, hint } = await refusal(() => new LabDirectory(each));
      expect([code, hint.slice(0, 41)]).toEqual(['directory-unwritable', 'is a file or lies in one, not a directory']);
    }
  });

  it.runIf(process.platform === 'linux')('refuses a place where nothing can be made, at once', async () => {
    expect((await refusal(() => new LabDirectory('/proc/brokerlab/lab'))).code).toBe('directory-unwritable');
  });

  it('makes the directories above it', () => {
    const deep = join(path, 'a', 'b', 'c');
    new LabDirectory(deep).writeLabFile(file());
    expect(new LabDirectory(deep).readLabFile()?.version).toBe(1);
  });

  it('is held by one lab at a time and free again afterwards', async () => {
    const first = new LabDirectory(path);
    await first.lock(lock(1), async () => true);
    const error = await refusal(() => new LabDirectory(path).lock(lock(2), async () => true));
    expect([error.code, error.hint.includes('process 1')]).toEqual(['directory-held', true]);
    first.unlock();
    await new LabDirectory(path).lock(lock(2), async () => true);
    expect(new LabDirectory(path).readLock()).toEqual(lock(2));
  });

  it('takes over from a lab that does not answer any more', async () => {
    await new LabDirectory(path).lock(lock(1), async () => true);
    await new LabDirectory(path).lock(lock(2), async () => false);
    expect(new LabDirectory(path).readLock()?.pid).toBe(2);
  });

  it('keeps the token from other users', async () => {
    const directory = new LabDirectory(path);
    await directory.lock(lock(1), async () => false);
    directory.updateLock({ ...lock(1), port: 7 });
    expect(JSON.parse(readFileSync(join(path, 'lab.lock'), 'utf8'))).toMatchObject({ port: 7 });
    if (process.platform !== 'win32') expect(statSync(join(path, 'lab.lock')).mode & 0o077).toBe(0);
  });

  it('knows the directories of brokers as its own', () => {
    mkdirSync(join(path, 'broker-1'));
    expect(new LabDirectory(path).brokerDirectory(1)).toBe(join(path, 'broker-1'));
  });
});
