/**
 * What an expression means in a scope of names and functions. Unknown (`null`) goes through: arithmetic and comparisons
 * with it are unknown, `false and unknown` is false, `true or unknown` is true. Division by zero and an index outside of
 * a list are unknown too. Lists are equal when their items are, in order. Kinds that do not fit are an
 * {@link ExpressionError} at their column.
 */
import { ExpressionError, formatValue, type BinaryOperator, type Expression, type Value } from './expression.ts';

/** Gets evaluated arguments; what it throws that is no ExpressionError is told at the call's column. */
export type ExpressionFunction = (...args: readonly Value[]) => Value;

export interface ExpressionScope {
  readonly names: Readonly<Record<string, Value>>;
  readonly functions: Readonly<Record<string, ExpressionFunction>>;
}

/** Throws {@link ExpressionError}. */
export function evaluate(expression: Expression, scope: ExpressionScope): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'name':
      return nameIn(expression, scope);
    case 'list':
      return expression.items.map((item) => evaluate(item, scope));
    case 'call':
      return call(expression, scope);
    case 'index':
      return indexed(expression, scope);
    case 'unary':
      return unary(expression, scope);
    case 'binary':
      return binary(expression, scope);
  }
}

type Of<K extends Expression['kind']> = Extract<Expression, { kind: K }>;

function nameIn({ name, column }: Of<'name'>, { names }: ExpressionScope): Value {
  const value = Object.hasOwn(names, name) ? names[name] : undefined;
  if (value !== undefined) return value;
  const minus = name.includes('-') ? '; a minus has spaces around it' : '';
  throw new ExpressionError(column, `nothing is called "${name}"${minus}`);
}

function call({ name, args, column }: Of<'call'>, scope: ExpressionScope): Value {
  const known = Object.hasOwn(scope.functions, name) ? scope.functions[name] : undefined;
  if (known === undefined) throw new ExpressionError(column, `there is no function "${name}"`);
  const values = args.map((arg) => evaluate(arg, scope));
  try {
    return known(...values);
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    throw new ExpressionError(column, `${name}: ${(error as Error).message}`);
  }
}

function indexed(expression: Of<'index'>, scope: ExpressionScope): Value {
  const of = evaluate(expression.of, scope);
  const at = evaluate(expression.at, scope);
  if (of === null || at === null) return null;
  if (typeof of !== 'object') throw new ExpressionError(expression.of.column, `${told(of)} is no list`);
  if (typeof at !== 'number') throw new ExpressionError(expression.at.column, `${told(at)} is no number`);
  return of[at < 0 ? of.length + at : at] ?? null;
}

function unary({ operator, operand }: Of<'unary'>, scope: ExpressionScope): Value {
  const value = evaluate(operand, scope);
  if (operator === '-') {
    const number = numberAt(operand, value);
    return number === null ? null : -number;
  }
  const truth = truthAt(operand, value);
  return truth === null ? null : !truth;
}

function binary(expression: Of<'binary'>, scope: ExpressionScope): Value {
  const { operator, left, right } = expression;
  if (operator === 'and' || operator === 'or') return joined(operator, left, right, scope);
  const a = evaluate(left, scope);
  const b = evaluate(right, scope);
  if (operator === '==' || operator === '!=') {
    const same = sameValue(a, b);
    return same === null ? null : same === (operator === '==');
  }
  if (operator === 'in') {
    if (b === null) return null;
    if (typeof b !== 'object') throw new ExpressionError(right.column, `${told(b)} is no list`);
    return anyOf(b.map((item) => sameValue(a, item)));
  }
  return counted(operator, expression, a, b);
}

/** The right side is looked at only when it matters. */
function joined(operator: 'and' | 'or', left: Expression, right: Expression, scope: ExpressionScope): boolean | null {
  const decides = operator === 'or';
  const a = truthAt(left, evaluate(left, scope));
  if (a === decides) return decides;
  const b = truthAt(right, evaluate(right, scope));
  if (b === decides) return decides;
  return a === null || b === null ? null : !decides;
}

function counted(
  operator: Exclude<BinaryOperator, 'and' | 'or' | '==' | '!=' | 'in'>,
  { left, right }: Of<'binary'>,
  a: Value,
  b: Value,
): Value {
  if (operator === '+' && (typeof a === 'string' || typeof b === 'string')) {
    return a === null || b === null ? null : formatValue(a) + formatValue(b);
  }
  const x = numberAt(left, a);
  const y = numberAt(right, b);
  if (x === null || y === null) return null;
  switch (operator) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return y === 0 ? null : x / y;
    case '%':
      return y === 0 ? null : x % y;
    case '<':
      return x < y;
    case '<=':
      return x <= y;
    case '>':
      return x > y;
    case '>=':
      return x >= y;
  }
}

/** Null when that is not known. */
function sameValue(a: Value, b: Value): boolean | null {
  if (a === null || b === null) return null;
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (a.length !== b.length) return false;
  const different = anyOf(a.map((item, i) => negated(sameValue(item, b[i] ?? null))));
  return negated(different);
}

function anyOf(answers: readonly (boolean | null)[]): boolean | null {
  if (answers.includes(true)) return true;
  return answers.includes(null) ? null : false;
}

function negated(answer: boolean | null): boolean | null {
  return answer === null ? null : !answer;
}

function numberAt({ column }: Expression, value: Value): number | null {
  if (value === null || typeof value === 'number') return value;
  throw new ExpressionError(column, `${told(value)} is no number`);
}

function truthAt({ column }: Expression, value: Value): boolean | null {
  if (value === null || typeof value === 'boolean') return value;
  throw new ExpressionError(column, `${told(value)} is neither true nor false`);
}

function told(value: Value): string {
  return typeof value === 'string' ? `"${value}"` : formatValue(value);
}
