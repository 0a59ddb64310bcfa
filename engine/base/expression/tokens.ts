/**
 * The words of an expression. A name begins with a letter or `_` and goes on with letters, digits, `_`, and `.` or `-`
 * between them, as topics, partitions and clients are named (`orders-0`, `order-feed`): a minus after a name needs a
 * space before it. Text stands in single or double quotes, where a backslash takes the next character as it is.
 */
import { ExpressionError, expressionLengthMax } from './expression.ts';

export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'end';
  /** A sign or a name as it stands; of text what is between the quotes. */
  readonly text: string;
  readonly column: number;
  readonly endColumn: number;
}

const space = /[ \t\r\n]*/y;
const number = /(?:\d+(?:\.\d+)?)(?:[eE][+-]?\d+)?/y;
const name = /[A-Za-z_][A-Za-z0-9_]*(?:[.-]+[A-Za-z0-9_]+)*/y;
const sign = /==|!=|<=|>=|[<>+\-*/%()[\],]/y;
const quoted = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y;

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** Ends with an `end` token. Throws {@link ExpressionError}. */
export function tokensOf(text: string): readonly Token[] {
  if (text.length > expressionLengthMax) {
    throw new ExpressionError(
      1,
      `an expression has at most ${expressionLengthMax} characters, this one ${text.length}`,
    );
  }
  const tokens: Token[] = [];
  for (let at = match(space, text, 0)!.length; at < text.length; at += match(space, text, at)!.length) {
    const token = tokenAt(text, at);
    tokens.push(token);
    at = token.endColumn - 1;
  }
  return [...tokens, { kind: 'end', text: '', column: text.length + 1, endColumn: text.length + 1 }];
}

function tokenAt(text: string, at: number): Token {
  const token = (kind: Token['kind'], found: string, meant = found): Token => {
    return { kind, text: meant, column: at + 1, endColumn: at + 1 + found.length };
  };
  const digits = match(number, text, at);
  if (digits !== null) {
    const joined = match(name, text, at + digits.length);
    if (joined !== null) throw new ExpressionError(at + 1, `"${digits}${joined}" is neither a number nor a name`);
    return token('number', digits);
  }
  const word = match(name, text, at);
  if (word !== null) return token('name', word);
  const found = match(sign, text, at);
  if (found !== null) return token('sign', found);
  const string = match(quoted, text, at);
  if (string !== null) return token('text', string, string.slice(1, -1).replaceAll(/\\(.)/g, '$1'));
  const open = text[at] === '"' || text[at] === "'";
  const only = text[at] === '=' ? '; equality is written ==' : '';
  throw new ExpressionError(at + 1, open ? 'the quote has no end' : `"${text[at]}" does not belong here${only}`);
}
