/**
 * What the window asks for once, besides the stream: the past from the journal, configs, records. Answers are data; a
 * question that cannot be answered says why (`QueryResult`).
 */
import * as v from 'valibot';
import type { Offset, PartitionIndex, TimestampMs, TopicName } from '../base/ids.ts';
import type { CommandError } from './commands.ts';
import { configQueries, type ConfigAnswers, type ConfigEntry } from './configs.ts';
import type { LabEvent } from './events.ts';
import { feedQueries, type FeedAnswers } from './feeds.ts';
import type { RebalanceView } from './groups.ts';
import { ledgerQueries, type LedgerAnswers } from './ledger.ts';
import type { RecordText } from './record-text.ts';
import { produceQueries, type ProduceAnswers } from './produce.ts';
import { runQueries, type RunAnswers } from './runs.ts';
import { scenarioQueries, type ScenarioAnswers } from './scenarios.ts';
import type { LabSnapshot } from './snapshot.ts';
import { storageQueries, type StorageAnswers } from './storage.ts';
import { wireQueries, type WireAnswers } from './wire.ts';

export type QueryResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: CommandError };

const timeMs = v.pipe(v.number(), v.minValue(0));
const partitionIndex = v.pipe(v.number(), v.integer(), v.minValue(0));
const name = v.pipe(v.string(), v.maxLength(255));

export const querySchemas = {
  /** How far the journal reaches. */
  journal: v.strictObject({}),
  /** Rates, ISR and flags between two moments, in at most `buckets` steps. */
  timeline: v.strictObject({
    fromMs: timeMs,
    toMs: timeMs,
    buckets: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2000)),
  }),
  /** The whole lab as it was at a moment. */
  moment: v.strictObject({ atMs: timeMs }),
  /** Events of the journal, newest last. */
  events: v.strictObject({
    /** Only those with a smaller id; for paging back. */
    beforeId: v.optional(v.pipe(v.number(), v.integer())),
    fromMs: v.optional(timeMs),
    toMs: v.optional(timeMs),
    /** Words that all appear in the line (kind, source, arguments), whatever their case. */
    text: v.optional(v.pipe(v.string(), v.maxLength(200))),
    kinds: v.optional(v.array(name)),
    limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2000)),
  }),
  /** The event before or after a moment that changed a state (no rates, no commits): for `[` and `]`. */
  neighbour: v.strictObject({ atMs: timeMs, direction: v.picklist(['previous', 'next']) }),
  /** Rebalances of a group, newest first. */
  rebalances: v.strictObject({ group: name, limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)) }),
  /** DescribeConfigs of a topic, with source and default. */
  topicConfigs: v.strictObject({ topic: name }),
  /** Records of a partition, read over the wire like any consumer. */
  records: v.strictObject({
    topic: name,
    partition: partitionIndex,
    /** The first record at or after it; `latest` reads the newest `limit`. */
    from: v.variant('by', [
      v.strictObject({ by: v.literal('offset'), offset: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
      v.strictObject({ by: v.literal('time'), timestampMs: timeMs }),
      v.strictObject({ by: v.literal('earliest') }),
      v.strictObject({ by: v.literal('latest') }),
    ]),
    limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)),
  }),

  ...configQueries,
  ...feedQueries,
  ...ledgerQueries,
  ...produceQueries,
  ...runQueries,
  ...scenarioQueries,
  ...storageQueries,
  ...wireQueries,
} as const;

export type QueryName = keyof typeof querySchemas;
export const queryNames = Object.keys(querySchemas) as readonly QueryName[];
export type QueryInput<N extends QueryName> = v.InferOutput<(typeof querySchemas)[N]>;

export interface QueryAnswers
  extends
    ConfigAnswers,
    FeedAnswers,
    LedgerAnswers,
    ProduceAnswers,
    RunAnswers,
    ScenarioAnswers,
    StorageAnswers,
    WireAnswers {
  readonly journal: JournalInfo;
  readonly timeline: Timeline;
  readonly moment: LabSnapshot;
  readonly events: { readonly events: readonly LabEvent[]; readonly more: boolean };
  readonly neighbour: { readonly event: LabEvent | null };
  readonly rebalances: { readonly rebalances: readonly RebalanceView[] };
  readonly topicConfigs: { readonly configs: readonly ConfigEntry[] };
  readonly records: RecordPage;
}

