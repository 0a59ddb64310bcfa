/** What a cell of the matrix tells: one replica of one partition, derived from metadata and from what was last heard. */
import type { BrokerView, PartitionView, ReplicaLog } from '../../engine/contract/snapshot.ts';

export type ReplicaState =
  | 'leader'
  | 'in-sync'
  | 'catching-up'
  | 'out-of-sync'
  | 'starting'
  | 'paused'
  | 'leader-paused'
  | 'dead'
  | 'leader-dead'
  | 'stopped'
  | 'leader-stopped';

/** Values of a running broker that are older are told to be old. */
export const staleAfterMs = 3_000;

/** Its thread does not run: its values stand still and nothing of it answers. */
export function isSilent(broker: BrokerView | undefined): boolean {
  return broker === undefined || broker.process === 'paused' || isGone(broker);
}

export function isGone(broker: BrokerView): boolean {
  return broker.process === 'killed' || broker.process === 'failed' || broker.process === 'stopped';
}

export function replicaState(
  partition: PartitionView,
  node: number,
  broker: BrokerView | undefined,
  gainPerSecond: number | null,
): ReplicaState {
  const leads = partition.leader === node;
  if (broker === undefined || broker.process === 'killed' || broker.process === 'failed')
    return leads ? 'leader-dead' : 'dead';
  if (broker.process === 'stopped') return leads ? 'leader-stopped' : 'stopped';
  if (broker.process === 'paused') return leads ? 'leader-paused' : 'paused';
  if (leads) return 'leader';
  if (partition.isr.includes(node)) return 'in-sync';
  const log = partition.logs.find((each) => each.node === node);
  if (broker.process === 'starting' && (log?.logEndOffset ?? null) === null) return 'starting';
  const lag = log === undefined ? null : lagOf(partition, log);
  const closing = lag === 0 || (gainPerSecond !== null && gainPerSecond > 0);
  return closing ? 'catching-up' : 'out-of-sync';
}

/** The log end that the others are measured by: the leader's, or the furthest that is known when it is not. */
export function measuringEnd(partition: PartitionView): number | null {
  const leader = partition.logs.find((log) => log.node === partition.leader)?.logEndOffset ?? null;
  const ends = partition.logs.map((log) => log.logEndOffset).filter((end) => end !== null);
  if (ends.length === 0) return null;
  return leader === null ? Math.max(...ends) : Math.max(leader, ...ends);
}

/** Records behind; null when either end is unknown. */
export function lagOf(partition: PartitionView, log: ReplicaLog): number | null {
  const end = measuringEnd(partition);
  return end === null || log.logEndOffset === null ? null : end - log.logEndOffset;
}

const narrowest = 80;

/** Records across the trace bars of a partition: 80, or the next step of 1, 2, 5 that holds the worst replica in the ISR. */
export function traceWidth(partition: PartitionView): number {
  const lags = partition.logs
    .filter((log) => partition.isr.includes(log.node))
    .map((log) => lagOf(partition, log) ?? 0);
  const worst = Math.max(0, ...lags);
  if (worst <= narrowest) return narrowest;
  const magnitude = 10 ** Math.floor(Math.log10(worst));
  return [1, 2, 5, 10].map((step) => step * magnitude).find((step) => step >= worst) ?? worst;
}

/** Places on the bar, from the left, 0 to 1. */
export interface Trace {
  /** Where the replica's log begins; what lies left of it is not there. */
  readonly start: number;
  readonly committed: number;
  readonly appended: number;
  /** Null when the high watermark is not known. */
  readonly watermark: number | null;
}

/** Null when the log end is not known: an empty bar would say "nothing there". */
export function traceOf(partition: PartitionView, log: ReplicaLog): Trace | null {
  const end = measuringEnd(partition);
  if (end === null || log.logEndOffset === null) return null;
  const width = traceWidth(partition);
  const at = (offset: number): number => Math.min(1, Math.max(0, 1 - (end - offset) / width));
  const appended = at(log.logEndOffset);
  const watermark = log.highWatermark === null ? null : at(log.highWatermark);
  const start = Math.min(appended, at(log.logStartOffset ?? 0));
  return { start, appended, watermark, committed: Math.max(start, Math.min(appended, watermark ?? 0)) };
}

export interface PartitionHealth {
  readonly isrSize: number;
  readonly replicas: number;
  /** `offline`: nobody leads by metadata. `unreachable`: who leads does not answer. `stands`: the high watermark waits for somebody who does not answer. */
  readonly state: 'full' | 'shrunk' | 'below-min' | 'stands' | 'unreachable' | 'offline';
  /** Members of the ISR that do not answer. */
  readonly silent: readonly number[];
}

export function partitionHealth(
  partition: PartitionView,
  brokers: ReadonlyMap<number, BrokerView>,
  minInsyncReplicas: number | null,
): PartitionHealth {
  const silent = partition.isr.filter((node) => isSilent(brokers.get(node)));
  const sizes = { isrSize: partition.isr.length, replicas: partition.replicas.length, silent };
  if (partition.leader < 0) return { ...sizes, state: 'offline' };
  if (isSilent(brokers.get(partition.leader))) return { ...sizes, state: 'unreachable' };
  const leader = partition.logs.find((log) => log.node === partition.leader);
  const waits = leader !== undefined && (leader.logEndOffset ?? 0) > (leader.highWatermark ?? 0);
  if (silent.length > 0 && waits) return { ...sizes, state: 'stands' };
  if (minInsyncReplicas !== null && sizes.isrSize < minInsyncReplicas) return { ...sizes, state: 'below-min' };
  return { ...sizes, state: sizes.isrSize < sizes.replicas ? 'shrunk' : 'full' };
}
