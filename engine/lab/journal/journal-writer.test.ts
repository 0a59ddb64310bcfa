import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diffSnapshots } from '../../contract/diff.ts';
import type { LabEvent } from '../../contract/events.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { eventOf, labSnapshot, testEpochMs } from '../../contract/snapshot.testkit.ts';
import { openJournalFile, type JournalFile } from './journal-file.ts';
import { JournalReader } from './journal-reader.ts';
import { JournalWriter, numbersMs } from './journal-writer.ts';
import { RandomHistory } from './random-history.testkit.ts';
import { changesState } from './what-changed.ts';

let directory = '';
const open: JournalFile[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'brokerlab-journal-'));
});
afterEach(() => {
  for (const file of open.splice(0)) file.close();
  rmSync(directory, { recursive: true, force: true });
});

async function openFile(bytesMax = 1e9): Promise<JournalFile> {
  const { file } = await openJournalFile(join(directory, 'journal.db'), bytesMax);
  open.push(file);
  return file;
}

function closeFile(file: JournalFile): void {
  open.splice(open.indexOf(file), 1);
  file.close();
}

function begin(file: JournalFile, first: LabSnapshot): { writer: JournalWriter; reader: JournalReader } {
  const writer = new JournalWriter(file, first);
  return { writer, reader: new JournalReader(file, writer.run, () => writer.knownUntilMs) };
}

function momentOf(reader: JournalReader, atMs: number): LabSnapshot {
  const answer = reader.moment(atMs);
  if (!answer.ok) throw new Error(answer.error.hint);
  return answer.value;
}

function eventIds(reader: JournalReader, input: Parameters<JournalReader['events']>[0]): number[] {
  return reader.events(input).events.map((event) => event.id);
}

describe('moments of the past', () => {
  it.each(Array.from({ length: 20 }, (_, index) => index + 1))(
    'are what was published then, to the letter, in random history %i',
    async (seed) => {
      const history = new RandomHistory(seed);
      const { writer, reader } = begin(await openFile(), history.now);
      const changedState = new Set<number>();
      for (let step = 0; step < 400; step++) {
        const was = history.now;
        const delta = history.step();
        if (changesState(delta, was)) changedState.add(delta.seq);
        writer.record({ type: 'delta', delta });
        if (step % 50 === 0) writer.commit();
      }
      writer.close();
      for (let look = 0; look < 60; look++) {
        const asked = history.published[history.random.integer(history.published.length)]!;
        const moment = momentOf(reader, asked.sampledMs);
        const told = history.published.find((each) => each.seq === moment.seq)!;
        expect(moment).toEqual(told);
        // As late as can be: after it came no change of state, and numbers only within what a frame waits for.
        const missed = history.published.filter((each) => each.seq > told.seq && each.sampledMs <= asked.sampledMs);
        expect(missed.filter((each) => changedState.has(each.seq))).toEqual([]);
        const different = missed.filter((each) => diffSnapshots(told, each) !== null);
        expect((different.at(-1) ?? told).sampledMs - told.sampledMs).toBeLessThan(numbersMs);
      }
    },
  );

  it('go on after the writer was behind and got a whole picture', async () => {
    const history = new RandomHistory(77);
    const { writer, reader } = begin(await openFile(), history.now);
    for (let step = 0; step < 50; step++) writer.record({ type: 'delta', delta: history.step() });
    for (let step = 0; step < 50; step++) {
      const { events } = history.step();
      if (events !== undefined) writer.record({ type: 'events', events });
    }
    writer.record({ type: 'snapshot', snapshot: { ...history.now, events: [] } });
    expect(momentOf(reader, history.now.sampledMs)).toEqual(history.now);
    for (let step = 0; step < 50; step++) writer.record({ type: 'delta', delta: history.step() });
    writer.close();
    expect(momentOf(reader, history.now.sampledMs)).toEqual(history.now);
    expect(eventIds(reader, { limit: 2000 })).toEqual(history.events.slice(-2000).map((event) => event.id));
  });

  it('of a run that ended without a word are there after the next start, and the new run has its own', async () => {
    const before = new RandomHistory(5);
    const killed = await openFile();
    const first = begin(killed, before.now);
    for (let step = 0; step < 200; step++) first.writer.record({ type: 'delta', delta: before.step() });
    first.writer.frame();
    first.writer.commit();
    const lastMs = before.now.sampledMs;
    // No close of the writer: its interval is left open, as `kill -9` leaves it.
    closeFile(killed);

    const after = labSnapshot({ sampledMs: lastMs + 60_000, events: [eventOf(1, { atMs: lastMs + 60_000 })] });
    const second = begin(await openFile(), after);
    second.writer.close();
    expect(momentOf(second.reader, lastMs)).toEqual(before.now);
    expect(momentOf(second.reader, lastMs + 60_001)).toEqual(after);
    expect(eventIds(second.reader, { limit: 10 })).toEqual([1]);
    expect(eventIds(second.reader, { limit: 3, toMs: lastMs })).toEqual(before.events.slice(-3).map((each) => each.id));
  });

  it('before the first one are refused with the time from which there are some', async () => {
    const { writer, reader } = begin(await openFile(), labSnapshot());
    writer.commit();
    expect(reader.moment(testEpochMs - 60_000)).toMatchObject({ ok: false, error: { code: 'no-such-moment' } });
  });
});

