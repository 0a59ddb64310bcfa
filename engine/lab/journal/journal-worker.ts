/**
 * The thread of the journal: owns the SQLite file, writes what the host posts in batched transactions, answers questions.
 * When the file cannot be written any more it says so once, writes nothing from then on, and goes on answering.
 */
import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { BugError } from '../../base/assert.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { refused } from '../outcome.ts';
import { openJournalFile, type JournalFile } from './journal-file.ts';
import type { Answer, FromJournal, JournalEntry, JournalSetup, Question, ToJournal } from './journal-messages.ts';
import { JournalReader } from './journal-reader.ts';
import { JournalWriter } from './journal-writer.ts';

enableCompileCache();

/** Rows wait this long for company before their transaction ends. */
const commitMs = 250;
/** How often the size is looked at. */
const trimMs = 5000;
/** Steps of making room at one time, so that entries and questions get their turn. */
const trimSteps = 8;

const setup = workerData as JournalSetup;
const port = parentPort;
if (port === null) throw new BugError('journal-worker runs in a worker thread only');

const post = (message: FromJournal): void => port.postMessage(message);

let file: JournalFile | null = null;
let writer: JournalWriter | null = null;
let reader: JournalReader | null = null;
let faulted = false;
let commitTimer: NodeJS.Timeout | null = null;
let trimTimer: NodeJS.Timeout | null = null;
/** Messages are handled one after the other; the first one waits for the database. */
let turn: Promise<void> = Promise.resolve();

function fault(error: unknown): void {
  if (faulted) return;
  faulted = true;
  const text = error instanceof Error ? error.message : String(error);
  // What the broken transaction had is gone; what was committed is read on.
  try {
    if (file?.db.inTransaction === true) file.db.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back by itself.
  }
  post({ type: 'fault', message: `${setup.path}: ${text}. Nothing is recorded from now on.` });
}

/** Does something to the file; the first failure is the last try. */
function write(action: () => void): void {
  if (faulted) return;
  try {
    action();
  } catch (error) {
    fault(error);
  }
}

async function begin(first: LabSnapshot): Promise<void> {
  let notice: string | null = null;
  try {
    const opened = await openJournalFile(setup.path, setup.bytesMax);
    ({ file, notice } = opened);
    const begun = new JournalWriter(opened.file, first);
    writer = begun;
    reader = new JournalReader(opened.file, begun.run, () => begun.knownUntilMs);
    begun.commit();
    trimTimer = setInterval(() => write(() => trim(opened.file, begun)), trimMs);
  } catch (error) {
    fault(error);
  }
  post({ type: 'begun', notice });
}

function trim(opened: JournalFile, begun: JournalWriter): void {
  for (let step = 0; step < trimSteps && opened.trim(); step++);
  begun.commit();
}

function record(entries: readonly JournalEntry[], through: number): void {
  const begun = writer;
  if (begun !== null) {
    write(() => {
      for (const entry of entries) begun.record(entry);
    });
    commitTimer ??= setTimeout(() => {
      commitTimer = null;
      write(() => begun.commit());
    }, commitMs);
  }
  post({ type: 'taken', through });
}

function answer(question: Question): Answer {
  if (reader === null) return refused('no-journal', 'journal', setup.path, 'It could not be opened.');
  if (question.name === 'moment') write(() => writer?.frame());
  write(() => writer?.commit());
  try {
    return reader.answer(question);
  } catch (error) {
    return refused('journal-unreadable', 'journal', setup.path, (error as Error).message);
  }
}

function close(): void {
  if (commitTimer !== null) clearTimeout(commitTimer);
  if (trimTimer !== null) clearInterval(trimTimer);
  write(() => writer?.close());
  write(() => file?.close());
  post({ type: 'closed' });
  port?.close();
}

port.on('message', (message: ToJournal) => {
  turn = turn.then(() => {
    switch (message.type) {
      case 'begin':
        return begin(message.first);
      case 'record':
        return record(message.entries, message.through);
      case 'ask':
        return post({ type: 'answer', id: message.id, answer: answer(message.question) });
      case 'close':
        return close();
    }
  });
});
