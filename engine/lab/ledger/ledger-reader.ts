/**
 * Answers of the ledger, from its file alone: the living ledger asks its own file, a recorded run asks the copy that came
 * with it. Whoever asks sees to it that what is known was put.
 */
import type { LabEvent } from '../../contract/events.ts';
import { neighboursMax, type LedgerRow, type LedgerSummary, type RecordStory } from '../../contract/ledger.ts';
import type { QueryAnswers, QueryInput, QueryResult } from '../../contract/queries.ts';
import { refused } from '../outcome.ts';
import { recordOf, type LedgerFile, type RecordRow } from './ledger-file.ts';
import type { LedgerState } from './ledger-state.ts';
import type { Answer, Question } from './ledger-messages.ts';
import { fateOf, placeOf, type LedgerRecord } from './ledger-record.ts';
import { holdersOf, keptBy, leadersSince, whyOf } from './record-story.ts';
import { summaryOf } from './summary.ts';

type PageInput = QueryInput<'ledger'>;

/** Lost records whose neighbours are looked for. */
const lostMax = 5000;
const marksMax = 400;
const marginMs = 1000;
/** Another producer's record is of the same moment when it was sent within so long. */
const sameMomentMs = 1000;

const emptyState: LedgerState = {
  atMs: 0,
  firstMs: null,
  lastMs: null,
  producers: [],
  cells: [],
  partitions: [],
  groups: [],
  examples: [],
};

interface Conditions {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

export class LedgerReader {
  readonly #file: LedgerFile;

  constructor(file: LedgerFile) {
    this.#file = file;
  }

  answer(question: Question): Answer {
    switch (question.name) {
      case 'ledgerSummary':
        return { ok: true, value: this.summary(question.input) };
      case 'ledger':
        return { ok: true, value: this.page(question.input) };
      case 'recordFate':
        return this.story(question.input);
    }
  }

  /** With `waitMs` its verdicts are strict; the wait itself is over. `state`: newer than the file's. */
  summary({ waitMs, ...scope }: QueryInput<'ledgerSummary'>, state = this.#file.state): LedgerSummary {
    const { dropped, sizeBytes, bytesMax } = this.#file;
    return summaryOf(state ?? emptyState, scope, waitMs !== undefined, { dropped, sizeBytes, bytesMax });
  }

  page(input: PageInput): QueryAnswers['ledger'] {
    const { after, before, limit } = input;
    const conditions = this.#conditions(input);
    const select = (more: string, ...values: (string | number)[]): RecordRow[] =>
      this.#file.rows<RecordRow>(
        `SELECT * FROM records WHERE ${conditions.sql} ${more}`,
        ...conditions.values,
        ...values,
      );
    const forward = after !== undefined;
    const found = forward
      ? select('AND row > ? ORDER BY row LIMIT ?', after, limit + 1)
      : select('AND row < ? ORDER BY row DESC LIMIT ?', before ?? Number.MAX_SAFE_INTEGER, limit + 1);
    const more = found.length > limit;
    const rows = found.slice(0, limit);
    if (!forward) rows.reverse();
    const exists = (row: number | undefined, comparison: '<' | '>'): boolean =>
      row !== undefined && select(`AND row ${comparison} ? LIMIT 1`, row).length > 0;
    const older = forward ? exists(rows[0]?.row ?? after + 1, '<') : more;
    const newer = forward ? more : before !== undefined && exists(rows.at(-1)?.row ?? before - 1, '>');
    const all = input.show.only === 'all';
    const marks = this.#marks(rows, all ? { older, newer } : { older: true, newer: true });
    return { rows: rows.map((row) => rowView(recordOf(row))), older, newer, marks };
  }

