import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
