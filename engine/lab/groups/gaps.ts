/**
 * The gap of one rebalance: when nobody consumed a partition because of it. A silence counts from when it began, also
 * before the rebalance (a killed consumer's, until its session ended), to when somebody consumes again, also shortly after
 * its end. A partition that nobody had before counts from the start; one that nobody gets counts to the end.
 */
import type { TimestampMs } from '../../base/ids.ts';
import type { PartitionGap } from '../../contract/groups.ts';
import type { Ownership, Vacancy } from './ownership.ts';
import { partitionOf } from './partition-names.ts';

export interface GapWindow {
  readonly startedMs: TimestampMs;
  /** Null while it runs. */
  readonly endedMs: TimestampMs | null;
  /** When the rebalance before ended; null for none, or while it is not known. */
  readonly earlierEndedMs: TimestampMs | null;
  /** When the one after began; null for none. */
  readonly laterStartedMs: TimestampMs | null;
  /** Partitions that had an owner before, and that have one after; `orders-0`. */
  readonly ownedBefore: ReadonlySet<string>;
  readonly ownedAfter: ReadonlySet<string>;
  readonly partitions: readonly string[];
}

export function gapsOf(window: GapWindow, ownership: Ownership): readonly PartitionGap[] {
  return window.partitions.flatMap((partition) =>
    ownership
      .vacancies(partition)
      .map((vacancy) => gapOf(window, partition, vacancy))
      .filter((gap) => gap !== null),
  );
}

function gapOf(window: GapWindow, partition: string, vacancy: Vacancy): PartitionGap | null {
  const { startedMs, endedMs, laterStartedMs } = window;
  if (vacancy.toMs !== null && vacancy.toMs <= startedMs) return null;
  if (vacancy.fromMs !== null && vacancy.fromMs > (endedMs ?? Infinity)) return null;
  const began = beginOf(window, partition, vacancy);
  if (began === null) return null;
  let toMs = vacancy.toMs;
  let to = vacancy.to;
  const nobodyAfter = endedMs !== null && !window.ownedAfter.has(partition);
  const limitMs = nobodyAfter ? endedMs : laterStartedMs;
  if (limitMs !== null && (toMs === null || toMs > limitMs)) {
    toMs = limitMs;
    to = null;
  }
  if (toMs !== null && toMs <= began.fromMs) return null;
  return { ...partitionOf(partition), ...began, to, toMs };
}

/** Null when it is not known since when nobody consumed. */
function beginOf(window: GapWindow, partition: string, { from, fromMs }: Vacancy) {
  const { startedMs, earlierEndedMs, ownedBefore } = window;
  if (!ownedBefore.has(partition)) return { from: null, fromMs: Math.max(startedMs, fromMs ?? startedMs) };
  if (fromMs === null) return null;
  // It was silent over the end of the rebalance before, which counts it up to here.
  if (earlierEndedMs !== null && fromMs < earlierEndedMs) return { from, fromMs: startedMs };
  return { from, fromMs };
}
