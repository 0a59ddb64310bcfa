/**
 * What went over the wire, and the space-time diagram of it. A call is one request with its response, put together from
 * what both of its ends saw; a moment that nobody saw is null and is never guessed. Moments are lab time with a fraction,
 * on one scale for all nodes and lab clients.
 */
import * as v from 'valibot';
import type {
  DurationMs,
  GroupId,
  MemberId,
  NodeId,
  Offset,
  PartitionIndex,
  TimestampMs,
  TopicName,
} from '../base/ids.ts';

const timeMs = v.pipe(v.number(), v.minValue(0));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(255));
const whole = v.pipe(v.number(), v.integer(), v.minValue(0));

export const wireCommands = {} as const;

/** What a diagram is about. */
export const spaceTimeAbout = v.variant('kind', [
  /** One record's way: sent, appended, replicated, acknowledged, read, committed. */
  v.strictObject({ kind: v.literal('record'), topic: name, partition: whole, offset: whole }),
  /** One rebalance of a group, by its number. */
  v.strictObject({ kind: v.literal('rebalance'), group: name, number: whole }),
  /**
   * How a partition got its leader (topic `__cluster_metadata`: the quorum): the one of that epoch, else the one next to
   * `atMs`, else the newest.
   */
  v.strictObject({
    kind: v.literal('election'),
    topic: name,
    partition: whole,
    epoch: v.optional(whole),
    atMs: v.optional(timeMs),
  }),
  v.strictObject({ kind: v.literal('span'), fromMs: timeMs, toMs: timeMs }),
]);
export type SpaceTimeAbout = v.InferOutput<typeof spaceTimeAbout>;
export type SpaceTimeKind = SpaceTimeAbout['kind'];

export const wireQueries = {
  /** Calls, moments and waits of one thing that happened, in at most `callsMax` calls. */
  spaceTime: v.strictObject({
    about: spaceTimeAbout,
    /** Lanes to leave out, with the calls that begin or end there. */
    hidden: v.optional(v.array(name)),
    /** Calls that go on whether something happens or not: heartbeats, fetches that bring nothing. */
    heartbeats: v.optional(v.boolean()),
  }),
} as const;

export interface WireAnswers {
  readonly spaceTime: SpaceTime;
}

/** `node-2`, `client-order-feed`, `other-console-consumer`: unique within a lab. */
export type LaneId = string;

export type LaneKind =
  /** A broker or controller of the lab. */
  | 'node'
  /** A lab client. */
  | 'client'
  /** Somebody else, by `client.id`; the lab itself among them. */
  | 'stranger';

export interface SpaceTimeLane {
  readonly id: LaneId;
  readonly kind: LaneKind;
  /** `2`, `order-feed`, `console-consumer`. */
  readonly name: string;
  /** What it is in this diagram; null for nothing in particular. */
  readonly role: 'leader' | 'follower' | 'controller' | 'coordinator' | 'producer' | 'consumer' | null;
  /** Of a leader's partition; null otherwise. */
  readonly epoch: number | null;
  /** Of a consumer; null otherwise. */
  readonly group: GroupId | null;
  /** `c1`, as groups call it; null for none. */
  readonly label: string | null;
}

/** Rough kind of a call: what is limited by the second (`data`), and what goes on in any case (`beat`). */
export type WireClass = 'data' | 'group' | 'cluster' | 'quorum' | 'beat';

/** What a call says about one partition: request and response together; null where it says nothing. */
export interface WireSubject {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** Of a Fetch: from where it reads. */
  readonly fetchOffset: Offset | null;
  /** Of the records that it carries. */
  readonly baseOffset: Offset | null;
  readonly lastOffset: Offset | null;
  readonly records: number | null;
  readonly bytes: number | null;
  readonly highWatermark: Offset | null;
  readonly producerId: number | null;
  readonly baseSequence: number | null;
  /** Create times of the first record and of the newest one in the batches that it carries. */
  readonly firstTimestampMs: TimestampMs | null;
  readonly maxTimestampMs: TimestampMs | null;
  /** Create time of each record, since the first one's: of a lab producer's batch that is neither compressed nor long. */
  readonly timestamps: readonly DurationMs[] | null;
  /** When the producer took the batch from its accumulator, and why (`linger`, `full`, ...); lab producers alone tell. */
  readonly drainedMs: TimestampMs | null;
  readonly drainedBy: string | null;
  readonly leader: NodeId | null;
  readonly leaderEpoch: number | null;
  /** Of an OffsetCommit or OffsetFetch. */
  readonly committed: Offset | null;
  /** Kafka's name; null for none. */
  readonly error: string | null;
}

