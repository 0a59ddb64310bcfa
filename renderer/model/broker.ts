/** What a broker's header tells, derived from what the lab did to it and from what the controller says about it. */
import type { BrokerView, LabSnapshot } from '../../engine/contract/snapshot.ts';
import type { GlyphName } from '../design/glyphs.ts';

export type BrokerState =
  'starting' | 'running' | 'fenced' | 'paused' | 'shutting-down' | 'stopped' | 'dead' | 'failed';

/** Truth before tidiness: the thread's own state comes first, the controller's opinion is told beside it. */
export function brokerState(broker: BrokerView): BrokerState {
  if (broker.process === 'killed') return 'dead';
  if (broker.process === 'running') return broker.registration?.fenced === false ? 'running' : 'fenced';
  return broker.process;
}

export const brokerGlyphs: Readonly<Record<BrokerState, GlyphName>> = {
  starting: 'starting',
  running: 'in-sync',
  fenced: 'fenced',
  paused: 'paused',
  'shutting-down': 'starting',
  stopped: 'stop',
  dead: 'dead',
  failed: 'dead',
};

export const brokerColours: Readonly<Record<BrokerState, string>> = {
  starting: 'c-cat',
  running: 'c-in',
  fenced: 'c-dead',
  paused: 'c-out',
  'shutting-down': 'c-cat',
  stopped: 'c-dead',
  dead: 'c-fault',
  failed: 'c-fault',
};

/** The controller still counts on it though it does not answer: until its session runs out. */
export function awaitsFencing(broker: BrokerView): boolean {
  const silent = broker.process === 'killed' || broker.process === 'failed' || broker.process === 'paused';
  return silent && broker.registration !== null && !broker.registration.fenced;
}

/** Milliseconds until the controller fences it; null when it is not about to or nobody knows the last heartbeat. */
export function fencedInMs(broker: BrokerView, nowMs: number): number | null {
  if (!awaitsFencing(broker) || broker.lastHeartbeatMs === null) return null;
  return Math.max(0, broker.lastHeartbeatMs + broker.sessionTimeoutMs - nowMs);
}

export function brokersById(snapshot: LabSnapshot): ReadonlyMap<number, BrokerView> {
  return new Map(snapshot.brokers.map((broker) => [broker.id, broker]));
}

export function leaderships(snapshot: LabSnapshot, node: number): number {
  return snapshot.partitions.reduce((count, partition) => count + Number(partition.leader === node), 0);
}
