/**
 * The timeline of a run as SVG for `report.html`: records per second in and out, the ISR as a band, flags. Colours are
 * classes of the report's style sheet, so that it follows the reader's theme.
 */
import type { Timeline, TimelineFlag, TimelineStep } from '../../contract/queries.ts';
import { clock, count } from './words.ts';

const width = 1040;
const height = 190;
const left = 46;
const right = width - 10;
const top = 62;
const floor = 140;
const band = { y: 150, height: 10 };
/** Rows of flags; a flag that has no room in any is drawn without its words. */
const flagRows = [14, 30, 46];
const letterWidth = 6.2;
const wordsMax = 26;

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const n = (value: number): string => String(Math.round(value * 10) / 10);

export function timelineSvg(timeline: Timeline, flagWords: (flag: TimelineFlag) => string): string {
  const { fromMs, toMs } = timeline;
  const xOf = (atMs: number): number => left + ((atMs - fromMs) / Math.max(1, toMs - fromMs)) * (right - left);
  const highest = topOf(timeline.steps);
  const yOf = (rate: number): number => floor - (Math.min(rate, highest) / highest) * (floor - top);
  return [
    `<svg class="timeline" viewBox="0 0 ${width} ${height}" role="img" aria-label="Timeline of the run">`,
    `<path class="grid" d="M${left} ${top}H${right}M${left} ${floor}H${right}"/>`,
    `<text class="axis" x="${left - 6}" y="${top + 4}" text-anchor="end">${count(highest)}</text>`,
    `<text class="axis" x="${left - 6}" y="${floor + 4}" text-anchor="end">0</text>`,
    ...bands(timeline, xOf),
    `<path class="consumed" d="${curve(timeline, (step) => step.consumed, xOf, yOf)}"/>`,
    `<path class="produced" d="${curve(timeline, (step) => step.produced, xOf, yOf)}"/>`,
    ...flags(timeline, xOf, flagWords),
    ...ticks(fromMs, toMs, xOf),
    '</svg>',
  ].join('\n');
}

/** The next step of 1, 2, 5 that holds the highest rate. */
function topOf(steps: readonly TimelineStep[]): number {
  const most = steps.reduce((most, { produced, consumed }) => Math.max(most, produced ?? 0, consumed ?? 0), 10);
  const magnitude = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5, 10].find((step) => step * magnitude >= most) ?? 10) * magnitude;
}

function curve(
  { steps, stepMs }: Timeline,
  valueOf: (step: TimelineStep) => number | null,
  xOf: (atMs: number) => number,
  yOf: (value: number) => number,
): string {
  let path = '';
  let down = false;
  for (const step of steps) {
    const value = valueOf(step);
    if (value !== null) path += `${down ? 'L' : 'M'}${n(xOf(step.atMs + stepMs / 2))} ${n(yOf(value))}`;
    down = value !== null;
  }
  return path;
}

function bandOf({ offline, underMinIsr, underReplicated }: TimelineStep): string | null {
  if (underReplicated === null) return null;
  if ((offline ?? 0) > 0) return 'offline';
  if ((underMinIsr ?? 0) > 0) return 'below';
  return underReplicated > 0 ? 'shrunk' : 'full';
}

const bandWords: Readonly<Record<string, string>> = {
  offline: 'partitions without a leader',
  below: 'ISR below min.insync.replicas',
  shrunk: 'ISR shrunk',
  full: 'all replicas in the ISR',
};

function bands({ steps, stepMs, toMs }: Timeline, xOf: (atMs: number) => number): string[] {
  const found: { state: string; fromMs: number; toMs: number }[] = [];
  for (const step of steps) {
    const state = bandOf(step);
    const last = found.at(-1);
    if (state === null) continue;
    if (last?.state === state && last.toMs >= step.atMs) last.toMs = step.atMs + stepMs;
    else found.push({ state, fromMs: step.atMs, toMs: step.atMs + stepMs });
  }
  return found.map((each) => {
    const x0 = Math.max(left, xOf(each.fromMs));
    const x1 = Math.min(right, xOf(Math.min(toMs, each.toMs)));
    const title = `<title>${clock(each.fromMs)} ${bandWords[each.state] ?? ''}</title>`;
    return `<rect class="band ${each.state}" x="${n(x0)}" y="${band.y}" width="${n(Math.max(0.6, x1 - x0))}" height="${band.height}">${title}</rect>`;
  });
}

function flags(
  { flags: all, toMs }: Timeline,
  xOf: (atMs: number) => number,
  words: (flag: TimelineFlag) => string,
): string[] {
  const ends = flagRows.map(() => -Infinity);
  return all.map((flag) => {
    const x = xOf(Math.max(flag.atMs, 0));
    const end = xOf(Math.min(flag.endedMs ?? toMs, toMs));
    const said = words(flag);
    const short = said.length > wordsMax ? `${said.slice(0, wordsMax - 1)}…` : said;
    const row = ends.findIndex((taken) => taken < x);
    const y = flagRows[Math.max(0, row)] ?? 14;
    const text = row < 0 ? '' : `<text class="flag-words" x="${n(x + 4)}" y="${y}">${escapeHtml(short)}</text>`;
    if (row >= 0) ends[row] = x + 10 + short.length * letterWidth;
    return (
      `<g class="flag ${flag.kind}"><title>${clock(flag.atMs)} ${escapeHtml(said)}</title>` +
      `<path d="M${n(x)} ${row < 0 ? top : y - 8}V${floor}"/>${
        end - x > 1 ? `<rect class="span" x="${n(x)}" y="${floor - 3}" width="${n(end - x)}" height="3"/>` : ''
      }${text}</g>`
    );
  });
}

const tickSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400];

function ticks(fromMs: number, toMs: number, xOf: (atMs: number) => number): string[] {
  const seconds = (toMs - fromMs) / 1000;
  const step = (tickSteps.find((each) => seconds / each <= 10) ?? Math.ceil(seconds / 10)) * 1000;
  const found: string[] = [];
  for (let at = Math.ceil(fromMs / step) * step; at <= toMs; at += step) {
    const x = n(xOf(at));
    found.push(
      `<path class="grid" d="M${x} ${floor}v4"/>`,
      `<text class="axis" x="${x}" y="${height - 12}" text-anchor="middle">${clock(at).slice(0, 8)}</text>`,
    );
  }
  return found;
}
