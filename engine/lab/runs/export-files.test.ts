import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import type { LabEvent } from '../../contract/events.ts';
import { csvColumns } from './event-files.ts';
import { readCsv } from './event-files.testkit.ts';
import { writeExport } from './export-files.ts';
import { parseScenario } from '../scenario/index.ts';
import { runFile } from './run-file.ts';
import { RunSource } from './run-source.ts';
import { exportSetup, writeMore, writeRun, type WrittenRun } from './written-run.testkit.ts';
import { ZipReader } from './zip-reader.ts';

describe('an export', () => {
  let directory = '';
  let target = '';
  let written: WrittenRun;
  const goOn = (): Promise<void> => Promise.resolve();
  const read = (name: string): string => readFileSync(join(target, name), 'utf8');
  const readEvents = (): LabEvent[] =>
    read('events.ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LabEvent);
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'brokerlab-export-'));
    target = join(directory, 'exports', 'one');
    written = await writeRun(directory, 7, 400);
  });
  afterEach(() => {
    written.file.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('has every event once, in the order of their ids', async () => {
    const result = await writeExport(exportSetup(directory, target), goOn);
    expect(result).toMatchObject({ path: target, events: written.events.length });
    expect(readEvents()).toEqual(written.events);
  });

  it('has the same events as CSV that parses back', async () => {
    await writeExport(exportSetup(directory, target), goOn);
    const [head, ...rows] = readCsv(read('events.csv'));
    expect(head).toEqual(csvColumns);
    expect(rows).toHaveLength(written.events.length);
    const parsed = rows.map((row) => ({
      id: Number(row[0]),
      atMs: Number(row[2]),
      kind: row[5],
      args: JSON.parse(row[12]!) as object,
    }));
    expect(parsed).toEqual(written.events.map(({ id, atMs, kind, args }) => ({ id, atMs, kind, args })));
  });

  it('tells versions, cluster, topics and clients in run.json, and how big its files are', async () => {
    await writeExport(
      exportSetup(directory, target, { configs: { brokers: { '1': { 'log.dirs': 'x' } }, topics: {} } }),
      goOn,
    );
    const run = v.parse(runFile, JSON.parse(read('run.json')));
    expect(run).toMatchObject({ kind: 'lab', title: 'Workshop A', events: written.events.length, verdict: null });
    expect(run.versions.node).toBe(process.versions.node);
    expect(run.cluster.brokers[0]).toMatchObject({ id: 1, configs: { 'log.dirs': 'x' } });
    expect(run.topics.map((topic) => topic.name)).toContain('orders');
    expect(run.files.find((file) => file.name === 'events.ndjson')?.bytes).toBe(
      Buffer.byteLength(read('events.ndjson')),
    );
  });

  it('has the moments that were published, in a database without a write-ahead log', async () => {
    await writeExport(exportSetup(directory, target), goOn);
    const source = new RunSource(join(target, 'run.db'), null);
    for (const snapshot of [written.published[100]!, written.published[250]!, written.published.at(-1)!]) {
      const { seq: _seq, ...moment } = source.moment(snapshot.sampledMs);
      const same = written.published.findLast((each) => each.sampledMs === snapshot.sampledMs)!;
      expect(moment.partitions).toEqual(same.partitions);
      expect(moment.eventCount).toBe(same.eventCount);
    }
    source.close();
    expect(readdirSync(target).filter((name) => /-wal|-shm/.test(name))).toEqual([]);
  });

  it('of an earlier start holds that start alone', async () => {
    const first = written.events.length;
    written.file.close();
    written = await writeRun(directory, 8, 200);
    await writeExport(exportSetup(directory, target, { start: 1 }), goOn);
    expect(readEvents()).toHaveLength(first);
    const source = new RunSource(join(target, 'run.db'), null);
    expect(source.start.id).toBe(1);
    source.close();
  });

  it('is one moment of a journal that is written on meanwhile', async () => {
    const before = written.events.length;
    let steps = 0;
    await writeExport(exportSetup(directory, target), async () => {
      if (steps++ < 30) writeMore(written, 5);
    });
    expect(written.events.length).toBeGreaterThan(before);
    const events = readEvents();
    expect(events).toEqual(written.events.slice(0, events.length));
    expect(v.parse(runFile, JSON.parse(read('run.json'))).events).toBe(events.length);
    expect(events.length).toBeGreaterThanOrEqual(before);
  });

  it('leaves nothing behind when it is cancelled, wherever it is', async () => {
    for (const format of ['folder', 'zip'] as const) {
      let all = 0;
      const path = join(directory, 'exports', format === 'zip' ? 'two.zip' : 'two');
      await writeExport(exportSetup(directory, path, { format }), async () => void (all += 1));
      rmSync(path, { recursive: true });
      for (let stop = 0; stop < all - 1; stop += Math.ceil(all / 6)) {
        let steps = 0;
        const ended = writeExport(exportSetup(directory, path, { format }), async () => {
          if (steps++ === stop) throw new Error('cancelled');
        });
        await expect(ended).rejects.toThrow('cancelled');
        expect(readdirSync(join(directory, 'exports'))).toEqual([]);
      }
    }
  });

  it('tells how far it is, never back', async () => {
    const told: number[] = [];
    await writeExport(exportSetup(directory, `${target}.zip`, { format: 'zip' }), async (done) => void told.push(done));
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1000);
  });

  it('as .zip opens with the system unzip and holds the same files', async () => {
    await writeExport(exportSetup(directory, target), goOn);
    const archive = `${target}.zip`;
    await writeExport(exportSetup(directory, archive, { format: 'zip' }), goOn);
    const names = readdirSync(target).sort();
    const reader = new ZipReader(archive);
    expect(reader.entries.map((entry) => entry.name)).toEqual(names);
    const ours = join(directory, 'ours.ndjson');
    const entry = reader.entries.find((each) => each.name === 'events.ndjson')!;
    await reader.unpack(entry, ours, 1e9, goOn);
    reader.close();
    expect(readFileSync(ours, 'utf8')).toBe(read('events.ndjson'));
    const theirs = join(directory, 'theirs');
    execFileSync('unzip', ['-q', archive, '-d', theirs]);
    expect(readdirSync(theirs).sort()).toEqual(names);
    expect(readFileSync(join(theirs, 'events.csv'), 'utf8')).toBe(read('events.csv'));
  });

  it('refuses a path that is taken, and a .zip by another name', async () => {
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'mine.txt'), 'mine');
    await expect(writeExport(exportSetup(directory, target), goOn)).rejects.toMatchObject({
      thing: 'path',
      value: target,
    });
    expect(readFileSync(join(target, 'mine.txt'), 'utf8')).toBe('mine');
    await expect(writeExport(exportSetup(directory, `${target}2`, { format: 'zip' }), goOn)).rejects.toThrow('.zip');
    expect(existsSync(`${target}2`)).toBe(false);
  });

  it('has what its user did as a scenario that can be run', async () => {
    const { file, published } = written;
    const atMs = published[50]!.sampledMs;
    const add = (after: number, body: object): void => file.addCommand(1, atMs + after, body);
    add(0, { configs: { 'min.insync.replicas': '2' } });
    add(2_000, { command: { type: 'killBroker', node: 2 }, result: { ok: true, node: 2 } });
    add(5_000, { command: { type: 'startBroker', node: 9 }, result: { ok: false, error: {} } });
    add(6_000, { command: { type: 'startBroker', node: 2 }, result: { ok: true, node: 2 } });
    file.commit(1, published.at(-1)!.sampledMs);
    await writeExport(exportSetup(directory, target), goOn);
    const parsed = parseScenario(read('scenario.yaml'));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    expect(parsed.scenario.cluster).toEqual({ brokers: 3, configs: { 'min.insync.replicas': '2' } });
    expect(read('scenario.yaml')).toMatch(/killBroker[^]*wait: 4s[^]*startBroker/);
    expect(read('scenario.yaml')).not.toContain('node: 9');
  });

  it('takes an empty folder', async () => {
    mkdirSync(target, { recursive: true });
    await writeExport(exportSetup(directory, target), goOn);
    expect(readEvents()).toHaveLength(written.events.length);
  });

  it('has a report without scripts or addresses, and a summary, both with the numbers', async () => {
    await writeExport(exportSetup(directory, target, { title: '<b>"A" & | B</b>' }), goOn);
    const report = read('report.html');
    expect(report).toContain("default-src 'none'");
    expect(report).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)|<link|@import|<b>"A"/);
    expect(report).toContain('&lt;b&gt;&quot;A&quot; &amp; | B&lt;/b&gt;');
    expect(report).toContain('<svg class="timeline"');
    expect(read('summary.md')).toContain(
      `| events | ${String(written.events.length).replace(/\B(?=(\d{3})+$)/g, ' ')} |`,
    );
  });
});
