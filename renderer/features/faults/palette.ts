/** What the three tables of faults have in common: what they show, and what their clicks and knobs say. */
import type { FaultSpec } from '../../../engine/contract/faults.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import type { FaultSettings } from '../../model/faults.ts';

export interface PaletteProps {
  calm: LabSnapshot;
  settings: FaultSettings;
}

export interface PaletteEmits {
  act: [fault: FaultSpec];
  /** Somebody is about to: its command is shown. */
  look: [fault: FaultSpec];
  set: [change: Partial<FaultSettings>];
}
