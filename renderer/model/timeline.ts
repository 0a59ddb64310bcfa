/**
 * The timeline as arithmetic: which span is seen, what a snapshot adds to the curves, how steps become paths and bands,
 * and which flags have room for their words.
 */
import type { LabEvent } from '../../engine/contract/events.ts';
import type { Timeline, TimelineFlag, TimelineStep } from '../../engine/contract/queries.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import { brokersById } from './broker.ts';
import { isSilent } from './replica.ts';

/** What can be seen at once; `run` is all since the lab was started. */
export const spans = ['30s', '1m', '5m', '15m', '1h', 'run'] as const;
export type Span = (typeof spans)[number];
const spanLengths: Readonly<Record<Exclude<Span, 'run'>, number>> = {
  '30s': 30_000,
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
};
/** A run that began just now still has a width. */
const shortestRunMs = 30_000;
/** Room right of now, as a part of the span: the marker's words stand there. */
const aheadPart = 0.025;

export function spanMs(span: Span, startedMs: number, nowMs: number): number {
  return span === 'run' ? Math.max(shortestRunMs, nowMs - startedMs) : spanLengths[span];
}

/** One step nearer (`-1`) or further (`1`). */
export function zoomed(span: Span, direction: -1 | 1): Span {
  const at = spans.indexOf(span) + direction;
  return spans[Math.min(spans.length - 1, Math.max(0, at))] ?? span;
}

export interface Extent {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is seen while time runs: the span up to now and a little room. */
export function liveExtent(lengthMs: number, nowMs: number): Extent {
  const toMs = nowMs + lengthMs * aheadPart;
  return { fromMs: toMs - lengthMs, toMs };
}

/** What is seen of the past: `extent` where the moment is in it, else the same length around the moment. */
export function extentAround(atMs: number, extent: Extent, lengthMs: number, nowMs: number): Extent {
  const same = Math.abs(extent.toMs - extent.fromMs - lengthMs) < 1;
  if (same && atMs >= extent.fromMs && atMs <= extent.toMs) return extent;
  const toMs = Math.min(atMs + lengthMs / 2, nowMs + lengthMs * aheadPart);
  return { fromMs: toMs - lengthMs, toMs };
}

/** 0 to 1 inside the extent. */
export function placeOf(atMs: number, { fromMs, toMs }: Extent): number {
  return (atMs - fromMs) / (toMs - fromMs);
}

const tickSteps = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400].map(
  (seconds) => seconds * 1000,
);

/** Round times for the axis, at most `ticksMax` of them. */
export function ticksOf(
  { fromMs, toMs }: Extent,
  ticksMax: number,
): { readonly stepMs: number; readonly at: readonly number[] } {
  const longest = tickSteps.at(-1) ?? 1;
  const fitting = tickSteps.find((step) => (toMs - fromMs) / step <= ticksMax);
  const stepMs = fitting ?? Math.ceil((toMs - fromMs) / ticksMax / longest) * longest;
  const at: number[] = [];
  for (let tick = Math.ceil(fromMs / stepMs) * stepMs; tick <= toMs; tick += stepMs) at.push(tick);
  return { stepMs, at };
}

/** The next step of 1, 2, 5 that holds the value: curves stand still until one leaves the scale. */
export function scaleTop(value: number): number {
  if (value <= 10) return 10;
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * magnitude >= value) ?? 10) * magnitude;
}

/**
 * The top of the scale for rates. A catch-up of a second can be twenty times the usual: it would press everything else
 * to the floor, so the scale holds twice what nineteen of twenty steps need, and such a spike leaves it.
 */
export function rateTop(steps: readonly TimelineStep[]): number {
  const rates = steps
    .flatMap(({ produced, consumed }) => [produced ?? 0, consumed ?? 0])
    .filter((rate) => rate > 0)
    .sort((a, b) => a - b);
  const usual = rates[Math.floor((rates.length - 1) * 0.95)] ?? 0;
  return scaleTop(Math.min(rates.at(-1) ?? 0, usual * 2));
}

/** Log ends and positions at one time: two of them make rates. */
export interface Progress {
  readonly atMs: number;
  /** By partition id: the log end at its leader. */
  readonly ends: ReadonlyMap<number, number>;
  /** By group and partition: the position of the lab consumer that owns it, else what the group committed. */
  readonly positions: ReadonlyMap<string, number>;
}

export function progressOf(snapshot: LabSnapshot): Progress {
  const internal = new Set(snapshot.topics.filter((topic) => topic.internal).map((topic) => topic.name));
  const ends = new Map<number, number>();
  for (const partition of snapshot.partitions) {
    const end = partition.logs.find((log) => log.node === partition.leader)?.logEndOffset ?? null;
    if (end !== null && !internal.has(partition.topic)) ends.set(partition.id, end);
  }
  const positions = new Map<string, number>();
  for (const group of snapshot.groups) {
    for (const { topic, partition, offset } of group.offsets)
      positions.set(`${group.id} ${topic} ${partition}`, offset);
  }
  for (const { settings, partitions } of snapshot.consumers) {
    for (const { topic, partition, position } of partitions) {
      const key = `${settings.group} ${topic} ${partition}`;
      if (position !== null) positions.set(key, Math.max(position, positions.get(key) ?? 0));
    }
  }
  return { atMs: snapshot.sampledMs, ends, positions };
}

