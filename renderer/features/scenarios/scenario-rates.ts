/** Acknowledgements per second of each producer while a scenario runs, as they came; kept for the run that is shown. Pure. */
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';

export interface RatePoint {
  readonly atMs: number;
  /** Null: not known. */
  readonly rate: number | null;
}

export interface Rates {
  readonly run: string;
  readonly producers: ReadonlyMap<string, readonly RatePoint[]>;
}

/** Points closer together than this are one. */
const everyMs = 400;
const pointsMax = 600;

/** With one more point for each producer; a new run begins anew, a run that is over gets no more. */
export function withPoints(was: Rates | null, { scenario, producers, sampledMs }: LabSnapshot): Rates | null {
  if (scenario === null) return null;
  const before = was?.run === scenario.run ? was.producers : new Map<string, readonly RatePoint[]>();
  if (scenario.endedMs !== null && before.size > 0) return was;
  const now = new Map<string, readonly RatePoint[]>();
  for (const { id, recordsPerSecond } of producers) {
    const points = before.get(id) ?? [];
    const last = points.at(-1);
    if (last !== undefined && sampledMs - last.atMs < everyMs) now.set(id, points);
    else now.set(id, [...points, { atMs: sampledMs, rate: recordsPerSecond }].slice(-pointsMax));
  }
  return { run: scenario.run, producers: now };
}

/** A line over a field of that size; unknown values leave gaps. */
export function ratePath(
  points: readonly RatePoint[],
  { fromMs, toMs, most }: { readonly fromMs: number; readonly toMs: number; readonly most: number },
  { width, height }: { readonly width: number; readonly height: number },
): string {
  let pen = 'M';
  let drawn = '';
  for (const { atMs, rate } of points) {
    if (rate === null) {
      pen = 'M';
      continue;
    }
    const x = (width * (atMs - fromMs)) / Math.max(1, toMs - fromMs);
    drawn += `${pen}${x.toFixed(1)} ${(height - (height * rate) / Math.max(1, most)).toFixed(1)}`;
    pen = 'L';
  }
  return drawn;
}