  /** Between the rows, and a little around; at the ends of the ledger also what was before and after. */
  #marks(rows: readonly RecordRow[], { older, newer }: { older: boolean; newer: boolean }): readonly LabEvent[] {
    const from = older ? (rows[0]?.sent_ms ?? 0) - marginMs : 0;
    const to = newer ? (rows.at(-1)?.sent_ms ?? 0) + marginMs : Number.MAX_SAFE_INTEGER;
    const sql =
      'SELECT body FROM marks WHERE run = ? AND at_ms >= ? AND at_ms <= ? ORDER BY at_ms DESC, id DESC LIMIT ?';
    const found = this.#file.rows<{ body: string }>(sql, this.#file.run, from, to, marksMax);
    return found.map(({ body }) => JSON.parse(body) as LabEvent).reverse();
  }

  #conditions(input: PageInput): Conditions {
    const parts = ['run = ?'];
    const values: (string | number)[] = [this.#file.run];
    const also = (sql: string, ...more: (string | number)[]): void => {
      parts.push(sql);
      values.push(...more);
    };
    const { topic, partition, producer, show } = input;
    if (topic !== undefined) also('topic = ?', topic);
    if (topic !== undefined && partition !== undefined) also('partition = ?', partition);
    if (producer !== undefined) also('producer = ?', producer);
    switch (show.only) {
      case 'all':
        break;
      case 'around':
        also('sent_ms >= ? AND sent_ms <= ?', show.atMs - show.spanMs, show.atMs + show.spanMs);
        break;
      case 'lost':
        also('row IN (SELECT value FROM json_each(?))', JSON.stringify(this.#lostAndNeighbours()));
        break;
      case 'duplicated':
        also(`fate = 'duplicated'`);
        break;
      case 'unread':
        also('unread = 1');
        break;
    }
    return { sql: parts.join(' AND '), values };
  }

  /** Rows of lost records and of those beside them in the same partition. */
  #lostAndNeighbours(): readonly number[] {
    type Lost = { row: number; topic: string; partition: number | null; place: number | null };
    const lost = this.#file.rows<Lost>(
      `SELECT row, topic, partition, place FROM records WHERE run = ? AND fate = 'lost' ORDER BY row DESC LIMIT ?`,
      this.#file.run,
      lostMax,
    );
    const rows = new Set(lost.map(({ row }) => row));
    const sql = 'SELECT row FROM records WHERE run = ? AND topic = ? AND partition = ? AND place >= ? AND place <= ?';
    for (const { topic, partition, from, to } of stretches(lost)) {
      const beside = this.#file.rows<{ row: number }>(
        sql,
        this.#file.run,
        topic,
        partition,
        from - neighboursMax,
        to + neighboursMax,
      );
      for (const { row } of beside) rows.add(row);
    }
    return [...rows];
  }

  story(input: QueryInput<'recordFate'>): QueryResult<RecordStory> {
    const row = 'offset' in input ? this.#rowAt(input) : this.#rowOf(input);
    if (row === null) {
      const value =
        'offset' in input ? `${input.topic}-${input.partition}@${input.offset}` : `${input.producer} #${input.number}`;
      return refused(
        'no-such-record',
        'record',
        value,
        'The ledger has records that lab producers sent in this run; the oldest are dropped when there is no room.',
      );
    }
    const record = recordOf(row);
    const state = this.#file.state ?? emptyState;
    const partition =
      state.partitions.find((each) => each.topic === record.topic && each.partition === record.partition) ?? null;
    const why = whyOf(record, partition, this.#diedMs(record));
    return {
      ok: true,
      value: {
        record: rowView(record),
        acks: record.acks,
        idempotent: record.idempotent,
        why,
        holders: holdersOf(record, partition),
        leaders: leadersSince(record, partition),
        keptBy: keptBy(why.reason, record),
        sameMoment: this.#sameMoment(record),
      },
    };
  }

  /** The one that the log has there, before one that was said to be there. */
  #rowAt({ topic, partition, offset }: { topic: string; partition: number; offset: number }): RecordRow | null {
    const at = this.#file.rows<RecordRow>(
      'SELECT * FROM records WHERE run = ? AND topic = ? AND partition = ? AND place = ? ORDER BY row DESC',
      this.#file.run,
      topic,
      partition,
      offset,
    );
    const found = at.find(({ copies }) => copies !== null && copies !== '[]') ?? at[0];
    if (found !== undefined) return found;
    const twice = this.#file.rows<RecordRow>(
      `SELECT * FROM records WHERE run = ? AND fate = 'duplicated' AND topic = ? AND partition = ?
       AND EXISTS (SELECT 1 FROM json_each(copies) WHERE value = ?) LIMIT 1`,
      this.#file.run,
      topic,
      partition,
      offset,
    );
    return twice[0] ?? null;
  }

  #rowOf({ producer, number }: { producer: string; number: number }): RecordRow | null {
    const sql = 'SELECT * FROM records WHERE run = ? AND producer = ? AND number = ?';
    return this.#file.row<RecordRow>(sql, this.#file.run, producer, number);
  }

  /** When the broker that answered was next ended. */
  #diedMs({ broker, ackedMs }: LedgerRecord): number | null {
    if (ackedMs === null || broker < 0) return null;
    const marks = this.#file.rows<{ at_ms: number; body: string }>(
      'SELECT at_ms, body FROM marks WHERE run = ? AND at_ms >= ? ORDER BY at_ms LIMIT ?',
      this.#file.run,
      Math.floor(ackedMs) - 1,
      marksMax,
    );
    const end = marks.find(({ body }) => {
      const { kind, node, change } = JSON.parse(body) as LabEvent;
      return kind === 'process' && node === broker && (change?.now === 'killed' || change?.now === 'failed');
    });
    return end?.at_ms ?? null;
  }

  #sameMoment(record: LedgerRecord): readonly LedgerRow[] {
    const others = (this.#file.state ?? emptyState).cells.map(({ producer }) => producer);
    const sql = `SELECT * FROM records WHERE run = ? AND producer = ? AND sent_ms >= ? AND sent_ms <= ?
      ORDER BY abs(sent_ms - ?) LIMIT 1`;
    return [...new Set(others)]
      .filter((producer) => producer !== record.producer)
      .flatMap((producer) =>
        this.#file.rows<RecordRow>(
          sql,
          this.#file.run,
          producer,
          record.sentMs - sameMomentMs,
          record.sentMs + sameMomentMs,
          record.sentMs,
        ),
      )
      .map((row) => rowView(recordOf(row)));
  }
}

