/**
 * A run's ledger, read-only, through the reader of a ledger that lives. A lab keeps one file for all of its starts; which
 * of its runs belongs to a start is told by their times.
 */
import type { LedgerRow } from '../../contract/ledger.ts';
import { LedgerFile, recordOf, type RecordRow } from '../ledger/ledger-file.ts';
import { LedgerReader, rowView } from '../ledger/ledger-reader.ts';
import { RunError } from './run-error.ts';
import { openReadOnly, type StartRow } from './run-source.ts';

/** A ledger begins with its lab, give or take. */
const besideMs = 30_000;
const pageRows = 1000;

/** The ledger's run of a start; null where no lab producer ran. @throws {@link RunError} */
export function ledgerRunOf(path: string, { startedMs, lastMs }: StartRow): number | null {
  const db = openReadOnly(path);
  try {
    const sql = 'SELECT id FROM runs WHERE started_ms >= ? AND started_ms <= ? ORDER BY id LIMIT 1';
    const row = db.prepare(sql).get(startedMs - besideMs, lastMs) as { id: number } | undefined;
    return row?.id ?? null;
  } catch (error) {
    throw new RunError('ledger', path, `It cannot be read (${(error as Error).message}).`, error);
  } finally {
    db.close();
  }
}

export class LedgerSource {
  readonly #file: LedgerFile;
  readonly reader: LedgerReader;

  /** `run` null: the newest. @throws {@link RunError} */
  constructor(path: string, run: number | null) {
    const db = openReadOnly(path);
    try {
      this.#file = new LedgerFile(db, path, 0, run);
    } catch (error) {
      db.close();
      throw new RunError('ledger', path, `It cannot be read (${(error as Error).message}).`, error);
    }
    this.reader = new LedgerReader(this.#file);
  }

  get records(): number {
    return this.#file.row<{ n: number }>('SELECT count(*) AS n FROM records WHERE run = ?', this.#file.run)?.n ?? 0;
  }

  /** In the order of sending, a page at a time. */
  *pages(): Generator<LedgerRow[], void, void> {
    for (let after = 0; ;) {
      const sql = `SELECT * FROM records WHERE run = ? AND row > ? ORDER BY row LIMIT ${pageRows}`;
      const rows = this.#file.rows<RecordRow>(sql, this.#file.run, after);
      if (rows.length === 0) return;
      yield rows.map((row) => rowView(recordOf(row)));
      after = rows.at(-1)?.row ?? Number.MAX_SAFE_INTEGER;
    }
  }

  close(): void {
    this.#file.db.close();
  }
}
