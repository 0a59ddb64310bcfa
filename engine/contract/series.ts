/**
 * How the numbers of clients and groups went over time, from the journal: for putting two clients or two runs side by side,
 * and for curves that go further back than the window has watched.
 */
import * as v from 'valibot';
import type { DurationMs, TimestampMs } from '../base/ids.ts';
import type { ClientName } from './clients.ts';
import type { Timeline } from './queries.ts';

const timeMs = v.pipe(v.number(), v.minValue(0));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(255));

export const seriesQueries = {
  /** Of all clients and groups, or of those named; in at most `buckets` steps. */
  series: v.strictObject({
    fromMs: timeMs,
    toMs: timeMs,
    buckets: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2000)),
    clients: v.optional(v.array(name)),
    groups: v.optional(v.array(name)),
  }),
  /** Of a run by its id, the one that goes on or another one, from its start on. */
  runSeries: v.strictObject({
    run: name,
    lengthMs: v.pipe(v.number(), v.minValue(1000)),
    buckets: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2000)),
  }),
} as const;

export interface SeriesAnswers {
  readonly series: LabSeries;
  readonly runSeries: RunSeries;
}

export interface RunSeries {
  readonly series: LabSeries;
  readonly timeline: Timeline;
}

export interface LabSeries {
  readonly fromMs: TimestampMs;
  readonly toMs: TimestampMs;
  /** One point each `stepMs`, the first at `fromMs`. */
  readonly stepMs: DurationMs;
  readonly clients: readonly ClientSeries[];
  readonly groups: readonly GroupSeries[];
}

/** Points are null where nobody told. */
export interface ClientSeries {
  readonly client: ClientName;
  readonly kind: 'producer' | 'consumer';
  /** Sent and acknowledged, or returned by `poll()`. */
  readonly recordsPerSecond: readonly (number | null)[];
  /** Of a producer: send to answer, the median. Null of a consumer. */
  readonly ackMs: readonly (number | null)[];
  readonly ackP99Ms: readonly (number | null)[];
  readonly inFlight: readonly (number | null)[];
  /** Of a consumer: records between its positions and the high watermarks, all its partitions. Null of a producer. */
  readonly lag: readonly (number | null)[];
  /** Settings and effective configs as of its newest point: `acks`, `linger.ms`, ... */
  readonly configs: Readonly<Record<string, string>>;
}

export interface GroupSeries {
  readonly group: string;
  /** Committed offsets against high watermarks, all partitions that have both. */
  readonly lag: readonly (number | null)[];
  /** Of the partition that is furthest behind. */
  readonly lagMs: readonly (number | null)[];
}
