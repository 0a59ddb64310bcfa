/**
 * What the ledger's thread is told and what it answers. Plain data: lab clients report over a port of their own, in
 * columns, so that a record costs no object on the way; the host passes on what brokers tell. All times are lab time.
 */
import type { LabEvent } from '../../contract/events.ts';
import type { QueryAnswers, QueryInput, QueryResult } from '../../contract/queries.ts';
import type { MessagePort } from 'node:worker_threads';

/** The questions that the ledger answers. */
export type LedgerQuery = 'ledgerSummary' | 'ledger' | 'recordFate';

export interface LedgerSetup {
  /** Absolute path of the database. */
  readonly path: string;
  /** Beyond this size the oldest unremarkable rows go. */
  readonly bytesMax: number;
  /** The cell of lab time. */
  readonly time: SharedArrayBuffer;
  readonly startedMs: number;
}

/** Of one lab client's thread, from its start to its end. `n` counts the records given to `send()` in that thread, from 1. */
export type ClientReport =
  | { readonly type: 'producer'; readonly acks: '0' | '1' | 'all'; readonly idempotent: boolean }
  | SendReport
  | {
      readonly type: 'polled';
      readonly atMs: number;
      /** One for each stretch of records of one partition. */
      readonly topics: readonly string[];
      readonly partitions: Int32Array;
      readonly counts: Int32Array;
      /** Of each record. */
      readonly offsets: Float64Array;
      readonly timestamps: Float64Array;
      readonly crcs: Uint32Array;
    }
  /** As its SyncGroup's answer gave them: all it has in that generation. */
  | {
      readonly type: 'owns';
      readonly atMs: number;
      readonly member: string;
      readonly generation: number;
      readonly partitions: readonly string[];
    };

/** What happened in one turn of a producer's thread, in the order of the fields. */
export interface SendReport {
  readonly type: 'sends';
  /** Given to `send()`: one topic for all. */
  readonly sent: {
    readonly topic: string;
    readonly firstN: number;
    readonly ms: Float64Array;
    readonly keys: readonly (string | null)[];
    readonly crcs: Uint32Array;
    readonly bytes: Uint32Array;
  }[];
  /** Got their partition and timestamp. */
  readonly placed: {
    readonly ns: Float64Array;
    readonly partitions: Int32Array;
    readonly createMs: Float64Array;
  } | null;
  /** Answered. `offset` -1: not known. `broker` -1: nobody answers (`acks=0`) or not known. */
  readonly acked: {
    readonly ns: Float64Array;
    readonly ms: Float64Array;
    readonly offsets: Float64Array;
    readonly brokers: Int32Array;
  } | null;
  readonly failed: { readonly ns: Float64Array; readonly ms: Float64Array; readonly errors: readonly string[] } | null;
  /** Batches that are tried again, by partition: `orders-1`. */
  readonly retried: readonly { readonly topic: string; readonly partition: number; readonly records: number }[];
  /** Too many to follow; by topic. */
  readonly leftOut: readonly {
    readonly topic: string;
    readonly sent: number;
    readonly acked: number;
    readonly failed: number;
  }[];
}

export interface ReplicaTold {
  readonly topic: string;
  readonly partition: number;
  readonly isLeader: boolean;
  readonly epoch: number;
  readonly logStart: number;
  readonly logEnd: number;
  readonly highWatermark: number;
}

/** What the host passes on. */
export type HostReport =
  | { readonly type: 'sample'; readonly atMs: number; readonly node: number; readonly replicas: readonly ReplicaTold[] }
  /** Metadata as a node has applied it; told by each of them. */
  | {
      readonly type: 'partition';
      readonly atMs: number;
      readonly topic: string;
      readonly partition: number;
      readonly leader: number;
      readonly epoch: number;
      readonly isr: readonly number[];
      readonly replicas: readonly number[];
      /** Of the metadata log, up to which the node had applied it; left out: after everything told before. */
      readonly offset?: number;
    }
  | {
      readonly type: 'topic';
      readonly topic: string;
      readonly minInsync: number | null;
      /** `cleanup.policy` has `compact`. */
      readonly compacted: boolean;
    }
  | { readonly type: 'topic-deleted'; readonly atMs: number; readonly topic: string }
  | {
      readonly type: 'truncated';
      readonly atMs: number;
      readonly node: number;
      readonly topic: string;
      readonly partition: number;
      readonly to: number;
    }
  | {
      readonly type: 'committed';
      readonly atMs: number;
      readonly group: string;
      /** Who committed; empty: nobody in the group, as when offsets are reset. */
      readonly member: string;
      readonly offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[];
    }
  | {
      readonly type: 'assignment';
      readonly atMs: number;
      readonly group: string;
      readonly generation: number;
      readonly members: readonly { readonly member: string; readonly partitions: readonly string[] }[];
    }
  | { readonly type: 'event'; readonly event: LabEvent };

export type QuestionOf<N extends LedgerQuery> = { readonly name: N; readonly input: QueryInput<N> };
export type Question = { [N in LedgerQuery]: QuestionOf<N> }[LedgerQuery];
export type Answer = QueryResult<QueryAnswers[LedgerQuery]>;

export type ToLedger =
  /** A thread of a lab client begins; its reports come over `port` until that closes. */
  | {
      readonly type: 'client';
      readonly client: string;
      /** Of a consumer; null for a producer. */
      readonly group: string | null;
      readonly port: MessagePort;
    }
  | { readonly type: 'reports'; readonly reports: readonly HostReport[] }
  /** Of the brokers that run now; empty when none does. */
  | { readonly type: 'brokers'; readonly bootstrapServers: string }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  | { readonly type: 'close' };

export type FromLedger =
  | { readonly type: 'begun'; readonly notice: string | null }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  /** Verdicts in short, when they changed. */
  | { readonly type: 'verdicts'; readonly holds: number; readonly broken: number; readonly unknown: number }
  /** Topics that lab producers wrote: only these are worth telling about. */
  | { readonly type: 'topics'; readonly topics: readonly string[] }
  | { readonly type: 'fault'; readonly message: string }
  | { readonly type: 'closed' };
