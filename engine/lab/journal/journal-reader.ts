/**
 * Answers of the journal. Questions are about the current run unless their times lie before it; the timeline spans all.
 * Everything is read through the writer's connection, after its newest rows.
 */
import type { LabEvent } from '../../contract/events.ts';
import type { JournalInfo, QueryAnswers, QueryInput, QueryResult, Timeline } from '../../contract/queries.ts';
import { eventTailMax, type LabSnapshot } from '../../contract/snapshot.ts';
import { refused } from '../outcome.ts';
import { spaceTime } from '../wire/space-time.ts';
import type { Past } from '../wire/wire-source.ts';
import { clientSeriesOf } from './client-series.ts';
import { applyFrame, unpackFrames, unpackKeyframe, type Frame } from './frames.ts';
import { eventKey, type JournalFile } from './journal-file.ts';
import type { JournalQuery, Question } from './journal-messages.ts';
import { timelineOf } from './timeline.ts';

/** Nodes' clocks and the host's queue may bring events this much out of order. */
const disorderMs = 10_000;
/** The first picture of a run stands for a little earlier, too. */
const beforeFirstMs = 5000;

/** Whether somebody writes, and why not. */
export type JournalState = Pick<JournalInfo, 'records' | 'fault'>;
const recording = (): JournalState => ({ records: true, fault: null });

interface EventRow {
  readonly key: number;
  readonly body: string;
}

type Answers<N extends JournalQuery> = QueryResult<QueryAnswers[N]>;

export class JournalReader {
  readonly #file: JournalFile;
  readonly #run: number;
  readonly #knownUntilMs: () => number;
  readonly #state: () => JournalState;

  constructor(file: JournalFile, run: number, knownUntilMs: () => number, state: () => JournalState = recording) {
    this.#file = file;
    this.#run = run;
    this.#knownUntilMs = knownUntilMs;
    this.#state = state;
  }

