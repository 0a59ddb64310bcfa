export * from './evaluate.ts';
export * from './expression.ts';
export { parseExpression } from './parse-expression.ts';
