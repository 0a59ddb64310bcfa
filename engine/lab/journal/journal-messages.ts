/**
 * What the host and the journal's thread say to each other. Deltas and events travel by structured clone; the answer to a
 * question carries the number it was asked under.
 */
import type { MessagePort } from 'node:worker_threads';
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabDelta } from '../../contract/delta.ts';
import type { LabEvent } from '../../contract/events.ts';
import type { QueryAnswers, QueryInput, QueryResult } from '../../contract/queries.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';

/** The questions that the journal answers. */
export type JournalQuery = 'spaceTime' | 'journal' | 'timeline' | 'moment' | 'events' | 'neighbour' | 'series';

export interface JournalSetup {
  /** Absolute path of the database. */
  readonly path: string;
  /** Beyond this size the oldest numbers go. */
  readonly bytesMax: number;
  /** Broker configs that the lab was started with. */
  readonly configs: Readonly<Record<string, string>>;
}

/** One thing to write, in the order in which it was published. */
export type JournalEntry =
  | { readonly type: 'delta'; readonly delta: LabDelta }
  /** Of deltas that were left out because the writer was behind. */
  | { readonly type: 'events'; readonly events: readonly LabEvent[] }
  /** The picture after deltas that were left out. */
  | { readonly type: 'snapshot'; readonly snapshot: LabSnapshot };

export type QuestionOf<N extends JournalQuery> = { readonly name: N; readonly input: QueryInput<N> };
export type Question = { [N in JournalQuery]: QuestionOf<N> }[JournalQuery];
export type Answer = QueryResult<QueryAnswers[JournalQuery]>;

/** As it was given, so that it can be given again. */
export interface JournalCommand {
  readonly atMs: number;
  readonly command: LabCommand;
  readonly result: CommandResult;
}

export type ToJournal =
  | { readonly type: 'begin'; readonly first: LabSnapshot }
  /** `through`: how many entries were posted so far, these among them. */
  | { readonly type: 'record'; readonly entries: readonly JournalEntry[]; readonly through: number }
  /** What a thread posts there is what went over its wire. */
  | { readonly type: 'wire'; readonly port: MessagePort }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  /** What somebody asked for, in full, with what came of it. */
  | { readonly type: 'command'; readonly command: JournalCommand }
  | { readonly type: 'limit'; readonly bytes: number }
  | { readonly type: 'close' };

export type FromJournal =
  /** The run is open; what was moved aside before is named in `notice`. */
  | { readonly type: 'begun'; readonly notice: string | null }
  | { readonly type: 'taken'; readonly through: number }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  /** Nothing is written until it says otherwise; questions are still answered as far as that goes. */
  | { readonly type: 'fault'; readonly message: string }
  /** It can be written again; so many changes of state were more than could be kept meanwhile. */
  | { readonly type: 'recovered'; readonly lost: number }
  | { readonly type: 'closed' };
