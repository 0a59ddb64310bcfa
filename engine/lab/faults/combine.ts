/**
 * What several faults that stand at once come to. Pure. Links add up and a cut wins, which the world sees to; of two slow
 * disks, full disks, skewed clocks or slow clients on one target the newer one acts and the older waits for its end.
 */
import type { FaultSpec } from '../../contract/faults.ts';
import type { DiskFaults, LinkFault } from '../world/world-messages.ts';

export interface StandingFault {
  readonly id: number;
  readonly spec: FaultSpec;
}

type SpecOf<K extends FaultSpec['kind']> = Extract<FaultSpec, { kind: K }>;

/** Kinds of which only the newest on a target acts. */
const exclusive: ReadonlySet<FaultSpec['kind']> = new Set(['slow-disk', 'full-disk', 'skewed-clock', 'slow-client']);

/** The newer fault that acts in this one's place; null when it acts itself. `standing` is in the order of ids. */
export function overruledBy(fault: StandingFault, standing: readonly StandingFault[]): number | null {
  if (!exclusive.has(fault.spec.kind)) return null;
  const newest = standing.findLast(({ spec }) => spec.kind === fault.spec.kind && sameTarget(spec, fault.spec));
  return newest === undefined || newest.id === fault.id ? null : newest.id;
}

function sameTarget(a: FaultSpec, b: FaultSpec): boolean {
  if ('node' in a && 'node' in b) return a.node === b.node;
  return 'client' in a && 'client' in b && a.client === b.client;
}

function newestOf<K extends FaultSpec['kind']>(
  kind: K,
  standing: readonly StandingFault[],
  fits: (spec: SpecOf<K>) => boolean,
): SpecOf<K> | null {
  const isOne = (spec: FaultSpec): spec is SpecOf<K> => spec.kind === kind;
  for (const { spec } of standing.toReversed()) if (isOne(spec) && fits(spec)) return spec;
  return null;
}

export function diskOf(node: number, standing: readonly StandingFault[]): DiskFaults | null {
  const slow = newestOf('slow-disk', standing, (spec) => spec.node === node);
  const full = newestOf('full-disk', standing, (spec) => spec.node === node);
  if (slow === null && full === null) return null;
  return {
    delayMs: slow?.delayMs ?? 0,
    bytesPerSecond: slow?.bytesPerSecond ?? null,
    freeBytes: full?.freeBytes ?? null,
  };
}

export function skewOf(node: number, standing: readonly StandingFault[]): number {
  return newestOf('skewed-clock', standing, (spec) => spec.node === node)?.skewMs ?? 0;
}

/** Null: as fast as it was told to be. */
export function processingOf(client: string, standing: readonly StandingFault[]): number | null {
  return newestOf('slow-client', standing, (spec) => spec.client === client)?.processingMs ?? null;
}

/** One for each way of each link; a client that is cut off is cut from every broker. */
export function linksOf(standing: readonly StandingFault[], nodes: readonly number[]): readonly LinkFault[] {
  return standing.flatMap(({ spec }) => {
    switch (spec.kind) {
      case 'cut-link':
        return ways(spec, { ...clear, cut: true });
      case 'delay-link':
        return ways(spec, { ...clear, delayMs: spec.delayMs, jitterMs: spec.jitterMs });
      case 'limit-link':
        return ways(spec, { ...clear, bytesPerSecond: spec.bytesPerSecond });
      case 'cut-client':
        return nodes.flatMap((node) => ways({ from: spec.client, to: node, both: true }, { ...clear, cut: true }));
      default:
        return [];
    }
  });
}

const clear = { cut: false, delayMs: 0, jitterMs: 0, bytesPerSecond: null } as const;

function ways(
  { from, to, both }: Pick<SpecOf<'cut-link'>, 'from' | 'to' | 'both'>,
  what: Omit<LinkFault, 'from' | 'to'>,
): readonly LinkFault[] {
  const there = { from, to, ...what };
  return both ? [there, { ...there, from: to, to: from }] : [there];
}
