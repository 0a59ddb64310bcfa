/**
 * Where the names of requests and responses stand: beside their diagonal, over no other label, no mark and no wait, and
 * where they cross as few diagonals as can be. Those that a step is told by come first; one without a place is left out.
 */
import { textWidth } from './format.ts';
import type { DrawnArrow, DrawnLabel, DrawnMark, DrawnWait } from './layout.ts';
import { cutWidth, type TimeScale } from './scale.ts';
import type { DiagramWords } from './words.ts';

export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

interface Surroundings {
  readonly marks: readonly DrawnMark[];
  readonly waits: readonly DrawnWait[];
  readonly lanes: readonly number[];
  readonly scale: TimeScale;
  readonly left: number;
  readonly right: number;
  readonly words: DiagramWords;
}

export const titleSize = 12;
export const detailSize = 11;
const lineHeight = 14;
const titleRise = 11;
/** More calls than this are told by pointing at them. */
const labelsMax = 60;
const places = [0.5, 0.36, 0.64, 0.24, 0.76] as const;

export function placeLabels(arrows: readonly DrawnArrow[], around: Surroundings): DrawnLabel[] {
  const taken: Box[] = [
    ...around.marks.map(({ x, y }) => ({ x0: x - 11, x1: x + 11, y0: y - 11, y1: y + 11 })),
    ...around.waits.map(({ x0, x1, y, label }) => ({ x0, x1, y0: y - 6, y1: y + (label === null ? 6 : 24) })),
    ...around.lanes.map((y) => ({ x0: around.left, x1: around.right, y0: y - 2, y1: y + 2 })),
  ];
  const y1 = Number.MAX_SAFE_INTEGER;
  const cuts = around.scale.cuts.map(({ x0 }) => ({ x0: x0 + 6, x1: x0 + cutWidth - 6, y0: 0, y1 }));
  const labels: DrawnLabel[] = [];
  for (const arrow of inOrderOfWeight(arrows)) {
    if (labels.length >= labelsMax) break;
    const words = arrow.part === 'request' ? around.words.request(arrow.call) : around.words.response(arrow.call);
    // What a step is told by may lie over a cut: nothing is there.
    const found =
      bestPlace(arrow, words, arrows, [...taken, ...cuts], around) ??
      (arrow.strong ? bestPlace(arrow, words, arrows, taken, around) : null);
    if (found === null) continue;
    taken.push(found.box);
    const { anchor, x, y } = found;
    labels.push({ call: arrow.call.id, part: arrow.part, x, y, anchor, ...words, tone: arrow.tone });
  }
  return labels;
}

function inOrderOfWeight(arrows: readonly DrawnArrow[]): DrawnArrow[] {
  const weight = ({ strong, call, part }: DrawnArrow): number =>
    (strong ? 4 : 0) + (call.error === null ? 0 : 2) + (part === 'request' ? 1 : 0);
  return [...arrows].sort((a, b) => weight(b) - weight(a) || a.from.x - b.from.x);
}

function bestPlace(
  arrow: DrawnArrow,
  { title, detail }: { title: string; detail: string },
  arrows: readonly DrawnArrow[],
  taken: readonly Box[],
  { left, right }: Surroundings,
): { x: number; y: number; anchor: 'start' | 'end'; box: Box } | null {
  const wide = Math.max(textWidth(title, titleSize, true), textWidth(detail, detailSize));
  const high = detail === '' ? lineHeight : 2 * lineHeight;
  let best: { x: number; y: number; anchor: 'start' | 'end'; box: Box; crossed: number } | null = null;
  for (const share of places) {
    for (const anchor of ['start', 'end'] as const) {
      const x = arrow.from.x + (arrow.to.x - arrow.from.x) * share + (anchor === 'start' ? 9 : -9);
      const y = arrow.from.y + (arrow.to.y - arrow.from.y) * share - (arrow.bow ? 20 : 0);
      const x0 = anchor === 'start' ? x : x - wide;
      const box = { x0, x1: x0 + wide, y0: y - titleRise, y1: y - titleRise + high };
      if (box.x0 < left || box.x1 > right + 12 || taken.some((other) => overlaps(box, other))) continue;
      const crossed = arrows.reduce((sum, { from, to }) => sum + (crosses(box, from, to) ? 1 : 0), 0);
      if (best === null || crossed < best.crossed) best = { x, y, anchor, box, crossed };
      if (crossed === 0) return best;
    }
  }
  // Text over a bundle of lines cannot be read.
  return best !== null && best.crossed <= (arrow.strong ? 4 : 1) ? best : null;
}

export function overlaps(a: Box, b: Box): boolean {
  return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

/** Whether a line passes through a box (Liang-Barsky). */
export function crosses(box: Box, from: { x: number; y: number }, to: { x: number; y: number }): boolean {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  let enter = 0;
  let leave = 1;
  const sides = [
    [-dx, from.x - box.x0],
    [dx, box.x1 - from.x],
    [-dy, from.y - box.y0],
    [dy, box.y1 - from.y],
  ] as const;
  for (const [p, q] of sides) {
    if (p === 0) {
      if (q < 0) return false;
    } else if (p < 0) enter = Math.max(enter, q / p);
    else leave = Math.min(leave, q / p);
  }
  return enter < leave;
}
