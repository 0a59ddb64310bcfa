/** Diagonals: a request and its response, as far as their ends are known. */
import type { LaneId, SpaceTimeMark, WireCall } from '../wire.ts';
import type { DrawnArrow, Point } from './layout.ts';
import type { TimeScale } from './scale.ts';
import type { DiagramTone } from './tones.ts';

/** How far a diagonal goes whose end nobody saw. */
const stubShare = 0.45;
const stubWidth = 16;

export function arrowsOf(
  calls: readonly WireCall[],
  marks: readonly SpaceTimeMark[],
  scale: TimeScale,
  y: ReadonlyMap<LaneId, number>,
): DrawnArrow[] {
  const told = new Set(marks.map(({ call }) => call));
  return calls.flatMap((call) => {
    const near = y.get(call.from);
    const far = y.get(call.to);
    if (near === undefined || far === undefined) return [];
    const strong = told.has(call.id);
    const bow = call.from === call.to;
    const common = { call, strong, bow, tone: toneOf(call, strong) };
    const request = flight(scale, near, far, call.sentMs, call.arrivedMs);
    const arrows: DrawnArrow[] = request === null ? [] : [{ ...common, part: 'request', ...request }];
    if (call.oneWay) return arrows;
    const isAnswered = call.answeredMs !== null || (call.receivedMs !== null && call.error === null);
    const response = isAnswered ? flight(scale, far, near, call.answeredMs, call.receivedMs) : null;
    if (response !== null) arrows.push({ ...common, part: 'response', ...response });
    return arrows;
  });
}

/** From one lane to another; null when neither end was seen. */
function flight(
  scale: TimeScale,
  fromY: number,
  toY: number,
  leftMs: number | null,
  cameMs: number | null,
): { from: Point; to: Point; known: DrawnArrow['known'] } | null {
  if (leftMs !== null && cameMs !== null) {
    return { from: { x: scale.x(leftMs), y: fromY }, to: { x: scale.x(cameMs), y: toY }, known: 'whole' };
  }
  if (leftMs !== null) {
    const x = scale.x(leftMs);
    return { from: { x, y: fromY }, to: { x: x + stubWidth, y: fromY + (toY - fromY) * stubShare }, known: 'near' };
  }
  if (cameMs === null) return null;
  const x = scale.x(cameMs);
  return { from: { x: x - stubWidth, y: toY + (fromY - toY) * stubShare }, to: { x, y: toY }, known: 'far' };
}

const consumerApis = new Set(['OffsetCommit', 'OffsetFetch']);

function toneOf(call: WireCall, strong: boolean): DiagramTone {
  if (call.error !== null) return 'fault';
  if (!strong) return 'quiet';
  if (consumerApis.has(call.api)) return 'accent';
  if (call.api === 'Fetch' && !call.from.startsWith('node-')) return 'accent';
  return 'ink';
}
