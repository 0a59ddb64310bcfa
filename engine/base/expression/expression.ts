/**
 * Small expressions that people write into scenarios and configs: `leader(orders-1) != 2 and acked(feed) >= 2000`,
 * `crc32(key) % partitions`. This file is what they are made of; see `parse-expression` for the grammar and `evaluate`
 * for what they mean.
 *
 * Columns count from 1, in UTF-16 units of the text, so that an error in a file can be pointed at.
 */

/** `null` is unknown: it is no number and equals nothing; `and` and `or` know when it does not matter. */
export type Value = number | string | boolean | null | readonly Value[];

export type BinaryOperator = 'or' | 'and' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/' | '%';

interface Span {
  /** Of its first character. */
  readonly column: number;
  /** Of the character after its last. */
  readonly endColumn: number;
}

export type Expression = Span &
  (
    | { readonly kind: 'literal'; readonly value: Value }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'list'; readonly items: readonly Expression[] }
    | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
    | { readonly kind: 'index'; readonly of: Expression; readonly at: Expression }
    | { readonly kind: 'unary'; readonly operator: 'not' | '-'; readonly operand: Expression }
    | {
        readonly kind: 'binary';
        readonly operator: BinaryOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
  );

/** What is wrong with an expression, and where. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  /** From 1. */
  readonly column: number;

  constructor(column: number, reason: string) {
    super(reason);
    this.column = column;
  }
}

/** Longest text and deepest nesting that is read. */
export const expressionLengthMax = 2000;
export const expressionDepthMax = 40;

/** The parts an expression is made of, without itself. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'name':
      return [];
    case 'list':
      return expression.items;
    case 'call':
      return expression.args;
    case 'index':
      return [expression.of, expression.at];
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
  }
}

/** Visits an expression and all its parts, outermost first. */
export function visitExpression(expression: Expression, visit: (part: Expression) => void): void {
  visit(expression);
  for (const part of partsOf(expression)) visitExpression(part, visit);
}

/** As it would be written: `[1, 2]`, `true`, `unknown`. Numbers with at most three decimals. */
export function formatValue(value: Value): string {
  if (value === null) return 'unknown';
  if (typeof value === 'number') return String(Math.round(value * 1000) / 1000);
  if (typeof value === 'object') return `[${value.map(formatValue).join(', ')}]`;
  return String(value);
}
