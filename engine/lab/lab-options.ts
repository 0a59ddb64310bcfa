/** What a lab is started with. */
import type { ScenarioFolders, ScenarioLibrary } from './scenario/scenario-library.ts';
import type { WorkerEntries } from './workers.ts';

export const brokerlabVersion = '0.1.0';
export const defaultBrokers = 3;

export interface LabOptions {
  /** Absolute. */
  readonly dataDir: string;
  readonly workers: WorkerEntries;
  /** Of a new lab, null for the default; an existing one keeps its brokers. */
  readonly brokers: number | null;
  /** Port of the first broker. Null: 9092, or what is free. */
  readonly port: number | null;
  /** Broker configs for all brokers, by Kafka's names. */
  readonly set: Readonly<Record<string, string>>;
  /** Whether a new lab gets its topic `orders`, a producer on it and a group of two consumers. */
  readonly defaultWorkload: boolean;
  /** Whether what happens is written to the directory. */
  readonly journal: boolean;
  /** Left out: none are shipped, and the user's own are in `DIR/scenarios`. */
  readonly scenarios?: ScenarioFolders;
  /** Whoever holds several labs gives all of them the same one. */
  readonly library?: ScenarioLibrary;
  /** The journal's size on disk; left out: its default. */
  readonly journalBytes?: number;
  /** Where brokers' problems and warnings go besides the window, a line each. Left out: nowhere. */
  readonly console?: (line: string) => void;
}
