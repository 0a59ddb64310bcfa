/** The steps that a diagram is read by, above it: word and time; one without room is left to its number. */
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
  const taken: { x0: number; x1: number }[] = [];
  const placed: DrawnMilestone[] = [];
  const stones = marks.filter(({ mark: { step } }) => {
    const isFirst = milestoneSteps.has(step) && !seen.has(step);
    seen.add(step);
    return isFirst;
  });
  for (const [index, { mark, x }] of stones.entries()) {
    const title = words.milestone(mark);
    const time = timeOf(mark.atMs);
    const wide = Math.max(textWidth(title, 12, true), textWidth(time, 11));
    const next = stones[index + 1]?.x ?? Number.POSITIVE_INFINITY;
    const place = placeOf({ x, wide, left, right, isCrowded: next - x < wide / 2 + gap }, taken);
    if (place === null) continue;
    const { anchor, x0 } = place;
    taken.push({ x0, x1: x0 + wide });
    const textX = anchor === 'start' ? x0 : anchor === 'end' ? x0 + wide : x0 + wide / 2;
    placed.push({ mark, x, textX, anchor, title, time, tone: markTone(mark) });
  }
  return placed;
}

interface Room {
  readonly x: number;
  readonly wide: number;
  readonly left: number;
  readonly right: number;
  /** The next one needs what is right of it. */
  readonly isCrowded: boolean;
}

function placeOf(
  { x, wide, left, right, isCrowded }: Room,
  taken: readonly { x0: number; x1: number }[],
): { anchor: DrawnMilestone['anchor']; x0: number } | null {
  const middle = { anchor: 'middle', x0: x - wide / 2 } as const;
  const before = { anchor: 'end', x0: x - 4 - wide } as const;
  const behind = { anchor: 'start', x0: x + 4 } as const;
  for (const { anchor, x0 } of isCrowded ? [before, middle, behind] : [middle, behind, before]) {
    if (x0 < left - 60 || x0 + wide > right + 16) continue;
    if (taken.every((other) => other.x1 + gap / 2 < x0 || other.x0 - gap / 2 > x0 + wide)) return { anchor, x0 };
  }
  return null;
}
