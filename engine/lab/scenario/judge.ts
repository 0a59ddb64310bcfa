/** Verdicts of expectations, each with a sentence of the numbers that it rests on. */
import type { DurationMs } from '../../base/ids.ts';
import type { ExpectationView } from '../../contract/scenarios.ts';
import type { PropertyView } from '../../contract/verdicts.ts';
import type { ScenarioValues } from './scenario-values.ts';
import type { Expectation } from './scenario.ts';

/** Judged as the lab is now. What is not known stays `unknown`. */
export async function judged(
  { name, expected }: Expectation,
  values: ScenarioValues,
  waitMs: DurationMs,
): Promise<ExpectationView> {
  if (expected.kind === 'property') {
    const view = await values.property(expected.property, expected.producer, waitMs);
    if (view !== null) return { name, verdict: view.verdict, evidence: propertyEvidence(view) };
    const whose = expected.producer === null ? '' : ` of ${expected.producer}`;
    return { name, verdict: 'unknown', evidence: `The ledger has nothing${whose}.` };
  }
  const [{ value, evidence } = { value: null, evidence: '' }] = await values.evaluate([expected.formula], waitMs);
  if (typeof value === 'boolean') return { name, verdict: value ? 'holds' : 'broken', evidence };
  if (value === null) return { name, verdict: 'unknown', evidence };
  return { name, verdict: 'unknown', evidence: `${evidence}: neither true nor false` };
}

function propertyEvidence({ checked, violations, reason, args, examples }: PropertyView): string {
  const facts = Object.entries(args).map(([name, value]) => `${name}=${value}`);
  const why = [reason, ...facts].filter((each) => each !== '').join(' ');
  const named = examples.length === 0 ? '' : `: ${examples.join(', ')}`;
  return `${checked} checked, ${violations} violations${named}${why === '' ? '' : ` (${why})`}`;
}
