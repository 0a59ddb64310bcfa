/**
 * The thread of the journal: owns the SQLite file, writes what the host posts in batched transactions, answers questions.
 * When the file cannot be written it says so once, goes on answering, and keeps changes of state in memory; it looks
 * every few seconds whether it can write again, and then goes on with them and a whole picture.
 */
import { enableCompileCache } from 'node:module';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { BugError } from '../../base/assert.ts';
import type { LabEvent } from '../../contract/events.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { refused } from '../outcome.ts';
import type { WireBatch } from '../wire/halves.ts';
import { addWireBatch } from '../wire/wire-file.ts';
import { openJournalFile, type JournalFile } from './journal-file.ts';
import type {
  Answer,
  FromJournal,
  JournalCommand,
  JournalEntry,
  JournalSetup,
  Question,
  ToJournal,
} from './journal-messages.ts';
import { JournalReader } from './journal-reader.ts';
import { JournalWriter } from './journal-writer.ts';
import { isStateEvent } from './what-changed.ts';

enableCompileCache();

/** Rows wait this long for company before their transaction ends. */
const commitMs = 250;
/** How often the size is looked at. */
const trimMs = 5000;
/** Steps of making room at one time, so that entries and questions get their turn. */
const trimSteps = 8;
/** Of the limit, a part this small may be pages without content: room for what comes next. */
const spareParts = 16;
/** Changes of state in memory while the file cannot be written. */
const heldMax = 50_000;

const setup = workerData as JournalSetup;
const port = parentPort;
if (port === null) throw new BugError('journal-worker runs in a worker thread only');

const post = (message: FromJournal): void => port.postMessage(message);

let file: JournalFile | null = null;
let writer: JournalWriter | null = null;
let reader: JournalReader | null = null;
/** Why nothing is written; null while all is well. */
let faulted: string | null = null;
let firstPicture: LabSnapshot | null = null;
let { bytesMax } = setup;
let commitTimer: NodeJS.Timeout | null = null;
let trimTimer: NodeJS.Timeout | null = null;
/** Messages are handled one after the other; the first one waits for the database. */
let turn: Promise<void> = Promise.resolve();

/** Changes of state that wait for the file to be written again, at most {@link heldMax}; the oldest go first. */
let held: LabEvent[] = [];
let heldLost = 0;
/** Told in the transaction that is open: what would go with it. */
let uncommitted: LabEvent[] = [];

function hold(events: readonly LabEvent[]): void {
  held.push(...events.filter((event) => isStateEvent(event.kind)));
  const over = held.length - heldMax;
  if (over <= 0) return;
  held = held.slice(over);
  heldLost += over;
}

function fault(error: unknown): void {
  if (faulted !== null) return;
  const text = error instanceof Error ? error.message : String(error);
  faulted = `${setup.path}: ${text}`;
  // What the broken transaction had is gone; what was committed is read on.
  rollBack();
  hold(uncommitted);
  uncommitted = [];
  post({ type: 'fault', message: `${faulted}. Nothing is recorded until it can be written again.` });
}

function rollBack(): void {
  try {
    if (file?.db.inTransaction === true) file.db.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back by itself.
  }
}

/** Does something to the file; after the first failure nothing, until {@link recover}. */
function write(action: () => void): void {
  if (faulted !== null) return;
  try {
    action();
  } catch (error) {
    fault(error);
  }
}

function commit(begun: JournalWriter): void {
  begun.commit();
  uncommitted = [];
}

async function begin(first: LabSnapshot): Promise<void> {
  firstPicture = first;
  let notice: string | null = null;
  try {
    notice = await open(first);
  } catch (error) {
    fault(error);
  }
  post({ type: 'begun', notice });
  trimTimer = setInterval(() => {
    turn = turn.then(() => (faulted === null ? write(trim) : recover()));
  }, trimMs);
}

async function open(first: LabSnapshot): Promise<string | null> {
  const opened = await openJournalFile(setup.path, bytesMax);
  ({ file } = opened);
  const begun = new JournalWriter(opened.file, first);
  writer = begun;
  reader = new JournalReader(
    opened.file,
    begun.run,
    () => begun.knownUntilMs,
    () => ({ records: faulted === null, fault: faulted }),
  );
  opened.file.addCommand(begun.run, first.sampledMs, { configs: setup.configs });
  commit(begun);
  return opened.notice;
}

/** Tries once whether there is room again; the whole picture comes from the host, which is told. */
async function recover(): Promise<void> {
  try {
    if (writer === null && firstPicture !== null) await open(firstPicture);
    if (file === null || writer === null) return;
    while (file.trim());
    writer.record({ type: 'events', events: held });
    writer.commit();
  } catch {
    rollBack();
    return;
  }
  post({ type: 'recovered', lost: heldLost });
  faulted = null;
  held = [];
  heldLost = 0;
}

function trim(): void {
  if (file === null || writer === null) return;
  let more = true;
  for (let step = 0; step < trimSteps && more; step++) more = file.trim();
  commit(writer);
  if (more) setImmediate(() => (turn = turn.then(() => write(trim))));
  else if (file.freeBytes > bytesMax / spareParts) file.shrink();
}

function addCommand({ atMs, ...body }: JournalCommand): void {
  const begun = writer;
  if (begun === null) return;
  write(() => file?.addCommand(begun.run, atMs, body));
  commitSoon(begun);
}

async function setLimit(bytes: number): Promise<void> {
  bytesMax = bytes;
  if (faulted !== null) {
    file?.setLimit(bytes);
    return recover();
  }
  write(() => {
    if (writer !== null) commit(writer);
    file?.setLimit(bytes);
    trim();
  });
}

function commitSoon(begun: JournalWriter): void {
  commitTimer ??= setTimeout(() => {
    commitTimer = null;
    write(() => commit(begun));
  }, commitMs);
}

/** A thread's own line; each batch is said to be taken. */
function listen(line: MessagePort): void {
  line.on('message', (batch: WireBatch) => {
    turn = turn.then(() => {
      const begun = writer;
      if (begun !== null && file !== null) {
        const open = file;
        write(() => addWireBatch(open, batch));
        commitSoon(begun);
      }
      line.postMessage('taken');
    });
  });
}

function record(entries: readonly JournalEntry[], through: number): void {
  const begun = writer;
  for (const entry of entries) {
    const events = eventsOf(entry);
    if (faulted !== null || begun === null) hold(events);
    else {
      uncommitted.push(...events);
      write(() => begun.record(entry));
    }
  }
  if (begun !== null) commitSoon(begun);
  post({ type: 'taken', through });
}

function eventsOf(entry: JournalEntry): readonly LabEvent[] {
  if (entry.type === 'events') return entry.events;
  return entry.type === 'delta' ? (entry.delta.events ?? []) : [];
}

function answer(question: Question): Answer {
  if (reader === null) return refused('no-journal', 'journal', setup.path, 'It could not be opened.');
  if (question.name === 'moment' || question.name === 'spaceTime') write(() => writer?.frame());
  write(() => {
    if (writer !== null) commit(writer);
  });
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
      case 'wire':
        return listen(message.port);
      case 'command':
        return addCommand(message.command);
      case 'limit':
        return setLimit(message.bytes);
      case 'ask':
        return post({ type: 'answer', id: message.id, answer: answer(message.question) });
      case 'close':
        return close();
    }
  });
});
