/**
 * The ledger: the fate of every record that lab producers sent, and what can be said of it for certain. Where a record
 * is stands in the brokers' logs, which the ledger reads over the wire; an acknowledged record whose place was not read
 * yet is `unread`, never assumed to be there.
 */
import * as v from 'valibot';
import type {
  DurationMs,
  GroupId,
  LeaderEpoch,
  NodeId,
  Offset,
  PartitionIndex,
  TimestampMs,
  TopicName,
} from '../base/ids.ts';
import type { Acks, ClientName } from './clients.ts';
import type { LabEvent } from './events.ts';
import type { PropertyView } from './verdicts.ts';

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(249));
const partition = whole(0, 100_000);
/** Left out: all of them. A partition counts only with its topic. */
const scope = { topic: v.optional(name), partition: v.optional(partition), producer: v.optional(name) };

export const ledgerCommands = {} as const;

export const ledgerQueries = {
  /**
   * Counts and verdicts. With `waitMs` it answers as soon as everything acknowledged by now was read, at the latest after
   * so much wall time, and its verdicts are strict: what is unread then is `unknown`. Without it, records that were
   * acknowledged within the newest {@link freshMs} and could not be read yet do not keep a property from holding.
   */
  ledgerSummary: v.strictObject({ ...scope, waitMs: v.optional(whole(0, 60_000)) }),
  /** A page of records in the order in which they were sent. */
  ledger: v.strictObject({
    ...scope,
    show: v.optional(
      v.variant('only', [
        v.strictObject({ only: v.literal('all') }),
        /** Sent from `spanMs` before a moment until as long after it. */
        v.strictObject({
          only: v.literal('around'),
          atMs: v.pipe(v.number(), v.minValue(0)),
          spanMs: whole(1, 600_000),
        }),
        /** Lost ones, and up to {@link neighboursMax} records of the same partition before and after each. */
        v.strictObject({ only: v.literal('lost') }),
        v.strictObject({ only: v.literal('duplicated') }),
        /** Readable, and some group that reads the topic has not got it yet. */
        v.strictObject({ only: v.literal('unread') }),
      ]),
      { only: 'all' },
    ),
    /** Only records behind (`after`) or before (`before`) that row; with neither: the newest ones. */
    after: v.optional(whole(0, Number.MAX_SAFE_INTEGER)),
    before: v.optional(whole(0, Number.MAX_SAFE_INTEGER)),
    limit: whole(1, 1000),
  }),
  /** One record's story: by its place or as the n-th of its producer. */
  recordFate: v.union([
    v.strictObject({ topic: name, partition, offset: whole(0, Number.MAX_SAFE_INTEGER) }),
    v.strictObject({ producer: name, number: whole(1, Number.MAX_SAFE_INTEGER) }),
  ]),
} as const;

/** Neighbours of a lost record that are shown with it, on each side. */
export const neighboursMax = 3;
/** So long an acknowledged record may be unread without a doubt being raised; lab time. */
export const freshMs: DurationMs = 5_000;

export interface LedgerAnswers {
  readonly ledgerSummary: LedgerSummary;
  readonly ledger: LedgerPage;
  readonly recordFate: RecordStory;
}

/**
 * What has become of a record, the farthest it got:
 * - `in-flight`: given to `send()`, no answer yet
 * - `failed`: its callback got an error; `copies` tells whether it was written all the same
 * - `unanswered`: its producer ended before an answer came
 * - `acknowledged`: answered, its place in the log is not read yet
 * - `readable`: found in the leader's log below the high watermark
 * - `consumed`: returned by `poll()` of a lab consumer; `committed`: and its group committed behind it
 * - `duplicated`: the log has it more than once
 * - `lost`: its producer was told that it is written, and the leader's log does not have it
 * - `deleted`: it was there, and retention, DeleteRecords, compaction or the end of its topic took it away
 */
export type Fate =
  | 'in-flight'
  | 'failed'
  | 'unanswered'
  | 'acknowledged'
  | 'readable'
  | 'consumed'
  | 'committed'
  | 'duplicated'
  | 'lost'
  | 'deleted';

/** Records that reached each stage. Those behind `inFlight` add nothing to each other: a lost record was acknowledged, too. */
export interface LedgerFunnel {
  /** Given to `send()`. */
  readonly sent: number;
  /** A leader answered that it is written; with `acks=0` nobody does. */
  readonly acked: number;
  readonly failed: number;
  /** Every replica that was in the ISR had it when it was last seen. */
  readonly replicated: number;
  readonly readable: number;
  /** By at least one group. */
  readonly consumed: number;
  readonly committed: number;
  /** Also of `acks=0`, where the producer took it for written. */
  readonly lost: number;
  readonly duplicated: number;
  readonly deleted: number;
  /** No answer yet. */
  readonly inFlight: number;
  /** The producer ended before an answer came. */
  readonly unanswered: number;
  /** Acknowledged, their place not read yet. */
  readonly unread: number;
  /** Counted as sent, acked and failed, but not followed one by one: they came too fast. */
  readonly leftOut: number;
}

export interface LedgerPart {
  readonly funnel: LedgerFunnel;
  /** In the order of `PropertyName`. */
  readonly properties: readonly PropertyView[];
}

export interface ProducerLedger extends LedgerPart {
  readonly producer: ClientName;
  /** As in effect in its newest run. */
  readonly acks: Acks;
  readonly idempotent: boolean;
  readonly topics: readonly TopicName[];
}

