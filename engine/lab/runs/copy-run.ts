/**
 * Copies what belongs to one start of a lab out of a database that is being written: tables as they are, rows of that
 * start alone. One read transaction, so that the copy is one moment's. What is made is an ordinary database without a
 * write-ahead log, readable from a folder that cannot be written.
 *
 * Tables that are not known here are copied by what columns they have: `from_ms` and `to_ms`, else `run`, else `at_ms`,
 * else whole.
 */
import Database from 'better-sqlite3';
import { eventKey } from '../journal/journal-file.ts';

/** Rows between two looks at whether somebody wants this to end. */
const chunkRows = 10_000;
/** Of rates: the coarsest step begins this long before what it covers. */
const coarsestSeconds = 600;
const cacheKiB = 8192;

export interface CopyScope {
  /** Number of the start in its journal. */
  readonly run: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface CopyStep {
  /** Called every so many rows; rejects to end the copy. */
  (done: number, total: number): Promise<void>;
}

interface TableRow {
  readonly name: string;
  readonly sql: string;
}

/** Which rows of a table are a start's. */
function rowsOf(table: string, columns: readonly string[], scope: CopyScope): { where: string; values: number[] } {
  const { run, fromMs, toMs } = scope;
  const keys = [eventKey(run, 0), eventKey(run + 1, 0)];
  switch (table) {
    case 'runs':
      return { where: 'id = ?', values: [run] };
    case 'events':
      return { where: 'key >= ? AND key < ?', values: keys };
    case 'flags':
      return { where: 'event >= ? AND event < ?', values: keys };
    case 'frames':
      return { where: 'keyframe IN (SELECT id FROM source.keyframes WHERE run = ?)', values: [run] };
    case 'wire_offsets':
      return {
        where: 'wire IN (SELECT id FROM source.wire WHERE from_ms <= ? AND to_ms >= ?)',
        values: [toMs, fromMs],
      };
    case 'rates': {
      const values = [Math.floor(fromMs / 1000) - coarsestSeconds, Math.ceil(toMs / 1000)];
      return { where: 'at + level > ? AND at <= ?', values };
    }
  }
  if (columns.includes('from_ms') && columns.includes('to_ms')) {
    return { where: 'from_ms <= ? AND to_ms >= ?', values: [toMs, fromMs] };
  }
  if (columns.includes('run')) return { where: 'run = ?', values: [run] };
  if (columns.includes('at_ms')) return { where: 'at_ms >= ? AND at_ms <= ?', values: [fromMs, toMs] };
  return { where: '1', values: [] };
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Makes `target`, which must not exist; `source` must, and is only read. */
export async function copyRun(source: string, target: string, scope: CopyScope, step: CopyStep): Promise<void> {
  const db = new Database(target);
  try {
    db.pragma('page_size = 4096');
    db.pragma('journal_mode = OFF');
    db.pragma('synchronous = OFF');
    db.pragma(`cache_size = -${cacheKiB}`);
    db.prepare('ATTACH DATABASE ? AS source').run(source);
    db.pragma(`source.cache_size = -${cacheKiB}`);
    db.exec('BEGIN');
    await copyAll(db, scope, step);
    const version = Number(db.pragma('source.user_version', { simple: true }));
    db.pragma(`main.user_version = ${version}`);
    db.exec('COMMIT');
    db.exec('DETACH DATABASE source');
  } finally {
    db.close();
  }
}

async function copyAll(db: Database.Database, scope: CopyScope, step: CopyStep): Promise<void> {
  const objects = (type: string): TableRow[] =>
    db
      .prepare(
        "SELECT name, sql FROM source.sqlite_master WHERE type = ? AND sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY rowid",
      )
      .all(type) as TableRow[];
  const tables = objects('table');
  const counts = new Map(tables.map(({ name }) => [name, countOf(db, name, scope)]));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  let done = 0;
  for (const { name, sql } of tables) {
    db.exec(sql);
    const before = done;
    await copyTable(db, name, scope, (rows) => step(before + rows, total));
    done += counts.get(name) ?? 0;
  }
  // After the rows: an index is built faster in one go.
  for (const { sql } of objects('index')) {
    db.exec(sql);
    await step(done, total);
  }
}

function columnsOf(db: Database.Database, table: string): readonly string[] {
  return (db.prepare('SELECT name FROM pragma_table_info(?, ?)').all(table, 'source') as { name: string }[]).map(
    ({ name }) => name,
  );
}

function countOf(db: Database.Database, table: string, scope: CopyScope): number {
  const { where, values } = rowsOf(table, columnsOf(db, table), scope);
  const sql = `SELECT count(*) AS n FROM source.${quoted(table)} WHERE ${where}`;
  return (db.prepare(sql).get(...values) as { n: number }).n;
}

async function copyTable(
  db: Database.Database,
  table: string,
  scope: CopyScope,
  step: (rows: number) => Promise<void>,
): Promise<void> {
  const { where, values } = rowsOf(table, columnsOf(db, table), scope);
  const from = `source.${quoted(table)}`;
  const into = `INSERT INTO main.${quoted(table)} SELECT * FROM ${from} WHERE ${where}`;
  if (!hasRowid(db, table)) {
    await step(db.prepare(into).run(...values).changes);
    return;
  }
  const bound = db.prepare(
    `SELECT rowid AS id FROM ${from} WHERE ${where} AND rowid > ? ORDER BY rowid LIMIT 1 OFFSET ${chunkRows - 1}`,
  );
  const some = db.prepare(`${into} AND rowid > ? AND rowid <= ?`);
  const rest = db.prepare(`${into} AND rowid > ?`);
  let after = -1;
  let rows = 0;
  for (;;) {
    const end = bound.get(...values, after) as { id: number } | undefined;
    rows += end === undefined ? rest.run(...values, after).changes : some.run(...values, after, end.id).changes;
    await step(rows);
    if (end === undefined) return;
    after = end.id;
  }
}

function hasRowid(db: Database.Database, table: string): boolean {
  const row = db.prepare("SELECT wr FROM pragma_table_list WHERE schema = 'source' AND name = ?").get(table);
  return (row as { wr: number } | undefined)?.wr === 0;
}
