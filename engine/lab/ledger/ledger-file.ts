/**
 * The ledger's database: `DIR/ledger.db`, SQLite in WAL mode, one connection in the ledger's thread; others may open it to
 * read. Times are lab time in milliseconds with a fraction.
 *
 *     runs      a start of the lab each: id, started_ms, dropped (rows that were dropped for room)
 *     records   a record that a lab producer gave to `send()` each; `row` counts up over all runs in the order of sending
 *       producer, acks ('0' | '1' | 'all'), idempotent 0 | 1, number (n-th of that producer in the run, from 1)
 *       key (cut, null for none), topic, partition (null before it had one), create_ms (-1 before), crc (crc32c of key
 *       and value), bytes, sent_ms
 *       acked_ms (with acks=0: when the producer took it for sent), acked_offset, broker (-1: not known), epoch
 *       error, failed_ms, unanswered 0 | 1 (its producer ended before an answer)
 *       copies (JSON array of offsets; null: not read yet; []: nowhere), place (first copy, else acked_offset), lost_ms
 *       gone ('retention' | 'compaction' | 'topic-deleted'), had (JSON [[node, ms], ...]), replicas, replicated 0 | 1
 *       readable_ms, reads (JSON [[group, client, ms, times, committed_ms], ...]), unread 0 | 1 (some group has not got it)
 *       fate (as the contract names it), groups (how it counted for the partition's groups)
 *     marks     what stands between rows: a LabEvent as JSON, at_ms
 *     state     one JSON for each run (see `LedgerState`): counts, verdicts' grounds, leaders and truncations of partitions
 *
 * The size limit: beyond `bytesMax` the oldest rows go whose fate is unremarkable (committed, consumed, readable, deleted);
 * rows that are lost, duplicated, failed or not settled stay, and counts are kept apart in `state`. Rows of earlier runs go
 * first.
 */
import type Database from 'better-sqlite3';
import type { LabEvent } from '../../contract/events.ts';
import { OtherSchemaError, openSqliteFile, SqliteFile } from '../sqlite-file.ts';
import type { LedgerState, RecordStore, StoredRecord } from './ledger-state.ts';
import type { LedgerRecord } from './ledger-record.ts';
import { putRecord, rowOf, storedOf, type RecordRow } from './record-rows.ts';

export { recordOf, type RecordRow } from './record-rows.ts';

const schemaVersion = 1;
/** Rows that one step of making room takes away. */
const dropStep = 5000;

const schema = `
  CREATE TABLE runs (id INTEGER PRIMARY KEY, started_ms REAL NOT NULL, dropped INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE records (
    row INTEGER PRIMARY KEY, run INTEGER NOT NULL, producer TEXT NOT NULL, acks TEXT NOT NULL, idempotent INTEGER NOT NULL,
    number INTEGER NOT NULL, key TEXT, topic TEXT NOT NULL, partition INTEGER, create_ms REAL NOT NULL, crc INTEGER NOT NULL,
    bytes INTEGER NOT NULL, sent_ms REAL NOT NULL, acked_ms REAL, acked_offset INTEGER, broker INTEGER NOT NULL,
    epoch INTEGER, error TEXT, failed_ms REAL, unanswered INTEGER NOT NULL, copies TEXT, place INTEGER, lost_ms REAL,
    gone TEXT, had TEXT NOT NULL, replicas INTEGER, replicated INTEGER NOT NULL, readable_ms REAL, reads TEXT NOT NULL,
    unread INTEGER NOT NULL, fate TEXT NOT NULL, groups TEXT NOT NULL
  );
  CREATE INDEX records_place ON records (run, topic, partition, place);
  CREATE INDEX records_crc ON records (crc);
  CREATE INDEX records_sent ON records (run, sent_ms);
  CREATE INDEX records_number ON records (run, producer, number);
  CREATE INDEX records_remarkable ON records (run, fate, row) WHERE fate IN ('lost', 'duplicated');
  CREATE INDEX records_unread ON records (run, row) WHERE unread = 1;
  CREATE TABLE marks (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, at_ms REAL NOT NULL, body TEXT NOT NULL);
  CREATE INDEX marks_at ON marks (run, at_ms);
  CREATE TABLE state (run INTEGER PRIMARY KEY, at_ms REAL NOT NULL, body TEXT NOT NULL);
`;

/** Opens the database, new if need be; one that cannot be used is moved aside, which `notice` tells. */
export function openLedgerFile(
  path: string,
  bytesMax: number,
): Promise<{ readonly file: LedgerFile; readonly notice: string | null }> {
  return openSqliteFile(path, (db) => new LedgerFile(db, path, bytesMax));
}

export class LedgerFile extends SqliteFile implements RecordStore {
  readonly bytesMax: number;
  #run = 0;

