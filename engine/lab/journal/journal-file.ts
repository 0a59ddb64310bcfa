/**
 * The journal's database: its tables and what is written to them. `DIR/journal.db`, SQLite in WAL mode. One connection in
 * one thread writes and reads.
 *
 *     runs       a start of the lab each; event ids and partition ids count within a run
 *     events     `key` is run * 2^32 + id; `line` is what words are looked for in; `state` marks changes of state
 *     keyframes  a whole picture each some seconds; `frames` holds the differences until the next one (see `frames`)
 *     frames     the differences of the interval that is not over yet
 *     rates      sums and worsts of 1, 10, 60 and 600 seconds; `at` is the first second
 *     flags      what stands on the timeline; `ended_ms` is null while it stands
 *     wire...    what went over the wire (see `wire/wire-file`)
 *
 * `synchronous = NORMAL`: what was committed survives the end of the process at any moment; a power failure may take the
 * newest seconds and damages nothing. Writes are gathered in a transaction that {@link JournalFile.commit} ends.
 *
 *     commands   what people asked for, whole (`line` of an event is not); the first of a run are the configs of its start
 *     dropped    how much went for the limit, and up to which moment
 *
 * Beyond `bytesMax` the oldest pictures and lines of traffic go, when there are none the oldest single seconds. Changes of
 * state and flags stay. docs/journal.md says it to the user.
 */
import type Database from 'better-sqlite3';
import type { LabEvent } from '../../contract/events.ts';
import type { FlagChange } from './flags.ts';
import { packFrames, packKeyframe, type Frame } from './frames.ts';
import type { JournalDropped } from '../../contract/queries.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import type { SecondGrowth } from './rates.ts';
import { OtherSchemaError, openSqliteFile, SqliteFile } from '../sqlite-file.ts';
import { dropOldWire, wireSchema } from '../wire/wire-file.ts';
import { isStateEvent } from './what-changed.ts';

/** Of the tables; another one is moved aside. */
export const schemaVersion = 3;
export const rateLevels = [1, 10, 60, 600] as const;
/** What one step of making room takes away, as SQL for the keys that go. */
const steps = {
  pictures: {
    count:
      'SELECT count(*) AS n, max(at_ms) AS untilMs FROM (SELECT at_ms FROM keyframes WHERE frames IS NOT NULL ORDER BY id LIMIT 16)',
    drop: 'DELETE FROM keyframes WHERE id IN (SELECT id FROM keyframes WHERE frames IS NOT NULL ORDER BY id LIMIT 16)',
  },
  traffic: {
    count:
      'SELECT count(*) AS n, max(at_ms) AS untilMs FROM (SELECT at_ms FROM events WHERE state = 0 ORDER BY key LIMIT 5000)',
    drop: 'DELETE FROM events WHERE key IN (SELECT key FROM events WHERE state = 0 ORDER BY key LIMIT 5000)',
  },
  seconds: {
    count:
      'SELECT count(*) AS n, max(at) * 1000 AS untilMs FROM (SELECT at FROM rates WHERE level = 1 ORDER BY at LIMIT 5000)',
    drop: 'DELETE FROM rates WHERE level = 1 AND at IN (SELECT at FROM rates WHERE level = 1 ORDER BY at LIMIT 5000)',
  },
} as const;
/** Pages that a step gives back to the file system. */
const pagesBack = 4096;
const commandsTable =
  'CREATE TABLE IF NOT EXISTS commands (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, at_ms INTEGER NOT NULL, body TEXT NOT NULL)';
const droppedTable =
  'CREATE TABLE IF NOT EXISTS dropped (what TEXT PRIMARY KEY, n INTEGER NOT NULL, until_ms INTEGER NOT NULL)';
/** The write-ahead log is cut to this after a checkpoint. */
const logBytesMax = 8 * 1024 * 1024;

const schema = `
  CREATE TABLE runs (id INTEGER PRIMARY KEY, started_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, events INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE events (
    key INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, node INTEGER, state INTEGER NOT NULL,
    line TEXT NOT NULL, body TEXT NOT NULL
  );
  CREATE INDEX events_at ON events (at_ms);
  CREATE INDEX events_state ON events (at_ms) WHERE state = 1;
  CREATE TABLE keyframes (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, at_ms INTEGER NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL, frames BLOB
  );
  CREATE INDEX keyframes_at ON keyframes (run, at_ms);
  CREATE TABLE frames (
    keyframe INTEGER NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (keyframe, seq)
  ) WITHOUT ROWID;
  CREATE TABLE rates (
    level INTEGER NOT NULL, at INTEGER NOT NULL, seconds INTEGER NOT NULL, produced REAL, consumed REAL,
    under_replicated INTEGER NOT NULL, under_min_isr INTEGER NOT NULL, offline INTEGER, rebalancing INTEGER NOT NULL,
    PRIMARY KEY (level, at)
  ) WITHOUT ROWID;
  CREATE TABLE flags (
    id INTEGER PRIMARY KEY, event INTEGER NOT NULL, at_ms INTEGER NOT NULL, ended_ms INTEGER, kind TEXT NOT NULL, subject TEXT
  );
  CREATE INDEX flags_at ON flags (at_ms);
`;

