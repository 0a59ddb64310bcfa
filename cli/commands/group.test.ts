import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OffsetPreview, QueryInput } from '../../engine/contract/index.ts';
import { startBrowserHost, type BrowserHost } from '../../engine/lab/browser-host.ts';
import { PlayedLab } from '../../engine/lab/lab-host.testkit.ts';
import { UsageError } from '../arguments.ts';
import { group } from './group.ts';

const token = 'a-token-of-at-least-thirty-two-characters';
const lab = new PlayedLab();
const asked: QueryInput<'previewOffsets'>[] = [];
let dataDir: string;
let door: BrowserHost;
let printed = '';

const preview: OffsetPreview = {
  group: 'billing',
  state: 'Stable',
  labMembers: ['billing-1'],
  strangers: [],
  partitions: [
    { topic: 'orders', partition: 0, was: 150, now: 100, logStartOffset: 100, highWatermark: 200, note: 'raised' },
    { topic: 'orders', partition: 1, was: null, now: 90, logStartOffset: 0, highWatermark: 90, note: null },
  ],
};

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'brokerlab-cli-'));
  lab.queries.previewOffsets = (input) => {
    asked.push(input);
    return Promise.resolve({ ok: true, value: preview });
  };
  door = await startBrowserHost({ host: lab, port: 0, rendererDir: null, token });
  const lock = { pid: process.pid, host: '127.0.0.1', port: door.port, token, startedMs: 0 };
  writeFileSync(join(dataDir, 'lab.lock'), JSON.stringify(lock));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await door.close();
  rmSync(dataDir, { recursive: true });
});
afterEach(() => {
  lab.commands.length = 0;
  asked.length = 0;
  printed = '';
});

const words = (text: string): string[] => [...text.split(' '), '--data-dir', dataDir];

describe('lab group', () => {
  it.each([
    ['--to-earliest', { to: { by: 'earliest' } }],
    ['--to-offset 12', { to: { by: 'offset', offset: 12 } }],
    ['--shift-by -10', { to: { by: 'shift', records: -10 } }],
    ['--by-duration PT1H30M', { to: { by: 'duration', durationMs: 5_400_000 } }],
    ['--to-datetime 2026-11-21T17:00:00.000Z', { to: { by: 'time', timestampMs: Date.UTC(2026, 10, 21, 17) } }],
    ['--to-moment 1764000000000', { to: { by: 'moment', atMs: 1_764_000_000_000 } }],
    ['--to-latest --topic orders --topic audit', { to: { by: 'latest' }, topics: ['orders', 'audit'] }],
    [
      '--to-current --topic orders:0,2',
      {
        to: { by: 'current' },
        partitions: [
          { topic: 'orders', partition: 0 },
          { topic: 'orders', partition: 2 },
        ],
      },
    ],
  ])('reset billing %s is asked for and changes nothing', async (text, input) => {
    await group(words(`reset billing ${text}`));
    expect([asked, lab.commands]).toEqual([[{ group: 'billing', ...input }], []]);
  });

  it('tells what a reset would do, and does it with --execute', async () => {
    await group(words('reset billing --to-offset 90'));
    expect(printed).toBe(
      [
        'GROUP    TOPIC   PARTITION  WAS  NEW-OFFSET  RECORDS',
        'billing  orders  0          150  100         -50      raised',
        'billing  orders  1          -    90          -',
        'Nothing was changed; --execute does it. It has billing-1: --restart-consumers closes them meanwhile.\n',
      ].join('\n'),
    );
    await group(words('reset billing --to-offset 90 --execute --restart-consumers'));
    expect(lab.commands).toEqual([
      { type: 'resetOffsets', group: 'billing', to: { by: 'offset', offset: 90 }, restartConsumers: true },
    ]);
  });

  it('deletes groups and offsets', async () => {
    await group(words('delete billing'));
    await group(words('delete-offsets billing --topic orders:1'));
    expect(lab.commands).toEqual([
      { type: 'deleteGroup', group: 'billing' },
      { type: 'deleteOffsets', group: 'billing', partitions: [{ topic: 'orders', partition: 1 }] },
    ]);
  });

  it.each([
    ['forget billing', 'group forget: one of reset, delete, delete-offsets is needed'],
    ['reset', 'group reset: which one? Give its id'],
    ['reset billing', 'group reset: where to? One of --to-earliest'],
    ['reset billing --to-earliest --to-latest', '--to-earliest and --to-latest: one of the two'],
    ['reset billing --to-offset soon', '--to-offset soon: a whole number is needed'],
    ['reset billing --by-duration 1h', '--by-duration 1h: a duration such as PT1H30M is needed'],
    ['reset billing --to-datetime never', '--to-datetime never: a time such as'],
    ['reset billing --to-latest --dry-run --execute', '--dry-run and --execute: one of the two'],
    ['reset billing --to-latest --topic a:0 --topic b', 'either all with partitions'],
    ['delete billing --execute', '--execute: not for group delete'],
    ['delete-offsets billing', 'group delete-offsets billing: which?'],
  ])('%s is refused', async (text, complaint) => {
    const refused = group(words(text));
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(complaint);
  });
});
