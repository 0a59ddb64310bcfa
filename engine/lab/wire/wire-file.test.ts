import { describe, expect, it } from 'vitest';
import type { WireBatch } from './halves.ts';
import { packHalf } from './halves.ts';
import { addWireBatch, dropOldWire, readProduceOf, readWire, wireSince } from './wire-file.ts';
import { MemoryWire } from './wire.testkit.ts';

function batch(fromMs: number, count: number, change: Partial<WireBatch> = {}): WireBatch {
  const line = (index: number): string =>
    packHalf({
      side: 'served',
      localPort: 9092,
      remotePort: 50_000,
      correlationId: index,
      api: 'Produce',
      version: 13,
      clientId: 'feed',
      beganMs: fromMs + index,
      handledMs: fromMs + index,
      endedMs: fromMs + index + 0.5,
      requestBytes: 1,
      responseBytes: 1,
      failure: null,
      oneWay: false,
      summary: null,
    });
  const body = Array.from({ length: count }, (_, index) => line(index)).join('\n');
  return { self: 2, fromMs, toMs: fromMs + count, count, leftOut: 0, ranges: [], body, ...change };
}

describe('the tables of the wire', () => {
  it('give back the halves of a time, those of long batches too, and what was left out', () => {
    const db = new MemoryWire();
    addWireBatch(db, batch(1000, 10, { leftOut: 3 }));
    addWireBatch(db, batch(5000, 10, { leftOut: 4 }));
    const { halves, leftOut } = readWire(db, 1004, 1007);
    expect(halves.map(({ beganMs }) => beganMs)).toEqual([1004, 1005, 1006, 1007]);
    expect([halves[0]!.self, leftOut]).toEqual([2, 3]);
    expect(readWire(db, 2000, 3000)).toEqual({ halves: [], leftOut: 0 });
  });

  it('find the batch that holds an offset, by name or id of the topic, newest first', () => {
    const db = new MemoryWire();
    const range = { topic: 'id', partition: 1, first: 100, last: 120 };
    addWireBatch(db, batch(1000, 1, { ranges: [range] }));
    addWireBatch(db, batch(2000, 1, { ranges: [{ ...range, first: 121, last: 130 }] }));
    addWireBatch(db, batch(3000, 1, { ranges: [{ ...range, first: 115, last: 125 }] }));
    const found = (offset: number): number[] =>
      readProduceOf(db, ['orders', 'id'], 1, offset).map(({ beganMs }) => beganMs);
    expect([found(100), found(118), found(122), found(99), found(131)]).toEqual([
      [1000],
      [3000, 1000],
      [3000, 2000],
      [],
      [],
    ]);
    expect(readProduceOf(db, ['id'], 2, 118)).toEqual([]);
  });

  it('give up the oldest first, and say how much and until when', () => {
    const db = new MemoryWire();
    const range = { topic: 'a', partition: 0, first: 0, last: 9 };
    for (let index = 0; index < 700; index++) addWireBatch(db, batch(1000 * index, 2, { ranges: [range] }));
    expect(wireSince(db)).toBe(0);
    expect(dropOldWire(db)).toEqual({ halves: 1000, untilMs: 499_002 });
    expect(wireSince(db)).toBe(500_000);
    expect(db.row<{ n: number }>('SELECT count(*) AS n FROM wire_offsets')).toEqual({ n: 200 });
    expect(dropOldWire(db)).toEqual({ halves: 400, untilMs: 699_002 });
    expect([dropOldWire(db), wireSince(db)]).toEqual([null, null]);
  });
});