const addRates = `
  INSERT INTO rates VALUES (:level, :at, :seconds, :produced, :consumed, :underReplicated, :underMinIsr, :offline, :rebalancing)
  ON CONFLICT DO UPDATE SET
    seconds = seconds + excluded.seconds,
    produced = CASE WHEN excluded.produced IS NULL THEN produced ELSE coalesce(produced, 0) + excluded.produced END,
    consumed = CASE WHEN excluded.consumed IS NULL THEN consumed ELSE coalesce(consumed, 0) + excluded.consumed END,
    under_replicated = max(under_replicated, excluded.under_replicated),
    under_min_isr = max(under_min_isr, excluded.under_min_isr),
    offline = CASE WHEN excluded.offline IS NULL THEN offline ELSE max(coalesce(offline, 0), excluded.offline) END,
    rebalancing = max(rebalancing, excluded.rebalancing)`;

const runShift = 2 ** 32;

/** Of an event among those of all runs. */
export function eventKey(run: number, id: number): number {
  return run * runShift + id;
}

/** Lower case, as words are looked for. */
function lineOf({ kind, source, actor, args, change }: LabEvent): string {
  return [kind, source, actor, ...Object.values(args), change?.was ?? '', change?.now ?? ''].join(' ').toLowerCase();
}

/** Opens the database, new if need be; one that cannot be used is moved aside, which `notice` tells. */
export async function openJournalFile(
  path: string,
  bytesMax: number,
): Promise<{ readonly file: JournalFile; readonly notice: string | null }> {
  // better-sqlite3's binary takes an older Node's process down when it opens a file.
  if (Number(process.versions.node.split('.')[0]) < 24) {
    throw new Error(`the journal needs Node 24, this is ${process.versions.node}`);
  }
  return openSqliteFile(path, (db) => new JournalFile(db, path, bytesMax));
}

export class JournalFile extends SqliteFile {
  #bytesMax: number | null;

  /** `bytesMax` is null for a file that is only read; its connection has to be read-only. */
  constructor(db: Database.Database, path: string, bytesMax: number | null) {
    super(db, path);
    this.#bytesMax = bytesMax;
    const version = db.pragma('user_version', { simple: true });
    const isNew = version === 0 && bytesMax !== null;
    if (!isNew && version !== schemaVersion) {
      throw new OtherSchemaError(`version ${String(version)} of the journal, this Brokerlab has ${schemaVersion}`);
    }
    if (bytesMax === null) return;
    // Before the first table: what is dropped makes the file smaller.
    if (isNew) db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.pragma(`journal_size_limit = ${logBytesMax}`);
    if (isNew) db.exec(`BEGIN; ${schema} PRAGMA user_version = ${schemaVersion}; COMMIT`);
    db.exec(droppedTable);
    db.exec(commandsTable);
    db.exec(wireSchema);
    this.setLimit(bytesMax);
  }

  /** Null for a file that is only read. */
  get bytesMax(): number | null {
    return this.#bytesMax;
  }

  setLimit(bytes: number): void {
    this.#bytesMax = bytes;
    // Traffic that cannot be made room for ends here, not at the end of the disk.
    const pageBytes = Number(this.db.pragma('page_size', { simple: true }));
    this.db.pragma(`max_page_count = ${Math.max(64, Math.ceil((2 * bytes) / pageBytes))}`);
  }

  /** Ends what an earlier run left open and begins a new one. */
  beginRun(startedMs: number): number {
    this.exec('UPDATE flags SET ended_ms = max(at_ms, (SELECT max(last_ms) FROM runs)) WHERE ended_ms IS NULL');
    for (const { id } of this.rows<{ id: number }>('SELECT id FROM keyframes WHERE frames IS NULL'))
      this.#closeInterval(id);
    return this.exec('INSERT INTO runs (started_ms, last_ms) VALUES (?, ?)', startedMs, startedMs);
  }

  addEvents(run: number, events: readonly LabEvent[]): void {
    for (const event of events) {
      const { id, atMs, kind, node } = event;
      this.exec(
        'INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?, ?)',
        eventKey(run, id),
        atMs,
        kind,
        node,
        isStateEvent(kind) ? 1 : 0,
        lineOf(event),
        JSON.stringify(event),
      );
    }
    if (events.length > 0) this.exec('UPDATE runs SET events = events + ? WHERE id = ?', events.length, run);
  }

  addCommand(run: number, atMs: number, body: object): void {
    this.exec('INSERT INTO commands (run, at_ms, body) VALUES (?, ?, ?)', run, Math.round(atMs), JSON.stringify(body));
  }

  /** Ends the interval of `last`, if any, and begins a new one: its id and size. */
  addKeyframe(run: number, atMs: number, snapshot: LabSnapshot, last: number | null): { id: number; bytes: number } {
    if (last !== null) this.#closeInterval(last);
    const body = packKeyframe(snapshot);
    const sql = 'INSERT INTO keyframes (run, at_ms, seq, body) VALUES (?, ?, ?, ?)';
    return { id: this.exec(sql, run, atMs, snapshot.seq, body), bytes: body.length };
  }

