/** Faults as the window shows them: which stand, on whom, how long still, and the command line that does the same. */
import type { CommandInput } from '../../engine/contract/commands.ts';
import { injectWords } from '../../engine/contract/fault-words.ts';
import {
  faultTarget,
  isOver,
  type FaultKind,
  type FaultSpec,
  type FaultView,
  type LinkEnd,
} from '../../engine/contract/faults.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import type { GlyphName } from '../design/glyphs.ts';
import { shellWord } from './bootstrap-server.ts';

type Faults = Pick<LabSnapshot, 'faults'>;
export type Inject = CommandInput<'injectFault'>;

export function standingFaults({ faults }: Faults): readonly FaultView[] {
  return faults.filter((each) => !isOver(each));
}

export function activeFaults({ faults }: Faults): readonly FaultView[] {
  return faults.filter((each) => each.state === 'active');
}

/** Those that stand on a broker or client itself, or on a link that ends there. */
export function faultsOn(calm: Faults, end: LinkEnd): readonly FaultView[] {
  return standingFaults(calm).filter(({ spec }) => {
    const target = faultTarget(spec);
    if (target.on === 'broker') return target.node === end;
    if (target.on === 'client') return target.client === end;
    return target.from === end || target.to === end;
  });
}

/** Those that stand on the way from one end to the other. */
export function faultsBetween(calm: Faults, from: LinkEnd, to: LinkEnd): readonly FaultView[] {
  return standingFaults(calm).filter(({ spec }) => {
    if (spec.kind === 'cut-client') return spec.client === from || spec.client === to;
    if (!('from' in spec)) return false;
    return (spec.from === from && spec.to === to) || (spec.both && spec.from === to && spec.to === from);
  });
}

export type FaultState = FaultView['state'] | 'waits';

/** `waits`: a newer one of its kind acts in its place. */
export function faultState({ state, overruledBy }: FaultView): FaultState {
  return state === 'active' && overruledBy !== null ? 'waits' : state;
}

export const faultGlyphs: Readonly<Record<FaultState, GlyphName>> = {
  armed: 'starting',
  active: 'flag',
  waits: 'paused',
  lifted: 'flag-lifted',
  failed: 'bad',
};

export const faultColours: Readonly<Record<FaultState, string>> = {
  armed: 'c-out',
  active: 'c-fault',
  waits: 'c-dead',
  lifted: 'c-dead',
  failed: 'c-out',
};

/** Until it begins, while it is armed; until it ends; null for an end that nobody knows. Of lab time. */
export function leftMs({ state, activeMs, untilMs }: FaultView, nowMs: number): number | null {
  if (state === 'armed') return Math.max(0, activeMs - nowMs);
  return state !== 'active' || untilMs === null ? null : Math.max(0, untilMs - nowMs);
}

export function faultCommandLine({ lab }: Pick<LabSnapshot, 'lab'>, inject: Inject): string {
  return `npm run --silent lab -- fault ${injectWords(inject).map(shellWord).join(' ')} --data-dir ${shellWord(lab.dataDir)}`;
}

/** What a click does to a broker, a link or a client when nothing else is chosen. */
export interface FaultSettings {
  readonly afterMs: number;
  /** Null: until somebody lifts it. */
  readonly forMs: number | null;
  readonly diskDelayMs: number;
  readonly freeKb: number;
  readonly skewS: number;
  readonly linkDelayMs: number;
  readonly jitterMs: number;
  readonly linkKbPerSecond: number;
  readonly bothWays: boolean;
  readonly processingMs: number;
}

export const defaultFaultSettings: FaultSettings = {
  afterMs: 0,
  forMs: null,
  diskDelayMs: 50,
  freeKb: 0,
  skewS: -30,
  linkDelayMs: 100,
  jitterMs: 20,
  linkKbPerSecond: 64,
  bothWays: true,
  processingMs: 500,
};

export const brokerFaultKinds = [
  'stop',
  'kill',
  'pause',
  'power-loss',
  'slow-disk',
  'full-disk',
  'skewed-clock',
] as const satisfies readonly FaultKind[];
export type BrokerFaultKind = (typeof brokerFaultKinds)[number];

