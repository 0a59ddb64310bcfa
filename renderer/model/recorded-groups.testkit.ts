/**
 * Groups of a real lab for tests of the window's components, without events and internal topics.
 *
 * - `settled`: three lab consumers in `billing`, Stable in generation 20 after a cooperative join of `billing-3`
 * - `running`: `billing-3` joins again, `billing-1` has rejoined, `billing-2` is 20 s into its batch and awaited
 * - `rebalances`: numbers 6 to 10 of that group, newest first: an eager join, closes, cooperative joins
 */
import type { RebalanceView } from '../../engine/contract/groups.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import recording from './recorded-groups.json?raw';
import { undisturbed } from './undisturbed.testkit.ts';
import { withWholeProducers } from './whole-producers.testkit.ts';

interface Recording {
  readonly settled: LabSnapshot;
  readonly running: LabSnapshot;
  readonly rebalances: readonly RebalanceView[];
}

const asRecorded = JSON.parse(recording) as Recording;
export const recordedGroups: Recording = {
  ...asRecorded,
  settled: withWholeProducers(undisturbed(asRecorded.settled)),
  running: withWholeProducers(undisturbed(asRecorded.running)),
};
