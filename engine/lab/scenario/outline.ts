/** A scenario as the window shows it before a run: its steps, all waiting, and its expectations, not judged. */
import type { DurationMs } from '../../base/ids.ts';
import type { ExpectationView, ScenarioOutline, ScenarioStepView } from '../../contract/scenarios.ts';
import type { Expectation, Scenario, Source } from './scenario.ts';

export function outlineOf(scenario: Scenario): ScenarioOutline {
  const { seed, speed, expectations } = scenario;
  return { seed, speed, steps: stepViews(scenario), expectations: expectations.map((each) => notJudged(each)) };
}

function stepViews(scenario: Scenario): readonly ScenarioStepView[] {
  const view = (
    kind: ScenarioStepView['kind'],
    title: string,
    source: Source,
    limitMs: DurationMs | null = null,
  ): ScenarioStepView => ({
    kind,
    title,
    source: source.text,
    line: source.line,
    state: 'waiting',
    startedMs: null,
    endedMs: null,
    limitMs,
    detail: '',
  });
  return [
    view('cluster', '', scenario.clusterSource),
    view('clients', '', scenario.clientsSource),
    ...scenario.steps.map(({ title, source, action }) => {
      const limitMs = action.kind === 'when' ? action.timeoutMs : action.kind === 'wait' ? action.ms : null;
      return view(action.kind, title, source, limitMs);
    }),
  ];
}

function notJudged({ name }: Expectation): ExpectationView {
  return { name, verdict: 'unknown', evidence: '' };
}
