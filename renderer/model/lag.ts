/**
 * How far a lab consumer is behind: in records from its positions to the high watermarks, and in time by the oldest record
 * that it has not given to its application. Unknown is null, never zero.
 */
import type { ConsumerView, OwnedPartitionView } from '../../engine/contract/clients.ts';
import type { GroupView } from '../../engine/contract/groups.ts';

export interface Lag {
  readonly records: number | null;
  readonly ms: number | null;
}

export function lagOf({ position, highWatermark }: OwnedPartitionView): number | null {
  return position === null || highWatermark === null ? null : Math.max(0, highWatermark - position);
}

/** Of one partition: by its next record where that is fetched already, else by when the log passed the committed offset. */
export function partitionLag(owned: OwnedPartitionView, group: GroupView | null, nowMs: number): Lag {
  const records = lagOf(owned);
  if (records === null || records === 0) return { records, ms: records };
  const next = owned.nextTimestampMs ?? null;
  if (next !== null) return { records, ms: Math.max(0, nowMs - next) };
  const committed = group?.offsets.find(
    ({ topic, partition }) => topic === owned.topic && partition === owned.partition,
  );
  // What is committed is older than what it has got, so it tells about the same record only where they are one.
  const passedMs = committed?.offset === owned.position ? (committed.passedMs ?? null) : null;
  return { records, ms: passedMs === null ? null : Math.max(0, nowMs - passedMs) };
}

/** Of all that it has: the sum, and the partition that is furthest behind. */
export function consumerLag({ partitions }: ConsumerView, group: GroupView | null, nowMs: number): Lag {
  const lags = partitions.map((each) => partitionLag(each, group, nowMs));
  const records = lags.map((each) => each.records).filter((each) => each !== null);
  const times = lags.map((each) => each.ms).filter((each) => each !== null);
  return {
    records: records.length === 0 ? null : records.reduce((sum, each) => sum + each, 0),
    // One whose age nobody knows may be the oldest.
    ms: times.length === 0 || times.length < lags.length ? null : Math.max(...times),
  };
}
