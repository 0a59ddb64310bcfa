/** Producers of recordings from before they told of sequences, compression and send modes: with what `producerView` has. */
import { producerView } from '../../engine/contract/snapshot.testkit.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';

export function withWholeProducers(snapshot: LabSnapshot): LabSnapshot {
  const start = producerView('start');
  const [accumulator] = start.accumulators;
  const producers = snapshot.producers.map((was) => ({
    ...start,
    ...was,
    settings: { ...start.settings, ...was.settings },
    totals: { ...start.totals, ...was.totals },
    accumulators: was.accumulators.map((each) => ({ ...accumulator, ...each })),
  }));
  return { ...snapshot, producers };
}