describe('events of the past', () => {
  const at = (second: number, id: number, change: Partial<LabEvent>): LabEvent =>
    eventOf(id, { atMs: testEpochMs + second * 1000, ...change });
  const events: readonly LabEvent[] = [
    at(1, 1, { kind: 'isr-shrunk', args: { topic: 'orders', partition: 2 } }),
    at(2, 2, { kind: 'batches-sent', args: { client: 'order-feed', topic: 'orders' } }),
    at(3, 3, { kind: 'leader-changed', args: { topic: 'Clicks', partition: 1 } }),
    at(4, 4, { kind: 'offsets-committed', args: { group: 'billing' } }),
    at(5, 5, { kind: 'isr-expanded', args: { topic: 'orders', partition: 2 } }),
  ];

  async function recorded(): Promise<JournalReader> {
    const { writer, reader } = begin(await openFile(), labSnapshot({ events: [], eventCount: 0 }));
    writer.record({ type: 'events', events });
    writer.commit();
    return reader;
  }

  it('page back, newest last, and say when there are more', async () => {
    const reader = await recorded();
    expect(reader.events({ limit: 2 })).toEqual({ events: events.slice(3), more: true });
    expect(reader.events({ limit: 5, beforeId: 4 })).toEqual({ events: events.slice(0, 3), more: false });
  });

  it('are found by all their words in any case, by kind and by time', async () => {
    const reader = await recorded();
    expect(eventIds(reader, { limit: 9, text: 'ORDERS 2' })).toEqual([1, 5]);
    expect(eventIds(reader, { limit: 9, text: 'clicks' })).toEqual([3]);
    expect(eventIds(reader, { limit: 9, text: '100% \'"_' })).toEqual([]);
    expect(eventIds(reader, { limit: 9, kinds: ['isr-shrunk', 'offsets-committed'] })).toEqual([1, 4]);
    expect(eventIds(reader, { limit: 9, fromMs: testEpochMs + 2000, toMs: testEpochMs + 4000 })).toEqual([2, 3, 4]);
  });

  it('have neighbours that changed a state', async () => {
    const reader = await recorded();
    const neighbour = (second: number, direction: 'previous' | 'next'): LabEvent | null => {
      const answer = reader.answer({ name: 'neighbour', input: { atMs: testEpochMs + second * 1000, direction } });
      return answer.ok && 'event' in answer.value ? answer.value.event : null;
    };
    expect(neighbour(5, 'previous')).toEqual(events[2]);
    expect(neighbour(1, 'next')).toEqual(events[2]);
    expect(neighbour(5, 'next')).toBeNull();
    expect(neighbour(1, 'previous')).toBeNull();
  });
});

describe('the database', () => {
  it('drops the oldest pictures and traffic beyond its limit, and no change of state', async () => {
    const history = new RandomHistory(3);
    const file = await openFile(1_500_000);
    const { writer, reader } = begin(file, history.now);
    for (let step = 0; step < 2000; step++) {
      writer.record({ type: 'delta', delta: history.step() });
      if (step % 50 === 0) {
        writer.commit();
        while (file.trim());
        writer.commit();
      }
    }
    writer.close();
    const states = history.events.filter((event) => event.kind === 'isr-shrunk' || event.kind === 'leader-changed');
    const kept = file.rows<{ n: number }>(
      "SELECT count(*) AS n FROM events WHERE kind IN ('isr-shrunk', 'leader-changed')",
    );
    expect(kept).toEqual([{ n: states.length }]);
    expect(file.row<{ n: number }>('SELECT count(*) AS n FROM events')!.n).toBeLessThan(history.events.length);
    expect(reader.moment(history.published[0]!.sampledMs)).toMatchObject({ ok: false });
    expect(
      diffSnapshots({ ...momentOf(reader, history.now.sampledMs), events: [] }, { ...history.now, events: [] }),
    ).toBeNull();
  });

  it('that is none is moved aside and told', async () => {
    const path = join(directory, 'journal.db');
    writeFileSync(path, 'this is no database, only some text that is long enough to be taken for a header of one');
    const { file, notice } = await openJournalFile(path, 1e9);
    open.push(file);
    expect(notice).toContain('.unusable');
    begin(file, labSnapshot()).writer.close();
    expect(file.row<{ n: number }>('SELECT count(*) AS n FROM runs')).toEqual({ n: 1 });
  });
});
