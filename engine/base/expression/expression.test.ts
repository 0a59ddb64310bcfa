import { describe, expect, test } from 'vitest';
import { evaluate, ExpressionError, formatValue, parseExpression, visitExpression, type Value } from './index.ts';

const names: Record<string, Value> = { 'orders-0': 'orders-0', a: 7, b: 2, list: [3, 1, 2], missing: null, on: true };
const functions = {
  leader: (partition: Value) => (partition === 'orders-0' ? 2 : null),
  pair: (x: Value, y: Value) => [x, y],
  fails: () => {
    throw new Error('nothing there');
  },
};

function value(text: string): Value {
  return evaluate(parseExpression(text), { names, functions });
}

function refusal(text: string): string {
  try {
    return formatValue(value(text));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return `${error.column}: ${error.message}`;
  }
}

describe('an expression', () => {
  test('counts by the usual precedence, leaning to the left', () => {
    expect(
      ['1 + 2 * 3', '(1 + 2) * 3', '10 - 4 - 3', '17 % 5 * 2', '-2 * -3', '7 / 2', '1e3 + 0.5'].map(value),
    ).toEqual([7, 9, 3, 4, 6, 3.5, 1000.5]);
  });

  test('compares numbers, text, truth and lists', () => {
    expect(
      ['1 < 2', '2 <= 1', '\'x\' == "x"', 'list == [3, 1, 2]', 'list != [1]', 'on == true', '1 == "1"'].map(value),
    ).toEqual([true, false, true, true, true, true, false]);
  });

  test('joins truths: and before or, not before both', () => {
    expect(
      ['true or false and false', 'not false and false', 'not (1 > 2)', '2 in list', '5 not in list'].map(value),
    ).toEqual([true, false, true, true, true]);
  });

  test('calls functions with names of partitions and takes items of lists', () => {
    expect(
      ['leader(orders-0)', 'leader(orders-0) != 2', 'pair(a, b)[1]', 'list[-1]', 'pair(1, [2])'].map(value),
    ).toEqual([2, false, 2, 2, [1, [2]]]);
  });

  test('takes a minus in a name for part of it, and needs a space for a difference', () => {
    expect([refusal('a-b'), refusal('a - b'), refusal('a -1')]).toEqual([
      '1: nothing is called "a-b"; a minus has spaces around it',
      '5',
      '6',
    ]);
  });

  test('lets unknown through, unless it does not matter', () => {
    expect(
      [
        'missing + 1',
        'missing == 1',
        'missing == unknown',
        '1 in [2, missing]',
        '2 in [2, missing]',
        '[1, missing] == [2, 3]',
      ]
        .concat([
          'missing and false',
          'missing or true',
          'missing or false',
          'not missing',
          '1 / 0',
          '1 % 0',
          'list[9]',
          'missing[0]',
        ])
        .map(value),
    ).toEqual([null, null, null, null, true, false, false, true, null, null, null, null, null, null]);
  });

  test('joins text with +', () => {
    expect(value("'broker ' + 2")).toBe('broker 2');
  });

  test('does not look at the right side when the left one decides', () => {
    expect(value('false and fails()')).toBe(false);
  });

  test.each([
    ['', '1: there is nothing here'],
    ['1 +', '4: a value is missing at the end'],
    ['leader(orders-0', '16: ")" is missing at the end'],
    ['leader(orders-0) = 2', '18: "=" does not belong here; equality is written =='],
    ['1 < 2 < 3', '7: comparisons do not chain; join two of them with "and"'],
    ['1 2', '3: the end or an operator is missing before "2"'],
    ['[1 2]', '4: "]" is missing before "2"'],
    ['"open', '1: the quote has no end'],
    ['3rd', '1: "3rd" is neither a number nor a name'],
    ['and', '1: a value is missing before "and"'],
    ['a $ b', '3: "$" does not belong here'],
    ['1 and true', '1: 1 is neither true nor false'],
    ['true + 1', '1: true is no number'],
    ["1 < 'x'", '5: "x" is no number'],
    ['a[0]', '1: 7 is no list'],
    ['1 in a', '6: 7 is no list'],
    ['  nobody', '3: nothing is called "nobody"'],
    ['toString', '1: nothing is called "toString"'],
    ['constructor(1)', '1: there is no function "constructor"'],
    ['1 + fails()', '5: fails: nothing there'],
    [`${'('.repeat(60)}1${')'.repeat(60)}`, '41: nested more than 40 levels deep'],
    [`${'not '.repeat(60)}on`, '161: nested more than 40 levels deep'],
    ['1'.repeat(2001), '1: an expression has at most 2000 characters, this one 2001'],
  ])('%.30s is refused where it is wrong', (text, told) => {
    expect(refusal(text)).toBe(told);
  });

  test('tells where its parts stand', () => {
    const text = 'leader(orders-0) == (2)';
    const parts: string[] = [];
    visitExpression(parseExpression(text), ({ kind, column, endColumn }) => {
      parts.push(`${kind} ${text.slice(column - 1, endColumn - 1)}`);
    });
    expect(parts).toEqual(['binary leader(orders-0) == (2)', 'call leader(orders-0)', 'name orders-0', 'literal (2)']);
  });

  test('its values are written as it would be', () => {
    expect(([null, true, [1, [0.12345]], 'x'] as const).map(formatValue)).toEqual([
      'unknown',
      'true',
      '[1, [0.123]]',
      'x',
    ]);
  });
});
