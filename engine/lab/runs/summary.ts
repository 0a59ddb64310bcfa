/** `summary.md`: the run for somebody who reads one page of it. */
import type { LabEvent } from '../../contract/events.ts';
import type { RunFacts } from './run-facts.ts';
import type { RunFile } from './run-file.ts';
import { clock, count, duration, eventWords, evidenceOf, foldedElections, propertyWords } from './words.ts';

/** Of each list. */
const linesMax = 40;

/** Text that stays one cell of a table, and is never taken for markup. */
function cell(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_[\]<>|#]/g, (mark) => `\\${mark}`);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(cell))), ''];
}

function listOf(title: string, events: readonly LabEvent[], none: string): string[] {
  return linesOf(
    title,
    events.map((event) => `${clock(event.atMs)} ${eventWords(event)}`),
    none,
  );
}

function linesOf(title: string, all: readonly string[], none: string): string[] {
  const lines = all.slice(0, linesMax).map((line) => `- ${cell(line)}`);
  const more = all.length > linesMax ? [`- and ${count(all.length - linesMax)} more, see events.ndjson`] : [];
  return [`## ${title}`, '', ...(lines.length === 0 ? [none] : [...lines, ...more]), ''];
}

export function summaryOf(run: RunFile, facts: RunFacts): string {
  const { last, scenario } = facts;
  const length = facts.lastMs - facts.startedMs;
  const lines = [
    `# ${cell(run.title)}`,
    '',
    `${new Date(run.startedMs).toISOString()}, ${duration(length)} of lab time${run.endedMs === null ? ', exported while it went on' : ''}. ` +
      `Brokerlab ${run.versions.brokerlab}, Node ${run.versions.node}, ${run.versions.os}.`,
    '',
    ...verdicts(facts),
    '## Numbers',
    '',
    ...table(
      ['what', 'number'],
      [
        ['brokers', String(last.brokers.length)],
        ['topics', String(last.topics.filter((topic) => !topic.internal).length)],
        ['partitions', String(last.partitions.length)],
        ['events', count(facts.events)],
        ['faults', String(facts.faults.length)],
        ['elections', String(facts.elections.length)],
        ['rebalances', String(facts.rebalances.length)],
        ['ISR shrunk / expanded', `${countOf(facts, 'isr-shrunk')} / ${countOf(facts, 'isr-expanded')}`],
        ...(run.seed === null ? [] : [['seed', String(run.seed)]]),
      ],
    ),
    ...clients(facts),
    ...listOf(
      'Faults',
      facts.faults.map((flag) => flag.event),
      'None.',
    ),
    ...linesOf('Elections', foldedElections(facts.elections), 'None.'),
    ...listOf('Rebalances', facts.rebalances, 'None.'),
    ...(scenario === null ? listOf('What was done', facts.commands, 'Nothing.') : steps(facts)),
    '## Open it again',
    '',
    'In the window: Runs, "Open", and the path of this folder or .zip. On the command line:',
    '',
    '    npm run --silent lab -- open PATH',
    '',
    ...(run.kind === 'scenario'
      ? ['Run it again:', '', '    npm run --silent lab -- run scenario.yaml --export DIR', '']
      : []),
    'Every event is in events.ndjson and events.csv, every record that lab producers sent in ledger.ndjson, versions and',
    'configs in run.json. report.html is the same for a browser, with the timeline and space-time diagrams.',
    '',
  ];
  return lines.join('\n');
}

function countOf(facts: RunFacts, kind: string): string {
  return count(facts.counts.get(kind) ?? 0);
}

function verdicts({ scenario, properties }: RunFacts): string[] {
  const expected = scenario?.expectations ?? [];
  return [
    ...(expected.length === 0 ? [] : ['## Expectations', '']),
    ...table(
      ['expectation', 'verdict', 'evidence'],
      expected.map(({ name, verdict, evidence }) => [name, verdict, evidence]),
    ),
    ...(properties.length === 0 ? [] : ['## Properties of the ledger', '']),
    ...table(
      ['property', 'verdict', 'evidence'],
      properties.map((each) => [propertyWords(each), each.verdict, evidenceOf(each)]),
    ),
  ];
}

function clients({ last }: RunFacts): string[] {
  const producers = last.producers.map(({ id, settings, totals }) => [
    id,
    settings.topic,
    settings.acks,
    count(totals.acknowledged),
    count(totals.failed),
    count(totals.retries),
  ]);
  const consumers = last.consumers.map(({ id, settings, consumed, commits }) => [
    id,
    settings.group,
    settings.assignors.join(', '),
    count(consumed),
    count(commits),
  ]);
  const tables = [
    ...table(['producer', 'topic', 'acks', 'acknowledged', 'failed', 'retries'], producers),
    ...table(['consumer', 'group', 'assignors', 'records', 'commits'], consumers),
  ];
  return tables.length === 0 ? [] : ['## Lab clients', '', ...tables];
}

function steps({ scenario, startedMs }: RunFacts): string[] {
  const rows = (scenario?.steps ?? []).map((step) => [
    step.title || step.source.trim().split('\n', 1)[0] || '',
    step.state,
    step.startedMs === null ? '' : `+${duration(step.startedMs - startedMs)}`,
    step.startedMs === null || step.endedMs === null ? '' : duration(step.endedMs - step.startedMs),
    step.detail,
  ]);
  return ['## Steps', '', ...table(['step', 'state', 'at', 'took', 'detail'], rows)];
}
