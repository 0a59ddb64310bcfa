/** Space-time diagrams of what a run is about: its elections and rebalances, as they went over the wire. */
import type { ReportDiagram } from './report.ts';
import type { RunFacts } from './run-facts.ts';
import type { RunSource } from './run-source.ts';

export function reportDiagrams(_source: RunSource, _facts: RunFacts): ReportDiagram[] {
  return [];
}
