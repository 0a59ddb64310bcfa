/**
 * Committed offsets of a group as they are reset, deleted and put back: what `kafka-consumer-groups.sh` does with
 * `--reset-offsets`, `--delete-offsets` and `--delete`. A preview asks the cluster and changes nothing.
 */
import * as v from 'valibot';
import type { GroupId, Offset, PartitionIndex, TimestampMs, TopicName } from '../base/ids.ts';
export { isoDuration, parseIsoDuration } from '../base/iso-duration.ts';
import type { ClientName } from './clients.ts';
import type { GroupState } from './groups.ts';

const group = v.pipe(v.string(), v.minLength(1, 'a group id is not empty'), v.maxLength(249));
const topic = v.pipe(v.string(), v.minLength(1), v.maxLength(249));
const partition = v.pipe(v.number(), v.integer(), v.minValue(0));
const whole = v.pipe(v.number(), v.integer());
const topicPartition = v.strictObject({ topic, partition });

/** Where to. Offsets beyond a partition's bounds become its first or its end, as the official tool does. */
export const resetTarget = v.variant('by', [
  v.strictObject({ by: v.literal('earliest') }),
  v.strictObject({ by: v.literal('latest') }),
  /** What is committed; where nothing is, the end. */
  v.strictObject({ by: v.literal('current') }),
  v.strictObject({ by: v.literal('offset'), offset: v.pipe(whole, v.minValue(0)) }),
  /** So many records on; negative: back. */
  v.strictObject({ by: v.literal('shift'), records: whole }),
  /** The first record at or after it; the end where there is none. */
  v.strictObject({ by: v.literal('time'), timestampMs: v.pipe(v.number(), v.minValue(0)) }),
  v.strictObject({ by: v.literal('duration'), durationMs: v.pipe(v.number(), v.minValue(0)) }),
  /** What was committed at a moment of the past, by the journal. */
  v.strictObject({ by: v.literal('moment'), atMs: v.pipe(v.number(), v.minValue(0)) }),
  /** Each as it says; null takes the committed offset away. */
  v.strictObject({
    by: v.literal('offsets'),
    offsets: v.pipe(
      v.array(v.strictObject({ topic, partition, offset: v.nullable(v.pipe(whole, v.minValue(0))) })),
      v.minLength(1),
      v.maxLength(10_000),
    ),
  }),
]);
export type ResetTarget = v.InferOutput<typeof resetTarget>;

/** Left out: all partitions of the topics that the group has offsets for or subscribes. */
const scope = {
  topics: v.optional(v.pipe(v.array(topic), v.minLength(1))),
  partitions: v.optional(v.pipe(v.array(topicPartition), v.minLength(1), v.maxLength(10_000))),
};

export const offsetCommands = {
  /**
   * Writes a group's offsets. Kafka refuses while it has members; with `restartConsumers` the lab closes its own consumers of
   * the group before (static members leave it too) and starts those that ran again afterwards.
   */
  resetOffsets: v.strictObject({
    group,
    to: resetTarget,
    ...scope,
    restartConsumers: v.optional(v.boolean(), false),
  }),
  /** OffsetDelete: of partitions that no member subscribes. */
  deleteOffsets: v.strictObject({ group, partitions: v.pipe(v.array(topicPartition), v.minLength(1)) }),
  /** DeleteGroups: of a group without members, its offsets with it. */
  deleteGroup: v.strictObject({ group }),
  /** `wakeup()` as a shutdown hook calls it: `poll()` throws a WakeupException, the application closes its consumer and ends. */
  wakeupConsumer: v.strictObject({ client: v.pipe(v.string(), v.minLength(1), v.maxLength(64)) }),
} as const;

export const offsetQueries = {
  previewOffsets: v.strictObject({ group, to: resetTarget, ...scope }),
} as const;

export interface OffsetAnswers {
  readonly previewOffsets: OffsetPreview;
}

export interface OffsetPreview {
  readonly group: GroupId;
  readonly state: GroupState;
  /** Who keeps Kafka from resetting it: the lab's own consumers that are in it, and strangers by their `client.id`. */
  readonly labMembers: readonly ClientName[];
  readonly strangers: readonly string[];
  /** In the order of topic and partition. */
  readonly partitions: readonly OffsetChange[];
}

export interface OffsetChange {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** Null: nothing is committed. */
  readonly was: Offset | null;
  readonly now: Offset | null;
  /** The partition's bounds as of the preview; null when nobody answered. */
  readonly logStartOffset: Offset | null;
  readonly highWatermark: Offset | null;
  readonly note: OffsetNote | null;
}

/**
 * - `raised`, `lowered`: to the partition's first offset, to its end
 * - `nothing-since`: no record is that young, so it is the end
 * - `nothing-then`: nothing was committed at that moment, so it stays
 * - `nothing-committed`: there was nothing to count from, so it is the end
 */
export type OffsetNote = 'raised' | 'lowered' | 'nothing-since' | 'nothing-then' | 'nothing-committed';

/** Records between two offsets: negative ones will be read again, positive ones are skipped; null where one is unknown. */
export function recordsBetween({ was, now }: Pick<OffsetChange, 'was' | 'now'>): number | null {
  return was === null || now === null ? null : now - was;
}

/** How old the oldest record is that a group has not got through; see `GroupOffset.passedMs`. */
export function lagMsOf(passedMs: TimestampMs | null, lag: number | null, nowMs: TimestampMs): number | null {
  if (lag === null) return null;
  if (lag === 0) return 0;
  return passedMs === null ? null : Math.max(0, nowMs - passedMs);
}
