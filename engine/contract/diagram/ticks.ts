/** Round moments along the axis, in each stretch as many as have room. */
import { grouped, textWidth } from './format.ts';
import type { DrawnTick } from './layout.ts';
import type { Stretch, TimeScale } from './scale.ts';

const tickGap = 64;

export function ticksOf(scale: TimeScale, originMs: number): DrawnTick[] {
  const ticks: DrawnTick[] = [];
  let freeFrom = Number.NEGATIVE_INFINITY;
  for (const stretch of scale.stretches) {
    for (const { atMs, label } of ticksIn(stretch, originMs)) {
      const x = scale.x(atMs);
      const half = textWidth(label, 11) / 2;
      if (x - half < freeFrom) continue;
      ticks.push({ x, label });
      freeFrom = x + half + 8;
    }
  }
  return ticks;
}

function ticksIn({ fromMs, toMs, x0, x1 }: Stretch, originMs: number): { atMs: number; label: string }[] {
  const count = Math.floor((x1 - x0) / tickGap);
  const spanMs = toMs - fromMs;
  if (count < 1 || spanMs === 0) return [{ atMs: fromMs, label: axisLabel(fromMs - originMs, spanMs || 1) }];
  const step = niceStep(spanMs / count);
  const first = Math.ceil((fromMs - originMs) / step) * step;
  const ticks: { atMs: number; label: string }[] = [];
  for (let at = first; at <= toMs - originMs + step / 1000; at += step) {
    ticks.push({ atMs: originMs + at, label: axisLabel(at, step) });
  }
  return ticks.length > 0 ? ticks : [{ atMs: fromMs, label: axisLabel(fromMs - originMs, spanMs) }];
}

/** 1, 2 or 5 times a power of ten, at least `ms`. */
export function niceStep(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(ms));
  const factor = [1, 2, 5, 10].find((each) => each * power >= ms * 0.999) ?? 10;
  return factor * power;
}

/** With as many digits as tell it from its neighbours. */
function axisLabel(ms: number, step: number): string {
  const digits = Math.max(0, Math.min(3, -Math.floor(Math.log10(step) + 1e-9)));
  const rounded = Math.abs(ms) < step / 1000 ? 0 : ms;
  const [whole = '0', fraction] = Math.abs(rounded).toFixed(digits).split('.');
  const text = `${rounded < 0 ? '−' : ''}${grouped(Number(whole))}${fraction === undefined ? '' : `.${fraction}`}`;
  return text === '0' ? text : `${text} ms`;
}