/** Everything the window asks of the host besides commands. */
export type LabQueries = {
  [N in QueryName]: (input: QueryInput<N>) => Promise<QueryResult<QueryAnswers[N]>>;
};

export interface JournalInfo {
  readonly path: string;
  /** Null while it is empty. */
  readonly firstMs: TimestampMs | null;
  readonly lastMs: TimestampMs | null;
  readonly sizeBytes: number;
  readonly events: number;
  /** Starts of the lab on this directory; the newest is this run. */
  readonly runStartedMs: readonly TimestampMs[];
  /** Beyond this size the oldest pictures, lines of traffic and numbers go; null for a recorded run. */
  readonly limitBytes: number | null;
  /** What went for the limit since the journal began, and up to which moment; never a change of state. */
  readonly dropped: JournalDropped;
  /** It writes what happens; false after a fault of the disk, until there is room again, and for a recorded run. */
  readonly records: boolean;
  /** Why it does not record; null when all is well. */
  readonly fault: string | null;
}

export interface JournalDropped {
  /** Intervals of pictures: some seconds of scrubbing each. */
  readonly pictures: number;
  /** Lines of batches, commits, rolled segments and logs. */
  readonly traffic: number;
  /** Single seconds of rates; their sums over ten seconds and more stay. */
  readonly seconds: number;
  /** Rows of what went over the wire. */
  readonly wire: number;
  /** Null while nothing was dropped. */
  readonly untilMs: TimestampMs | null;
}

export interface Timeline {
  readonly fromMs: TimestampMs;
  readonly toMs: TimestampMs;
  /** One each `stepMs`, oldest first; a step in which nothing was recorded has nulls. */
  readonly stepMs: number;
  readonly steps: readonly TimelineStep[];
  /** What people and the lab did, and what came of it: kills, stops, returns, client changes, elections. */
  readonly flags: readonly TimelineFlag[];
}

export interface TimelineStep {
  readonly atMs: TimestampMs;
  /** Records per second that partitions took in and that consumers (committed or lab positions) got through. */
  readonly produced: number | null;
  readonly consumed: number | null;
  /** Partitions with less than all replicas in the ISR, below `min.insync.replicas`, and without a leader that lives. */
  readonly underReplicated: number | null;
  readonly underMinIsr: number | null;
  readonly offline: number | null;
  /** Groups that are in a rebalance. */
  readonly rebalancing: number | null;
}

export interface TimelineFlag {
  readonly atMs: TimestampMs;
  /** Null while it stands; equal to `atMs` for what has no length. */
  readonly endedMs: TimestampMs | null;
  readonly kind: 'fault' | 'change' | 'election' | 'client' | 'rebalance' | 'problem';
  /** The event that it stands for; words come from the window's catalogues. */
  readonly event: LabEvent;
}

export interface RecordPage {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly records: readonly RecordView[];
  /** Bounds of the partition as of the read. */
  readonly logStartOffset: Offset;
  readonly highWatermark: Offset;
}

export interface RecordView {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly offset: Offset;
  readonly timestampMs: TimestampMs;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly key: RecordText | null;
  readonly value: RecordText | null;
  readonly headers: readonly { readonly key: string; readonly value: RecordText | null }[];
  /** Of the batch that holds it. */
  readonly batch: {
    readonly baseOffset: Offset;
    readonly records: number;
    readonly bytes: number;
    readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
    readonly leaderEpoch: number;
    readonly producerId: number;
    readonly producerEpoch: number;
    readonly baseSequence: number;
    readonly transactional: boolean;
    readonly control: boolean;
  };
}

/** A live tail of a topic or of one of its partitions, from now on. */
export const tailSchema = v.strictObject({
  topic: name,
  /** Left out: all of them. */
  partition: v.optional(partitionIndex),
  /** Only records whose key, value or a header contains it, whatever the case. */
  contains: v.optional(v.pipe(v.string(), v.maxLength(200))),
});
export type TailInput = v.InferOutput<typeof tailSchema>;
/** What came since the last one; at most four a second. */
export interface TailUpdate {
  readonly records: readonly RecordView[];
  /** Seen since the tail began, whether they matched or not. */
  readonly seen: number;
  readonly matched: number;
  /** Left out because they came faster than they can be shown: matching ones, and those that were jumped over unread. */
  readonly skipped: number;
  readonly error: string | null;
}

export type { ConfigEntry, ConfigSource } from './configs.ts';
export * from './record-text.ts';
