/** What the newest election or change of the ISR made of a partition, as far as the tail of events still knows. */
import type { LabChange, LabEvent } from '../../../engine/contract/events.ts';
import type { BrokerView, LabSnapshot, PartitionView } from '../../../engine/contract/snapshot.ts';

/** A change is news for so long. */
const newsForMs = 60_000;

export interface PartitionNews {
  readonly atMs: number;
  readonly leader: LabChange | null;
  readonly epoch: LabChange | null;
  readonly isr: LabChange | null;
  /** How it was without a leader; null when its old leader did not fall silent before. */
  readonly leaderless: Leaderless | null;
}

export interface Leaderless {
  readonly broker: number;
  readonly silentMs: number;
  /** Until the controller fenced the old leader; null when it left in good order. */
  readonly fencedAfterMs: number;
  /** From there to the new leader. */
  readonly electedAfterMs: number;
}

/** Null when nothing happened within the last minute. */
export function partitionNews(snapshot: LabSnapshot, partition: PartitionView, nowMs: number): PartitionNews | null {
  const leaderEvent = newest(snapshot.events, partition, 'leader');
  const isrEvent = newest(snapshot.events, partition, 'isr');
  const movedMs = partition.leaderMovedMs;
  const atMs = Math.max(movedMs ?? 0, isrEvent?.atMs ?? 0, leaderEvent?.atMs ?? 0);
  if (atMs === 0 || nowMs - atMs > newsForMs) return null;
  const moved = movedMs !== null && nowMs - movedMs <= newsForMs && partition.leaderWas !== null;
  const { epochWas, epoch } = leaderEvent?.args ?? {};
  const was = moved ? snapshot.brokers.find((each) => each.id === partition.leaderWas) : undefined;
  return {
    atMs,
    leader: moved ? { of: 'leader', was: String(partition.leaderWas), now: String(partition.leader) } : null,
    epoch: epochWas === undefined ? null : { of: 'value', was: String(epochWas), now: String(epoch) },
    isr: isrEvent !== undefined && nowMs - isrEvent.atMs <= newsForMs ? isrEvent.change : null,
    leaderless: was === undefined || movedMs === null ? null : leaderless(was, movedMs),
  };
}

function leaderless(was: BrokerView, movedMs: number): Leaderless | null {
  const died = was.process === 'killed' || was.process === 'failed' || was.process === 'paused';
  const fencedMs = was.registration?.fenced === true ? was.registration.sinceMs : null;
  if (!died || fencedMs === null || was.processSinceMs > movedMs) return null;
  // The two are told by different threads: the election is not before the fencing.
  const electedMs = Math.max(movedMs, fencedMs);
  return {
    broker: was.id,
    silentMs: electedMs - was.processSinceMs,
    fencedAfterMs: fencedMs - was.processSinceMs,
    electedAfterMs: electedMs - fencedMs,
  };
}

function newest(events: readonly LabEvent[], partition: PartitionView, of: 'leader' | 'isr'): LabEvent | undefined {
  return events.findLast(
    ({ change, args }) =>
      change?.of === of && args['topic'] === partition.topic && args['partition'] === partition.partition,
  );
}
