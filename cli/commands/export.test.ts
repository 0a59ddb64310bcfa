import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeRun } from '../../engine/lab/runs/written-run.testkit.ts';
import { placesBeside } from '../process.ts';
import { exportCommand } from './export.ts';
import { open } from './open.ts';

const places = placesBeside(new URL('../main.ts', import.meta.url).href);

// Each export is a thread of its own.
describe('lab export', { timeout: 60_000 }, () => {
  let directory = '';
  const written: string[] = [];
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'brokerlab-cli-export-'));
    (await writeRun(directory, 3, 60)).file.close();
    written.length = 0;
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.removeAllListeners('SIGINT');
    process.removeAllListeners('SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  });

  it('makes a folder or a .zip of the newest start, or of the one that was asked for', async () => {
    const folder = join(directory, 'out');
    await exportCommand(['--data-dir', directory, '--to', folder], places);
    expect(existsSync(join(folder, 'events.ndjson'))).toBe(true);
    await exportCommand(
      ['--data-dir', directory, '--to', join(directory, 'one'), '--zip', '--run', 'start-1', '--json'],
      places,
    );
    expect(JSON.parse(written.at(-1) ?? '')).toMatchObject({ path: join(directory, 'one.zip') });
    expect(readFileSync(join(directory, 'one.zip')).subarray(0, 2).toString()).toBe('PK');
  });

  it('says what is wrong', async () => {
    const to = join(directory, 'out');
    await expect(exportCommand(['--data-dir', directory], places)).rejects.toThrow('--to PATH is needed');
    await expect(exportCommand(['--data-dir', join(directory, 'none'), '--to', to], places)).rejects.toThrow(
      'no journal',
    );
    await expect(exportCommand(['--data-dir', directory, '--to', to, '--run', 'start-7'], places)).rejects.toThrow(
      'It has 1.',
    );
    await expect(exportCommand(['--data-dir', directory, '--to', to, '--run', '../x'], places)).rejects.toThrow(
      'no such run',
    );
    mkdirSync(join(to, 'taken'), { recursive: true });
    await expect(exportCommand(['--data-dir', directory, '--to', to], places)).rejects.toThrow('there already');
    await expect(open([], places)).rejects.toThrow('one PATH is needed');
    await expect(open([directory, '--no-open'], places)).rejects.toThrow('has no run.json');
  });
});