export function stepBetween(before: Progress, now: Progress, snapshot: LabSnapshot): TimelineStep {
  const brokers = brokersById(snapshot);
  const minIsr = new Map(snapshot.topics.map((topic) => [topic.name, topic.minInsyncReplicas ?? 0]));
  let underReplicated = 0;
  let underMinIsr = 0;
  let offline = 0;
  for (const { topic, leader, isr, replicas } of snapshot.partitions) {
    underReplicated += Number(isr.length < replicas.length);
    underMinIsr += Number(isr.length < (minIsr.get(topic) ?? 0));
    offline += Number(leader < 0 || isSilent(brokers.get(leader)));
  }
  const seconds = (now.atMs - before.atMs) / 1000;
  return {
    atMs: now.atMs,
    produced: gained(before.ends, now.ends) / seconds,
    consumed: gained(before.positions, now.positions) / seconds,
    underReplicated,
    underMinIsr,
    offline,
    rebalancing: snapshot.groups.filter((group) => group.state.endsWith('Rebalance')).length,
  };
}

function gained<K>(before: ReadonlyMap<K, number>, now: ReadonlyMap<K, number>): number {
  let records = 0;
  for (const [key, value] of now) records += Math.max(0, value - (before.get(key) ?? value));
  return records;
}

/** The journal's steps, and after its last one what the window saw itself. */
export function joinSteps(answer: Timeline | null, seen: readonly TimelineStep[]): readonly TimelineStep[] {
  // Steps in which nothing was recorded yet are the end of the journal, not of the lab.
  const last = answer?.steps.findLast((step) => step.produced !== null || step.underReplicated !== null);
  if (answer === null || last === undefined) return seen;
  const newer = seen.filter((step) => step.atMs > last.atMs + answer.stepMs / 2);
  return [...answer.steps.filter((step) => step.atMs <= last.atMs), ...newer];
}

/** One SVG path; where nothing is known, or longer than `gapMs` nothing was told, it has a gap. */
export function curve(
  steps: readonly TimelineStep[],
  valueOf: (step: TimelineStep) => number | null,
  xOf: (atMs: number) => number,
  yOf: (value: number) => number,
  gapMs: number,
): string {
  let path = '';
  let drawn: number | null = null;
  for (const step of steps) {
    const value = valueOf(step);
    if (value === null) {
      drawn = null;
      continue;
    }
    const move = drawn === null || step.atMs - drawn > gapMs;
    path += `${move ? 'M' : 'L'}${xOf(step.atMs).toFixed(2)} ${yOf(value).toFixed(1)}`;
    drawn = step.atMs;
  }
  return path;
}

export type IsrState = 'full' | 'shrunk' | 'offline';
export interface IsrBand extends Extent {
  readonly state: IsrState;
}

export function isrState(step: TimelineStep): IsrState | null {
  if (step.underReplicated === null) return null;
  if ((step.offline ?? 0) > 0) return 'offline';
  return step.underReplicated > 0 ? 'shrunk' : 'full';
}

export function isrBands(steps: readonly TimelineStep[], gapMs: number): readonly IsrBand[] {
  const bands: { state: IsrState; fromMs: number; toMs: number }[] = [];
  steps.forEach((step, index) => {
    const state = isrState(step);
    if (state === null) return;
    const next = steps[index + 1];
    const toMs = next === undefined || next.atMs - step.atMs > gapMs ? step.atMs : next.atMs;
    const last = bands.at(-1);
    if (last !== undefined && last.state === state && step.atMs - last.toMs < 1) last.toMs = toMs;
    else bands.push({ state, fromMs: step.atMs, toMs });
  });
  return bands;
}

/** What was known at a moment: the last step at or before it. */
export function stepAt(steps: readonly TimelineStep[], atMs: number): TimelineStep | null {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return steps[low - 1] ?? null;
}

/** The flag of an event that the journal's answer does not have yet: the same that the journal will raise. */
export function flagOf(event: LabEvent): TimelineFlag | null {
  const kind = flagKindOf(event);
  if (kind === null) return null;
  const stands = kind === 'fault' || kind === 'problem' || kind === 'rebalance';
  return { atMs: event.atMs, endedMs: stands ? null : event.atMs, kind, event };
}

