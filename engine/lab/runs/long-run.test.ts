import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureExport, writeLongRun } from './long-run.testkit.ts';

/** `npm run bench -- --export` does the same with a million. */
const events = 60_000;

describe('an export of many events', () => {
  let directory = '';
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'brokerlab-long-'));
    await writeLongRun(directory, events);
  }, 120_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('streams: its process stays below 200 MB and tells how far it is', async () => {
    for (const format of ['folder', 'zip'] as const) {
      const measured = await measureExport(directory, join(directory, `out.${format}`), format);
      expect(measured.events).toBe(events);
      expect(measured.residentBytes).toBeLessThan(200e6);
      expect(measured.told).toBeGreaterThan(2);
    }
  }, 180_000);
});