export const linkFaultKinds = ['cut-link', 'delay-link', 'limit-link'] as const satisfies readonly FaultKind[];
export type LinkFaultKind = (typeof linkFaultKinds)[number];

export const clientFaultKinds = [
  'stop-client',
  'kill-client',
  'freeze-client',
  'cut-client',
  'slow-client',
] as const satisfies readonly FaultKind[];
export type ClientFaultKind = (typeof clientFaultKinds)[number];

export function brokerFault(kind: BrokerFaultKind, node: number, settings: FaultSettings): FaultSpec {
  switch (kind) {
    case 'slow-disk':
      return { kind, node, delayMs: settings.diskDelayMs };
    case 'full-disk':
      return { kind, node, freeBytes: settings.freeKb * 1024 };
    case 'skewed-clock':
      return { kind, node, skewMs: settings.skewS * 1000 };
    default:
      return { kind, node };
  }
}

export function linkFault(kind: LinkFaultKind, from: LinkEnd, to: LinkEnd, settings: FaultSettings): FaultSpec {
  const link = { from, to, both: settings.bothWays };
  switch (kind) {
    case 'cut-link':
      return { kind, ...link };
    case 'delay-link':
      return { kind, ...link, delayMs: settings.linkDelayMs, jitterMs: settings.jitterMs };
    case 'limit-link':
      return { kind, ...link, bytesPerSecond: settings.linkKbPerSecond * 1024 };
  }
}

export function clientFault(kind: ClientFaultKind, client: string, settings: FaultSettings): FaultSpec {
  return kind === 'slow-client' ? { kind, client, processingMs: settings.processingMs } : { kind, client };
}

/** With when it begins and how long it lasts. */
export function injectOf(fault: FaultSpec, { afterMs, forMs }: Pick<FaultSettings, 'afterMs' | 'forMs'>): Inject {
  return { fault, ...(afterMs === 0 ? {} : { afterMs }), ...(forMs === null ? {} : { forMs }) };
}

/** Brokers whose thread runs can be broken; a disk or clock also while they are down. */
export function canBreakBroker(kind: BrokerFaultKind, process: LabSnapshot['brokers'][number]['process']): boolean {
  const isGone = process === 'stopped' || process === 'killed' || process === 'failed';
  if (kind === 'pause') return process === 'running';
  if (kind === 'stop') return !isGone && process !== 'shutting-down';
  return (kind !== 'kill' && kind !== 'power-loss') || !isGone;
}

export function canBreakClient(
  kind: ClientFaultKind,
  { state }: Pick<LabSnapshot['consumers'][number], 'state'>,
  isConsumer: boolean,
): boolean {
  const isGone = state === 'stopped' || state === 'killed' || state === 'failed';
  if (kind === 'slow-client') return isConsumer;
  if (kind === 'freeze-client') return state === 'running' || state === 'starting';
  if (kind === 'stop-client') return !isGone && state !== 'stopping';
  return kind !== 'kill-client' || !isGone;
}

const threadKinds: ReadonlySet<FaultKind> = new Set([
  'stop',
  'kill',
  'power-loss',
  'pause',
  'stop-client',
  'kill-client',
  'freeze-client',
]);

/** Those that need a flag: what became of a thread is told by its state, except when and how it will end. */
export function flaggedFaults(faults: readonly FaultView[]): readonly FaultView[] {
  return faults.filter(
    ({ state, spec, untilMs }) => state === 'armed' || untilMs !== null || !threadKinds.has(spec.kind),
  );
}

/** The one whose count-down ends first; null when none has one. */
export function nextFault(faults: readonly FaultView[], nowMs: number): FaultView | null {
  let next: FaultView | null = null;
  for (const fault of faults) {
    const left = leftMs(fault, nowMs);
    if (left !== null && (next === null || left < (leftMs(next, nowMs) ?? Infinity))) next = fault;
  }
  return next;
}
