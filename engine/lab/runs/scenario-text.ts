/** `scenario.yaml` of a run: the text that ran. */
import type { RunFacts } from './run-facts.ts';
import type { RunSource } from './run-source.ts';

export function scenarioText(_source: RunSource, { scenario }: RunFacts): string {
  return scenario?.text ?? '';
}
