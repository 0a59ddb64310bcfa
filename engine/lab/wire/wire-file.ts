/**
 * What went over the wire, in the journal's database, in tables of its own:
 *
 *     wire          a batch of halves each, as a thread gathered them; `body` is deflated (see `halves`)
 *     wire_offsets  offsets that Produce requests of a batch were answered with: where a record is looked for
 *
 * When the journal has to make room, these go before anything else of it.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { LinkEnd } from '../../contract/faults.ts';
import { unpackHalves, type Half, type WireBatch } from './halves.ts';

/** As much of the journal's file as is needed here. */
export interface WireDatabase {
  exec(sql: string, ...values: unknown[]): number;
  rows<Row>(sql: string, ...values: unknown[]): Row[];
  row<Row>(sql: string, ...values: unknown[]): Row | null;
}

export const wireSchema = `
  CREATE TABLE IF NOT EXISTS wire (
    id INTEGER PRIMARY KEY, self TEXT NOT NULL, from_ms REAL NOT NULL, to_ms REAL NOT NULL, halves INTEGER NOT NULL,
    left_out INTEGER NOT NULL, body BLOB NOT NULL
  );
  CREATE INDEX IF NOT EXISTS wire_at ON wire (from_ms);
  CREATE TABLE IF NOT EXISTS wire_offsets (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, last INTEGER NOT NULL, first INTEGER NOT NULL, wire INTEGER NOT NULL,
    PRIMARY KEY (topic, partition, last, wire)
  ) WITHOUT ROWID;
`;

/** What one step of making room takes away. */
const dropRows = 500;
const deflateLevel = 1;
/** A batch is gathered for a fraction of a second, but a long poll began up to this long before. */
const batchLengthMax = 60_000;

interface Row {
  readonly self: string;
  readonly body: Uint8Array;
  readonly leftOut: number;
}

export function addWireBatch(db: WireDatabase, { self, fromMs, toMs, count, leftOut, ranges, body }: WireBatch): void {
  const sql = 'INSERT INTO wire (self, from_ms, to_ms, halves, left_out, body) VALUES (?, ?, ?, ?, ?, ?)';
  const packed = deflateRawSync(body, { level: deflateLevel });
  const wire = db.exec(sql, JSON.stringify(self), fromMs, toMs, count, leftOut, packed);
  for (const { topic, partition, first, last } of ranges) {
    db.exec('INSERT OR IGNORE INTO wire_offsets VALUES (?, ?, ?, ?, ?)', topic, partition, last, first, wire);
  }
}

/** One step of making room: the oldest batches, and what went; null when there are none. */
export function dropOldWire(db: WireDatabase): { readonly halves: number; readonly untilMs: number } | null {
  const gone = db.row<{ id: number | null; halves: number; untilMs: number }>(
    `SELECT max(id) AS id, sum(halves) AS halves, max(to_ms) AS untilMs
     FROM (SELECT id, halves, to_ms FROM wire ORDER BY id LIMIT ${dropRows})`,
  );
  if (gone === null || gone.id === null) return null;
  db.exec('DELETE FROM wire WHERE id <= ?', gone.id);
  db.exec('DELETE FROM wire_offsets WHERE wire <= ?', gone.id);
  return { halves: gone.halves, untilMs: Math.ceil(gone.untilMs) };
}

/** Halves that lie in a time, with what of them was left out. */
export function readWire(db: WireDatabase, fromMs: number, toMs: number): { halves: Half[]; leftOut: number } {
  const rows = db.rows<Row>(
    'SELECT self, body, left_out AS leftOut FROM wire WHERE from_ms <= ? AND from_ms >= ? AND to_ms >= ? ORDER BY id',
    toMs,
    fromMs - batchLengthMax,
    fromMs,
  );
  const inTime = ({ beganMs, endedMs }: Half): boolean => beganMs <= toMs && (endedMs ?? beganMs) >= fromMs;
  return {
    halves: rows.flatMap((row) => unpacked(row)).filter((half) => inTime(half)),
    leftOut: rows.reduce((sum, row) => sum + row.leftOut, 0),
  };
}

/** Batches that may hold the Produce of a record, newest first. `names`: the topic's name and id. */
export function readProduceOf(db: WireDatabase, names: readonly string[], partition: number, offset: number): Half[] {
  const rows = names.flatMap((topic) =>
    db.rows<Row & { id: number }>(
      `SELECT wire.id AS id, self, body, left_out AS leftOut FROM wire_offsets JOIN wire ON wire.id = wire_offsets.wire
       WHERE topic = ? AND partition = ? AND last >= ? AND first <= ? ORDER BY last LIMIT 12`,
      topic,
      partition,
      offset,
      offset,
    ),
  );
  return rows.sort((a, b) => b.id - a.id).flatMap((row) => unpacked(row));
}

/** When the journal's oldest batch begins; null when there is none. */
export function wireSince(db: WireDatabase): number | null {
  return db.row<{ atMs: number | null }>('SELECT min(from_ms) AS atMs FROM wire')?.atMs ?? null;
}

function unpacked({ self, body }: Row): Half[] {
  return unpackHalves(JSON.parse(self) as LinkEnd, inflateRawSync(body).toString('utf8'));
}
