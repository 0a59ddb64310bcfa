/** The starts of a lab that a journal has, asked with a connection of its own that is closed at once. */
import { RunError } from './run-error.ts';
import { openReadOnly, startsOf, type StartRow } from './run-source.ts';

/** Empty for a journal that nobody has written yet. */
export function readStarts(path: string): StartRow[] {
  const db = openReadOnly(path);
  try {
    const known = db.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'runs'").get() as { n: number };
    return known.n === 0 ? [] : startsOf(db);
  } catch (error) {
    throw new RunError('journal', path, `It cannot be read (${(error as Error).message}).`, error);
  } finally {
    db.close();
  }
}

/** `id` null: the newest. @throws {@link RunError} */
export function startOf(path: string, id: number | null): StartRow {
  const starts = readStarts(path);
  const found = id === null ? starts.at(-1) : starts.find((start) => start.id === id);
  if (found !== undefined) return found;
  const has = starts.length === 0 ? 'It has none yet.' : `It has ${starts.map((start) => start.id).join(', ')}.`;
  throw new RunError('start', id === null ? path : String(id), `The journal has no such start of the lab. ${has}`);
}