export interface WireCall {
  /** Unique within an answer. */
  readonly id: number;
  readonly from: LaneId;
  readonly to: LaneId;
  /** Kafka's name: `Produce`, `Fetch`, ... */
  readonly api: string;
  readonly version: number;
  readonly correlationId: number;
  readonly class: WireClass;
  /** Written by the caller. */
  readonly sentMs: TimestampMs | null;
  /** Begun by the called. */
  readonly arrivedMs: TimestampMs | null;
  /** What it does at once is done (an append, for one); until `answeredMs` it waited for something. */
  readonly handledMs: TimestampMs | null;
  /** Its answer written. */
  readonly answeredMs: TimestampMs | null;
  /** The answer read by the caller; of a lost one, when the caller knew. */
  readonly receivedMs: TimestampMs | null;
  /** Frames with their length. */
  readonly requestBytes: number | null;
  readonly responseBytes: number | null;
  /** Kafka's name of the answer's first error, or the network's (`ECONNRESET`, `ETIMEDOUT`); null for none. */
  readonly error: string | null;
  /** The caller expects no answer (Produce with acks=0). */
  readonly oneWay: boolean;
  readonly subjects: readonly WireSubject[];
  readonly group: WireGroup | null;
  /** What else it says, by Kafka's names of fields: `acks`, `candidateId`, `replicaEpoch`, `brokerEpoch`, ... */
  readonly fields: Readonly<Record<string, string | number>>;
}

export interface WireGroup {
  readonly group: GroupId;
  readonly member: MemberId | null;
  readonly generation: number | null;
}

export type SpaceTimeStep =
  // record
  | 'sent'
  | 'drained'
  | 'appended-leader'
  | 'appended-follower'
  | 'high-watermark'
  | 'acked'
  | 'refused'
  | 'read'
  | 'processed'
  | 'committed'
  // rebalance
  | 'rebalance-began'
  | 'told-to-rejoin'
  | 'left'
  | 'joined'
  | 'generation'
  | 'assignment-sent'
  | 'assigned'
  | 'rebalance-over'
  // election
  | 'last-heard'
  | 'fenced'
  | 'vote-asked'
  | 'vote-won'
  | 'elected'
  | 'learned'
  | 'first-fetch'
  | 'first-produce';

/** A numbered step. Words come from the window's catalogues, by `step` and `args`. */
export interface SpaceTimeMark {
  readonly number: number;
  readonly step: SpaceTimeStep;
  readonly lane: LaneId;
  readonly atMs: TimestampMs;
  readonly args: Readonly<Record<string, string | number>>;
  /** The call that tells it; null for none. */
  readonly call: number | null;
}

/** A wait on a lane. */
export interface SpaceTimeWait {
  readonly kind:
    | 'accumulator'
    | 'in-flight'
    | 'append'
    | 'delayed-produce'
    | 'delayed-fetch'
    | 'processing'
    | 'delayed-join'
    | 'session';
  readonly lane: LaneId;
  readonly fromMs: TimestampMs;
  readonly toMs: TimestampMs;
}

/** Where the time went between two steps, as a bar of parts that follow each other. */
export interface SpaceTimeBudget {
  readonly until: 'acked' | 'committed' | 'rebalanced' | 'elected';
  readonly fromMs: TimestampMs;
  readonly toMs: TimestampMs;
  readonly parts: readonly {
    readonly kind:
      | 'accumulator'
      | 'request'
      | 'append'
      | 'replicate'
      | 'response'
      | 'wait-for-fetch'
      | 'processing'
      | 'wait-for-commit'
      | 'commit'
      | 'wait-for-join'
      | 'wait-for-sync'
      | 'detect'
      | 'decide'
      | 'take-over'
      | 'other';
    readonly ms: DurationMs;
    /** What sets it: `linger.ms`, `auto.commit.interval.ms`, ... with its value; null for none. */
    readonly config: { readonly name: string; readonly value: string } | null;
  }[];
}

/** A diagram's data. It is complete as far as `leftOut` and `truncated` say. */
export interface SpaceTime {
  readonly about: SpaceTimeAbout;
  /** Zero of the diagram's axis. */
  readonly originMs: TimestampMs;
  readonly fromMs: TimestampMs;
  readonly toMs: TimestampMs;
  /** Top to bottom. Hidden ones are listed, too. */
  readonly lanes: readonly SpaceTimeLane[];
  /** In the order of their first known moment. */
  readonly calls: readonly WireCall[];
  readonly marks: readonly SpaceTimeMark[];
  readonly waits: readonly SpaceTimeWait[];
  readonly budgets: readonly SpaceTimeBudget[];
  /** Of a record, as far as the calls tell; null for other diagrams. */
  readonly record: SpaceTimeRecord | null;
  /** Data-path calls of that time that the journal does not hold: more a second than are kept. */
  readonly leftOut: number;
  /** There were more calls than a diagram takes. */
  readonly truncated: boolean;
}

export interface SpaceTimeRecord {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly offset: Offset;
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly leader: NodeId | null;
  /** -1 without idempotence. */
  readonly producerId: number;
  /** Of this record, not of its batch; -1 without idempotence. */
  readonly sequence: number;
  readonly acks: 'all' | '1' | '0' | null;
}

/** Of one answer. */
export const spaceTimeCallsMax = 400;
