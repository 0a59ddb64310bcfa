/** A record as a row of the table `records` (see `ledger-file`), and back. */
import type { Acks } from '../../contract/clients.ts';
import { fateOf, placeOf, type GoneReason, type GroupRead, type LedgerRecord } from './ledger-record.ts';
import type { StoredRecord } from './ledger-state.ts';

const columns = [
  'row',
  'run',
  'producer',
  'acks',
  'idempotent',
  'number',
  'key',
  'topic',
  'partition',
  'create_ms',
  'crc',
  'bytes',
  'sent_ms',
  'acked_ms',
  'acked_offset',
  'broker',
  'epoch',
  'error',
  'failed_ms',
  'unanswered',
  'copies',
  'place',
  'lost_ms',
  'gone',
  'had',
  'replicas',
  'replicated',
  'readable_ms',
  'reads',
  'unread',
  'fate',
  'groups',
] as const;
/** What never changes once it is written. */
const fixed = new Set([
  'row',
  'run',
  'producer',
  'acks',
  'idempotent',
  'number',
  'key',
  'topic',
  'crc',
  'bytes',
  'sent_ms',
]);
export const putRecord = `
  INSERT INTO records VALUES (${columns.map((name) => `:${name}`).join(', ')}) ON CONFLICT (row) DO UPDATE SET
  ${columns
    .filter((name) => !fixed.has(name))
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}`;

export interface RecordRow {
  readonly row: number;
  readonly run: number;
  readonly producer: string;
  readonly acks: Acks;
  readonly idempotent: number;
  readonly number: number;
  readonly key: string | null;
  readonly topic: string;
  readonly partition: number | null;
  readonly create_ms: number;
  readonly crc: number;
  readonly bytes: number;
  readonly sent_ms: number;
  readonly acked_ms: number | null;
  readonly acked_offset: number | null;
  readonly broker: number;
  readonly epoch: number | null;
  readonly error: string | null;
  readonly failed_ms: number | null;
  readonly unanswered: number;
  readonly copies: string | null;
  readonly lost_ms: number | null;
  readonly gone: GoneReason | null;
  readonly had: string;
  readonly replicas: number | null;
  readonly replicated: number;
  readonly readable_ms: number | null;
  readonly reads: string;
  readonly unread: number;
  readonly groups: string;
}

export function rowOf(record: LedgerRecord, run: number, groups: string): Record<(typeof columns)[number], unknown> {
  const { copies, had, reads } = record;
  return {
    row: record.row,
    run,
    producer: record.producer,
    acks: record.acks,
    idempotent: Number(record.idempotent),
    number: record.number,
    key: record.key,
    topic: record.topic,
    partition: record.partition,
    create_ms: record.createMs,
    crc: record.crc,
    bytes: record.bytes,
    sent_ms: record.sentMs,
    acked_ms: record.ackedMs,
    acked_offset: record.ackedOffset,
    broker: record.broker,
    epoch: record.epoch,
    error: record.error,
    failed_ms: record.failedMs,
    unanswered: Number(record.unanswered),
    copies: copies === null ? null : JSON.stringify(copies),
    place: placeOf(record),
    lost_ms: record.lostMs,
    gone: record.gone,
    had: JSON.stringify(had.map(([node, atMs]) => [node, rounded(atMs)])),
    replicas: record.replicas,
    replicated: Number(record.replicated),
    readable_ms: record.readableMs,
    reads: JSON.stringify(
      reads.map(({ group, client, atMs, times, committedMs }) => [
        group,
        client,
        rounded(atMs),
        times,
        rounded(committedMs),
      ]),
    ),
    unread: Number(record.unread),
    fate: fateOf(record),
    groups,
  };
}

function rounded<T extends number | null>(ms: T): T | number {
  return ms === null ? ms : Math.round(ms * 100) / 100;
}

export function storedOf(row: RecordRow): StoredRecord {
  return { record: recordOf(row), groups: row.groups };
}

export function recordOf(row: RecordRow): LedgerRecord {
  return {
    row: row.row,
    producer: row.producer,
    acks: row.acks,
    idempotent: row.idempotent === 1,
    number: row.number,
    key: row.key,
    topic: row.topic,
    partition: row.partition,
    createMs: row.create_ms,
    crc: row.crc,
    bytes: row.bytes,
    sentMs: row.sent_ms,
    broker: row.broker,
    ackedMs: row.acked_ms,
    ackedOffset: row.acked_offset,
    epoch: row.epoch,
    error: row.error,
    failedMs: row.failed_ms,
    unanswered: row.unanswered === 1,
    copies: row.copies === null ? null : (JSON.parse(row.copies) as number[]),
    lostMs: row.lost_ms,
    gone: row.gone,
    had: JSON.parse(row.had) as [number, number][],
    replicas: row.replicas,
    replicated: row.replicated === 1,
    readableMs: row.readable_ms,
    reads: (JSON.parse(row.reads) as [string, string | null, number | null, number, number | null][]).map(
      ([group, client, atMs, times, committedMs]): GroupRead => ({ group, client, atMs, times, committedMs }),
    ),
    unread: row.unread === 1,
  };
}
