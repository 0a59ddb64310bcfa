/**
 * Everything that happened, in SQLite in the lab's directory. One writer in a thread of its own; the host hands it what
 * it published and never waits for it: its own cost is the clone of a delta.
 *
 * When the writer is behind by {@link behindMax} entries, numbers are left out and events are not; when it has caught up,
 * it gets the whole picture and goes on from there. When its file cannot be written (a full disk, most likely) the lab
 * goes on; it keeps changes of state until there is room again.
 */
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabDelta } from '../../contract/delta.ts';
import type { LabEvent } from '../../contract/events.ts';
import type { LabQueries, QueryAnswers, QueryInput, QueryResult } from '../../contract/queries.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import { AskedThread } from '../asked-thread.ts';
import { refused } from '../outcome.ts';
import { isStateEvent } from './what-changed.ts';
import type { FromJournal, JournalEntry, JournalQuery, JournalSetup, Question, ToJournal } from './journal-messages.ts';

export interface JournalOptions {
  readonly workerEntry: URL;
  /** The lab's data directory. */
  readonly directory: string;
  /** It cannot be written: a full disk, most likely. The lab goes on. Told once until it can be written again. */
  onFault(message: string): void;
  /** Something that somebody should know; it is written on. */
  onNotice(message: string): void;
  /** Beyond this size the oldest numbers go; left out: {@link journalBytesMax}. */
  readonly bytesMax?: number;
  /** Broker configs that the lab was started with. */
  readonly configs?: Readonly<Record<string, string>>;
}

export const journalBytesMax = 1024 ** 3;
/** Entries wait this long for company: the writer's thread wakes up so much less often. */
const gatherMs = 100;
/** Entries posted and not taken yet, beyond which numbers are left out. */
export const behindMax = 400;
const askLimitMs = 5000;
const commandCharsMax = 100_000;

export class Journal {
  readonly #options: JournalOptions;
  readonly #path: string;
  readonly #thread: AskedThread<ToJournal, FromJournal>;
  #gathered: JournalEntry[] = [];
  #gatherTimer: NodeJS.Timeout | null = null;
  #posted = 0;
  #taken = 0;
  /** Deltas left out: unless there are none, the next entry that is no event is a whole picture. */
  #leftOut = 0;
  #faulted = false;
  #bytesMax: number;

