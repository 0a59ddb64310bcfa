/**
 * What the host and a thread that works on a run say to each other. A thread has one task: it exports, unpacks an archive,
 * or answers questions about a recorded run until it is closed.
 */
import type { QueryAnswers, QueryInput, QueryName, QueryResult } from '../../contract/queries.ts';
import type { PropertyView } from '../../contract/verdicts.ts';
import type { ScenarioRunView } from '../../contract/scenarios.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';

export interface ExportSetup {
  /** Of a lab or of a scenario's run: holds `journal.db` and, where lab producers ran, `ledger.db`. */
  readonly directory: string;
  /** Name of the journal's database in it; an opened run's is `run.db`. */
  readonly journal: string;
  /** Which start of the lab; null for the newest. */
  readonly start: number | null;
  /** Null for a lab of one's own; then the last picture's counts, if it has one. */
  readonly scenario: ScenarioRunView | null;
  /** The ledger's verdicts as of now; null where nobody asked the ledger. */
  readonly properties: readonly PropertyView[] | null;
  /** What the brokers answered to DescribeConfigs; null where nobody could ask. */
  readonly configs: ExportConfigs | null;
  /** Absolute; must not exist, or be an empty folder. */
  readonly target: string;
  readonly format: 'folder' | 'zip';
  /** The id that the window calls it by. */
  readonly run: string;
  /** Of a run that is no scenario's. */
  readonly title: string;
  /** Of Brokerlab. */
  readonly version: string;
  /** The start goes on: its end is when the export was made. */
  readonly isLive: boolean;
}

/** Values that are not defaults, by Kafka's names. */
export interface ExportConfigs {
  readonly brokers: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
  readonly topics: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
}

export interface ExportResult {
  readonly path: string;
  readonly bytes: number;
  readonly events: number;
}

export interface UnpackSetup {
  readonly archive: string;
  /** Made; must not exist. */
  readonly folder: string;
  /** Names that are wanted; one that is not there is left out. */
  readonly names: readonly string[];
  /** Of all files together, unpacked. */
  readonly bytesMax: number;
}

export interface ArchiveSetup {
  /** Of the journal's database. */
  readonly path: string;
  readonly start: number | null;
  /** Null where lab producers never ran. */
  readonly ledger: string | null;
  /** It came from outside: it is checked page by page first. */
  readonly foreign: boolean;
}

export type RunTask =
  | { readonly task: 'export'; readonly setup: ExportSetup }
  | { readonly task: 'unpack'; readonly setup: UnpackSetup }
  | { readonly task: 'archive'; readonly setup: ArchiveSetup };

export type AskedOf<N extends QueryName> = { readonly name: N; readonly input: QueryInput<N> };
export type Asked = { [N in QueryName]: AskedOf<N> }[QueryName];
export type Answered = QueryResult<QueryAnswers[QueryName]>;

export type ToRunWorker =
  /** Stop, and take away what was begun. */
  { readonly type: 'cancel' } | { readonly type: 'ask'; readonly id: number; readonly asked: Asked };

/** What an archive has. */
export interface ArchiveOpened {
  readonly start: number;
  readonly startedMs: number;
  readonly lastMs: number;
  readonly events: number;
  readonly last: LabSnapshot;
  /** Questions that it answers. */
  readonly answers: readonly QueryName[];
}

export type FromRunWorker =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'exported'; readonly result: ExportResult }
  | { readonly type: 'unpacked' }
  | { readonly type: 'opened'; readonly opened: ArchiveOpened }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answered }
  | { readonly type: 'cancelled' }
  | { readonly type: 'failed'; readonly thing: string; readonly value: string; readonly hint: string };
