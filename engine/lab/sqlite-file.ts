/**
 * A database of the lab's in a file of its own: SQLite in WAL mode, one connection. Statements are prepared once; the first
 * write begins a transaction, which whoever writes ends. Tables and versions are the subclasses'.
 */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import type Database from 'better-sqlite3';

/** Its tables are those of another Brokerlab. */
export class OtherSchemaError extends Error {}

/** Opens the database, new if need be; one that cannot be used is moved aside, which `notice` tells. */
export async function openSqliteFile<File>(
  path: string,
  fileOf: (db: Database.Database) => File,
): Promise<{ readonly file: File; readonly notice: string | null }> {
  const { default: Sqlite } = await import('better-sqlite3');
  const open = (): File => {
    const db = new Sqlite(path);
    try {
      return fileOf(db);
    } catch (error) {
      db.close();
      throw error;
    }
  };
  try {
    return { file: open(), notice: null };
  } catch (error) {
    if (!existsSync(path) || !isUnusable(error)) throw error;
    const aside = `${path}.${Date.now()}.unusable`;
    renameSync(path, aside);
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    return { file: open(), notice: `${path} could not be read (${(error as Error).message}); it is kept as ${aside}` };
  }
}

function isUnusable(error: unknown): boolean {
  if (error instanceof OtherSchemaError) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT');
}

export class SqliteFile {
  readonly db: Database.Database;
  readonly path: string;
  readonly #statements = new Map<string, Database.Statement<unknown[]>>();

  constructor(db: Database.Database, path: string) {
    this.db = db;
    this.path = path;
  }

  /** A write; begins a transaction if none is open. Gives the row that it inserted last. */
  exec(sql: string, ...values: unknown[]): number {
    if (!this.db.inTransaction) this.db.exec('BEGIN');
    return Number(this.#prepared(sql).run(...values).lastInsertRowid);
  }

  rows<Row>(sql: string, ...values: unknown[]): Row[] {
    return this.#prepared(sql).all(...values) as Row[];
  }

  row<Row>(sql: string, ...values: unknown[]): Row | null {
    return (this.#prepared(sql).get(...values) as Row | undefined) ?? null;
  }

  #prepared(sql: string): Database.Statement<unknown[]> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Without the write-ahead log. */
  get usedBytes(): number {
    return (this.#pragma('page_count') - this.#pragma('freelist_count')) * this.#pragma('page_size');
  }

  /** Of pages that hold nothing. */
  get freeBytes(): number {
    return this.#pragma('freelist_count') * this.#pragma('page_size');
  }

  #pragma(name: string): number {
    return Number(this.db.pragma(name, { simple: true }));
  }

  /** On disk, with the write-ahead log. */
  get sizeBytes(): number {
    return [this.path, `${this.path}-wal`].reduce(
      (sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  }

  close(): void {
    this.db.close();
  }
}
