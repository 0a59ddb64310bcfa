/** Lengths of time as people write them: `500ms`, `20s`, `1.5m`, or a number of milliseconds. */
import * as v from 'valibot';

const factors: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };
const pattern = /^(\d+(?:\.\d+)?)(ms|s|m)$/;

const written = 'a length of time is written 500ms, 20s or 1.5m, or as a number of milliseconds';

export const durationSchema = v.union(
  [v.pipe(v.number(), v.minValue(0)), v.pipe(v.string(), v.regex(pattern, written))],
  written,
);

export function durationMs(written: v.InferOutput<typeof durationSchema>): number {
  if (typeof written === 'number') return written;
  const [, count = '0', unit = 'ms'] = pattern.exec(written) ?? [];
  return Number(count) * (factors[unit] ?? 1);
}

/** The shortest way to write it that is exact: `20s`, `1500ms`. */
export function writtenDuration(ms: number): string {
  const whole = Math.round(ms);
  if (whole >= 60_000 && whole % 60_000 === 0) return `${whole / 60_000}m`;
  return whole >= 1000 && whole % 100 === 0 ? `${whole / 1000}s` : `${whole}ms`;
}