function flagKindOf({ kind, change, args }: LabEvent): TimelineFlag['kind'] | null {
  const now = change?.now ?? '';
  switch (kind) {
    case 'fault':
      if (now !== 'active' || args['kind'] === 'stop-client') return null;
      return args['kind'] === 'stop' ? 'change' : 'fault';
    case 'process':
      if (now === 'shutting-down') return 'change';
      return ['killed', 'failed', 'paused'].includes(now) ? 'fault' : null;
    case 'client-process':
      if (now === 'stopped' || now === 'running') return 'client';
      return ['killed', 'failed', 'frozen'].includes(now) ? 'fault' : null;
    case 'client-settings':
      return 'client';
    case 'topic-created':
    case 'topic-deleted':
      return String(args['topic']).startsWith('__') ? null : 'change';
    case 'config-changed':
      return 'change';
    case 'leader-changed':
    case 'quorum-leader':
      return 'election';
    case 'partitions-changed':
      return args['leaders'] === 0 ? null : 'election';
    case 'group-state':
      return now.endsWith('Rebalance') ? 'rebalance' : null;
    case 'problem':
      return 'problem';
    default:
      return null;
  }
}

/** Elections closer than this are one flag. */
const electionMs = 1_000;
/** An event may be told a little after it happened, and written a little after it was told. */
const writtenWithinMs = 2_000;

/** The journal's flags and, for what came after its answer, those of the events that the window has. */
export function joinFlags(answer: Timeline | null, events: readonly LabEvent[]): readonly TimelineFlag[] {
  const flags = [...(answer?.flags ?? [])];
  const known = new Set(flags.map(({ event }) => `${event.id} ${event.atMs}`));
  const sinceMs = (answer?.toMs ?? 0) - writtenWithinMs;
  const faults = [...flags.map(({ event }) => event), ...events].filter(isFault);
  for (const event of events) {
    if (event.atMs <= sinceMs || known.has(`${event.id} ${event.atMs}`)) continue;
    const flag = flagOf(event);
    if (flag === null || faults.some((fault) => tells(fault, event))) continue;
    const told =
      flag.kind === 'election' &&
      flags.some((each) => each.kind === 'election' && Math.abs(each.atMs - flag.atMs) < electionMs);
    if (!told) flags.push(flag);
  }
  return flags;
}

const isFault = ({ kind, change }: LabEvent): boolean => kind === 'fault' && change?.now === 'active';

/** The fault that made a thread what it became has the flag for both. */
function tells(fault: LabEvent, event: LabEvent): boolean {
  if (Math.abs(fault.atMs - event.atMs) > electionMs || event.change?.now === 'failed') return false;
  if (event.kind === 'process') return fault.args['node'] === event.args['node'];
  const isClients = event.kind === 'client-process' && event.change?.now !== 'running';
  return isClients && fault.args['kind'] !== 'stop-client' && fault.args['client'] === event.args['client'];
}

export interface PlacedFlag {
  readonly flag: TimelineFlag;
  /** Pixels from the left. */
  readonly x: number;
  /** Null: no room for words, only its line is drawn. */
  readonly label: string | null;
  /** Words stand left of the line, as they would leave the plot on the right. */
  readonly leftward: boolean;
}

const importance: Readonly<Record<TimelineFlag['kind'], number>> = {
  fault: 0,
  problem: 1,
  election: 2,
  rebalance: 3,
  client: 4,
  change: 5,
};
const linesMax = 150;

/**
 * The most important and newest flags get their words first; what then has no room keeps its line. `widthOf` is the
 * width of a label in pixels.
 */
export function placeFlags(
  flags: readonly TimelineFlag[],
  extent: Extent,
  widthPx: number,
  labelOf: (flag: TimelineFlag) => string,
  widthOf: (label: string) => number,
): readonly PlacedFlag[] {
  const seen = flags.filter(({ atMs }) => atMs >= extent.fromMs && atMs <= extent.toMs);
  const ranked = [...seen].sort((a, b) => importance[a.kind] - importance[b.kind] || b.atMs - a.atMs);
  const taken: { readonly from: number; readonly to: number }[] = [];
  const lines = new Set<number>();
  const placed: PlacedFlag[] = [];
  for (const flag of ranked) {
    const x = placeOf(flag.atMs, extent) * widthPx;
    // Words are made for the few that may have room, not for hundreds.
    const covered = taken.some((each) => x >= each.from && x < each.to);
    if (covered && (lines.has(Math.round(x / 3)) || placed.length >= linesMax)) continue;
    const label = covered ? '' : labelOf(flag);
    const width = covered ? 0 : widthOf(label);
    const leftward = x + width > widthPx;
    const from = leftward ? x - width : x;
    const fits = !covered && from >= 0 && taken.every((each) => from >= each.to || from + width <= each.from);
    if (fits) taken.push({ from, to: from + width });
    // Lines that fall on one another are one.
    else if (lines.has(Math.round(x / 3)) || placed.length >= linesMax) continue;
    lines.add(Math.round(x / 3));
    placed.push({ flag, x, label: fits ? label : null, leftward: fits && leftward });
  }
  return placed.sort((a, b) => a.x - b.x);
}
