/**
 * The timeline's answer: steps of a length that people count in, added up from the coarsest level that still divides it,
 * and the flags that stand in the range.
 */
import type { LabEvent } from '../../contract/events.ts';
import type { QueryInput, Timeline, TimelineFlag, TimelineStep } from '../../contract/queries.ts';
import { rateLevels, type JournalFile } from './journal-file.ts';

/** Seconds; beyond the last one its multiples. */
const stepLengths = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600] as const;
/** Of one answer; faults and changes are kept before elections and the like. */
const flagsMax = 500;
/** A part of a second this short says nothing about a rate. */
const tellingSeconds = 0.25;

export function stepSeconds(rangeMs: number, buckets: number): number {
  const fits = (seconds: number): boolean => rangeMs / 1000 / seconds + 1 <= buckets;
  const found = stepLengths.find(fits);
  if (found !== undefined) return found;
  const hours = Math.ceil(rangeMs / 1000 / 3600 / Math.max(1, buckets - 1));
  return 3600 * Math.max(1, hours);
}

export function timelineOf(
  file: JournalFile,
  { fromMs, toMs, buckets }: QueryInput<'timeline'>,
  knownUntilMs: number,
): Timeline {
  const untilMs = Math.max(fromMs, toMs);
  const step = stepSeconds(untilMs - fromMs, buckets);
  return {
    fromMs,
    toMs: untilMs,
    stepMs: step * 1000,
    steps: stepsOf(file, fromMs, untilMs, Math.min(buckets, 2000), step, knownUntilMs),
    flags: flagsOf(file, fromMs, untilMs),
  };
}

interface RateRow {
  readonly step: number;
  readonly seconds: number;
  readonly produced: number | null;
  readonly consumed: number | null;
  readonly underReplicated: number;
  readonly underMinIsr: number;
  readonly offline: number | null;
  readonly rebalancing: number;
}

const rates = `
  SELECT at / CAST(:step AS INTEGER) AS step, sum(seconds) AS seconds, sum(produced) AS produced,
    sum(consumed) AS consumed, max(under_replicated) AS underReplicated, max(under_min_isr) AS underMinIsr,
    max(offline) AS offline, max(rebalancing) AS rebalancing
  FROM rates WHERE level = :level AND at >= :from AND at < :to GROUP BY 1`;

function stepsOf(
  file: JournalFile,
  fromMs: number,
  toMs: number,
  stepsMax: number,
  step: number,
  knownUntilMs: number,
): TimelineStep[] {
  const first = Math.floor(fromMs / 1000 / step);
  const end = Math.min(first + stepsMax, Math.floor(toMs / 1000 / step) + 1);
  const level = rateLevels.findLast((each) => step % each === 0) ?? 1;
  const rows = file.rows<RateRow>(rates, { step, level, from: first * step, to: end * step });
  const byStep = new Map(rows.map((row) => [row.step, row]));
  const steps: TimelineStep[] = [];
  for (let at = first; at < end; at++) {
    const atMs = at * step * 1000;
    const row = byStep.get(at);
    steps.push(row === undefined ? { atMs, ...nothing } : stepOf(row, atMs, (knownUntilMs - atMs) / 1000));
  }
  return steps;
}

const nothing = {
  produced: null,
  consumed: null,
  underReplicated: null,
  underMinIsr: null,
  offline: null,
  rebalancing: null,
} as const;

/** `knownSeconds`: how much of the step is counted; more than its length for all but the newest. */
function stepOf(row: RateRow, atMs: number, knownSeconds: number): TimelineStep {
  const seconds = Math.min(row.seconds, knownSeconds);
  const rate = (records: number | null): number | null =>
    records === null || seconds < tellingSeconds ? null : Math.round((records / seconds) * 10) / 10;
  const { underReplicated, underMinIsr, offline, rebalancing } = row;
  return {
    atMs,
    produced: rate(row.produced),
    consumed: rate(row.consumed),
    underReplicated,
    underMinIsr,
    offline,
    rebalancing,
  };
}

function flagsOf(file: JournalFile, fromMs: number, toMs: number): TimelineFlag[] {
  const rows = file.rows<{ atMs: number; endedMs: number | null; kind: TimelineFlag['kind']; body: string }>(
    `SELECT flags.at_ms AS atMs, ended_ms AS endedMs, flags.kind AS kind, body
      FROM flags JOIN events ON events.key = flags.event
      WHERE flags.at_ms <= ? AND (ended_ms IS NULL OR ended_ms >= ?)
      ORDER BY flags.kind IN ('fault', 'change', 'problem') DESC, flags.at_ms DESC LIMIT ${flagsMax}`,
    toMs,
    fromMs,
  );
  return rows
    .map(({ atMs, endedMs, kind, body }) => ({ atMs, endedMs, kind, event: JSON.parse(body) as LabEvent }))
    .sort((a, b) => a.atMs - b.atMs || a.event.id - b.event.id);
}
