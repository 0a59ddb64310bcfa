/**
 * A run's database, read-only, through the readers of a lab that runs: which starts are in it, its pictures and events.
 * Also for databases from strangers: what is in the way of reading is a {@link RunError}, the file's own triggers and
 * functions never run.
 */
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { LabEvent } from '../../contract/events.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { eventKey, JournalFile } from '../journal/journal-file.ts';
import { JournalReader } from '../journal/journal-reader.ts';
import { RunError } from './run-error.ts';

const cacheKiB = 8192;
const pageEvents = 1000;
/** A stop takes seconds; its beginning is looked for this closely. */
const stopStepMs = 20;

export interface StartRow {
  readonly id: number;
  readonly startedMs: number;
  readonly lastMs: number;
  readonly events: number;
}

/** A connection that cannot write and trusts nothing that the file brings along. @throws {@link RunError} */
export function openReadOnly(path: string): Database.Database {
  if (!existsSync(path)) throw new RunError('run', path, 'There is no such file. Open an export of Brokerlab.');
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true });
    db.pragma('trusted_schema = OFF');
    db.pragma(`cache_size = -${cacheKiB}`);
    db.pragma('query_only = ON');
    db.prepare('SELECT count(*) FROM sqlite_master').get();
    return db;
  } catch (error) {
    throw new RunError('run', path, `It is no database of a run (${(error as Error).message}).`, error);
  }
}

/** All starts of a lab that its journal has, oldest first. */
export function startsOf(db: Database.Database): StartRow[] {
  return db
    .prepare('SELECT id, started_ms AS startedMs, last_ms AS lastMs, events FROM runs ORDER BY id')
    .all() as StartRow[];
}

export class RunSource {
  readonly db: Database.Database;
  readonly reader: JournalReader;
  readonly start: StartRow;
  readonly #path: string;

  /** `start`: which one of several; null for the newest. @throws {@link RunError} */
  constructor(path: string, start: number | null) {
    this.#path = path;
    this.db = openReadOnly(path);
    try {
      const file = new JournalFile(this.db, path, null);
      const starts = startsOf(this.db);
      const found = start === null ? starts.at(-1) : starts.find(({ id }) => id === start);
      if (found === undefined) throw new RunError('run', path, 'It has no such start of a lab.');
      this.start = found;
      this.reader = new JournalReader(
        file,
        found.id,
        () => found.lastMs,
        () => ({ records: false, fault: null }),
      );
    } catch (error) {
      this.db.close();
      if (error instanceof RunError) throw error;
      throw new RunError('run', path, `It cannot be read (${(error as Error).message}).`, error);
    }
  }

  /** @throws {@link RunError} when there is no picture of that moment. */
  moment(atMs: number): LabSnapshot {
    const answer = this.reader.moment(atMs);
    if (!answer.ok) throw new RunError('run', this.#path, answer.error.hint);
    return answer.value;
  }

  /** The last moment before the lab was stopped, if it was: what there was to see. */
  last(): LabSnapshot {
    const last = this.moment(this.start.lastMs);
    if (!isStopped(last)) return last;
    let running = this.#firstPictureMs();
    let stopped = this.start.lastMs;
    while (stopped - running > stopStepMs) {
      const between = Math.floor((running + stopped) / 2);
      if (isStopped(this.moment(between))) stopped = between;
      else running = between;
    }
    return this.moment(running);
  }

  /** The first moment at which the lab ran, else the first one: what it began with. */
  first(): LabSnapshot {
    const begun = this.#firstPictureMs();
    const sql = "SELECT at_ms AS atMs FROM events WHERE key > ? AND key < ? AND kind = 'broker-unfenced' ORDER BY key";
    const { id } = this.start;
    const row = this.db.prepare(sql).get(eventKey(id, 0), eventKey(id + 1, 0)) as { atMs: number } | undefined;
    let atMs = Math.max(begun, row?.atMs ?? begun);
    // Brokers come one after the other, topics and clients after them.
    for (let step = 0; step < 40; step++) {
      const snapshot = this.moment(atMs);
      if (snapshot.lab.state === 'running' || atMs >= this.start.lastMs) return snapshot;
      atMs = Math.min(this.start.lastMs, atMs + 500);
    }
    return this.moment(begun);
  }

  #firstPictureMs(): number {
    const sql = 'SELECT min(at_ms) AS atMs FROM keyframes WHERE run = ?';
    const row = this.db.prepare(sql).get(this.start.id) as { atMs: number | null };
    return Math.min(this.start.lastMs, row.atMs ?? this.start.startedMs);
  }

