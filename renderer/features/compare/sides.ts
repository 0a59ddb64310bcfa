/**
 * Two things side by side on one time axis: what each is, its curves with the moment that counts as zero, what differs in
 * their configs, and what differs in their numbers. Pure. Unknown is null, never zero.
 */
import type { Timeline, TimelineFlag } from '../../../engine/contract/queries.ts';
import type { ClientSeries, LabSeries } from '../../../engine/contract/series.ts';

export const clientMetrics = ['recordsPerSecond', 'ackMs', 'ackP99Ms', 'lag', 'inFlight'] as const;
export const runMetrics = ['produced', 'consumed', 'ackMs', 'lag', 'underReplicated', 'rebalancing'] as const;
export type Metric = (typeof clientMetrics)[number] | (typeof runMetrics)[number];

export interface Curve {
  /** Of the first value. */
  readonly fromMs: number;
  readonly stepMs: number;
  readonly values: readonly (number | null)[];
}

export interface Side {
  readonly title: string;
  readonly curves: ReadonlyMap<Metric, Curve>;
  readonly configs: Readonly<Record<string, string>>;
  readonly flags: readonly TimelineFlag[];
}

export function clientSide(client: string, series: LabSeries, flags: readonly TimelineFlag[]): Side {
  const found = series.clients.find((each) => each.client === client);
  const curves = new Map<Metric, Curve>();
  for (const metric of found === undefined ? [] : clientMetrics) {
    curves.set(metric, { fromMs: series.fromMs, stepMs: series.stepMs, values: found?.[metric] ?? [] });
  }
  return {
    title: client,
    curves,
    configs: found?.configs ?? {},
    flags: flags.filter((flag) => concerns(flag, client)),
  };
}

/** What happened to other clients is theirs. */
function concerns({ kind, event }: TimelineFlag, client: string): boolean {
  return kind !== 'client' || event.args['client'] === client || event.args['target'] === client;
}

/** Configs of its clients are named by them: `order-feed acks`. */
export function runSide(title: string, series: LabSeries, timeline: Timeline): Side {
  const { steps } = timeline;
  const ofRun = (values: readonly (number | null)[]): Curve => ({
    fromMs: steps[0]?.atMs ?? timeline.fromMs,
    stepMs: timeline.stepMs,
    values,
  });
  const { fromMs, stepMs } = series;
  const length = series.clients[0]?.lag.length ?? series.groups[0]?.lag.length ?? 0;
  const at = (index: number, pick: (index: number) => readonly (number | null)[]) => known(pick(index));
  const acks = Array.from({ length }, (_, i) =>
    meanOf(at(i, (index) => series.clients.map(({ ackMs }) => ackMs[index] ?? null))),
  );
  const lags = Array.from({ length }, (_, i) =>
    sumOf(at(i, (index) => series.groups.map(({ lag }) => lag[index] ?? null))),
  );
  return {
    title,
    curves: new Map<Metric, Curve>([
      ['produced', ofRun(steps.map(({ produced }) => produced))],
      ['consumed', ofRun(steps.map(({ consumed }) => consumed))],
      ['ackMs', { fromMs, stepMs, values: acks }],
      ['lag', { fromMs, stepMs, values: lags }],
      ['underReplicated', ofRun(steps.map(({ underReplicated }) => underReplicated))],
      ['rebalancing', ofRun(steps.map(({ rebalancing }) => rebalancing))],
    ]),
    configs: Object.fromEntries(series.clients.flatMap((client) => namedConfigs(client))),
    flags: timeline.flags,
  };
}

function namedConfigs({ client, configs }: ClientSeries): [string, string][] {
  return Object.entries(configs).map(([name, value]) => [`${client} ${name}`, value]);
}

const known = (values: readonly (number | null)[]): readonly number[] => values.filter((value) => value !== null);
const sumOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
const meanOf = (values: readonly number[]): number | null => {
  const sum = sumOf(values);
  return sum === null ? null : sum / values.length;
};

export interface Difference {
  readonly name: string;
  readonly left: string | null;
  readonly right: string | null;
}

/** Those that say who it is differ always. */
const names = /(^|\s)client\.id$/;

export function differencesOf(left: Side, right: Side): readonly Difference[] {
  const all = new Set([...Object.keys(left.configs), ...Object.keys(right.configs)]);
  return [...all]
    .filter((name) => !names.test(name) && left.configs[name] !== right.configs[name])
    .map((name) => ({ name, left: left.configs[name] ?? null, right: right.configs[name] ?? null }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One time axis: `x` counts from each side's own zero. */
export interface Axis {
  readonly fromX: number;
  readonly toX: number;
}

/** The value of a curve at an x; null where it has none. */
export function valueAt(curve: Curve | undefined, zeroMs: number, x: number): number | null {
  if (curve === undefined) return null;
  const index = Math.floor((zeroMs + x - curve.fromMs) / curve.stepMs);
  return curve.values[index] ?? null;
}

/** Over the axis; null when nothing is known there. */
export function averageOf(curve: Curve | undefined, zeroMs: number, { fromX, toX }: Axis): number | null {
  if (curve === undefined) return null;
  return meanOf(
    known(
      curve.values.filter((_, index) => {
        const x = curve.fromMs + index * curve.stepMs - zeroMs;
        return x >= fromX && x < toX;
      }),
    ),
  );
}

export function highestOf(
  curves: readonly (Curve | undefined)[],
  zeros: readonly number[],
  { fromX, toX }: Axis,
): number {
  let highest = 0;
  for (const [side, curve] of curves.entries()) {
    for (const [index, value] of (curve?.values ?? []).entries()) {
      const x = (curve?.fromMs ?? 0) + index * (curve?.stepMs ?? 0) - (zeros[side] ?? 0);
      if (value !== null && x >= fromX && x <= toX) highest = Math.max(highest, value);
    }
  }
  return highest;
}

/** An SVG path over `width` and `height`; what is not known is a gap. */
export function pathOf(
  curve: Curve | undefined,
  zeroMs: number,
  { fromX, toX }: Axis,
  { width, height, most }: { readonly width: number; readonly height: number; readonly most: number },
): string {
  if (curve === undefined || most <= 0) return '';
  let pen = 'M';
  let drawn = '';
  for (const [index, value] of curve.values.entries()) {
    const x = curve.fromMs + (index + 0.5) * curve.stepMs - zeroMs;
    if (value === null || x < fromX || x > toX) {
      pen = 'M';
      continue;
    }
    const left = ((x - fromX) / (toX - fromX)) * width;
    drawn += `${pen}${left.toFixed(1)} ${(height - (value / most) * height).toFixed(1)}`;
    pen = 'L';
  }
  return drawn;
}

/** Faults and rebalances on the axis. */
export function flagsOn(side: Side, zeroMs: number, { fromX, toX }: Axis) {
  return side.flags.map((flag) => ({ flag, x: flag.atMs - zeroMs })).filter(({ x }) => x >= fromX && x <= toX);
}

export function faultsOf(side: Side): readonly TimelineFlag[] {
  return side.flags.filter(({ kind }) => kind === 'fault' || kind === 'client');
}
