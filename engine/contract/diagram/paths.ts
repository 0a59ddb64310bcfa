/** Shapes of a diagram as SVG paths; the window draws the same ones. */
import type { DrawnArrow } from './layout.ts';

const headLength = 8;
const headHalf = 3.6;
const bowHeight = 22;

/** The line of a request or response, short of its head. */
export function arrowPath({ from, to, known, bow }: DrawnArrow): string {
  if (bow) {
    const middle = (from.x + to.x) / 2;
    return `M${n(from.x)} ${n(from.y)}Q${n(middle)} ${n(from.y - 2 * bowHeight)} ${n(to.x)} ${n(to.y)}`;
  }
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const short = known === 'near' ? 0 : headLength - 1;
  const end = { x: to.x - Math.cos(angle) * short, y: to.y - Math.sin(angle) * short };
  const line = `M${n(from.x)} ${n(from.y)}L${n(end.x)} ${n(end.y)}`;
  // What never arrived, as far as anybody knows, ends in a cross.
  return known === 'near' ? `${line}M${n(to.x - 4)} ${n(to.y - 4)}l8 8m0 -8l-8 8` : line;
}

/** Null for one that has no end. */
export function arrowHead({ from, to, known, bow }: DrawnArrow): string | null {
  if (known === 'near') return null;
  const angle = bow ? Math.PI / 3 : Math.atan2(to.y - from.y, to.x - from.x);
  const corner = (along: number, across: number): string =>
    `${n(to.x + Math.cos(angle) * along - Math.sin(angle) * across)} ${n(to.y + Math.sin(angle) * along + Math.cos(angle) * across)}`;
  return `M${n(to.x)} ${n(to.y)}L${corner(-headLength, headHalf)}L${corner(-headLength, -headHalf)}z`;
}

const waveHeight = 20;
const waveWidth = 3;

/** A band with torn edges. */
export function stretchPath(x0: number, x1: number, top: number, bottom: number): string {
  const steps = Math.max(2, Math.ceil((bottom - top) / waveHeight));
  const at = (x: number, step: number): string =>
    `${n(x + (step % 2 === 0 ? -waveWidth : waveWidth))} ${n(Math.min(bottom, top + step * waveHeight))}`;
  const down = Array.from({ length: steps + 1 }, (_, step) => at(x0 + waveWidth, step));
  const up = Array.from({ length: steps + 1 }, (_, step) => at(x1 - waveWidth, steps - step));
  return `M${[...down, ...up].join('L')}z`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
