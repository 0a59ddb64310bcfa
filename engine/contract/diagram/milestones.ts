/** The steps that a diagram is read by, above it: word and time, in two rows where one has no room. */
import { textWidth } from './format.ts';
import type { DrawnMark, DrawnMilestone } from './layout.ts';
import { markTone } from './tones.ts';
import type { DiagramWords } from './words.ts';
import type { SpaceTimeStep } from '../wire.ts';

/** Steps that have a line; the first of each kind. */
const milestoneSteps: ReadonlySet<SpaceTimeStep> = new Set([
  'sent',
  'appended-leader',
  'high-watermark',
  'acked',
  'refused',
  'read',
  'committed',
  'rebalance-began',
  'generation',
  'rebalance-over',
  'last-heard',
  'fenced',
  'vote-asked',
  'elected',
  'first-produce',
]);

const gap = 10;

export function placeMilestones(
  marks: readonly DrawnMark[],
  left: number,
  right: number,
  words: DiagramWords,
  timeOf: (atMs: number) => string,
): DrawnMilestone[] {
  const seen = new Set<SpaceTimeStep>();
  const taken: { row: number; x0: number; x1: number }[] = [];
  const placed: DrawnMilestone[] = [];
  for (const { mark, x } of marks) {
    if (!milestoneSteps.has(mark.step) || seen.has(mark.step)) continue;
    seen.add(mark.step);
    const title = words.milestone(mark);
    const time = timeOf(mark.atMs);
    const wide = Math.max(textWidth(title, 12, true), textWidth(time, 11));
    const place = placeOf(x, wide, left, right, taken);
    if (place === null) continue;
    const { row, anchor, x0 } = place;
    taken.push({ row, x0, x1: x0 + wide });
    const textX = anchor === 'start' ? x0 : anchor === 'end' ? x0 + wide : x0 + wide / 2;
    placed.push({ mark, x, textX, row, anchor, title, time, tone: markTone(mark) });
  }
  return placed;
}

function placeOf(
  x: number,
  wide: number,
  left: number,
  right: number,
  taken: readonly { row: number; x0: number; x1: number }[],
): { row: number; anchor: DrawnMilestone['anchor']; x0: number } | null {
  const anchors = [
    { anchor: 'middle', x0: x - wide / 2 },
    { anchor: 'start', x0: x - 6 },
    { anchor: 'end', x0: x + 6 - wide },
  ] as const;
  for (const { anchor, x0 } of anchors) {
    if (x0 < left - 40 || x0 + wide > right + 16) continue;
    if (taken.every((other) => other.x1 + gap < x0 || other.x0 - gap > x0 + wide)) return { row: 0, anchor, x0 };
  }
  return null;
}
