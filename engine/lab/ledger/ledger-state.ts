/** What the ledger's parts hand each other: the store behind the fold, and everything that verdicts are made of, as plain data. */
import type { Acks } from '../../contract/clients.ts';
import type { CellState } from './cells.ts';
import type { LedgerRecord } from './ledger-record.ts';
import type { PartitionState } from './partition-ledger.ts';

export interface RecordStore {
  put(records: Iterable<LedgerRecord>, groupsOf: (row: number) => string): void;
  /** Stored ones of this run with a place in `[from, to)`, in order. */
  placedAt(topic: string, partition: number, from: number, to: number): readonly StoredRecord[];
  withCrc(topic: string, crc: number): readonly StoredRecord[];
}

export interface StoredRecord {
  readonly record: LedgerRecord;
  /** As {@link Cells.groupsText} when it was put. */
  readonly groups: string;
}

/** What a verdict may name. */
export interface Example {
  readonly kind: 'lost' | 'duplicated' | 'below-min-isr' | 'passed-over' | 'two-owners';
  readonly atMs: number;
  readonly producer: string | null;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly text: string;
}

/** Everything that verdicts are made of; plain data. */
export interface LedgerState {
  readonly atMs: number;
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** As each lab producer promised last. */
  readonly producers: readonly { readonly producer: string; readonly acks: Acks; readonly idempotent: boolean }[];
  readonly cells: readonly CellState[];
  readonly partitions: readonly PartitionState[];
  readonly groups: readonly {
    readonly group: string;
    readonly generations: readonly number[];
    readonly conflicts: number;
  }[];
  readonly examples: readonly Example[];
}

/** One thread of a lab client, from its start to its end. */
export interface ClientSource {
  readonly client: string;
  readonly group: string | null;
  acks: Acks;
  idempotent: boolean;
  /** Records of its earlier threads. */
  base: number;
  /** By their number in this thread, until they are answered. */
  readonly open: Map<number, LedgerRecord>;
}

/** How far the log was read in a turn. */
export interface ReadTo {
  readonly readTo: number;
  /** Of the last batch; -1: there was none. */
  readonly epoch: number;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  readonly logStart: number;
  readonly atMs: number;
}
