import { describe, expect, it } from 'vitest';
import { guessFormat, parseRows } from './file-rows.ts';

const plain = (rows: ReturnType<typeof parseRows>) => rows.rows.map(({ key, value, line }) => [line, key, value]);

describe('rows of a file', () => {
  it('are values, keys, or both with a tab between', () => {
    expect(plain(parseRows('a\r\n\r\nb\n', 'lines'))).toEqual([
      [1, null, 'a'],
      [3, null, 'b'],
    ]);
    expect(plain(parseRows('k1\nk2', 'keys'))).toEqual([
      [1, 'k1', null],
      [2, 'k2', null],
    ]);
    const tabbed = parseRows('k1\tv\t1\nnothing\nk2\t', 'tab');
    expect(plain(tabbed)).toEqual([
      [1, 'k1', 'v\t1'],
      [3, 'k2', ''],
    ]);
    expect(tabbed.problems).toEqual([{ line: 2, reason: 'has no tab between key and value' }]);
  });

  it('of CSV keep quoted commas, quotes and line ends, and count lines of the file', () => {
    const text = 'key,city,note\nc1,"Seoul, KR","says ""hi""\nand goes"\nc2,Oslo\nc3,Bonn,x\n';
    const found = parseRows(text, 'csv');
    expect(plain(found)).toEqual([
      [2, 'c1', '{"city":"Seoul, KR","note":"says \\"hi\\"\\nand goes"}'],
      [5, 'c3', '{"city":"Bonn","note":"x"}'],
    ]);
    expect(found.problems).toEqual([{ line: 4, reason: 'has 2 columns, the header has 3' }]);
    expect(plain(parseRows('key,value\na,1\nb,2', 'csv'))).toEqual([
      [2, 'a', '1'],
      [3, 'b', '2'],
    ]);
    expect(parseRows('key,value\na,"1', 'csv').problems).toEqual([{ line: 2, reason: 'a quote is not closed' }]);
  });

  it('of JSON are records with key, value and headers, or values as a whole', () => {
    const text = '{"key":"k","value":{"a":1},"headers":{"h":"x","n":2}}\n{"a":1,"value":2}\n{oops}\n7\n';
    const found = parseRows(text, 'json');
    expect(found.rows).toEqual([
      {
        line: 1,
        key: 'k',
        value: '{"a":1}',
        headers: [
          { key: 'h', value: 'x' },
          { key: 'n', value: '2' },
        ],
      },
      { line: 2, key: null, value: '{"a":1,"value":2}', headers: [] },
      { line: 4, key: null, value: '7', headers: [] },
    ]);
    expect(found.problems).toEqual([{ line: 3, reason: expect.stringContaining('is no JSON') }]);
  });

  it('are cut at a limit', () => {
    expect(parseRows('a\nb\nc', 'lines', 2)).toMatchObject({ cut: true, rows: [{ value: 'a' }, { value: 'b' }] });
    expect(parseRows('value\na\nb\nc', 'csv', 2)).toMatchObject({ cut: true, rows: [{ value: 'a' }, { value: 'b' }] });
    expect(parseRows('a\nb', 'lines', 2).cut).toBe(false);
  });

  it.each([
    ['orders.csv', 'key,value', 'csv'],
    ['orders.ndjson', '', 'json'],
    ['orders.txt', '{"a":1}', 'json'],
    ['orders.txt', 'k\tv', 'tab'],
    ['orders.txt', 'hello', 'lines'],
  ])('of %s that begins with %j are read as %s', (name, text, format) => {
    expect(guessFormat(name, text)).toBe(format);
  });
});
