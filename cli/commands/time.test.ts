import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBrowserHost, type BrowserHost } from '../../engine/lab/browser-host.ts';
import { PlayedLab } from '../../engine/lab/lab-host.testkit.ts';
import { UsageError } from '../arguments.ts';
import { time } from './time.ts';

const token = 'a-token-of-at-least-thirty-two-characters';
const lab = new PlayedLab();
let dataDir: string;
let door: BrowserHost;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'brokerlab-cli-'));
  door = await startBrowserHost({ host: lab, port: 0, rendererDir: null, token });
  const lock = { pid: process.pid, host: '127.0.0.1', port: door.port, token, startedMs: 0 };
  writeFileSync(join(dataDir, 'lab.lock'), JSON.stringify(lock));
});
afterAll(async () => {
  await door.close();
  rmSync(dataDir, { recursive: true });
});
afterEach(() => {
  lab.commands.length = 0;
  vi.restoreAllMocks();
});

const words = (text: string): string[] => [...text.split(' ').filter((word) => word !== ''), '--data-dir', dataDir];

describe('lab time', () => {
  it.each([
    ['speed 10', { type: 'setSpeed', speed: 10 }],
    ['speed 0.1x', { type: 'setSpeed', speed: 0.1 }],
    ['pause', { type: 'pauseTime' }],
    ['resume', { type: 'resumeTime' }],
    ['step 1.5s', { type: 'stepTime', ms: 1500 }],
    ['step', { type: 'stepTime', ms: 1000 }],
  ])('%s is one command, and tells what it is then', async (text, command) => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    await time(words(text));
    expect(lab.commands).toEqual([command]);
    expect(written).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^\d{4}-.*Z {2}1x {2}running\n$/));
  });

  it.each(['speed', 'speed fast', 'speed 21', 'speed 1 2', 'faster', 'step soon', 'pause now'])(
    '%s is refused with what would be right',
    async (text) => {
      await expect(time(words(text))).rejects.toThrow(UsageError);
      expect(lab.commands).toEqual([]);
    },
  );
});
