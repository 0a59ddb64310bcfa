/**
 * Two halves make a call: those with the same two ports and the same correlation id that overlap in time. A half whose
 * other one never came (a stranger's, one of a node that died before it could tell) is a call on its own, with the moments
 * of the other end unknown. Ports are used again, correlation ids start again with each connection: of several that
 * would fit, the one nearest in time is it.
 */
import type { LaneId, WireCall } from '../../contract/wire.ts';
import type { Half, Summary } from './halves.ts';

/** How a thread or somebody else is called in a diagram. */
export interface LaneNames {
  /** Of an end that tells by itself. */
  laneOf(self: Half['self']): LaneId;
  /** Of who connected, by its `client.id`. */
  laneOfClient(clientId: string | null): LaneId;
  /** Who listens on a port; null for nobody that is known. */
  laneOfPort(port: number): LaneId | null;
  topicOf(nameOrId: string): string;
}

/** Clocks of threads agree to well below this. */
const skewMs = 50;

const nothing: Summary = { class: 'cluster', subjects: [], group: null, fields: {}, error: null };

/** In the order of their first known moment. */
export function joinHalves(halves: readonly Half[], names: LaneNames): WireCall[] {
  const near = new Map<string, Half[]>();
  const calls: Omit<WireCall, 'id'>[] = [];
  for (const half of halves) {
    if (half.side !== 'called') continue;
    const key = keyOf(half.localPort, half.remotePort, half);
    const others = near.get(key);
    if (others === undefined) near.set(key, [half]);
    else others.push(half);
  }
  for (const far of halves) {
    if (far.side !== 'served') continue;
    const candidates = near.get(keyOf(far.remotePort, far.localPort, far)) ?? [];
    const at = bestIndex(candidates, far);
    calls.push(callOf(at === -1 ? null : candidates.splice(at, 1)[0]!, far, names));
  }
  for (const [, rest] of near) for (const half of rest) calls.push(callOf(half, null, names));
  return calls
    .filter(({ to }) => to !== '')
    .sort((a, b) => firstMs(a) - firstMs(b) || a.correlationId - b.correlationId)
    .map((call, id) => ({ id, ...call }));
}

function keyOf(callerPort: number, calledPort: number, { correlationId, api }: Half): string {
  return `${callerPort}>${calledPort} ${correlationId} ${api}`;
}

function bestIndex(candidates: readonly Half[], far: Half): number {
  let best = -1;
  let bestMs = Number.POSITIVE_INFINITY;
  for (const [index, near] of candidates.entries()) {
    const waitedMs = far.beganMs - near.beganMs;
    const isAfter = near.endedMs !== null && near.failure === null && far.beganMs > near.endedMs + skewMs;
    if (waitedMs < -skewMs || isAfter || waitedMs >= bestMs) continue;
    best = index;
    bestMs = waitedMs;
  }
  return best;
}

function callOf(near: Half | null, far: Half | null, names: LaneNames): Omit<WireCall, 'id'> {
  const half = (far ?? near)!;
  const from = near === null ? names.laneOfClient(half.clientId) : names.laneOf(near.self);
  const to = far === null ? (names.laneOfPort(half.remotePort) ?? '') : names.laneOf(far.self);
  const summary = mergedSummary(near?.summary ?? null, far?.summary ?? null);
  const failure = near === null ? (half.failure ?? null) : near.failure;
  return {
    from,
    to,
    api: half.api,
    version: half.version,
    correlationId: half.correlationId,
    class: summary.class,
    sentMs: near?.beganMs ?? null,
    arrivedMs: far?.beganMs ?? null,
    handledMs: far?.handledMs ?? null,
    answeredMs: far === null ? null : far.endedMs,
    receivedMs: near === null ? null : near.endedMs,
    requestBytes: half.requestBytes,
    responseBytes: far?.responseBytes ?? near?.responseBytes ?? null,
    error: summary.error ?? failure,
    oneWay: half.oneWay,
    subjects: summary.subjects.map((subject) => ({ ...subject, topic: names.topicOf(subject.topic) })),
    group: summary.group,
    fields: summary.fields,
  };
}

/** The called end knows all; what left an accumulator when only the caller does. */
function mergedSummary(near: Summary | null, far: Summary | null): Summary {
  if (far === null || near === null) return far ?? near ?? nothing;
  const subjects = far.subjects.map((subject) => {
    const same = near.subjects.find(
      ({ partition, topic }) => partition === subject.partition && topic === subject.topic,
    );
    if (same === undefined) return subject;
    const { drainedMs, drainedBy, timestamps } = same;
    return { ...subject, drainedMs, drainedBy, timestamps };
  });
  return { ...far, subjects };
}

export function firstMs({ sentMs, arrivedMs, answeredMs, receivedMs }: Omit<WireCall, 'id'>): number {
  return sentMs ?? arrivedMs ?? answeredMs ?? receivedMs ?? 0;
}

export function lastMs({ sentMs, arrivedMs, answeredMs, receivedMs }: Omit<WireCall, 'id'>): number {
  return receivedMs ?? answeredMs ?? arrivedMs ?? sentMs ?? 0;
}
