/** Whether an expression speaks of functions that there are, with arguments of the kinds they take, and of names that are in the file. */
import { ExpressionError, parseExpression, type Expression } from '../../base/expression/index.ts';
import { namesOfKind, selfNames, type Cast } from './cast.ts';
import { functionNames, signatureOf, stateNames, valueNames, type ParameterKind } from './functions.ts';
import type { Formula } from './scenario.ts';

const kindWords: Readonly<Record<ParameterKind, string>> = {
  partition: 'partition',
  topic: 'topic',
  broker: 'broker',
  producer: 'producer',
  consumer: 'consumer',
  client: 'client',
  process: 'broker or client',
  consumers: 'consumer or group',
  group: 'group',
  fault: 'fault',
  value: 'value',
};

/** Throws {@link ExpressionError}. */
export function formulaOf(text: string, cast: Cast): Formula {
  const expression = parseExpression(text);
  check(expression, cast);
  return { text, expression };
}

function check(expression: Expression, cast: Cast): void {
  switch (expression.kind) {
    case 'literal':
      return;
    case 'name':
      checkName(expression.name, expression.column, cast);
      return;
    case 'call':
      checkCall(expression, cast);
      return;
    case 'list':
      for (const item of expression.items) check(item, cast);
      return;
    case 'index':
      check(expression.of, cast);
      check(expression.at, cast);
      return;
    case 'unary':
      check(expression.operand, cast);
      return;
    case 'binary':
      check(expression.left, cast);
      check(expression.right, cast);
  }
}

function checkName(name: string, column: number, cast: Cast): void {
  const known: readonly string[] = [...valueNames, ...stateNames, ...selfNames(cast), ...cast.remembered];
  if (known.includes(name)) return;
  const minus = name.includes('-') ? '; a minus has spaces around it' : '';
  throw new ExpressionError(column, `nothing in this file is called "${name}"${minus}`);
}

function checkCall({ name, args, column }: Extract<Expression, { kind: 'call' }>, cast: Cast): void {
  const signature = signatureOf(name);
  if (signature === null) {
    throw new ExpressionError(column, `there is no function "${name}"; there are ${functionNames.join(', ')}`);
  }
  const { params, optional } = signature;
  if (args.length > params.length || args.length < params.length - optional) {
    const form = params.map((kind, i) => (i < params.length - optional ? kindWords[kind] : `[${kindWords[kind]}]`));
    throw new ExpressionError(column, `${name} is called with (${form.join(', ')})`);
  }
  for (const [i, arg] of args.entries()) checkArgument(arg, params[i] ?? 'value', cast);
}

/** A name or number that stands there itself has to be one of its kind; what is computed is seen when it runs. */
function checkArgument(arg: Expression, kind: ParameterKind, cast: Cast): void {
  const written =
    arg.kind === 'name' ? arg.name : arg.kind === 'literal' && arg.value !== null ? String(arg.value) : null;
  const isValue =
    arg.kind === 'name' && (cast.remembered.has(arg.name) || valueNames.some((each) => each === arg.name));
  if (written === null || isValue || kind === 'value') {
    check(arg, cast);
    return;
  }
  const names = namesOfKind(cast, kind);
  if (names.includes(written)) return;
  const shown = names.length > 12 ? [...names.slice(0, 12), '...'] : names;
  const has = names.length === 0 ? `it has no ${kindWords[kind]}` : `it has ${shown.join(', ')}`;
  throw new ExpressionError(arg.column, `${kindWords[kind]} "${written}" is not in this file; ${has}`);
}
