/** Which sources a formula needs, and its evidence: the calls in it with their values. */
import {
  evaluate,
  formatValue,
  visitExpression,
  type Expression,
  type ExpressionScope,
} from '../../base/expression/index.ts';
import { signatureOf, valueNames } from './functions.ts';
import type { Formula } from './scenario.ts';

export interface Needs {
  readonly ledger: boolean;
  /** Names of groups. */
  readonly groups: readonly string[];
}

export function needsOf(formulas: readonly Formula[]): Needs {
  let ledger = false;
  const groups = new Set<string>();
  for (const { expression } of formulas) {
    visitExpression(expression, (part) => {
      if (part.kind !== 'call') return;
      const from = signatureOf(part.name)?.from;
      ledger ||= from === 'ledger';
      const [first] = part.args;
      if (from === 'rebalances' && first?.kind === 'name') groups.add(first.name);
    });
  }
  return { ledger, groups: [...groups] };
}

/** `leader(orders-1) = 2, acked(a) = 2038`; a formula without calls or remembered values tells its own value. */
export function evidenceOf(
  { text, expression }: Formula,
  scope: ExpressionScope,
  remembered: ReadonlySet<string>,
): string {
  const told = new Map<string, string>();
  const tell = (part: Expression): void => {
    const isValue =
      part.kind === 'name' && (remembered.has(part.name) || valueNames.some((each) => each === part.name));
    if (part.kind !== 'call' && !isValue) return;
    told.set(text.slice(part.column - 1, part.endColumn - 1), valueText(part, scope));
  };
  visitExpression(expression, tell);
  if (told.size === 0) told.set(text, valueText(expression, scope));
  return [...told].map(([what, value]) => `${what} = ${value}`).join(', ');
}

function valueText(part: Expression, scope: ExpressionScope): string {
  try {
    return formatValue(evaluate(part, scope));
  } catch (error) {
    return (error as Error).message;
  }
}
