/**
 * Time along the diagram: linear in stretches, with cuts where nothing happens. A stretch holds every moment and every
 * flight that overlaps it whole; between two stretches lies a cut of fixed width, and no flight and no moment within.
 */

export interface Flight {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly x0: number;
  readonly x1: number;
}

export interface Cut {
  readonly fromMs: number;
  readonly toMs: number;
  readonly x0: number;
  readonly x1: number;
}

export interface TimeScale {
  readonly stretches: readonly Stretch[];
  readonly cuts: readonly Cut[];
  /** Never falls when time goes on; before and after all it stands at the ends. */
  x(atMs: number): number;
}

export const cutWidth = 38;
/** A gap is cut when it would be drawn wider than this. */
const gapWidthMax = 64;
/** Of the whole width, what cuts may take. */
const cutShareMax = 0.45;
const stretchWidthMin = 30;

/** Flights put together where they touch, in order. */
export function busyTimes(flights: readonly Flight[]): Flight[] {
  const sorted = [...flights].sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
  const busy: Flight[] = [];
  for (const { fromMs, toMs } of sorted) {
    const last = busy.at(-1);
    if (last === undefined || fromMs > last.toMs) busy.push({ fromMs, toMs });
    else if (toMs > last.toMs) busy[busy.length - 1] = { fromMs: last.fromMs, toMs };
  }
  return busy;
}

/** Over the given flights (a moment is one without length), between `left` and `right`. */
export function timeScale(flights: readonly Flight[], left: number, right: number): TimeScale {
  const busy = busyTimes(flights);
  if (busy.length === 0) return { stretches: [], cuts: [], x: () => left };
  const cutAfter = chooseCuts(busy, right - left);
  const ends = flights.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  const spans: Flight[] = [];
  let fromMs = busy[0]!.fromMs;
  busy.forEach(({ toMs }, index) => {
    if (!cutAfter.has(index) && index < busy.length - 1) return;
    spans.push({ fromMs, toMs });
    fromMs = busy[index + 1]?.fromMs ?? toMs;
  });
  return placed(spans, ends, left, right);
}

/** The widest gaps first, as long as they would be drawn wider than a cut is worth. Indexes of the busy time before each. */
function chooseCuts(busy: readonly Flight[], width: number): ReadonlySet<number> {
  const gaps = busy.slice(1).map((next, index) => ({ index, ms: next.fromMs - busy[index]!.toMs }));
  gaps.sort((a, b) => b.ms - a.ms || a.index - b.index);
  const chosen = new Set<number>();
  let restMs = busy.at(-1)!.toMs - busy[0]!.fromMs;
  for (const { index, ms } of gaps) {
    if ((chosen.size + 1) * (cutWidth + stretchWidthMin) > width * (cutShareMax + 0.3)) break;
    if ((chosen.size + 1) * cutWidth > width * cutShareMax) break;
    const room = width - chosen.size * cutWidth;
    if (ms <= 0 || (ms / restMs) * room <= gapWidthMax) break;
    chosen.add(index);
    restMs -= ms;
  }
  return chosen;
}

/** Room goes to where most happens. */
function placed(spans: readonly Flight[], ends: readonly number[], left: number, right: number): TimeScale {
  const room = right - left - (spans.length - 1) * cutWidth;
  const least = Math.min(stretchWidthMin, room / spans.length);
  const weights = spans.map(({ fromMs, toMs }) =>
    toMs === fromMs ? 0 : ends.filter((atMs) => atMs >= fromMs && atMs <= toMs).length,
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const spare = room - least * spans.length;
  const stretches: Stretch[] = [];
  const cuts: Cut[] = [];
  let x = left;
  spans.forEach(({ fromMs, toMs }, index) => {
    const before = spans[index - 1];
    if (before !== undefined) {
      cuts.push({ fromMs: before.toMs, toMs: fromMs, x0: x, x1: x + cutWidth });
      x += cutWidth;
    }
    const width = least + (sum === 0 ? spare / spans.length : (spare * weights[index]!) / sum);
    stretches.push({ fromMs, toMs, x0: x, x1: x + width });
    x += width;
  });
  return { stretches, cuts, x: (atMs) => xOf(stretches, cuts, atMs) };
}

function xOf(stretches: readonly Stretch[], cuts: readonly Cut[], atMs: number): number {
  const first = stretches[0]!;
  if (atMs <= first.fromMs) return first.x0;
  for (const [index, { fromMs, toMs, x0, x1 }] of stretches.entries()) {
    if (atMs <= toMs) return toMs === fromMs ? x0 : x0 + ((atMs - fromMs) / (toMs - fromMs)) * (x1 - x0);
    const cut = cuts[index];
    if (cut !== undefined && atMs < cut.toMs)
      return cut.x0 + ((atMs - cut.fromMs) / (cut.toMs - cut.fromMs)) * cutWidth;
  }
  return stretches.at(-1)!.x1;
}