  /** `run`: which one is asked about, of a file that is only read; left out: the newest. */
  constructor(db: Database.Database, path: string, bytesMax: number, run: number | null = null) {
    super(db, path);
    this.bytesMax = bytesMax;
    const version = db.pragma('user_version', { simple: true });
    if (version !== 0 && version !== schemaVersion) {
      throw new OtherSchemaError(`version ${String(version)} of the ledger, this Brokerlab has ${schemaVersion}`);
    }
    if (!db.readonly) {
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      if (version === 0) db.exec(`BEGIN; ${schema} PRAGMA user_version = ${schemaVersion}; COMMIT`);
    }
    this.#run = run ?? this.row<{ id: number | null }>('SELECT max(id) AS id FROM runs')?.id ?? 0;
  }

  /** The newest one, unless another was asked for. */
  get run(): number {
    return this.#run;
  }

  /** Begins a new run. */
  beginRun(startedMs: number): void {
    this.exec('INSERT INTO runs (started_ms) VALUES (?)', startedMs);
    this.#run = this.row<{ id: number }>('SELECT max(id) AS id FROM runs')?.id ?? 1;
    this.commit();
  }

  /** That a run's first record gets. */
  get nextRow(): number {
    return (this.row<{ row: number | null }>('SELECT max(row) AS row FROM records')?.row ?? 0) + 1;
  }

  put(records: Iterable<LedgerRecord>, groupsOf: (row: number) => string): void {
    for (const record of records) this.exec(putRecord, rowOf(record, this.#run, groupsOf(record.row)));
  }

  placedAt(topic: string, partition: number, from: number, to: number): readonly StoredRecord[] {
    const of = 'run = ? AND topic = ? AND partition = ?';
    const first = this.rows<RecordRow>(
      `SELECT * FROM records WHERE ${of} AND place >= ? AND place < ? ORDER BY place`,
      this.#run,
      topic,
      partition,
      from,
      to,
    );
    // Of those that are there more than once, the place is that of the first.
    const again = this.rows<RecordRow>(
      `SELECT * FROM records WHERE ${of} AND fate = 'duplicated' AND place < ?
       AND EXISTS (SELECT 1 FROM json_each(copies) WHERE value >= ? AND value < ?)`,
      this.#run,
      topic,
      partition,
      from,
      from,
      to,
    );
    return [...again, ...first].map(storedOf);
  }

  withCrc(topic: string, crc: number): readonly StoredRecord[] {
    const sql = 'SELECT * FROM records WHERE crc = ? AND run = ? AND topic = ? ORDER BY row';
    return this.rows<RecordRow>(sql, crc, this.#run, topic).map(storedOf);
  }

  addMark(event: LabEvent): void {
    this.exec('INSERT INTO marks (run, at_ms, body) VALUES (?, ?, ?)', this.#run, event.atMs, JSON.stringify(event));
  }

  putState(state: LedgerState): void {
    this.exec('INSERT OR REPLACE INTO state VALUES (?, ?, ?)', this.#run, state.atMs, JSON.stringify(state));
  }

  /** Of the newest run; null before it was put. */
  get state(): LedgerState | null {
    const row = this.row<{ body: string }>('SELECT body FROM state WHERE run = ?', this.#run);
    return row === null ? null : (JSON.parse(row.body) as LedgerState);
  }

  get dropped(): number {
    return this.row<{ dropped: number }>('SELECT dropped FROM runs WHERE id = ?', this.#run)?.dropped ?? 0;
  }

  /** What was written so far is kept, whatever happens to the process. */
  commit(): void {
    if (this.db.inTransaction) this.db.exec('COMMIT');
  }

  rollback(): void {
    if (this.db.inTransaction) this.db.exec('ROLLBACK');
  }

  /** One step of making room: the oldest unremarkable rows. False when nothing has to go or nothing may. */
  trim(): boolean {
    if (this.usedBytes <= this.bytesMax) return false;
    const gone = this.rows<{ row: number }>(
      `SELECT row FROM records WHERE run < ? OR fate IN ('committed', 'consumed', 'readable', 'deleted') ORDER BY row LIMIT ?`,
      this.#run,
      dropStep,
    );
    const last = gone.at(-1)?.row;
    if (last === undefined) return false;
    const own = this.row<{ n: number }>(
      `SELECT count(*) AS n FROM records WHERE row <= ? AND run = ? AND fate IN ('committed', 'consumed', 'readable', 'deleted')`,
      last,
      this.#run,
    );
    this.exec(
      `DELETE FROM records WHERE row <= ? AND (run < ? OR fate IN ('committed', 'consumed', 'readable', 'deleted'))`,
      last,
      this.#run,
    );
    this.exec('UPDATE runs SET dropped = dropped + ? WHERE id = ?', own?.n ?? 0, this.#run);
    return true;
  }
}
