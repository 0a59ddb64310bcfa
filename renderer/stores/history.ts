/**
 * The last minute of each replica's log end, twice a second, as it came from telemetry: for rates, for the trend of a
 * follower that is behind, and for its curve in the inspector. Nothing here is guessed: without two samples there is no
 * rate, and unknown values leave gaps.
 */
import { defineStore } from 'pinia';
import { shallowReadonly, shallowRef } from 'vue';
import type { LabSnapshot, PartitionView } from '../../engine/contract/snapshot.ts';
import { lagOf } from '../model/replica.ts';

const everyMs = 500;
const keptMs = 60_000;
/** The span over which a rate or a trend is measured. */
const rateOverMs = 3_000;

interface Moment {
  readonly atMs: number;
  /** By `partition id`: the highest log end that is known. */
  readonly ends: ReadonlyMap<number, number>;
  /** By `partition id:node`: records behind. */
  readonly lags: ReadonlyMap<string, number>;
}

export interface LagPoint {
  readonly atMs: number;
  readonly lag: number | null;
}

export const useHistory = defineStore('history', () => {
  const moments = shallowRef<readonly Moment[]>([]);

  function record(snapshot: LabSnapshot): void {
    const last = moments.value.at(-1);
    if (last !== undefined && snapshot.sampledMs - last.atMs < everyMs) return;
    const ends = new Map<number, number>();
    const lags = new Map<string, number>();
    for (const partition of snapshot.partitions) {
      const end = leaderEnd(partition);
      if (end !== null) ends.set(partition.id, end);
      for (const log of partition.logs) {
        const lag = lagOf(partition, log);
        if (lag !== null) lags.set(`${partition.id}:${log.node}`, lag);
      }
    }
    const atMs = snapshot.sampledMs;
    // A host that was started again counts from new: its past is not this one's.
    const kept =
      last !== undefined && last.atMs > atMs ? [] : moments.value.filter((each) => each.atMs >= atMs - keptMs);
    moments.value = [...kept, { atMs, ends, lags }];
  }

  /** Records per second that these partitions take in; null until it can be told. */
  function ratePerSecond(partitions: readonly PartitionView[]): number | null {
    const now = moments.value.at(-1);
    const then = now && moments.value.find((each) => each.atMs >= now.atMs - rateOverMs);
    if (now === undefined || then === undefined || now === then || partitions.length === 0) return null;
    let records = 0;
    for (const { id } of partitions) {
      const end = now.ends.get(id);
      const before = then.ends.get(id);
      if (end !== undefined && before !== undefined) records += Math.max(0, end - before);
    }
    return (records * 1000) / (now.atMs - then.atMs);
  }

  /** Whether a follower comes nearer: records per second gained; null until it can be told. */
  function gainPerSecond(partition: number, node: number): number | null {
    const now = moments.value.at(-1);
    const then = now && moments.value.find((each) => each.atMs >= now.atMs - rateOverMs);
    if (now === undefined || then === undefined || now === then) return null;
    const key = `${partition}:${node}`;
    const lag = now.lags.get(key);
    const before = then.lags.get(key);
    return lag === undefined || before === undefined ? null : ((before - lag) * 1000) / (now.atMs - then.atMs);
  }

  function lagCurve(partition: number, node: number): readonly LagPoint[] {
    const key = `${partition}:${node}`;
    return moments.value.map(({ atMs, lags }) => ({ atMs, lag: lags.get(key) ?? null }));
  }

  return { moments: shallowReadonly(moments), record, ratePerSecond, gainPerSecond, lagCurve };
});

function leaderEnd(partition: PartitionView): number | null {
  return partition.logs.find((log) => log.node === partition.leader)?.logEndOffset ?? null;
}