/** Lost records without a gap that their neighbours would not fill. */
function stretches(lost: readonly { topic: string; partition: number | null; place: number | null }[]) {
  const made: { topic: string; partition: number; from: number; to: number }[] = [];
  const placed = lost.filter((each) => each.partition !== null && each.place !== null);
  const sorted = placed.sort((a, b) =>
    a.topic === b.topic ? a.partition! - b.partition! || a.place! - b.place! : a.topic < b.topic ? -1 : 1,
  );
  for (const { topic, partition, place } of sorted) {
    const last = made.at(-1);
    const joins = last !== undefined && last.topic === topic && last.partition === partition;
    if (joins && place! - last.to <= 2 * neighboursMax) last.to = place!;
    else made.push({ topic, partition: partition!, from: place!, to: place! });
  }
  return made;
}

export function rowView(record: LedgerRecord): LedgerRow {
  const { row, producer, number, key, topic, partition, bytes, createMs, sentMs, ackedMs, error, failedMs } = record;
  const place = placeOf(record);
  return {
    row,
    producer,
    number,
    key,
    topic,
    partition,
    offset: record.ackedOffset ?? place,
    bytes,
    createMs: createMs < 0 ? Math.floor(sentMs) : createMs,
    sentMs,
    ackedMs: record.acks === '0' ? null : ackedMs,
    error,
    failedMs,
    replicas: place === null || record.replicas === null ? null : { had: hadOf(record), of: record.replicas },
    readableMs: record.readableMs,
    reads: record.reads,
    copies: record.copies,
    fate: fateOf(record),
  };
}

function hadOf({ had, replicas }: LedgerRecord): number {
  return Math.min(had.length, replicas ?? had.length);
}
