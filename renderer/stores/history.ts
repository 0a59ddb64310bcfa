/**
 * The last minute as it came from telemetry, twice a second: ends of logs, high watermarks, distances of followers and
 * lags of groups. For rates, for the trend of a follower that is behind, for lag in seconds and for curves. Nothing here
 * is guessed: without two samples there is no rate, and unknown values leave gaps.
 *
 * It records the present, also while the past is shown, and answers for the moment that is shown. What it did not see
 * itself (before the window was opened, and around a moment of the past) it asks of the journal in a few steps.
 */
import { defineStore } from 'pinia';
import { computed, shallowReadonly, shallowRef, watch } from 'vue';
import type { LabSnapshot, PartitionView } from '../../engine/contract/snapshot.ts';
import { brokersById } from '../model/broker.ts';
import { groupsOf, hasLeader, ownersOf, recordsBehind } from '../model/ownership.ts';
import { measuringEnd } from '../model/replica.ts';
import { useLab } from './lab.ts';
import { useQueries } from './queries.ts';

const everyMs = 500;
const keptMs = 60_000;
/** The span over which a rate or a trend is measured. */
const rateOverMs = 3_000;
/** A moment that is dragged by is not asked about. */
const settledAfterMs = 200;
/** How long before a moment the journal is asked for older ones, the nearest first: rates need that one alone. */
const askedBeforeMs: readonly number[] = [3_000, 6_000, 12_000, 20_000, 30_000, 45_000, 60_000];

interface Moment {
  readonly atMs: number;
  /** By partition id: the leader's log end. */
  readonly ends: ReadonlyMap<number, number>;
  /** By partition id: the leader's high watermark. */
  readonly watermarks: ReadonlyMap<number, number>;
  /** By partition id: members of the ISR. */
  readonly isrSizes: ReadonlyMap<number, number>;
  /** By `partition id:node`: records behind. */
  readonly lags: ReadonlyMap<string, number>;
  /** By `group partition id`: records that are not read; measured once a second, null between. */
  readonly groupLags: ReadonlyMap<string, number> | null;
}

export interface LagPoint {
  readonly atMs: number;
  readonly lag: number | null;
}

export interface TimeBehind {
  readonly ms: number;
  /** It is older than the minute that is kept. */
  readonly atLeast: boolean;
}

