/**
 * Where everything of a diagram is drawn: lanes from top to bottom, time from left to right, a diagonal for each request
 * and each response. Pure: the same answer, width and words give the same picture.
 *
 * Invariants: lanes keep their order and never meet; what was later is never further left; a cut holds no end of a
 * diagonal and no mark; no two labels overlap (one without a place is left out, its call still tells it).
 */
import type { LaneId, SpaceTime, SpaceTimeLane, SpaceTimeMark, SpaceTimeWait, WireCall } from '../wire.ts';
import { arrowsOf } from './arrows.ts';
import { sinceOrigin, duration } from './format.ts';
import { placeLabels } from './labels.ts';
import { placeMilestones } from './milestones.ts';
import { timeScale, type Flight, type TimeScale } from './scale.ts';
import { ticksOf } from './ticks.ts';
import { markTone, type DiagramTone } from './tones.ts';
import { englishWords, type DiagramWords } from './words.ts';

export interface DiagramOptions {
  /** Of the whole picture. */
  readonly width: number;
  readonly words?: DiagramWords;
  /** Lanes that are not drawn, nor what begins or ends there. */
  readonly hidden?: ReadonlySet<LaneId>;
  /** Room for it; lanes come nearer to each other, as far as they can, to take no more. */
  readonly height?: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface DrawnLane {
  readonly lane: SpaceTimeLane;
  readonly y: number;
  readonly name: string;
  readonly role: string;
  readonly strong: boolean;
}

/** A request or a response. */
export interface DrawnArrow {
  readonly call: WireCall;
  readonly part: 'request' | 'response';
  readonly from: Point;
  readonly to: Point;
  /** It never arrived, or nobody knows: drawn dashed, without a head when it was lost. */
  readonly known: 'whole' | 'near' | 'far' | 'lost';
  readonly tone: DiagramTone;
  readonly strong: boolean;
  /** Between two listeners of one node: a bow above its lane. */
  readonly bow: boolean;
}

export interface DrawnLabel {
  readonly call: number;
  readonly part: 'request' | 'response';
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end';
  readonly title: string;
  readonly detail: string;
  readonly tone: DiagramTone;
}

export interface DrawnMark extends Point {
  readonly mark: SpaceTimeMark;
  readonly tone: DiagramTone;
}

export interface DrawnWait {
  readonly wait: SpaceTimeWait;
  readonly x0: number;
  readonly x1: number;
  readonly y: number;
  /** Null where there is no room for it. */
  readonly label: string | null;
}

export interface DrawnMilestone {
  readonly mark: SpaceTimeMark;
  readonly x: number;
  readonly textX: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly title: string;
  readonly time: string;
  readonly tone: DiagramTone;
}

export interface DrawnCut {
  readonly x0: number;
  readonly x1: number;
  readonly label: string;
}

export interface DrawnTick {
  readonly x: number;
  readonly label: string;
}

export interface DiagramLayout {
  readonly width: number;
  readonly height: number;
  /** Where time begins and ends, and where lanes do. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly lanes: readonly DrawnLane[];
  readonly cuts: readonly DrawnCut[];
  readonly ticks: readonly DrawnTick[];
  readonly arrows: readonly DrawnArrow[];
  readonly labels: readonly DrawnLabel[];
  readonly marks: readonly DrawnMark[];
  readonly waits: readonly DrawnWait[];
  readonly milestones: readonly DrawnMilestone[];
  /** Where a moment is drawn. */
  x(atMs: number): number;
}

const laneNameWidth = 112;
const rightPad = 20;
const milestoneHeight = 46;
const axisHeight = 30;
const laneGapMax = 116;
const laneGapMin = 58;
/** A flight so much longer than the others waited somewhere on its way. */
const longMs = 2;
const longTimes = 6;
const heightWanted = 660;

export function layoutDiagram(data: SpaceTime, options: DiagramOptions): DiagramLayout {
  const { width, words = englishWords, hidden = new Set<LaneId>() } = options;
  const shown = data.lanes.filter(({ id }) => !hidden.has(id));
  const visible = new Set(shown.map(({ id }) => id));
  const calls = data.calls.filter(({ from, to }) => visible.has(from) && visible.has(to));
  const marks = data.marks.filter(({ lane }) => visible.has(lane));
  const waits = data.waits.filter(({ lane }) => visible.has(lane));
  const left = laneNameWidth;
  const right = Math.max(left + 200, width - rightPad);
  const scale = timeScale(flightsOf(calls, marks, waits), left + 8, right - 8);
  const top = milestoneHeight + 38;
  const gap = laneGapOf(shown.length, (options.height ?? heightWanted) - top - 32 - axisHeight);
  const y = new Map(shown.map(({ id }, index) => [id, top + index * gap]));
  const bottom = top + Math.max(0, shown.length - 1) * gap + 32;
  const drawnMarks = marksOf(marks, scale, y);
  const arrows = arrowsOf(calls, data.marks, data.record !== null, scale, y);
  const drawnWaits = waitsOf(waits, scale, y, words);
  return {
    width,
    height: bottom + axisHeight,
    left,
    right,
    top: milestoneHeight,
    bottom,
    lanes: shown.map((lane) => ({ lane, y: y.get(lane.id)!, ...words.lane(lane), strong: lane.role === 'leader' })),
    cuts: scale.cuts.map(({ x0, x1, fromMs, toMs }) => ({ x0, x1, label: words.cut(duration(toMs - fromMs)) })),
    ticks: ticksOf(scale, data.originMs),
    arrows,
    labels: placeLabels(arrows, {
      marks: drawnMarks,
      waits: drawnWaits,
      lanes: [...y.values()],
      scale,
      left,
      right,
      words,
    }),
    marks: drawnMarks,
    waits: drawnWaits,
    milestones: placeMilestones(drawnMarks, left, right, words, (atMs) => sinceOrigin(atMs - data.originMs)),
    x: (atMs) => scale.x(atMs),
  };
}

function laneGapOf(lanes: number, room: number): number {
  return Math.max(laneGapMin, Math.min(laneGapMax, Math.floor(room / Math.max(1, lanes - 1))));
}

/** Everything that happens, so that no cut hides it: diagonals, marks, and where waits begin and end. */
function flightsOf(
  calls: readonly WireCall[],
  marks: readonly SpaceTimeMark[],
  waits: readonly SpaceTimeWait[],
): Flight[] {
  const flights: Flight[] = [];
  const add = (a: number | null, b: number | null): void => {
    const known = [a, b].filter((each) => each !== null);
    if (known.length > 0) flights.push({ fromMs: Math.min(...known), toMs: Math.max(...known) });
  };
  const lengths = calls.flatMap(({ sentMs, arrivedMs }) =>
    sentMs === null || arrivedMs === null ? [] : [arrivedMs - sentMs],
  );
  const usual = lengths.sort((a, b) => a - b)[lengths.length >> 1] ?? 0;
  // One that waited in a socket for very long crosses cuts; its ends do not lie in one.
  const addFlight = (a: number | null, b: number | null): void => {
    if (a !== null && b !== null && b - a > Math.max(longMs, usual * longTimes)) {
      add(a, null);
      add(b, null);
    } else add(a, b);
  };
  for (const { sentMs, arrivedMs, answeredMs, receivedMs } of calls) {
    addFlight(sentMs, arrivedMs);
    // What was never answered has no second flight.
    if (answeredMs === null) add(receivedMs, null);
    else addFlight(answeredMs, receivedMs);
  }
  for (const { atMs } of marks) add(atMs, null);
  for (const { fromMs, toMs } of waits) {
    add(fromMs, null);
    add(toMs, null);
  }
  return flights;
}

const markGap = 20;

/** Marks of one lane that would cover each other are moved apart along it. */
function marksOf(marks: readonly SpaceTimeMark[], scale: TimeScale, y: ReadonlyMap<LaneId, number>): DrawnMark[] {
  const lastX = new Map<LaneId, number>();
  return [...marks]
    .sort((a, b) => a.atMs - b.atMs || a.number - b.number)
    .map((mark) => {
      const at = scale.x(mark.atMs);
      const x = Math.max(at, (lastX.get(mark.lane) ?? Number.NEGATIVE_INFINITY) + markGap);
      lastX.set(mark.lane, x);
      return { mark, x, y: y.get(mark.lane)!, tone: markTone(mark) };
    });
}

const labelledWidth = 90;
/** What nobody sends or works on: waits in a purgatory, and for a session to run out. */
const labelled = new Set<SpaceTimeWait['kind']>(['delayed-produce', 'delayed-fetch', 'delayed-join', 'session']);

function waitsOf(
  waits: readonly SpaceTimeWait[],
  scale: TimeScale,
  y: ReadonlyMap<LaneId, number>,
  words: DiagramWords,
): DrawnWait[] {
  return waits.map((wait) => {
    const x0 = scale.x(wait.fromMs);
    const x1 = Math.max(scale.x(wait.toMs), x0 + 3);
    return {
      wait,
      x0,
      x1,
      y: y.get(wait.lane)!,
      label: labelled.has(wait.kind) && x1 - x0 >= labelledWidth ? words.wait(wait) : null,
    };
  });
}
