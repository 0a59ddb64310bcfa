/**
 * Events as files: `events.ndjson` (one event as JSON a line, as the contract has them) and `events.csv` (RFC 4180, for
 * spreadsheets).
 *
 * A cell of text that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP advises; numbers stay
 * numbers. Readers of the CSV take one leading apostrophe away before `=`, `+`, `-`, `@`, tab and carriage return.
 */
import type { LabEvent } from '../../contract/events.ts';

export const csvColumns = [
  'id',
  'time',
  'atMs',
  'actor',
  'node',
  'kind',
  'source',
  'tone',
  'change',
  'was',
  'now',
  'metric',
  'args',
] as const;

const formula = /^[=+\-@\t\r]/;
const number = /^-?\d+(\.\d+)?$/;

export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = formula.test(value) && !number.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

export const csvHeader = csvLine(csvColumns);

export function eventCsv(event: LabEvent): string {
  const { id, atMs, actor, node, kind, source, tone, change, metric, args } = event;
  return csvLine([
    id,
    new Date(atMs).toISOString(),
    atMs,
    actor,
    node,
    kind,
    source,
    tone,
    change?.of ?? null,
    change?.was ?? null,
    change?.now ?? null,
    metric,
    JSON.stringify(args),
  ]);
}
