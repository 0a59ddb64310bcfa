import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeExport } from './export-files.ts';
import { exportRun } from './export-run.ts';
import { openExport, openOwn } from './open-run.ts';
import type { RecordedLab } from './recorded-lab.ts';
import { exportSetup, writeRun, type WrittenRun } from './written-run.testkit.ts';

const workerEntry = new URL('./run-worker.ts', import.meta.url);
const goOn = (): Promise<void> => Promise.resolve();

describe('a recorded run', () => {
  let directory = '';
  let folder = '';
  let written: WrittenRun;
  const opened: RecordedLab[] = [];
  async function open(path: string): Promise<RecordedLab> {
    const lab = await openExport({ workerEntry, id: 'open-1', path, scratch: join(directory, 'scratch') });
    opened.push(lab);
    return lab;
  }
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'brokerlab-open-'));
    folder = join(directory, 'run');
    written = await writeRun(directory, 11, 150);
    await writeExport(exportSetup(directory, folder), goOn);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((lab) => lab.close()));
    written.file.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('answers as the lab did while it ran', async () => {
    const lab = await open(folder);
    const last = written.published.at(-1)!;
    expect(lab.snapshot()).toMatchObject({
      sampledMs: last.sampledMs,
      eventCount: last.eventCount,
      brokers: last.brokers,
    });
    expect(lab.snapshot().shown).toMatchObject({ kind: 'recorded', of: 'export', run: 'open-1', path: folder });
    const then = written.published[120]!;
    const moment = await lab.queries.moment({ atMs: then.sampledMs });
    const same = written.published.findLast((each) => each.sampledMs === then.sampledMs)!;
    expect(moment).toMatchObject({ ok: true, value: { partitions: same.partitions, eventCount: same.eventCount } });
    const events = await lab.queries.events({ limit: 50 });
    expect(events).toEqual({ ok: true, value: { events: written.events.slice(-50), more: true } });
    expect(await lab.queries.journal({})).toMatchObject({
      ok: true,
      value: { events: written.events.length, records: false, limitBytes: null },
    });
    const timeline = await lab.queries.timeline({
      fromMs: written.published[0]!.sampledMs,
      toMs: last.sampledMs,
      buckets: 100,
    });
    expect(timeline.ok && timeline.value.steps.length).toBeGreaterThan(5);
    expect(await lab.queries.neighbour({ atMs: last.sampledMs, direction: 'previous' })).toMatchObject({ ok: true });
  });

  it('refuses commands and questions to brokers, with a reason', async () => {
    const lab = await open(folder);
    expect(await lab.execute({ type: 'killBroker', node: 1 })).toMatchObject({
      ok: false,
      error: { code: 'recorded' },
    });
    expect(await lab.queries.topicConfigs({ topic: 'orders' })).toMatchObject({
      ok: false,
      error: { code: 'recorded' },
    });
  });

  it('stands in time', async () => {
    const lab = await open(folder);
    const { time, sampledMs } = lab.snapshot();
    expect(time).toMatchObject({ paused: true, labMs: sampledMs });
  });

  it('opens from a .zip, and what was unpacked goes when it is closed', async () => {
    const archive = join(directory, 'run.zip');
    await exportRun({ ...exportSetup(directory, archive, { format: 'zip' }), workerEntry });
    const lab = await open(archive);
    expect(await lab.queries.events({ limit: 1 })).toMatchObject({
      ok: true,
      value: { events: [written.events.at(-1)] },
    });
    expect(readdirSync(directory)).toContain('scratch');
    await lab.close();
    expect(readdirSync(directory)).not.toContain('scratch');
    expect(await lab.queries.events({ limit: 1 })).toMatchObject({ ok: false });
  });

  it('is an earlier start of a lab that runs on', async () => {
    written.file.close();
    const before = written;
    written = await writeRun(directory, 12, 100);
    const lab = await openOwn({ workerEntry, id: 'start-1', kind: 'lab', directory, start: 1, title: '' });
    opened.push(lab);
    expect(lab.snapshot().eventCount).toBe(before.published.at(-1)!.eventCount);
    expect(lab.snapshot().shown).toMatchObject({ of: 'lab', fromMs: before.published[0]!.sampledMs });
  });

  const damages: [string, RegExp, () => string][] = [
    ['nothing', /There is nothing/, () => join(directory, 'nowhere')],
    ['a folder of something else', /has no run.json/, () => tmpdir()],
    [
      'a run.json that is no JSON',
      /is no JSON/,
      () => {
        writeFileSync(join(folder, 'run.json'), '{');
        return folder;
      },
    ],
    [
      'a run.json of another program',
      /format: /,
      () => {
        writeFileSync(join(folder, 'run.json'), '{"format":"other","version":1}');
        return folder;
      },
    ],
    [
      'a folder without its database',
      /has no run.db/,
      () => {
        rmSync(join(folder, 'run.db'));
        return folder;
      },
    ],
    [
      'a database that is none',
      /no database/,
      () => {
        writeFileSync(join(folder, 'run.db'), 'not a database, but long enough to look at'.repeat(100));
        return folder;
      },
    ],
    [
      'a database with torn pages',
      /damaged|cannot be read|no database/,
      () => {
        const fd = openSync(join(folder, 'run.db'), 'r+');
        for (let page = 1; page < 40; page += 3) writeSync(fd, Buffer.alloc(2000, 0x5a), 0, 2000, page * 4096);
        closeSync(fd);
        return folder;
      },
    ],
    [
      'a database with a trigger',
      /trigger/,
      () => {
        const db = new Database(join(folder, 'run.db'));
        db.exec('CREATE TRIGGER evil AFTER INSERT ON events BEGIN DELETE FROM runs; END');
        db.close();
        return folder;
      },
    ],
    [
      'a database of another version',
      /version 99/,
      () => {
        const db = new Database(join(folder, 'run.db'));
        db.pragma('user_version = 99');
        db.close();
        return folder;
      },
    ],
    [
      'pictures that are none',
      /damaged|pictures/,
      () => {
        const db = new Database(join(folder, 'run.db'));
        db.exec("UPDATE keyframes SET body = x'00'");
        db.close();
        return folder;
      },
    ],
    ['a file that is no .zip', /no \.zip/, () => written_('plain.zip', Buffer.from('PK no'))],
    [
      'a .zip cut short',
      /no \.zip|ends before|damaged/,
      () => {
        const whole = zipSync({
          'run.json': readFileSync(join(folder, 'run.json')),
          'run.db': readFileSync(join(folder, 'run.db')),
        });
        return written_('short.zip', whole.slice(0, Math.floor(whole.length / 2)));
      },
    ],
    [
      'a .zip with a path outside',
      /no folders/,
      () => written_('slip.zip', zipSync({ '../evil.txt': new Uint8Array(3) })),
    ],
    [
      'a .zip with an absolute path',
      /no folders/,
      () => written_('root.zip', zipSync({ '/etc/evil': new Uint8Array(3) })),
    ],
    [
      'a .zip with too many files',
      /holds 100 files/,
      () =>
        written_(
          'many.zip',
          zipSync(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, new Uint8Array(1)]))),
        ),
    ],
    [
      'a .zip with a flipped byte',
      /damaged|unpacked/,
      () => {
        const whole = zipSync(
          { 'run.json': readFileSync(join(folder, 'run.json')), 'run.db': readFileSync(join(folder, 'run.db')) },
          { level: 0 },
        );
        whole[Math.floor(whole.length / 2)]! ^= 0xff;
        return written_('flipped.zip', whole);
      },
    ],
    [
      'a .zip whose file inflates to more than it says',
      /more bytes than/,
      () => {
        const bomb = Buffer.from(zipSync({ 'run.db': new Uint8Array(4_000_000) }, { level: 9 }));
        // The directory's word for the unpacked size.
        bomb.writeUInt32LE(1000, bomb.lastIndexOf(Buffer.from('PK\u0001\u0002')) + 24);
        return written_('bomb.zip', bomb);
      },
    ],
  ];
  const written_ = (name: string, bytes: Uint8Array): string => {
    const path = join(directory, name);
    writeFileSync(path, bytes);
    return path;
  };

  for (const [what, says, make] of damages) {
    it(`is refused for ${what}, and nothing is left behind`, async () => {
      const path = make();
      await expect(open(path)).rejects.toMatchObject({
        name: 'RunError',
        value: path,
        hint: expect.stringMatching(says) as string,
      });
      expect(readdirSync(directory)).not.toContain('scratch');
    });
  }
});