  /** Events in the order of their ids, a page at a time. */
  *pages(kinds: readonly string[] | null = null): Generator<LabEvent[], void, void> {
    const only = kinds === null ? '' : 'AND kind IN (SELECT value FROM json_each(?))';
    const sql = `SELECT key, body FROM events WHERE key > ? AND key < ? ${only} ORDER BY key LIMIT ${pageEvents}`;
    const statement = this.db.prepare(sql);
    const end = eventKey(this.start.id + 1, 0);
    const values = kinds === null ? [] : [JSON.stringify(kinds)];
    for (let after = eventKey(this.start.id, 0); ;) {
      const rows = statement.all(after, end, ...values) as { key: number; body: string }[];
      if (rows.length === 0) return;
      yield rows.map((row) => JSON.parse(row.body) as LabEvent);
      after = rows.at(-1)?.key ?? end;
    }
  }

  /** The newest changes of state, oldest first. */
  stateEvents(limit: number): LabEvent[] {
    const sql = 'SELECT body FROM events WHERE state = 1 AND key > ? AND key < ? ORDER BY key DESC LIMIT ?';
    const { id } = this.start;
    const rows = this.db.prepare(sql).all(eventKey(id, 0), eventKey(id + 1, 0), limit) as { body: string }[];
    return rows.map((row) => JSON.parse(row.body) as LabEvent).reverse();
  }

  /** Of one kind, newest first. */
  newest(kind: string, limit: number): LabEvent[] {
    const sql = 'SELECT body FROM events WHERE key > ? AND key < ? AND kind = ? ORDER BY key DESC LIMIT ?';
    const { id } = this.start;
    const rows = this.db.prepare(sql).all(eventKey(id, 0), eventKey(id + 1, 0), kind, limit) as { body: string }[];
    return rows.map((row) => JSON.parse(row.body) as LabEvent);
  }

  /** What people asked for, oldest first; empty in a journal of before that was kept. */
  commands<Body>(): { atMs: number; body: Body }[] {
    const known = this.db.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'commands'").get();
    if ((known as { n: number }).n === 0) return [];
    const sql = 'SELECT at_ms AS atMs, body FROM commands WHERE run = ? ORDER BY id';
    const rows = this.db.prepare(sql).all(this.start.id) as { atMs: number; body: string }[];
    return rows.map(({ atMs, body }) => ({ atMs, body: JSON.parse(body) as Body }));
  }

  /** How many events of each kind there are. */
  counts(): ReadonlyMap<string, number> {
    const sql = 'SELECT kind, count(*) AS n FROM events WHERE key > ? AND key < ? GROUP BY kind ORDER BY n DESC';
    const { id } = this.start;
    const rows = this.db.prepare(sql).all(eventKey(id, 0), eventKey(id + 1, 0)) as { kind: string; n: number }[];
    return new Map(rows.map(({ kind, n }) => [kind, n]));
  }

  get sqliteVersion(): string {
    return (this.db.prepare('SELECT sqlite_version() AS version').get() as { version: string }).version;
  }

  close(): void {
    this.db.close();
  }
}

function isStopped({ lab }: LabSnapshot): boolean {
  return lab.state === 'stopping' || lab.state === 'stopped';
}
