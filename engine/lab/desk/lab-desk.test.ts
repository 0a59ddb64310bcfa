/** With real labs, small ones: one broker, no clients. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabCommand } from '../../contract/commands.ts';
import type { LabUpdate } from '../../contract/router.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { applyDelta } from '../../contract/delta.ts';
import { labUpdates } from '../contract-server.ts';
import { LabDirectory } from '../lab-directory.ts';
import { LabDesk } from './lab-desk.ts';

const source = (path: string): URL => new URL(`../${path}`, import.meta.url);
const workers = {
  broker: source('broker-worker.ts'),
  client: source('clients/client-worker.ts'),
  journal: source('journal/journal-worker.ts'),
  ledger: source('ledger/ledger-worker.ts'),
  runs: source('runs/run-worker.ts'),
};
const scenarioText = `version: 1
title: One topic
cluster:
  brokers: 1
steps:
  - do: { createTopic: { name: made-here, partitions: 1, replicationFactor: 1 } }
  - wait: 300ms
expectations:
  - name: the topic has a leader
    expect: leader(made-here-0) == 1
`;

describe('the desk', () => {
  let directory = '';
  let desk: LabDesk;
  let picture: LabSnapshot;
  const kinds: LabUpdate['type'][] = [];
  const leaving = new AbortController();
  let reading: Promise<void>;

  /** Until what a window has got says so. */
  async function until(what: string, holds: (snapshot: LabSnapshot) => boolean): Promise<void> {
    const endMs = performance.now() + 60_000;
    while (!holds(picture)) {
      if (performance.now() > endMs) throw new Error(`waited for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const run = async (command: LabCommand): Promise<{ run: string; job: number }> => {
    const result = await desk.execute(command);
    if (!result.ok) throw new Error(`${result.error.thing} ${result.error.value}: ${result.error.hint}`);
    return { run: result.run ?? '', job: result.job ?? 0 };
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'brokerlab-desk-'));
    desk = new LabDesk({
      dataDir: directory,
      workers,
      brokers: 1,
      port: null,
      set: {},
      defaultWorkload: false,
      journal: true,
    });
    const held = new LabDirectory(directory);
    await held.lock({ pid: process.pid, host: '127.0.0.1', port: 0, token: 'x', startedMs: 0 }, async () => false);
    await desk.start(held);
    reading = (async () => {
      for await (const update of labUpdates(desk, leaving.signal)) {
        kinds.push(update.type);
        picture = update.type === 'snapshot' ? update.snapshot : applyDelta(picture, update.delta);
      }
    })();
    await desk.ready();
  }, 90_000);
  afterAll(async () => {
    leaving.abort();
    await desk.stop();
    await reading;
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  it('shows the lab of the directory, whose runs are listed', async () => {
    expect(picture.shown).toMatchObject({ kind: 'live', run: 'lab' });
    const answer = await desk.queries.runs({});
    expect(answer).toMatchObject({
      ok: true,
      value: { runs: [{ id: 'start-1', kind: 'lab', endedMs: null, open: true, removable: false }] },
    });
  });

  it('exports it while it runs, opens the export read-only, and goes back', async () => {
    await run({ type: 'createTopic', name: 'orders', partitions: 2, replicationFactor: 1 });
    await until('the topic', (snapshot) => snapshot.partitions.length === 2);
    const { job } = await run({ type: 'exportRun', format: 'zip', path: 'mine.zip' });
    await until('the export', (snapshot) => snapshot.jobs.some((each) => each.id === job && each.state !== 'running'));
    expect(picture.jobs.find((each) => each.id === job)).toMatchObject({
      state: 'done',
      detail: join(directory, 'exports', 'mine.zip'),
    });

    const seen = kinds.length;
    await run({ type: 'openRun', path: 'mine.zip' });
    await until('the export to be shown', (snapshot) => snapshot.shown.kind === 'recorded');
    expect(kinds.slice(seen)).toContain('snapshot');
    expect(picture.shown).toMatchObject({ of: 'export', path: join(directory, 'exports', 'mine.zip') });
    expect(picture.partitions.map(({ topic, leader }) => ({ topic, leader }))).toEqual([
      { topic: 'orders', leader: 1 },
      { topic: 'orders', leader: 1 },
    ]);
    expect(await desk.execute({ type: 'killBroker', node: 1 })).toMatchObject({
      ok: false,
      error: { code: 'recorded' },
    });
    const moment = await desk.queries.moment({ atMs: picture.sampledMs });
    expect(moment).toMatchObject({ ok: true, value: { shown: { kind: 'recorded' } } });

    await run({ type: 'closeRun' });
    await until('the lab', (snapshot) => snapshot.shown.kind === 'live');
    expect(picture.brokers[0]?.process).toBe('running');
    expect(readdirSync(join(directory, '.opened'))).toEqual([]);
  });

  it('refuses what is no run, and shows what it showed', async () => {
    expect(await desk.execute({ type: 'openRun', path: '/tmp' })).toMatchObject({
      ok: false,
      error: { value: '/tmp' },
    });
    expect(await desk.execute({ type: 'openRun', run: 'start-99' })).toMatchObject({
      ok: false,
      error: { code: 'no-such-run' },
    });
    expect(await desk.execute({ type: 'openRun' })).toMatchObject({ ok: false, error: { code: 'invalid' } });
    expect(await desk.execute({ type: 'exportRun', run: 'nothing', format: 'folder' })).toMatchObject({ ok: false });
    expect(await desk.execute({ type: 'removeRun', run: 'start-1' })).toMatchObject({
      ok: false,
      error: { code: 'wrong-state' },
    });
    expect(await desk.execute({ type: 'leaveScenario' })).toMatchObject({ ok: false, error: { code: 'wrong-state' } });
    const bad = await desk.execute({ type: 'runScenario', text: 'version: 1\ntitle: x\nsteps: 5\n' });
    expect(bad).toMatchObject({ ok: false, error: { code: 'bad-scenario' } });
    expect(picture.shown.kind).toBe('live');
  });

  it('sets the limit of the journal at once and remembers it', async () => {
    await run({ type: 'setJournalLimit', bytes: 20_000_000 });
    const info = await desk.queries.journal({});
    expect(info).toMatchObject({ ok: true, value: { limitBytes: 20_000_000, records: true, fault: null } });
    expect(JSON.parse(readFileSync(join(directory, 'settings.json'), 'utf8'))).toMatchObject({
      journalBytes: 20_000_000,
    });
  });

  it("closes its lab for a scenario's own, and brings it back", async () => {
    const port = picture.brokers[0]?.port;
    const { run: id } = await run({ type: 'runScenario', text: scenarioText, seed: 7 });
    await until('the scenario to be over', ({ shown, scenario }) => shown.run === id && scenario?.state === 'done');
    expect(picture.shown).toMatchObject({ kind: 'scenario', title: 'One topic' });
    expect(picture.scenario?.expectations).toMatchObject([{ verdict: 'holds' }]);
    expect(picture.topics.map(({ name }) => name)).toEqual(['made-here']);
    expect(picture.brokers[0]?.port).toBe(port);
    expect(existsSync(join(directory, 'lab.lock'))).toBe(true);

    await run({ type: 'leaveScenario' });
    await until('the lab to be back', ({ shown, lab }) => shown.kind === 'live' && lab.state === 'running');
    expect(picture.topics.map(({ name }) => name)).toEqual(['orders']);
    const answer = await desk.queries.runs({});
    expect(answer.ok && answer.value.runs.find((each) => each.id === id)).toMatchObject({
      kind: 'scenario',
      verdict: 'holds',
      open: false,
      removable: true,
    });

    await run({ type: 'openRun', run: id });
    await until('the run', ({ shown }) => shown.kind === 'recorded');
    expect(picture.scenario).toMatchObject({ state: 'done', seed: 7 });
    expect(picture.topics.map(({ name }) => name)).toEqual(['made-here']);
    await run({ type: 'closeRun' });
    await run({ type: 'removeRun', run: id });
    expect(readdirSync(join(directory, 'runs'))).toEqual([]);
  }, 120_000);

  it('opens an earlier start of its own', async () => {
    await run({ type: 'openRun', run: 'start-1' });
    await until('the start', ({ shown }) => shown.kind === 'recorded');
    expect(picture.shown).toMatchObject({ of: 'lab', run: 'start-1' });
    expect(picture.lab.state).toBe('running');
    expect(picture.partitions).toHaveLength(2);
    await run({ type: 'closeRun' });
  });
});