  answer(question: Question): Answers<JournalQuery> {
    switch (question.name) {
      case 'journal':
        return { ok: true, value: this.#info() };
      case 'timeline':
        return { ok: true, value: this.#timeline(question.input) };
      case 'moment':
        return this.moment(question.input.atMs);
      case 'events':
        return { ok: true, value: this.events(question.input) };
      case 'series':
        return { ok: true, value: clientSeriesOf(this.#file, question.input) };
      case 'spaceTime':
        return spaceTime(this.#past, question.input);
      case 'neighbour':
        return { ok: true, value: { event: this.#neighbour(question.input) } };
    }
  }

  get #past(): Past {
    return {
      db: this.#file,
      moment: (atMs) => {
        const answer = this.moment(atMs);
        return answer.ok ? answer.value : null;
      },
      events: (input) => this.events(input).events,
    };
  }

  #info(): JournalInfo {
    const runs = this.#file.rows<{ started_ms: number; last_ms: number; events: number }>(
      'SELECT started_ms, last_ms, events FROM runs ORDER BY id',
    );
    return {
      path: this.#file.path,
      firstMs: runs[0]?.started_ms ?? null,
      lastMs: runs.at(-1)?.last_ms ?? null,
      sizeBytes: this.#file.sizeBytes,
      events: runs.reduce((sum, run) => sum + run.events, 0),
      runStartedMs: runs.map((run) => run.started_ms),
      limitBytes: this.#file.bytesMax,
      dropped: this.#file.dropped(),
      ...this.#state(),
    };
  }

  #timeline(input: QueryInput<'timeline'>): Timeline {
    return timelineOf(this.#file, input, this.#knownUntilMs());
  }

  /** The newest run that had begun by then; the first one for what lies before all. */
  #runAt(atMs: number): number {
    const row = this.#file.row<{ id: number }>(
      'SELECT id FROM runs WHERE started_ms <= ? ORDER BY id DESC LIMIT 1',
      atMs,
    );
    return row?.id ?? this.#file.row<{ id: number }>('SELECT min(id) AS id FROM runs')?.id ?? this.#run;
  }

  moment(atMs: number): Answers<'moment'> {
    const run = this.#runAt(atMs);
    const columns = 'SELECT id, at_ms AS atMs, body, frames FROM keyframes WHERE run = ?';
    type Row = { id: number; atMs: number; body: Buffer; frames: Buffer | null };
    const row =
      this.#file.row<Row>(`${columns} AND at_ms <= ? ORDER BY at_ms DESC, id DESC LIMIT 1`, run, atMs) ??
      this.#file.row<Row>(`${columns} ORDER BY at_ms, id LIMIT 1`, run);
    if (row === null || row.atMs > atMs + beforeFirstMs) {
      const since = row === null ? 'none of that run' : `those since ${new Date(row.atMs).toISOString()}`;
      const value = new Date(atMs).toISOString();
      return refused('no-such-moment', 'moment', value, `Of the lab's pictures, the journal still has ${since}.`);
    }
    let snapshot = unpackKeyframe(row.body);
    const frames: Frame[] = row.frames === null ? this.#file.openFrames(row.id) : unpackFrames(row.frames);
    for (const frame of frames) if (frame.atMs <= atMs) snapshot = applyFrame(snapshot, frame);
    return { ok: true, value: this.#withEvents(run, snapshot) };
  }

  #withEvents(run: number, snapshot: LabSnapshot): LabSnapshot {
    const rows = this.#file.rows<EventRow>(
      `SELECT key, body FROM events WHERE key > ? AND key <= ? ORDER BY key DESC LIMIT ${eventTailMax}`,
      eventKey(run, 0),
      eventKey(run, snapshot.eventCount),
    );
    return { ...snapshot, events: eventsOf(rows) };
  }

  events(input: QueryInput<'events'>): QueryAnswers['events'] {
    const run = this.#runAt(input.toMs ?? input.fromMs ?? Number.MAX_SAFE_INTEGER);
    const { low, high } = this.#keysOf(run, input);
    const conditions = ['key >= ?', 'key <= ?'];
    const values: (string | number)[] = [low, high];
    const also = (condition: string, ...more: (string | number)[]): void => {
      conditions.push(condition);
      values.push(...more);
    };
    if (input.fromMs !== undefined) also('at_ms >= ?', input.fromMs);
    if (input.toMs !== undefined) also('at_ms <= ?', input.toMs);
    if (input.kinds !== undefined) also('kind IN (SELECT value FROM json_each(?))', JSON.stringify(input.kinds));
    for (const word of input.text?.toLowerCase().split(/\s+/) ?? []) if (word !== '') also('instr(line, ?) > 0', word);
    const sql = `SELECT key, body FROM events WHERE ${conditions.join(' AND ')} ORDER BY key DESC LIMIT ?`;
    const rows = this.#file.rows<EventRow>(sql, ...values, input.limit + 1);
    return { events: eventsOf(rows.slice(0, input.limit)), more: rows.length > input.limit };
  }

  /** Bounds of the keys that can be meant, so that no more is looked through. */
  #keysOf(run: number, { beforeId, fromMs, toMs }: QueryInput<'events'>): { low: number; high: number } {
    const bound = (sql: string, atMs: number | undefined): number | null =>
      atMs === undefined ? null : (this.#file.row<{ key: number }>(sql, atMs)?.key ?? null);
    const first = bound(
      'SELECT key FROM events WHERE at_ms >= ? ORDER BY at_ms LIMIT 1',
      fromMs && fromMs - disorderMs,
    );
    const last = bound('SELECT key FROM events WHERE at_ms >= ? ORDER BY at_ms LIMIT 1', toMs && toMs + disorderMs);
    return {
      low: Math.max(eventKey(run, 1), first ?? 0),
      high: Math.min(eventKey(run, (beforeId ?? 2 ** 32 - 1) - 1), last ?? Number.MAX_SAFE_INTEGER),
    };
  }

  #neighbour({ atMs, direction }: QueryInput<'neighbour'>): LabEvent | null {
    const run = this.#runAt(atMs);
    const sql =
      direction === 'previous'
        ? 'at_ms < ? AND key > ? AND key < ? ORDER BY at_ms DESC, key DESC'
        : 'at_ms > ? AND key > ? AND key < ? ORDER BY at_ms, key';
    const row = this.#file.row<EventRow>(
      `SELECT key, body FROM events WHERE state = 1 AND ${sql} LIMIT 1`,
      atMs,
      eventKey(run, 0),
      eventKey(run + 1, 0),
    );
    return row === null ? null : (JSON.parse(row.body) as LabEvent);
  }
}

/** Oldest first. */
function eventsOf(rows: readonly EventRow[]): LabEvent[] {
  return rows.map((row) => JSON.parse(row.body) as LabEvent).reverse();
}
