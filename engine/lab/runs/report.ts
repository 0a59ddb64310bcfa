/**
 * `report.html`: the run in one file that needs nothing else. No script, no network (its own policy forbids both), every
 * text from the run escaped. The newest events are folded; all of them are in the events files.
 */
import { spaceTimeSvg } from '../../contract/diagram/index.ts';
import type { LabEvent } from '../../contract/events.ts';
import type { TimelineFlag } from '../../contract/queries.ts';
import type { Verdict } from '../../contract/verdicts.ts';
import type { SpaceTime } from '../../contract/wire.ts';
import { reportStyle } from './report-style.ts';
import type { RunFacts } from './run-facts.ts';
import type { RunFile } from './run-file.ts';
import { escapeHtml, timelineSvg } from './timeline-svg.ts';
import { clock, count, duration, eventWords, evidenceOf, foldedElections, propertyWords } from './words.ts';

const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

export interface ReportDiagram {
  readonly title: string;
  readonly data: SpaceTime;
}

export interface ReportParts {
  readonly run: RunFile;
  readonly facts: RunFacts;
  readonly diagrams: readonly ReportDiagram[];
  /** State changes, oldest first; not more than a page bears. */
  readonly events: readonly LabEvent[];
  readonly scenarioText: string;
}

export function reportHtml(parts: ReportParts): string {
  const { run, facts } = parts;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(run.title)}</title>`,
    `<style>${reportStyle}</style></head><body><main>`,
    ...head(run, facts),
    ...verdicts(facts),
    ...timeline(facts),
    ...diagrams(parts.diagrams),
    ...stepsOf(facts),
    ...listOf(
      'Faults',
      facts.faults.map((flag) => flag.event),
    ),
    ...elections(facts.elections),
    ...listOf('Rebalances', facts.rebalances),
    ...clients(facts),
    ...events(parts.events, facts),
    ...scenario(parts.scenarioText),
    '</main></body></html>',
    '',
  ].join('\n');
}

function head(run: RunFile, facts: RunFacts): string[] {
  const numbers: [string, string][] = [
    [duration(facts.lastMs - facts.startedMs), 'lab time'],
    [String(facts.last.brokers.length), 'brokers'],
    [count(facts.events), 'events'],
    [String(facts.faults.length), 'faults'],
    [String(facts.elections.length), 'elections'],
    [String(facts.rebalances.length), 'rebalances'],
  ];
  const began = new Date(run.startedMs).toISOString();
  const made = `Brokerlab ${run.versions.brokerlab}, Node ${run.versions.node}, ${run.versions.os}`;
  const seed = run.seed === null ? '' : `, seed ${run.seed}`;
  return [
    `<h1>${escapeHtml(run.title)} ${run.verdict === null ? '' : tag(run.verdict)}</h1>`,
    `<p>${began}${seed}. ${escapeHtml(made)}.</p>`,
    `<div class="facts">${numbers.map(([value, name]) => `<div><b>${value}</b><span>${name}</span></div>`).join('')}</div>`,
  ];
}

const signs: Readonly<Record<Verdict, string>> = { holds: '✓', broken: '▲', unknown: '?' };

function tag(verdict: Verdict): string {
  return `<span class="tag ${verdict}">${signs[verdict]} ${verdict}</span>`;
}

/** Cells are HTML already. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const heads = head.map((name) => `<th scope="col">${name}</th>`).join('');
  return `<table><thead><tr>${heads}</tr></thead><tbody>${rows.map((row) => `<tr>${row.join('')}</tr>`).join('\n')}</tbody></table>`;
}
const td = (text: string, kind = 'w'): string => `<td class="${kind}">${escapeHtml(text)}</td>`;

function verdicts({ scenario, properties }: RunFacts): string[] {
  const expected = scenario?.expectations ?? [];
  const row = (name: string, verdict: Verdict, evidence: string): string[] => [
    td(name),
    `<td>${tag(verdict)}</td>`,
    td(evidence),
  ];
  const heads = ['what', 'verdict', 'evidence'];
  return [
    ...(expected.length === 0 ? [] : ['<h2>Expectations</h2>']),
    ...(expected.length === 0
      ? []
      : [
          table(
            heads,
            expected.map(({ name, verdict, evidence }) => row(name, verdict, evidence)),
          ),
        ]),
    ...(properties.length === 0 ? [] : ['<h2>Properties of the ledger</h2>']),
    ...(properties.length === 0
      ? []
      : [
          table(
            heads,
            properties.map((each) => row(propertyWords(each), each.verdict, evidenceOf(each))),
          ),
        ]),
  ];
}

function timeline(facts: RunFacts): string[] {
  const words = ({ event }: TimelineFlag): string => flagWords(event);
  const legend = [
    ['var(--ink)', 'records/s in'],
    ['var(--accent)', 'records/s out'],
    ['var(--in-fill)', 'all replicas in the ISR'],
    ['var(--out-fill)', 'ISR shrunk'],
    ['var(--fault)', 'below min.insync.replicas, or no leader; a fault'],
  ].map(([color, text]) => `<span><i style="background:${color}"></i>${text}</span>`);
  return [
    '<h2>Timeline</h2>',
    `<div class="panel">${timelineSvg(facts.timeline, words)}<div class="legend">${legend.join('')}</div></div>`,
  ];
}

function flagWords({ kind, source, args, change, node }: LabEvent): string {
  if (kind === 'quorum-leader') return `quorum led by ${change?.now ?? '?'}`;
  if (kind === 'leader-changed') return `${args['topic']}-${args['partition']} led by ${change?.now ?? '?'}`;
  if (kind === 'rebalance') return `${args['group']} rebalanced`;
  const target = args['target'] ?? args['client'] ?? args['group'] ?? args['topic'] ?? args['node'] ?? node ?? '';
  const now = kind === 'fault' ? (args['kind'] ?? '') : (change?.now ?? (kind === 'command' ? source : kind));
  return `${target} ${now}`.trim();
}

function diagrams(all: readonly ReportDiagram[]): string[] {
  if (all.length === 0) return [];
  return [
    '<h2>Over the wire</h2>',
    ...all.map(({ title, data }, index) => {
      const picture = (theme: 'light' | 'dark'): string => spaceTimeSvg(data, { theme });
      return (
        `<details${index === 0 ? ' open' : ''}><summary>${escapeHtml(title)}</summary>` +
        `<div class="panel"><div class="for-light">${picture('light')}</div><div class="for-dark">${picture('dark')}</div></div></details>`
      );
    }),
  ];
}

function stepsOf({ scenario, startedMs }: RunFacts): string[] {
  if (scenario === null || scenario.steps.length === 0) return [];
  const rows = scenario.steps.map((step) => [
    td(step.startedMs === null ? '' : `+${duration(step.startedMs - startedMs)}`, 't'),
    td(step.title || step.source.trim()),
    td(step.state),
    td(step.detail),
  ]);
  return ['<h2>Steps</h2>', table(['at', 'step', 'state', 'detail'], rows)];
}

const eventRow = (event: LabEvent): string[] => [
  td(clock(event.atMs), 't'),
  td(event.node === null ? event.actor : `${event.actor} ${event.node}`),
  td(eventWords(event)),
];

function listOf(title: string, events: readonly LabEvent[]): string[] {
  if (events.length === 0) return [];
  return [`<h2>${title}</h2>`, table(['time', 'by', 'what'], events.map(eventRow))];
}

function elections(events: readonly LabEvent[]): string[] {
  if (events.length === 0) return [];
  const rows = foldedElections(events).map((line) => [td(line.slice(0, 12), 't'), td(line.slice(13))]);
  return ['<h2>Elections</h2>', table(['time', 'what'], rows)];
}

function clients({ last }: RunFacts): string[] {
  const producers = last.producers.map(({ id, settings, totals }) => [
    td(id),
    td(settings.topic),
    td(settings.acks),
    td(count(totals.acknowledged), 'n'),
    td(count(totals.failed), 'n'),
  ]);
  const consumers = last.consumers.map(({ id, settings, consumed }) => [
    td(id),
    td(settings.group),
    td(settings.assignors.join(', ')),
    td(count(consumed), 'n'),
  ]);
  return [
    ...(producers.length === 0 ? [] : ['<h2>Producers</h2>']),
    ...(producers.length === 0 ? [] : [table(['name', 'topic', 'acks', 'acknowledged', 'failed'], producers)]),
    ...(consumers.length === 0 ? [] : ['<h2>Consumers</h2>']),
    ...(consumers.length === 0 ? [] : [table(['name', 'group', 'assignors', 'records'], consumers)]),
  ];
}

function events(shown: readonly LabEvent[], facts: RunFacts): string[] {
  const kinds = [...facts.counts].map(([kind, many]) => `${kind} ${count(many)}`).join(', ');
  return [
    '<h2>Events</h2>',
    `<p>${count(facts.events)} in all: ${escapeHtml(kinds)}.</p>`,
    `<details><summary>${count(shown.length)} changes of state</summary>${table(['time', 'by', 'what'], shown.map(eventRow))}</details>`,
  ];
}

function scenario(text: string): string[] {
  if (text === '') return [];
  return ['<h2>Scenario</h2>', `<details><summary>scenario.yaml</summary><pre>${escapeHtml(text)}</pre></details>`];
}
