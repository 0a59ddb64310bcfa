import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBrowserHost, type BrowserHost } from '../../engine/lab/browser-host.ts';
import { PlayedLab } from '../../engine/lab/lab-host.testkit.ts';
import { injectWords } from '../../engine/contract/fault-words.ts';
import { parseCommand } from '../../engine/contract/index.ts';
import { UsageError } from '../arguments.ts';
import { fault } from './fault.ts';

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

const both = { from: 1, to: 3, both: true };

describe('lab fault', () => {
  it.each([
    ['kill 2', { fault: { kind: 'kill', node: 2 } }],
    ['stop 2 --for 20s', { fault: { kind: 'stop', node: 2 }, forMs: 20_000 }],
    ['pause 1 --after 1.5s --for 2m', { fault: { kind: 'pause', node: 1 }, afterMs: 1500, forMs: 120_000 }],
    ['power-loss 2', { fault: { kind: 'power-loss', node: 2 } }],
    ['slow-disk 2 --delay 50ms', { fault: { kind: 'slow-disk', node: 2, delayMs: 50 } }],
    [
      'slow-disk 2 --delay 0ms --rate 1M',
      { fault: { kind: 'slow-disk', node: 2, delayMs: 0, bytesPerSecond: 1_048_576 } },
    ],
    ['full-disk 2', { fault: { kind: 'full-disk', node: 2, freeBytes: 0 } }],
    ['full-disk 2 --free 64K', { fault: { kind: 'full-disk', node: 2, freeBytes: 65_536 } }],
    ['skewed-clock 2 --skew -30s', { fault: { kind: 'skewed-clock', node: 2, skewMs: -30_000 } }],
    ['cut-link 1 3', { fault: { kind: 'cut-link', ...both } }],
    ['cut-link 1 3 --one-way', { fault: { kind: 'cut-link', ...both, both: false } }],
    [
      'delay-link 1 billing-1 --delay 100ms --jitter 20ms',
      { fault: { kind: 'delay-link', ...both, to: 'billing-1', delayMs: 100, jitterMs: 20 } },
    ],
    ['limit-link 1 3 --rate 512', { fault: { kind: 'limit-link', ...both, bytesPerSecond: 512 } }],
    ['stop-client order-feed', { fault: { kind: 'stop-client', client: 'order-feed' } }],
    ['freeze-client billing-1', { fault: { kind: 'freeze-client', client: 'billing-1' } }],
    ['cut-client billing-1 --for 1s', { fault: { kind: 'cut-client', client: 'billing-1' }, forMs: 1000 }],
    [
      'slow-client billing-1 --processing 500ms',
      { fault: { kind: 'slow-client', client: 'billing-1', processingMs: 500 } },
    ],
  ])('%s', async (text, input) => {
    await fault([...words(text), '--json']);
    expect(lab.commands).toEqual([{ type: 'injectFault', ...input }]);
    const parsed = parseCommand('injectFault', input);
    const written = parsed.ok && parsed.command.type === 'injectFault' ? injectWords(parsed.command).join(' ') : '';
    await fault([...words(written), '--json']);
    expect(lab.commands[1]).toEqual(lab.commands[0]);
  });

  it('a disk that is only narrow does not wait for each write', async () => {
    await fault([...words('slow-disk 2 --rate 10k'), '--json']);
    expect(lab.commands).toEqual([
      { type: 'injectFault', fault: { kind: 'slow-disk', node: 2, delayMs: 0, bytesPerSecond: 10_240 } },
    ]);
  });

  it('lift takes one back, or all', async () => {
    await fault(words('lift 3'));
    await fault(words('lift all'));
    expect(lab.commands).toEqual([{ type: 'liftFault', fault: 3 }, { type: 'liftAllFaults' }]);
  });

  it('list tells what stands', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    await fault(words('list'));
    expect(write.mock.calls.join('')).toBe('no faults\n');
  });

  it.each([
    ['', 'fault : one of stop, kill, pause, power-loss'],
    ['burn 2', 'fault burn: one of stop, kill, pause, power-loss'],
    ['kill', 'fault kill: which broker? Give its number'],
    ['kill two', "fault kill two: a broker's number is needed"],
    ['kill 2 3', '3: not an option, and nothing else is taken here'],
    ['kill 2 --delay 50ms', '--delay 50ms: not for fault kill; only slow-disk, delay-link take it'],
    ['kill 2 --one-way', '--one-way: not for fault kill; only cut-link, delay-link, limit-link take it'],
    ['kill 2 --for soon', '--for soon: a length of time is needed, such as 50ms, 5s or 2m'],
    ['kill 2 --for 20', '--for 20: a length of time is needed, such as 50ms, 5s or 2m'],
    ['kill 200', 'fault kill 200: '],
    ['kill 2 --after=-5s', '--after -5s: a length of time of 0 or more is needed'],
    ['skewed-clock 2', 'fault skewed-clock: --skew is needed, e.g. --skew -30s'],
    ['full-disk 2 --free lots', '--free lots: a number of bytes is needed, such as 512, 64K or 10M'],
    ['cut-link 1', 'fault cut-link 1: which link? Give both ends, a broker or client each'],
    ['delay-link 1 3', 'fault delay-link: --delay is needed, e.g. --delay 100ms'],
    ['limit-link 1 3', 'fault limit-link: --rate is needed, e.g. --rate 64K'],
    ['freeze-client', 'fault freeze-client: which client? Give its name'],
    ['lift', 'fault lift: which one? Give its number, or all'],
    ['lift first', 'fault lift first: a fault\'s number or all is needed; "fault list" tells the numbers'],
  ])('refuses "%s" before a lab is asked', async (text, why) => {
    const error = await fault(words(text)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(why);
    expect(lab.commands).toEqual([]);
  });
});
