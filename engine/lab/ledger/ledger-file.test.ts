import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLedgerFile } from './ledger-file.ts';
import { LedgerFold } from './ledger-fold.ts';
import { LedgerReader } from './ledger-reader.ts';
import { LedgerScript, type ReplicaLog } from './ledger.testkit.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'brokerlab-ledger-file-'));
  path = join(directory, 'ledger.db');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** So many records, the newest three of them lost. */
function history(script: LedgerScript, count: number): void {
  script.leads(1, 0, [1, 2, 3]);
  const feed = script.producer('feed', '1');
  const log: ReplicaLog = [];
  for (let i = 0; i < count; i++) {
    const { n, createMs, crc } = feed.send();
    log.push({ epoch: 0, createMs, crc });
    feed.acked(n, i, 1);
  }
  script.audit(log, 0);
  script.leads(2, 1, [2]);
  script.audit(log.slice(0, -3), 1);
}

describe('the ledger as a file', () => {
  it('is read by another one as it was left, and goes on with a new run', async () => {
    const { file } = await openLedgerFile(path, 1e9);
    const script = new LedgerScript(2, undefined, file);
    history(script, 20);
    const { funnel } = script.summary;
    file.close();

    const again = (await openLedgerFile(path, 1e9)).file;
    const reader = new LedgerReader(again);
    expect(reader.summary({ waitMs: 0 }).funnel).toEqual(funnel);
    expect(reader.page({ show: { only: 'lost' }, limit: 100, after: 0 }).rows.map(({ number }) => number)).toEqual([
      15, 16, 17, 18, 19, 20,
    ]);
    again.beginRun(2);
    expect(again.nextRow).toBe(21);
    expect(new LedgerReader(again).page({ show: { only: 'all' }, limit: 10 }).rows).toEqual([]);
    expect(new LedgerFold(again, again.nextRow).state(3).cells).toEqual([]);
    again.close();
  });

  it('drops the oldest unremarkable rows when there is no room, keeps lost ones, and counts as before', async () => {
    const { file } = await openLedgerFile(path, 1);
    const script = new LedgerScript(2, 10, file);
    history(script, 12_000);
    const { funnel } = script.summary;
    while (file.trim());
    file.commit();
    const { dropped, funnel: after } = script.summary;
    expect(dropped).toBe(11_997);
    expect(after).toEqual(funnel);
    expect(after).toMatchObject({ sent: 12_000, lost: 3 });
    const lost = script.reader.page({ show: { only: 'lost' }, limit: 100, after: 0 }).rows;
    expect(lost.map(({ number, fate }) => [number, fate])).toEqual([
      [11_998, 'lost'],
      [11_999, 'lost'],
      [12_000, 'lost'],
    ]);
    file.close();
  });

  it('pages both ways and says whether there is more', async () => {
    const { file } = await openLedgerFile(path, 1e9);
    const script = new LedgerScript(2, undefined, file);
    history(script, 10);
    const { reader } = script;
    const show = { only: 'all' } as const;
    const newest = reader.page({ show, limit: 4 });
    expect([newest.rows.map(({ row }) => row), newest.older, newest.newer]).toEqual([[7, 8, 9, 10], true, false]);
    const older = reader.page({ show, limit: 4, before: 7 });
    expect([older.rows.map(({ row }) => row), older.older, older.newer]).toEqual([[3, 4, 5, 6], true, true]);
    const first = reader.page({ show, limit: 4, after: 0 });
    expect([first.rows.map(({ row }) => row), first.older, first.newer]).toEqual([[1, 2, 3, 4], false, true]);
    file.close();
  });

  it('is moved aside when it is something else', async () => {
    writeFileSync(path, 'this is no database, however long one looks at it');
    const { file, notice } = await openLedgerFile(path, 1e9);
    expect(notice).toContain('it is kept as');
    expect(readdirSync(directory).some((name) => name.endsWith('.unusable'))).toBe(true);
    expect(existsSync(path)).toBe(true);
    file.close();
  });
});
