/**
 * What a reset would write: from what is committed and where each partition's log begins and ends, the offset for each.
 * Follows `ConsumerGroupCommand` (`--reset-offsets`): offsets beyond a log become its first or its end. Pure.
 */
import type { Offset, PartitionIndex, TopicName } from '../../base/ids.ts';
import type { OffsetChange, OffsetNote, ResetTarget } from '../../contract/offsets.ts';

/** One partition as it is asked for; `null`: nothing is committed, nobody answered. */
export interface PartitionFacts {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly was: Offset | null;
  readonly logStartOffset: Offset | null;
  readonly highWatermark: Offset | null;
  /** By `time` and `duration`: the first record at or after it. By `moment`: what was committed then. Null: there is none. */
  readonly found: Offset | null;
}

export function planReset(to: ResetTarget, partitions: readonly PartitionFacts[]): readonly OffsetChange[] {
  return [...partitions].sort(byTopicAndPartition).map((facts) => change(to, facts));
}

function change(to: ResetTarget, facts: PartitionFacts): OffsetChange {
  const { topic, partition, was, logStartOffset, highWatermark } = facts;
  const wanted = wantedOf(to, facts);
  const plan = wanted.now === null ? wanted : within(wanted, logStartOffset, highWatermark);
  return { topic, partition, was, logStartOffset, highWatermark, ...plan };
}

interface Plan {
  readonly now: Offset | null;
  readonly note: OffsetNote | null;
}

/** One arm for each target. */
function wantedOf(
  to: ResetTarget,
  { topic, partition, was, logStartOffset, highWatermark, found }: PartitionFacts,
): Plan {
  switch (to.by) {
    case 'earliest':
      return { now: logStartOffset, note: null };
    case 'latest':
      return { now: highWatermark, note: null };
    case 'current':
      return was === null ? { now: highWatermark, note: 'nothing-committed' } : { now: was, note: null };
    case 'offset':
      return { now: to.offset, note: null };
    case 'shift':
      return was === null ? { now: null, note: 'nothing-committed' } : { now: was + to.records, note: null };
    case 'time':
    case 'duration':
      return found === null ? { now: highWatermark, note: 'nothing-since' } : { now: found, note: null };
    case 'moment':
      return found === null ? { now: was, note: 'nothing-then' } : { now: found, note: null };
    case 'offsets': {
      const given = to.offsets.find((each) => each.topic === topic && each.partition === partition);
      return { now: given?.offset ?? null, note: null };
    }
  }
}

function within(plan: Plan, first: Offset | null, end: Offset | null): Plan {
  const now = plan.now ?? 0;
  if (end !== null && now > end) return { now: end, note: 'lowered' };
  if (first !== null && now < first) return { now: first, note: 'raised' };
  return plan;
}

function byTopicAndPartition(
  a: { readonly topic: string; readonly partition: number },
  b: { readonly topic: string; readonly partition: number },
): number {
  return a.topic < b.topic ? -1 : Number(a.topic > b.topic) || a.partition - b.partition;
}

/** In words of the command line: what the event log shows. */
export function targetWords(to: ResetTarget): string {
  switch (to.by) {
    case 'earliest':
    case 'latest':
    case 'current':
      return to.by;
    case 'offset':
      return `offset ${to.offset}`;
    case 'shift':
      return `shift by ${to.records}`;
    case 'time':
      return `time ${new Date(to.timestampMs).toISOString()}`;
    case 'duration':
      return `${to.durationMs} ms ago`;
    case 'moment':
      return `what was committed at ${new Date(to.atMs).toISOString()}`;
    case 'offsets':
      return 'the offsets given';
  }
}