export interface TopicLedger extends LedgerPart {
  readonly topic: TopicName;
  readonly partitions: readonly { readonly partition: PartitionIndex; readonly funnel: LedgerFunnel }[];
}

export interface LedgerSummary extends LedgerPart {
  /** Of the current run of the lab; null before the first record. */
  readonly firstMs: TimestampMs | null;
  readonly lastMs: TimestampMs | null;
  /** Of all producers and topics, whatever was asked for. */
  readonly producers: readonly ProducerLedger[];
  readonly topics: readonly TopicLedger[];
  /** Everything acknowledged was read. */
  readonly settled: boolean;
  /** Rows that were dropped to stay below `bytesMax`: finished, unremarkable ones. Counts have them still. */
  readonly dropped: number;
  readonly sizeBytes: number;
  readonly bytesMax: number;
}

export interface LedgerPage {
  /** Oldest first. */
  readonly rows: readonly LedgerRow[];
  /** There are more before the first and behind the last one. */
  readonly older: boolean;
  readonly newer: boolean;
  /** What happened between the first and the last row: faults, ends of brokers and clients, leaders that moved. Oldest first. */
  readonly marks: readonly LabEvent[];
}

export interface LedgerRow {
  /** Counts up in the order of sending. */
  readonly row: number;
  readonly producer: ClientName;
  /** Of the producer's records, from 1, over its restarts. */
  readonly number: number;
  /** Cut at {@link ledgerKeyMax} characters; null for none. */
  readonly key: string | null;
  readonly topic: TopicName;
  /** Null before the partitioner chose. */
  readonly partition: PartitionIndex | null;
  /** As acknowledged, else where it was found; null while neither is known. */
  readonly offset: Offset | null;
  readonly bytes: number;
  readonly createMs: TimestampMs;
  readonly sentMs: TimestampMs;
  readonly ackedMs: TimestampMs | null;
  /** Kafka's name of the error that its callback got. */
  readonly error: string | null;
  readonly failedMs: TimestampMs | null;
  /** Brokers that were seen to have it, of how many replicas; null while its place is not known. */
  readonly replicas: { readonly had: number; readonly of: number } | null;
  readonly readableMs: TimestampMs | null;
  readonly reads: readonly RecordRead[];
  /** Where the leader's log has it; null while that is not read. */
  readonly copies: readonly Offset[] | null;
  readonly fate: Fate;
}

export const ledgerKeyMax = 40;

/** One group's way with a record. */
export interface RecordRead {
  readonly group: GroupId;
  /** Of the first delivery; null when the group went past it without one. */
  readonly client: ClientName | null;
  readonly atMs: TimestampMs | null;
  /** How often it was returned by `poll()` of the group's members; 0: it was passed over. */
  readonly times: number;
  readonly committedMs: TimestampMs | null;
}

/** Why a record is not (only once) where it should be; sentences are the window's. */
export type FateReason =
  /** The leader answered and was replaced before the new one had fetched it. */
  | 'not-replicated'
  /** The new leader was not in the ISR. */
  | 'unclean-election'
  /** The leader came back with a shorter log than it had: what was not flushed is gone. */
  | 'log-cut-short'
  /** Answered by a leader that had been replaced already. */
  | 'stale-leader'
  /** `acks=0`: it never reached a log. */
  | 'never-written'
  /** An attempt without an answer was written, and the next one, too. */
  | 'retried-without-idempotence'
  /** The log has more of it than were sent in any way that is known. */
  | 'written-twice'
  /** The callback got an error, the log has it. */
  | 'written-despite-error'
  | 'retention'
  | 'compaction'
  | 'topic-deleted'
  /** The log is not read that far yet. */
  | 'not-read-yet'
  /** The partition has no leader that answers. */
  | 'no-leader'
  | 'none';

export interface RecordStory {
  readonly record: LedgerRow;
  readonly acks: Acks;
  readonly idempotent: boolean;
  readonly why: {
    readonly reason: FateReason;
    /** `leader`, `epoch`, `newLeader`, `newEpoch`, `logEnd`, `afterMs` (from the answer until the leader was gone), ... as the reason has them. */
    readonly args: Readonly<Record<string, string | number>>;
  };
  /** Each replica, in the order of assignment. */
  readonly holders: readonly RecordHolder[];
  /** Leaders of its partition from its sending on, oldest first. */
  readonly leaders: readonly {
    readonly atMs: TimestampMs;
    readonly leader: NodeId;
    readonly epoch: LeaderEpoch;
    readonly isr: readonly NodeId[];
  }[];
  /** Configs that would have kept it (once); empty where nothing is wrong. */
  readonly keptBy: readonly {
    readonly where: 'producer' | 'topic' | 'broker';
    readonly config: string;
    readonly value: string;
  }[];
  /** What another producer sent at the same moment, where there is one: the nearest record of each. */
  readonly sameMoment: readonly LedgerRow[];
}

export interface RecordHolder {
  readonly node: NodeId;
  /** `never`: not seen to have had it. `had`: it had, and was cut back to `truncatedTo`. */
  readonly state: 'has' | 'had' | 'never' | 'unknown';
  /** When it was first seen with it. */
  readonly sinceMs: TimestampMs | null;
  readonly epoch: LeaderEpoch | null;
  readonly truncatedTo: Offset | null;
  readonly truncatedMs: TimestampMs | null;
}
