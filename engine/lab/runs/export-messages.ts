/** What the host and the thread of an export say to each other. */
import type { PropertyView } from '../../contract/verdicts.ts';
import type { ScenarioRunView } from '../../contract/scenarios.ts';

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

/** The only word to the thread: stop, and take away what was begun. */
export interface ToExporter {
  readonly type: 'cancel';
}

export type FromExporter =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'done'; readonly result: ExportResult }
  | { readonly type: 'cancelled' }
  | { readonly type: 'failed'; readonly thing: string; readonly value: string; readonly hint: string };
