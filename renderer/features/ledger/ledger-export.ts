/** Rows of the ledger as files: CSV and NDJSON, a page at a time. */
import type { LedgerRow } from '../../../engine/contract/ledger.ts';

export type ExportFormat = 'csv' | 'ndjson';

const columns = [
  'producer',
  'number',
  'key',
  'topic',
  'partition',
  'offset',
  'bytes',
  'createMs',
  'sentMs',
  'ackedMs',
  'error',
  'replicasHad',
  'replicas',
  'readableMs',
  'consumedBy',
  'committedMs',
  'copies',
  'fate',
] as const;

export function exportHead(format: ExportFormat): string {
  return format === 'csv' ? `${columns.join(',')}\n` : '';
}

export function exportRows(format: ExportFormat, rows: readonly LedgerRow[]): string {
  return rows.map((row) => `${format === 'csv' ? csvLine(row) : JSON.stringify(row)}\n`).join('');
}

function csvLine(row: LedgerRow): string {
  const { reads, copies, replicas } = row;
  const consumed = reads.filter(({ times }) => times > 0);
  const values: Readonly<Record<(typeof columns)[number], string | number | null>> = {
    producer: row.producer,
    number: row.number,
    key: row.key,
    topic: row.topic,
    partition: row.partition,
    offset: row.offset,
    bytes: row.bytes,
    createMs: row.createMs,
    sentMs: row.sentMs,
    ackedMs: row.ackedMs,
    error: row.error,
    replicasHad: replicas?.had ?? null,
    replicas: replicas?.of ?? null,
    readableMs: row.readableMs,
    consumedBy: consumed.map(({ group, client, times }) => `${group}/${client ?? ''} x${times}`).join(' '),
    committedMs: consumed.find(({ committedMs }) => committedMs !== null)?.committedMs ?? null,
    copies: copies?.join(' ') ?? null,
    fate: row.fate,
  };
  return columns.map((name) => csvValue(values[name])).join(',');
}

/** RFC 4180; a text that a spreadsheet would take for a formula is set in quotes with a `'` before it. */
function csvValue(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) || safe !== value ? `"${safe.replaceAll('"', '""')}"` : safe;
}
