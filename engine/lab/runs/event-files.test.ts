import { describe, expect, it } from 'vitest';
import { eventOf } from '../../contract/snapshot.testkit.ts';
import { csvCell, csvLine, eventCsv } from './event-files.ts';
import { readCsv } from './event-files.testkit.ts';

describe('cells of a spreadsheet', () => {
  it('come back as they were, whatever is in them', () => {
    const cells = ['plain', 'a,b', 'say "so"', 'two\r\nlines', '', '=1+1', '@cmd', '-2', '+7 apples', '\tx', "'quoted"];
    expect(readCsv(csvLine(cells))).toEqual([cells]);
  });

  it('are never formulas, and numbers stay numbers', () => {
    expect(
      ['=SUM(A1)', '+1+1', '-1+1', '@x', '\t=1', '\r=1'].map(csvCell).filter((cell) => !/^"?'/.test(cell)),
    ).toEqual([]);
    expect([csvCell('-1'), csvCell(-1), csvCell(null), csvCell('-1.5')]).toEqual(['-1', '-1', '', '-1.5']);
  });

  it('have an event with its change and all its arguments', () => {
    const event = eventOf(3, {
      change: { of: 'isr', was: '1, 2', now: '1' },
      args: { topic: '=evil()', partition: 2 },
    });
    const [row] = readCsv(eventCsv(event));
    expect(row?.slice(8, 11)).toEqual(['isr', '1, 2', '1']);
    expect(JSON.parse(row?.[12] ?? '')).toEqual({ topic: '=evil()', partition: 2 });
  });
});
