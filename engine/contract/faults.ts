/**
 * Faults: what people do to brokers, links and lab clients on purpose. Each has a state, an end that is known or not, and
 * a way back. They act on the world around a node (its thread, disk, clock and connections), never in its code.
 */
import * as v from 'valibot';
import type { DurationMs, NodeId, TimestampMs } from '../base/ids.ts';
import type { ClientName } from './clients.ts';

const node = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(99));
const client = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
/** One end of a link: a node by its id, a lab client by its name. */
const linkEnd = v.union([node, client]);
const durationMs = v.pipe(v.number(), v.minValue(0), v.maxValue(24 * 3600 * 1000));
const bytesPerSecond = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000_000_000));
/** `both`: the other way as well. */
const link = { from: linkEnd, to: linkEnd, both: v.optional(v.boolean(), true) };

export const faultSpec = v.variant('kind', [
  /** Controlled shutdown. */
  v.strictObject({ kind: v.literal('stop'), node }),
  /** The thread ends at once; nobody is told. What was written stays in the page cache. */
  v.strictObject({ kind: v.literal('kill'), node }),
  /** The thread stands still with its sockets open. */
  v.strictObject({ kind: v.literal('pause'), node }),
  /** As `kill`, and bytes not yet flushed vanish. */
  v.strictObject({ kind: v.literal('power-loss'), node }),
  /** Each write and flush takes so much longer, and no more than so many bytes a second are written. */
  v.strictObject({
    kind: v.literal('slow-disk'),
    node,
    delayMs: v.optional(durationMs, 50),
    bytesPerSecond: v.optional(bytesPerSecond),
  }),
  /** Only so many bytes more can be written. */
  v.strictObject({
    kind: v.literal('full-disk'),
    node,
    freeBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  }),
  /** Its wall clock is so far ahead (negative: behind). */
  v.strictObject({ kind: v.literal('skewed-clock'), node, skewMs: v.pipe(v.number(), v.integer()) }),
  /** Nothing arrives, nobody is told: what was sent waits, as TCP would send it again. */
  v.strictObject({ kind: v.literal('cut-link'), ...link }),
  v.strictObject({
    kind: v.literal('delay-link'),
    ...link,
    delayMs: durationMs,
    jitterMs: v.optional(durationMs, 0),
  }),
  v.strictObject({ kind: v.literal('limit-link'), ...link, bytesPerSecond }),
  /** Its `close()`: a producer flushes, a consumer commits (auto) and leaves its group. */
  v.strictObject({ kind: v.literal('stop-client'), client }),
  /** Its thread ends at once: nobody is told, what a producer still held is gone. */
  v.strictObject({ kind: v.literal('kill-client'), client }),
  /** The thread stands still: no heartbeat, no poll. */
  v.strictObject({ kind: v.literal('freeze-client'), client }),
  /** Cut off from all brokers, both ways. */
  v.strictObject({ kind: v.literal('cut-client'), client }),
  /** A consumer takes so long for each record. */
  v.strictObject({ kind: v.literal('slow-client'), client, processingMs: durationMs }),
]);

export type FaultSpec = v.InferOutput<typeof faultSpec>;
export type FaultKind = FaultSpec['kind'];
export type LinkEnd = NodeId | ClientName;

export const faultCommands = {
  /** At once or after `afterMs` of lab time; lifted by itself after `forMs`, without it by `liftFault`. */
  injectFault: v.strictObject({
    fault: faultSpec,
    afterMs: v.optional(durationMs),
    forMs: v.optional(durationMs),
  }),
  /** Takes an armed one back, ends an active one: starts a killed broker, joins a cut link. */
  liftFault: v.strictObject({ fault: v.pipe(v.number(), v.integer()) }),
  liftAllFaults: v.strictObject({}),
} as const;

export interface FaultView {
  /** Counts up since the lab was started. */
  readonly id: number;
  readonly spec: FaultSpec;
  /** `armed`: its time has not come. `failed`: it could not be done, see `detail`. */
  readonly state: 'armed' | 'active' | 'lifted' | 'failed';
  readonly armedMs: TimestampMs;
  /** When it begins or began. */
  readonly activeMs: TimestampMs;
  /** When it ends by itself; null: when somebody lifts it. */
  readonly untilMs: TimestampMs | null;
  /** Null while it is not over. */
  readonly endedMs: TimestampMs | null;
  readonly by: 'you' | 'scenario';
  /** What came of it in few words of the engine: bytes that vanished, why it failed. Empty for nothing to tell. */
  readonly detail: string;
  /** What a power loss took; null for other kinds, and before it is known. */
  readonly vanished: { readonly bytes: number; readonly files: number } | null;
  /** A newer fault of the same kind on the same target, which acts in its place; null while it acts itself. */
  readonly overruledBy: number | null;
  /** Lifting it leaves all as it was before. Else something stays lost: unflushed bytes, what a killed producer held. */
  readonly reversible: boolean;
}

export type FaultTarget =
  | { readonly on: 'broker'; readonly node: NodeId }
  | { readonly on: 'client'; readonly client: ClientName }
  | { readonly on: 'link'; readonly from: LinkEnd; readonly to: LinkEnd; readonly both: boolean };

export function faultTarget(spec: FaultSpec): FaultTarget {
  if ('node' in spec) return { on: 'broker', node: spec.node };
  if ('client' in spec) return { on: 'client', client: spec.client };
  return { on: 'link', from: spec.from, to: spec.to, both: spec.both };
}

/** `broker 2`, `billing-1`, `1 <-> 3`, `1 -> billing-1`: the same for the command line, events and exports. */
export function faultTargetText(spec: FaultSpec): string {
  const target = faultTarget(spec);
  if (target.on === 'broker') return `broker ${target.node}`;
  if (target.on === 'client') return target.client;
  return `${target.from} ${target.both ? '<->' : '->'} ${target.to}`;
}

export function isOver({ state }: FaultView): boolean {
  return state === 'lifted' || state === 'failed';
}

/** A fault that is over stays in a snapshot for so long. */
export const liftedShownMs: DurationMs = 10 * 60_000;
/** At most so many faults are in a snapshot; the oldest lifted ones go first. */
export const faultsShownMax = 60;