  readonly queries: Pick<LabQueries, JournalQuery> = {
    journal: (input) => this.#ask('journal', input),
    timeline: (input) => this.#ask('timeline', input),
    moment: (input) => this.#ask('moment', input),
    events: (input) => this.#ask('events', input),
    neighbour: (input) => this.#ask('neighbour', input),
    spaceTime: (input) => this.#ask('spaceTime', input),
    series: (input) => this.#ask('series', input),
  };

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#path = join(options.directory, 'journal.db');
    this.#bytesMax = options.bytesMax ?? journalBytesMax;
    this.#thread = new AskedThread({
      name: 'journal',
      path: this.#path,
      onMessage: (message) => this.#receive(message),
      onEnd: (why) => this.#fault(`${this.#path}: ${why}. Nothing is recorded from now on.`),
    });
  }

  /**
   * Begins a run with what the lab looks like now. The directory must be the lab's own. What is recorded after the call
   * follows `first`; it resolves when the database is open, or could not be opened.
   */
  start(first: LabSnapshot): Promise<void> {
    const setup: JournalSetup = { path: this.#path, bytesMax: this.#bytesMax, configs: this.#options.configs ?? {} };
    const begun = this.#thread.start(this.#options.workerEntry, setup);
    this.#thread.post({ type: 'begin', first });
    return begun;
  }

  /** A line for one thread to post what goes over its wire, past the host; null while there is no journal. */
  wirePort(): MessagePort | null {
    return this.#thread.line((port) => ({ type: 'wire', port }));
  }

  /** What was just published: `now` is `applyDelta(was, delta)`. Never blocks. */
  record(delta: LabDelta, now: LabSnapshot): void {
    if (!this.#thread.isOpen) return;
    if (this.#faulted) return this.#recordEvents(delta.events ?? []);
    const waiting = this.#posted + this.#gathered.length - this.#taken;
    if (this.#leftOut === 0 && waiting < behindMax) return this.#gather({ type: 'delta', delta });
    if (delta.events !== undefined) this.#gatherEvents(delta.events);
    if (waiting >= behindMax / 2) this.#leftOut += 1;
    else {
      const many = `${this.#leftOut} pictures were left out`;
      this.#options.onNotice(
        this.#leftOut === Infinity
          ? `${this.#path}: it is written again; there are no pictures of the time between, changes of state were kept.`
          : `${this.#path}: ${many}, the disk is slow; events were not.`,
      );
      this.#leftOut = 0;
      this.#gather({ type: 'snapshot', snapshot: { ...now, events: [] } });
    }
  }

  /** While the file cannot be written: changes of state alone. */
  #recordEvents(events: readonly LabEvent[]): void {
    const kept = events.filter((event) => isStateEvent(event.kind));
    if (kept.length > 0) this.#gatherEvents(kept);
  }

  /** What somebody asked for; one that is too long to be kept leaves its line in the log of events alone. */
  command(command: LabCommand, result: CommandResult, atMs: number): void {
    if (JSON.stringify(command).length <= commandCharsMax)
      this.#thread.post({ type: 'command', command: { atMs, command, result } });
  }

  /** Applies at once; beyond it the oldest numbers go. */
  setLimit(bytes: number): void {
    this.#bytesMax = bytes;
    this.#thread.post({ type: 'limit', bytes });
  }

  /** Into the newest entry, if that holds events alone: a writer that is behind gets no more entries than it can take. */
  #gatherEvents(events: readonly LabEvent[]): void {
    const last = this.#gathered.at(-1);
    if (last?.type === 'events')
      this.#gathered[this.#gathered.length - 1] = { type: 'events', events: [...last.events, ...events] };
    else this.#gather({ type: 'events', events });
  }

  #gather(entry: JournalEntry): void {
    this.#gathered.push(entry);
    this.#gatherTimer ??= setTimeout(() => this.#postGathered(), gatherMs).unref();
  }

  #postGathered(): void {
    if (this.#gatherTimer !== null) clearTimeout(this.#gatherTimer);
    this.#gatherTimer = null;
    if (this.#gathered.length === 0) return;
    const entries = this.#gathered;
    this.#gathered = [];
    this.#posted += entries.length;
    this.#thread.post({ type: 'record', entries, through: this.#posted });
  }

  async #ask<N extends JournalQuery>(name: N, input: QueryInput<N>): Promise<QueryResult<QueryAnswers[N]>> {
    if (!this.#thread.isOpen) {
      const hint = this.#faulted ? 'It failed; the lab goes on without it.' : 'It is not open yet.';
      return refused('no-journal', 'journal', this.#path, hint);
    }
    this.#postGathered();
    return this.#thread.ask(name, askLimitMs, (id) => ({ type: 'ask', id, question: { name, input } as Question }));
  }

  #receive(message: FromJournal): void {
    switch (message.type) {
      case 'begun':
        if (message.notice !== null) this.#options.onNotice(message.notice);
        this.#thread.begun();
        break;
      case 'taken':
        this.#taken = message.through;
        break;
      case 'answer':
        this.#thread.answer(message.id, message.answer);
        break;
      case 'fault':
        this.#fault(message.message);
        break;
      case 'recovered':
        this.#recovered(message.lost);
        break;
      case 'closed':
        this.#thread.closed();
        break;
    }
  }

  #fault(message: string): void {
    if (this.#faulted) return;
    this.#faulted = true;
    const gathered = this.#gathered;
    this.#gathered = [];
    for (const entry of gathered) {
      if (entry.type === 'events') this.#recordEvents(entry.events);
      if (entry.type === 'delta') this.#recordEvents(entry.delta.events ?? []);
    }
    this.#options.onFault(message);
  }

  /** What comes next is a whole picture. */
  #recovered(lost: number): void {
    this.#faulted = false;
    this.#leftOut = Infinity;
    if (lost > 0) this.#options.onNotice(`${this.#path}: ${lost} changes of state were more than could be kept.`);
  }

  /** What was recorded is on disk when it resolves. */
  async stop(): Promise<void> {
    if (!this.#thread.isOpen) return;
    this.#postGathered();
    await this.#thread.stop({ type: 'close' });
  }
}