  #closeInterval(keyframe: number): void {
    const frames = this.openFrames(keyframe);
    this.exec('UPDATE keyframes SET frames = ? WHERE id = ?', packFrames(frames), keyframe);
    this.exec('DELETE FROM frames WHERE keyframe = ?', keyframe);
  }

  /** Of an interval that is not over. */
  openFrames(keyframe: number): Frame[] {
    return this.rows<Frame>('SELECT at_ms AS atMs, seq, body FROM frames WHERE keyframe = ? ORDER BY seq', keyframe);
  }

  addFrame(keyframe: number, { atMs, seq, body }: Frame): void {
    this.exec('INSERT OR REPLACE INTO frames VALUES (?, ?, ?, ?)', keyframe, seq, atMs, body);
  }

  addGrowth(growth: SecondGrowth): void {
    const { second, isNew, ...values } = growth;
    for (const level of rateLevels) {
      this.exec(addRates, { ...values, level, at: second - (second % level), seconds: isNew ? 1 : 0 });
    }
  }

  changeFlag(run: number, change: FlagChange): void {
    const newest = 'SELECT max(id) FROM flags WHERE subject = ?';
    switch (change.type) {
      case 'raise': {
        const { event, kind, subject } = change;
        const ended = subject === null ? event.atMs : null;
        const sql = 'INSERT INTO flags (event, at_ms, ended_ms, kind, subject) VALUES (?, ?, ?, ?, ?)';
        this.exec(sql, eventKey(run, event.id), event.atMs, ended, kind, subject);
        break;
      }
      case 'lift':
        this.exec(`UPDATE flags SET ended_ms = max(at_ms, ?) WHERE id = (${newest})`, change.atMs, change.subject);
        break;
      case 'retell':
        this.exec(`UPDATE flags SET event = ? WHERE id = (${newest})`, eventKey(run, change.event.id), change.subject);
        break;
    }
  }

  /** What was written so far is kept, whatever happens to the process. */
  commit(run: number, lastMs: number): void {
    if (!this.db.inTransaction) return;
    this.exec('UPDATE runs SET last_ms = max(last_ms, ?) WHERE id = ?', lastMs, run);
    this.db.exec('COMMIT');
  }

  /** One step of making room; false when nothing has to go or nothing may. Never takes the open interval. */
  trim(): boolean {
    if (this.#bytesMax === null || this.usedBytes <= this.#bytesMax) return false;
    const wire = dropOldWire(this);
    if (wire !== null) {
      this.tellDropped('wire', wire.halves, wire.untilMs);
      return true;
    }
    const picture = this.#oldestMs('SELECT at_ms AS atMs FROM keyframes WHERE frames IS NOT NULL ORDER BY id LIMIT 1');
    const traffic = this.#oldestMs('SELECT at_ms AS atMs FROM events WHERE state = 0 ORDER BY key LIMIT 1');
    if (picture === null && traffic === null) return this.#drop('seconds');
    // Both reach back equally far.
    const pictureFirst = traffic === null || (picture !== null && picture <= traffic);
    return this.#drop(pictureFirst ? 'pictures' : 'traffic');
  }

  #oldestMs(sql: string): number | null {
    return this.row<{ atMs: number }>(sql)?.atMs ?? null;
  }

  /** Whether anything went. */
  #drop(what: keyof typeof steps): boolean {
    const { count, drop } = steps[what];
    const { n, untilMs } = this.row<{ n: number; untilMs: number | null }>(count) ?? { n: 0, untilMs: null };
    if (n === 0) return false;
    this.exec(drop);
    this.tellDropped(what, n, untilMs ?? 0);
    return true;
  }

  /** Adds to what is told of the limit's work. */
  tellDropped(what: keyof Omit<JournalDropped, 'untilMs'>, n: number, untilMs: number): void {
    const sql = `INSERT INTO dropped VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET n = n + excluded.n, until_ms = max(until_ms, excluded.until_ms)`;
    this.exec(sql, what, n, untilMs);
  }

  dropped(): JournalDropped {
    const known = this.row<{ n: number }>("SELECT count(*) AS n FROM sqlite_master WHERE name = 'dropped'")?.n === 1;
    type Row = { what: string; n: number; untilMs: number };
    const rows = known ? this.rows<Row>('SELECT what, n, until_ms AS untilMs FROM dropped') : [];
    const of = (what: string): number => rows.find((row) => row.what === what)?.n ?? 0;
    const untilMs = rows.reduce<number | null>((latest, row) => Math.max(latest ?? 0, row.untilMs), null);
    return { pictures: of('pictures'), traffic: of('traffic'), seconds: of('seconds'), wire: of('wire'), untilMs };
  }

  /** Gives the room of what was dropped back to the file system; not within a transaction. */
  shrink(): void {
    if (this.db.inTransaction) return;
    this.db.pragma(`incremental_vacuum(${pagesBack})`);
    // What was in the log is in the file now; somebody who reads keeps it from being cut, until the next time.
    this.db.pragma('wal_checkpoint(TRUNCATE)');
  }
}
