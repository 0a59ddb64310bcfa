/** One local replica as the window wants to see it, in plain data. */
import type { LeaderEpoch, NodeId, Offset, PartitionIndex, TimestampMs, TopicName } from '../base/ids.ts';
import type { Partition } from './partition.ts';

export interface FollowerSample {
  readonly id: NodeId;
  /** -1: not known to this leader yet. */
  readonly logEndOffset: Offset;
  /** -1: never, in this term. */
  readonly lastCaughtUpMs: TimestampMs;
}

export interface ReplicaSample {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly role: 'leader' | 'follower' | 'none';
  readonly leaderEpoch: LeaderEpoch;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  readonly highWatermark: Offset;
  readonly lastStableOffset: Offset;
  readonly sizeBytes: number;
  /** The leader's view, a proposed member included; empty on a follower. */
  readonly isr: readonly NodeId[];
  readonly followers: readonly FollowerSample[];
}

/** `epochMs` turns monotonic times into wall time. */
export function sampleReplica(partition: Partition, epochMs: number): ReplicaSample {
  const { topic, log, role, leaderEpoch, term } = partition;
  return {
    topic,
    partition: partition.partition,
    role: role.kind,
    leaderEpoch,
    logStartOffset: log.logStartOffset,
    logEndOffset: log.logEndOffset,
    highWatermark: log.highWatermark,
    lastStableOffset: log.lastStableOffset,
    sizeBytes: log.sizeInBytes,
    isr: term?.isr.maximalIsr ?? [],
    followers:
      term?.followers.map(({ id, logEndOffset, lastCaughtUpMs }) => ({
        id,
        logEndOffset,
        lastCaughtUpMs: Number.isFinite(lastCaughtUpMs) ? Math.round(lastCaughtUpMs + epochMs) : -1,
      })) ?? [],
  };
}
