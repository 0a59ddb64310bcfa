/**
 * The grammar, weakest first; all but `not` and the comparisons lean to the left, comparisons do not chain:
 *
 *     or          := and { "or" and }
 *     and         := not { "and" not }
 *     not         := "not" not | comparison
 *     comparison  := sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in") sum ]
 *     sum         := product { ("+" | "-") product }
 *     product     := unary { ("*" | "/" | "%") unary }
 *     unary       := "-" unary | postfix
 *     postfix     := primary { "[" or "]" }
 *     primary     := number | text | "true" | "false" | "unknown" | name | name "(" [ or { "," or } ] ")"
 *                  | "(" or ")" | "[" [ or { "," or } ] "]"
 */
import { ExpressionError, expressionDepthMax, type BinaryOperator, type Expression } from './expression.ts';
import { tokensOf, type Token } from './tokens.ts';

const comparisons = ['==', '!=', '<', '<=', '>', '>=', 'in'] as const;
const literals = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['unknown', null],
]);
const words = new Set(['and', 'or', 'not', 'in', ...literals.keys()]);

/** Throws {@link ExpressionError}. */
export function parseExpression(text: string): Expression {
  return new Parser(tokensOf(text)).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    if (this.#atEnd) throw new ExpressionError(1, 'there is nothing here');
    const expression = this.#or();
    if (!this.#atEnd) throw this.#unexpected('the end or an operator');
    return expression;
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  get #atEnd(): boolean {
    return this.#token.kind === 'end';
  }

  #is(text: string): boolean {
    const { kind, text: found } = this.#token;
    return found === text && (kind === 'sign' || (kind === 'name' && words.has(text)));
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): Token {
    const token = this.#token;
    if (!this.#take(text)) throw this.#unexpected(`"${text}"`);
    return token;
  }

  #unexpected(wanted: string): ExpressionError {
    const { kind, text, column } = this.#token;
    return new ExpressionError(column, `${wanted} is missing${kind === 'end' ? ' at the end' : ` before "${text}"`}`);
  }

  #or(): Expression {
    if (++this.#depth > expressionDepthMax) {
      throw new ExpressionError(this.#token.column, `nested more than ${expressionDepthMax} levels deep`);
    }
    const expression = this.#leftLeaning(['or'], () => this.#leftLeaning(['and'], () => this.#not()));
    this.#depth--;
    return expression;
  }

  #leftLeaning(operators: readonly BinaryOperator[], operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const operator = operators.find((each) => this.#take(each));
      if (operator === undefined) return left;
      left = binary(operator, left, operand());
    }
  }

  #not(): Expression {
    const { column } = this.#token;
    if (!this.#take('not')) return this.#comparison();
    const operand = this.#deeper(() => this.#not());
    return { kind: 'unary', operator: 'not', operand, column, endColumn: operand.endColumn };
  }

  #deeper(parse: () => Expression): Expression {
    if (++this.#depth > expressionDepthMax) {
      throw new ExpressionError(this.#token.column, `nested more than ${expressionDepthMax} levels deep`);
    }
    const expression = parse();
    this.#depth--;
    return expression;
  }

  #comparison(): Expression {
    const left = this.#sum();
    if (this.#is('not') && this.#tokens[this.#next + 1]?.text === 'in') {
      this.#next += 2;
      const operand = binary('in', left, this.#sum());
      return { kind: 'unary', operator: 'not', operand, column: left.column, endColumn: operand.endColumn };
    }
    const operator = comparisons.find((each) => this.#take(each));
    if (operator === undefined) return left;
    const compared = binary(operator, left, this.#sum());
    const again = comparisons.find((each) => this.#is(each));
    if (again === undefined) return compared;
    throw new ExpressionError(this.#token.column, `comparisons do not chain; join two of them with "and"`);
  }

  #sum(): Expression {
    return this.#leftLeaning(['+', '-'], () => this.#leftLeaning(['*', '/', '%'], () => this.#unary()));
  }

  #unary(): Expression {
    const { column } = this.#token;
    if (!this.#take('-')) return this.#postfix();
    const operand = this.#deeper(() => this.#unary());
    return { kind: 'unary', operator: '-', operand, column, endColumn: operand.endColumn };
  }

  #postfix(): Expression {
    let expression = this.#primary();
    while (this.#take('[')) {
      const at = this.#or();
      const { endColumn } = this.#expect(']');
      expression = { kind: 'index', of: expression, at, column: expression.column, endColumn };
    }
    return expression;
  }

  #primary(): Expression {
    const token = this.#token;
    const { column, endColumn } = token;
    if (this.#take('(')) {
      const inner = this.#or();
      return { ...inner, column, endColumn: this.#expect(')').endColumn };
    }
    if (this.#take('[')) {
      const items = this.#until(']');
      return { kind: 'list', items: items.items, column, endColumn: items.endColumn };
    }
    if (token.kind === 'number' || token.kind === 'text') {
      this.#next++;
      return { kind: 'literal', value: token.kind === 'number' ? Number(token.text) : token.text, column, endColumn };
    }
    const literal = literals.get(token.text);
    if (token.kind === 'name' && literal !== undefined) {
      this.#next++;
      return { kind: 'literal', value: literal, column, endColumn };
    }
    if (token.kind !== 'name' || words.has(token.text)) throw this.#unexpected('a value');
    this.#next++;
    if (!this.#take('(')) return { kind: 'name', name: token.text, column, endColumn };
    const args = this.#until(')');
    return { kind: 'call', name: token.text, args: args.items, column, endColumn: args.endColumn };
  }

  /** Expressions with commas between, up to and with the closing sign. */
  #until(close: ')' | ']'): { readonly items: readonly Expression[]; readonly endColumn: number } {
    const items: Expression[] = [];
    while (!this.#is(close)) {
      if (items.length > 0) this.#expect(',');
      items.push(this.#or());
      if (!this.#is(',') && !this.#is(close)) throw this.#unexpected(`"${close}"`);
    }
    return { items, endColumn: this.#expect(close).endColumn };
  }
}

function binary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
  return { kind: 'binary', operator, left, right, column: left.column, endColumn: right.endColumn };
}
