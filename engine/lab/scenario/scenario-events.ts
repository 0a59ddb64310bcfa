/** Lines of the event log about a scenario's run. */
import type { TimestampMs } from '../../base/ids.ts';
import type { LabEventDraft, LabEventTone } from '../../contract/events.ts';
import type { ExpectationView, ScenarioRunView, ScenarioStepView } from '../../contract/scenarios.ts';

const own = { actor: 'lab', node: null, source: 'Scenario', metric: null } as const;

export function stepEvent(
  was: ScenarioStepView,
  now: ScenarioStepView,
  { step, steps }: { readonly step: number; readonly steps: number },
  atMs: TimestampMs,
): LabEventDraft {
  const { title, source, line, detail, state } = now;
  const tone: LabEventTone = state === 'failed' ? 'fault' : state === 'active' ? 'notice' : 'plain';
  return {
    ...own,
    kind: 'scenario-step',
    atMs,
    args: { step, steps, line, title: title === '' ? (source.split('\n')[0] ?? '') : title, detail },
    change: { of: 'state', was: was.state, now: state },
    tone,
  };
}

export function verdictEvent({ name, verdict, evidence }: ExpectationView, atMs: TimestampMs): LabEventDraft {
  const tone: LabEventTone = verdict === 'holds' ? 'good' : verdict === 'broken' ? 'fault' : 'warning';
  return { ...own, kind: 'scenario-verdict', atMs, args: { name, verdict, evidence }, change: null, tone };
}

export function runEvent(
  was: ScenarioRunView,
  { title, seed, state, failure }: ScenarioRunView,
  atMs: TimestampMs,
): LabEventDraft {
  const tone: LabEventTone = state === 'failed' ? 'fault' : 'notice';
  return {
    ...own,
    kind: 'scenario-run',
    atMs,
    args: { title, seed, detail: failure ?? '' },
    change: { of: 'state', was: was.state, now: state },
    tone,
  };
}
