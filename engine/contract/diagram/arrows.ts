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
  isRecord: boolean,
  scale: TimeScale,
  y: ReadonlyMap<LaneId, number>,
): DrawnArrow[] {
  const weights = weigher(marks, isRecord);
  const isTold = marks.length > 0;
  return calls.flatMap((call) => {
    const near = y.get(call.from);
    const far = y.get(call.to);
    if (near === undefined || far === undefined) return [];
    const bow = call.from === call.to;
    const common = (part: DrawnArrow['part']) => {
      const strong = weights(call, part);
      return { call, part, strong, bow, tone: toneOf(call, strong || (!isTold && call.class !== 'beat')) };
    };
    const request = flight(scale, near, far, call.sentMs, call.arrivedMs);
    const arrows: DrawnArrow[] = request === null ? [] : [{ ...common('request'), ...request }];
    if (call.oneWay) return arrows;
    const isAnswered = call.answeredMs !== null || (call.receivedMs !== null && call.error === null);
    const response = isAnswered ? flight(scale, far, near, call.answeredMs, call.receivedMs) : null;
    if (response !== null) arrows.push({ ...common('response'), ...response });
    return arrows;
  });
}

/**
 * Whether a step is told by it. A reader's step is the answer that it got, a follower's the request that tells how far it
 * is; of a record, the answer that carried it to a follower belongs to its way, too.
 */
function weigher(
  marks: readonly SpaceTimeMark[],
  isRecord: boolean,
): (call: WireCall, part: DrawnArrow['part']) => boolean {
  const told = new Map<number, Set<SpaceTimeMark['step']>>();
  for (const { call, step } of marks) {
    if (call === null) continue;
    const steps = told.get(call);
    if (steps === undefined) told.set(call, new Set([step]));
    else steps.add(step);
  }
  return (call, part) => {
    const steps = told.get(call.id);
    if (steps === undefined) return isRecord && call.api === 'Fetch' && part === 'response';
    const ofRequest = steps.has('appended-follower') || steps.has('first-fetch');
    const ofResponse = steps.has('read') || steps.has('learned');
    return call.api !== 'Fetch' || (part === 'request' ? ofRequest || !ofResponse : ofResponse);
  };
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

/** Errors by which a group's protocol goes on. */
const expected = new Set(['MEMBER_ID_REQUIRED', 'REBALANCE_IN_PROGRESS']);

function toneOf(call: WireCall, counts: boolean): DiagramTone {
  if (call.error !== null) return expected.has(call.error) ? 'wait' : 'fault';
  if (!counts) return 'quiet';
  if (consumerApis.has(call.api)) return 'accent';
  if (call.api === 'Fetch' && !call.from.startsWith('node-')) return 'accent';
  return 'ink';
}
