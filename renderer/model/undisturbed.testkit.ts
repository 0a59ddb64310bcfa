/** What recordings have none of that are from before there were faults and lab time: nothing was done to that lab. */
import { labSnapshot } from '../../engine/contract/snapshot.testkit.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import { wallTimeView } from '../../engine/contract/time.ts';

export function undisturbed(recorded: LabSnapshot): LabSnapshot {
  const { faults, shown, scenario, recording, jobs } = labSnapshot();
  const since: Partial<LabSnapshot> = {
    faults,
    shown,
    scenario,
    recording,
    jobs,
    time: wallTimeView(recorded.sampledMs),
  };
  return { ...since, ...recorded };
}
