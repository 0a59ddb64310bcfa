import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JournalInfo } from '../../contract/queries.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { Journal } from './journal.ts';
import { RandomHistory } from './random-history.testkit.ts';

const workerEntry = new URL('./journal-worker.ts', import.meta.url);

describe('the journal in its thread', () => {
  let directory = '';
  const faults: string[] = [];
  const notices: string[] = [];
  let journal: Journal;
  const journalOf = (bytesMax?: number): Journal =>
    new Journal({
      workerEntry,
      directory,
      onFault: (message) => faults.push(message),
      onNotice: (message) => notices.push(message),
      ...(bytesMax === undefined ? {} : { bytesMax }),
    });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'brokerlab-journal-'));
    faults.length = notices.length = 0;
  });
  afterEach(async () => {
    await journal.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  function play(history: RandomHistory, steps: number): void {
    for (let step = 0; step < steps; step++) journal.record(history.step(), history.now);
  }

  async function momentOf(atMs: number): Promise<LabSnapshot> {
    const answer = await journal.queries.moment({ atMs });
    if (!answer.ok) throw new Error(answer.error.hint);
    return answer.value;
  }

  it('answers with what was recorded just before the question', async () => {
    journal = journalOf();
    const history = new RandomHistory(1);
    await journal.start(history.now);
    play(history, 100);
    expect((await momentOf(history.now.sampledMs)).eventCount).toBe(history.now.eventCount);
    const info = await journal.queries.journal({});
    expect(info).toMatchObject({
      ok: true,
      value: { path: join(directory, 'journal.db'), events: history.events.length, lastMs: history.now.sampledMs },
    });
    expect(faults).toEqual([]);
  });

  it('keeps every event and the newest picture when it gets more than it can take', async () => {
    journal = journalOf();
    const history = new RandomHistory(2);
    // All before its thread has opened the file: far more entries than may wait.
    const begun = journal.start(history.now);
    play(history, 3000);
    await begun;
    expect(await journal.queries.journal({})).toMatchObject({ ok: true });
    play(history, 1);
    expect(notices).toEqual([expect.stringContaining('pictures were left out')]);
    const answer = await journal.queries.events({ limit: 2000 });
    expect(answer).toEqual({ ok: true, value: { events: history.events.slice(-2000), more: true } });
    expect(await journal.queries.journal({})).toMatchObject({ ok: true, value: { events: history.events.length } });
    play(history, 1);
    expect((await momentOf(history.now.sampledMs)).partitions).toEqual(history.now.partitions);
  });

  it('says once that its file cannot grow any more, and goes on answering', async () => {
    journal = journalOf(64 * 1024);
    const history = new RandomHistory(3);
    await journal.start(history.now);
    for (let round = 0; round < 20; round++) {
      play(history, 100);
      await journal.queries.journal({});
    }
    expect(faults).toEqual([expect.stringContaining('full')]);
    expect(await journal.queries.events({ limit: 5 })).toMatchObject({ ok: true });
  });

  it('goes on when there is room again: every change of state, and pictures from then on', async () => {
    journal = journalOf(64 * 1024);
    const history = new RandomHistory(3);
    await journal.start(history.now);
    for (let round = 0; round < 20; round++) {
      play(history, 100);
      await journal.queries.journal({});
    }
    expect(faults).toHaveLength(1);
    expect(await journal.queries.journal({})).toMatchObject({ ok: true, value: { records: false } });
    play(history, 50);
    journal.setLimit(1024 ** 3);
    expect(await journal.queries.journal({})).toMatchObject({
      ok: true,
      value: { records: true, fault: null, limitBytes: 1024 ** 3 },
    });
    play(history, 50);
    expect(notices).toEqual([expect.stringContaining('written again')]);
    const answer = await journal.queries.events({ limit: 2000, kinds: ['isr-shrunk', 'leader-changed'] });
    const told = history.events.filter(({ kind }) => kind === 'isr-shrunk' || kind === 'leader-changed');
    expect(answer).toMatchObject({ ok: true, value: { events: told.slice(-2000) } });
    expect((await momentOf(history.now.sampledMs)).partitions).toEqual(history.now.partitions);
    expect(faults).toHaveLength(1);
  });

  it('takes another limit at once: the oldest go, changes of state stay, and it is told how much went', async () => {
    journal = journalOf();
    const history = new RandomHistory(5);
    await journal.start(history.now);
    for (let round = 0; round < 8; round++) {
      play(history, 300);
      await journal.queries.journal({});
    }
    const info = async (): Promise<JournalInfo> => {
      const answer = await journal.queries.journal({});
      if (!answer.ok) throw new Error(answer.error.hint);
      return answer.value;
    };
    const before = await info();
    expect(before.dropped).toEqual({ pictures: 0, traffic: 0, seconds: 0, wire: 0, untilMs: null });
    journal.setLimit(600_000);
    await vi.waitUntil(async () => (await info()).dropped.pictures > 0 && (await info()).sizeBytes < before.sizeBytes, {
      timeout: 10_000,
    });
    const after = await info();
    expect(after.dropped.traffic).toBeGreaterThan(0);
    expect(after.dropped.untilMs).toBeGreaterThan(history.published[0]!.sampledMs - 1);
    const answer = await journal.queries.events({ limit: 2000, kinds: ['isr-shrunk'] });
    const shrunk = history.events.filter(({ kind }) => kind === 'isr-shrunk').slice(-2000);
    expect(answer).toMatchObject({ ok: true, value: { events: shrunk } });
    expect((await momentOf(history.now.sampledMs)).partitions).toEqual(history.now.partitions);
  });

  it('that was never started refuses questions, and stops', async () => {
    journal = journalOf();
    expect(await journal.queries.moment({ atMs: 1 })).toMatchObject({ ok: false, error: { code: 'no-journal' } });
  });

  it('that cannot open its file tells so, and the rest goes on', async () => {
    rmSync(directory, { recursive: true });
    journal = journalOf();
    const history = new RandomHistory(4);
    await journal.start(history.now);
    play(history, 5);
    expect(faults).toEqual([expect.stringContaining('journal.db')]);
    expect(await journal.queries.journal({})).toMatchObject({ ok: false });
  });
});