export const useHistory = defineStore('history', () => {
  const lab = useLab();
  const queries = useQueries();
  const present = shallowRef<readonly Moment[]>([]);
  /** Older pictures around a moment of the past. */
  const asked = shallowRef<readonly Moment[]>([]);

  function record(snapshot: LabSnapshot): void {
    if (!lab.atPresent && snapshot !== lab.presentLive) return;
    const last = present.value.at(-1);
    const atMs = snapshot.sampledMs;
    // A host that was started again counts from new: its past is not this one's.
    const restarted = last !== undefined && last.atMs > atMs;
    if (last !== undefined && !restarted && atMs - last.atMs < everyMs) return;
    const kept = restarted ? [] : present.value.filter((each) => each.atMs >= atMs - keptMs);
    if (kept.length === 0) void askBefore(atMs, (older) => (present.value = merged(older, present.value)));
    const measured = kept.findLast((each) => each.groupLags !== null);
    present.value = [...kept, momentOf(snapshot, measured === undefined || atMs - measured.atMs >= 2 * everyMs)];
  }

  /** Up to the moment that is shown, oldest first. */
  const moments = computed<readonly Moment[]>(() => {
    const { atMs } = lab;
    if (atMs === null) return present.value;
    return merged(
      asked.value,
      present.value.filter((each) => each.atMs <= atMs),
    );
  });
  const newest = computed(() => moments.value.at(-1));
  /** The beginning of the span of a rate; the newest itself when nothing is older. */
  const since = (atMs: number): Moment | undefined => moments.value.find((each) => each.atMs >= atMs);
  const earlier = computed(() => newest.value && since(newest.value.atMs - rateOverMs));
  /** Curves move once a second. */
  const measured = computed<readonly Moment[]>((was) => {
    const found = moments.value.filter((each) => each.groupLags !== null);
    return was !== undefined && was.at(-1) === found.at(-1) && was[0] === found[0] ? was : found;
  });

  let asking: ReturnType<typeof setTimeout> | null = null;
  watch(
    () => lab.past,
    (past) => {
      if (asking !== null) clearTimeout(asking);
      asking = null;
      const shown = past === null || past.loading || past.error !== null ? null : lab.live;
      asked.value = past === null || shown === null ? [] : [{ ...momentOf(shown, true), atMs: past.atMs }];
      if (past === null || shown === null) return;
      if (present.value.some((each) => each.atMs <= past.atMs - keptMs / 2)) return;
      const add = (older: readonly Moment[]): void => {
        if (lab.past === past) asked.value = merged(older, asked.value);
      };
      asking = setTimeout(() => void askBefore(past.atMs, add), settledAfterMs);
    },
  );

  async function askBefore(atMs: number, add: (older: readonly Moment[]) => void): Promise<void> {
    for (const beforeMs of askedBeforeMs) {
      const answer = await queries.ask('moment', { atMs: atMs - beforeMs });
      // Older ones would not be there either; and what is from another run has nothing to do with this one.
      if (!answer.ok || answer.value.sampledMs < atMs - 2 * beforeMs) return;
      add([{ ...momentOf(answer.value, true), atMs: atMs - beforeMs }]);
    }
  }

  /** Records per second that these partitions take in; null until it can be told. */
  function ratePerSecond(partitions: readonly PartitionView[], overMs = rateOverMs): number | null {
    const now = newest.value;
    const then = overMs === rateOverMs ? earlier.value : now && since(now.atMs - overMs);
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
    const now = newest.value;
    const then = earlier.value;
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

  /** What a group had not read of a partition, once a second over the last minute. */
  function groupLagCurve(group: string, partition: number): readonly LagPoint[] {
    const key = `${group} ${partition}`;
    return measured.value.map(({ atMs, groupLags }) => ({ atMs, lag: groupLags?.get(key) ?? null }));
  }

  /**
   * How long ago the high watermark, which is `watermark` at `nowMs`, passed an offset: lag in seconds. Null when it
   * cannot be told.
   */
  function timeBehind(partition: number, offset: number, watermark: number, nowMs: number): TimeBehind | null {
    if (watermark <= offset) return { ms: 0, atLeast: false };
    let laterMs = nowMs;
    let above = watermark;
    for (let index = moments.value.length - 1; index >= 0; index -= 1) {
      const { atMs, watermarks } = moments.value[index]!;
      const mark = watermarks.get(partition);
      if (mark === undefined || atMs > nowMs) continue;
      if (mark <= offset) {
        const part = above <= mark ? 1 : (offset - mark) / (above - mark);
        return { ms: nowMs - (atMs + part * (laterMs - atMs)), atLeast: false };
      }
      laterMs = atMs;
      above = mark;
    }
    return laterMs === nowMs ? null : { ms: nowMs - laterMs, atLeast: true };
  }

  /** How large the ISR was within the last minute, where it was larger than it is; null otherwise. */
  function isrWas(partition: number, size: number): number | null {
    const larger = moments.value.findLast((each) => (each.isrSizes.get(partition) ?? 0) > size);
    return larger?.isrSizes.get(partition) ?? null;
  }

  return {
    moments: shallowReadonly(moments),
    record,
    /** Another run is shown. */
    forget: () => {
      present.value = [];
      asked.value = [];
    },
    ratePerSecond,
    gainPerSecond,
    lagCurve,
    groupLagCurve,
    timeBehind,
    isrWas,
  };
});

/** Oldest first; what is in `later` already counts more. */
function merged(older: readonly Moment[], later: readonly Moment[]): readonly Moment[] {
  const known = new Set(later.map((each) => each.atMs));
  return [...older.filter((each) => !known.has(each.atMs)), ...later].sort((a, b) => a.atMs - b.atMs);
}

function momentOf(snapshot: LabSnapshot, withGroups: boolean): Moment {
  const ends = new Map<number, number>();
  const watermarks = new Map<number, number>();
  const isrSizes = new Map<number, number>();
  const lags = new Map<string, number>();
  for (const partition of snapshot.partitions) {
    isrSizes.set(partition.id, partition.isr.length);
    const leader = partition.logs.find((log) => log.node === partition.leader);
    if (leader !== undefined && leader.logEndOffset !== null) ends.set(partition.id, leader.logEndOffset);
    if (leader !== undefined && leader.highWatermark !== null) watermarks.set(partition.id, leader.highWatermark);
    const end = measuringEnd(partition);
    for (const { node, logEndOffset } of partition.logs) {
      if (end !== null && logEndOffset !== null) lags.set(`${partition.id}:${node}`, end - logEndOffset);
    }
  }
  const groupLags = withGroups ? lagsOfGroups(snapshot) : null;
  return { atMs: snapshot.sampledMs, ends, watermarks, isrSizes, lags, groupLags };
}

function lagsOfGroups(snapshot: LabSnapshot): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const owners = ownersOf(snapshot);
  const brokers = brokersById(snapshot);
  for (const partition of snapshot.partitions) {
    if (!hasLeader(partition, brokers)) continue;
    for (const { id } of groupsOf(snapshot.groups, partition.topic)) {
      const owner = owners.get(id)?.of(partition.topic, partition.partition);
      const lag = owner === undefined ? null : recordsBehind(owner, partition);
      if (lag !== null) found.set(`${id} ${partition.id}`, lag);
    }
  }
  return found;
}
