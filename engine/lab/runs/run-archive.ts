/**
 * A recorded run's databases and their answers, in a thread of its own. What comes from a stranger is checked before
 * anything of it is believed: its pages, its tables, the form of its pictures.
 */
import type Database from 'better-sqlite3';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import type { RebalanceView } from '../../contract/groups.ts';
import type { QueryInput } from '../../contract/queries.ts';
import { refused } from '../outcome.ts';
import { RunError } from './run-error.ts';
import type { Answered, ArchiveOpened, ArchiveSetup, Asked } from './run-messages.ts';
import { ledgerRunOf, LedgerSource } from './ledger-source.ts';
import { openReadOnly, RunSource } from './run-source.ts';

/** Lists that every picture has. */
const lists = [
  'brokers',
  'topics',
  'partitions',
  'producers',
  'consumers',
  'groups',
  'events',
  'problems',
  'faults',
] as const;

const ledgerAnswers = ['ledgerSummary', 'ledger', 'recordFate'] as const;
/** Questions that the journal's database answers. */
const journalAnswers = [
  'journal',
  'timeline',
  'moment',
  'events',
  'neighbour',
  'series',
  'spaceTime',
  'rebalances',
] as const;

/** The picture tells of a rebalance's end within this time of its event. */
const toldWithinMs = 300;
/** Each of them costs a picture. */
const rebalancesLookedAt = 60;

export class RunArchive {
  readonly #setup: ArchiveSetup;
  readonly #source: RunSource;
  #ledger: LedgerSource | null = null;
  readonly opened: ArchiveOpened;

  /** @throws {@link RunError} */
  constructor(setup: ArchiveSetup) {
    this.#setup = setup;
    this.#source = new RunSource(setup.path, setup.start);
    try {
      if (setup.foreign) {
        checkTables(this.#source.db, setup.path);
        if (setup.ledger !== null) checkLedger(setup.ledger);
      }
      const { id: start, startedMs, lastMs, events } = this.#source.start;
      const last = this.#source.last();
      this.#checkPicture(last);
      this.#ledger = this.#openLedger();
      this.opened = {
        start,
        startedMs,
        lastMs,
        events,
        last,
        answers: this.#ledger === null ? journalAnswers : [...journalAnswers, ...ledgerAnswers],
      };
    } catch (error) {
      this.#source.close();
      this.#ledger?.close();
      if (error instanceof RunError) throw error;
      throw new RunError('run', setup.path, `It is damaged (${(error as Error).message}).`, error);
    }
  }

  /** As the pictures at their ends tell them, newest first. */
  #rebalances({ group, limit }: QueryInput<'rebalances'>): RebalanceView[] {
    const found: RebalanceView[] = [];
    for (const { atMs, args } of this.#source.newest('rebalance', rebalancesLookedAt)) {
      if (args['group'] !== group || found.length >= limit) continue;
      const told = this.#source.moment(Math.min(this.opened.lastMs, atMs + toldWithinMs));
      const rebalance = told.groups.find(({ id }) => id === group)?.rebalance ?? null;
      if (rebalance !== null && !found.some(({ number }) => number === rebalance.number)) found.push(rebalance);
    }
    return found;
  }

  #openLedger(): LedgerSource | null {
    const { ledger } = this.#setup;
    if (ledger === null) return null;
    const run = ledgerRunOf(ledger, this.#source.start);
    return run === null ? null : new LedgerSource(ledger, run);
  }

  #checkPicture(snapshot: LabSnapshot): void {
    const isObject = typeof snapshot === 'object' && snapshot !== null && typeof snapshot.lab === 'object';
    const missing = isObject ? lists.find((list) => !Array.isArray(snapshot[list])) : 'lab';
    if (missing !== undefined) {
      throw new RunError(
        'run',
        this.#setup.path,
        `Its pictures have no ${missing}: it is of another version or damaged.`,
      );
    }
  }

  answer(asked: Asked): Answered {
    const { path } = this.#setup;
    try {
      switch (asked.name) {
        case 'moment': {
          const answer = this.#source.reader.moment(asked.input.atMs);
          if (answer.ok) this.#checkPicture(answer.value);
          return answer;
        }
        case 'journal':
        case 'timeline':
        case 'events':
        case 'neighbour':
        case 'series':
        case 'spaceTime':
          return this.#source.reader.answer(asked);
        case 'rebalances':
          return { ok: true, value: { rebalances: this.#rebalances(asked.input) } };
        case 'ledgerSummary':
        case 'ledger':
        case 'recordFate':
          return this.#ledger?.reader.answer(asked) ?? refused('recorded', 'ledger', path, 'No lab producer ran.');
        default:
          return refused('recorded', 'run', path, 'A recorded run has no answer to this.');
      }
    } catch (error) {
      return refused('run-unreadable', 'run', path, (error as Error).message);
    }
  }
}

/** Pages that are whole and tables alone: nothing in the file acts when it is read. */
function checkTables(db: Database.Database, path: string): void {
  const pages = db.pragma('quick_check(1)', { simple: true });
  if (pages !== 'ok') throw new RunError('run', path, `It is damaged (${String(pages)}).`);
  const odd = db.prepare("SELECT type, name FROM sqlite_master WHERE type NOT IN ('table', 'index')").get();
  if (odd === undefined) return;
  const { type, name } = odd as { type: string; name: string };
  throw new RunError('run', path, `It has a ${type} ${name}; a run of Brokerlab has tables alone.`);
}

function checkLedger(path: string): void {
  const db = openReadOnly(path);
  try {
    checkTables(db, path);
  } finally {
    db.close();
  }
}
