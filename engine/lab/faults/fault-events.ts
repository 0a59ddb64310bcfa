/** The line of the event log for each step in the life of a fault. */
import { faultTargetText, type FaultView } from '../../contract/faults.ts';
import { settingWords } from '../../contract/fault-words.ts';
import type { LabEventActor, LabEventDraft, LabEventTone } from '../../contract/events.ts';

const tones: Readonly<Record<FaultView['state'], LabEventTone>> = {
  armed: 'notice',
  active: 'fault',
  lifted: 'good',
  failed: 'warning',
};

/** `actor` is who took the step: `lab` for what came by itself. */
export function faultEvent(
  view: FaultView,
  was: FaultView['state'] | 'none',
  actor: LabEventActor,
  atMs: number,
): LabEventDraft {
  const { id, spec, state, detail, vanished } = view;
  return {
    atMs,
    actor,
    node: null,
    kind: 'fault',
    source: state === 'lifted' ? 'liftFault' : 'injectFault',
    args: {
      fault: id,
      kind: spec.kind,
      target: faultTargetText(spec),
      settings: settingWords(spec).join(' '),
      detail,
      ...(vanished === null ? {} : { bytes: vanished.bytes, files: vanished.files }),
      ...('node' in spec ? { node: spec.node } : {}),
      ...('client' in spec ? { client: spec.client } : {}),
    },
    change: { of: 'state', was, now: state },
    metric: null,
    tone: tones[state],
  };
}
