/**
 * Snapshots of a real lab for tests of the window's components: the default lab with its producer and its group, recorded
 * by `node test/e2e/record-run.ts`.
 *
 * | moment | what is going on |
 * |---|---|
 * | `calm` | three brokers, `order-feed` on `orders`, two consumers in `billing`, all in the ISR |
 * | `broker-killed` | broker 2 has been dead for four seconds and still leads: nobody has fenced it |
 * | `broker-fenced` | it is fenced, its leaders have moved, the ISR has shrunk |
 * | `broker-returning` | it runs again and catches up, outside the ISR |
 * | `isr-full` | it is back in every ISR |
 * | `rebalancing` | a third consumer joins `billing`, the others are awaited |
 * | `rebalanced` | three members have their partitions |
 * | `consumer-frozen` | `billing-2` stands still and misses its heartbeats |
 */
import { applyDelta, type LabDelta } from '../../engine/contract/delta.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import recordedRun from './recorded-run.json?raw';
import { undisturbed } from './undisturbed.testkit.ts';
import { withWholeProducers } from './whole-producers.testkit.ts';

export const recordedMoments = [
  'calm',
  'broker-killed',
  'broker-fenced',
  'broker-returning',
  'isr-full',
  'rebalancing',
  'rebalanced',
  'consumer-frozen',
] as const;
export type RecordedMoment = (typeof recordedMoments)[number];

interface Recording {
  readonly first: LabSnapshot;
  readonly moments: readonly { readonly name: string; readonly delta: LabDelta }[];
}

const byName = new Map<string, LabSnapshot>();

function replay({ first, moments }: Recording): void {
  let snapshot: LabSnapshot = undisturbed(first);
  byName.set('calm', withWholeProducers(snapshot));
  for (const { name, delta } of moments) {
    snapshot = applyDelta(snapshot, delta);
    byName.set(name, withWholeProducers(snapshot));
  }
}

/** The whole lab as it was at that moment. */
export function recorded(moment: RecordedMoment): LabSnapshot {
  if (byName.size === 0) replay(JSON.parse(recordedRun) as Recording);
  const snapshot = byName.get(moment);
  if (snapshot === undefined) throw new Error(`no moment ${moment} was recorded`);
  return snapshot;
}
