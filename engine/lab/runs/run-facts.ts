/** What happened in a run, gathered once for `run.json`, `summary.md` and `report.html`. */
import type { LabEvent, LabEventKind } from '../../contract/events.ts';
import type { Timeline, TimelineFlag } from '../../contract/queries.ts';
import type { ScenarioRunView } from '../../contract/scenarios.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import type { PropertyView, Verdict } from '../../contract/verdicts.ts';
import type { RunSource } from './run-source.ts';

/** Of what is listed one by one; the events files have all. */
const listedMax = 500;
const timelineBuckets = 400;

const electionKinds: readonly LabEventKind[] = ['leader-changed', 'partitions-changed', 'quorum-leader'];
const timeCommands = ['setSpeed', 'pauseTime', 'resumeTime', 'stepTime'];

export interface RunFacts {
  readonly first: LabSnapshot;
  readonly last: LabSnapshot;
  readonly startedMs: number;
  readonly lastMs: number;
  readonly events: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly timeline: Timeline;
  readonly faults: readonly TimelineFlag[];
  readonly elections: readonly LabEvent[];
  readonly rebalances: readonly LabEvent[];
  /** What people asked for. */
  readonly commands: readonly LabEvent[];
  readonly speed: readonly { readonly atMs: number; readonly command: string; readonly value: number | null }[];
  readonly scenario: ScenarioRunView | null;
  readonly properties: readonly PropertyView[];
  readonly verdict: Verdict | null;
  /** Of the library that wrote `run.db`. */
  readonly sqlite: string;
}

function listed(source: RunSource, kinds: readonly LabEventKind[], keep: (event: LabEvent) => boolean): LabEvent[] {
  const found: LabEvent[] = [];
  for (const page of source.pages(kinds)) {
    for (const event of page) if (found.length < listedMax && keep(event)) found.push(event);
    if (found.length >= listedMax) break;
  }
  return found;
}

/** Of all that was expected: broken if any is, unknown if any is, else it holds; null where nothing was. */
export function verdictOf(scenario: ScenarioRunView | null): Verdict | null {
  const verdicts = scenario?.expectations.map((each) => each.verdict) ?? [];
  if (verdicts.length === 0) return null;
  return verdicts.find((each) => each === 'broken') ?? verdicts.find((each) => each === 'unknown') ?? 'holds';
}

export function runFacts(
  source: RunSource,
  given: { readonly scenario: ScenarioRunView | null; readonly properties: readonly PropertyView[] | null },
): RunFacts {
  const { startedMs, lastMs, events } = source.start;
  const last = source.last();
  const scenario = given.scenario ?? source.moment(lastMs).scenario;
  const timeline = timelineOf(source, startedMs, lastMs);
  const commands = listed(source, ['command'], () => true);
  return {
    first: source.first(),
    last,
    startedMs,
    lastMs,
    events,
    counts: source.counts(),
    timeline,
    faults: timeline.flags.filter((flag) => flag.kind === 'fault'),
    elections: listed(source, electionKinds, (event) => event.change === null || event.change.was !== event.change.now),
    rebalances: listed(source, ['rebalance'], () => true),
    commands,
    speed: commands
      .filter((event) => timeCommands.includes(event.source))
      .map(({ atMs, source: command, args }) => ({ atMs, command, value: numberOf(args['speed'] ?? args['ms']) })),
    scenario,
    properties: given.properties ?? [],
    verdict: verdictOf(scenario),
    sqlite: source.sqliteVersion,
  };
}

function timelineOf(source: RunSource, fromMs: number, toMs: number): Timeline {
  const answer = source.reader.answer({ name: 'timeline', input: { fromMs, toMs, buckets: timelineBuckets } });
  if (answer.ok && 'steps' in answer.value) return answer.value;
  return { fromMs, toMs, stepMs: 1000, steps: [], flags: [] };
}

function numberOf(value: string | number | undefined): number | null {
  return value === undefined || Number.isNaN(Number(value)) ? null : Number(value);
}
