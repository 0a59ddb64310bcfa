/**
 * A scenario from the text of its file, or everything that is wrong with it, each with line, column and reason. What
 * passes here can be started: its form is right, its expressions parse, and every topic, client, group, broker and fault
 * that it speaks of is in it.
 */
import * as v from 'valibot';
import type { ScenarioIssue } from '../../contract/scenarios.ts';
import { castOf } from './cast.ts';
import { formIssues } from './form-issues.ts';
import { YamlFile } from './positions.ts';
import { ScenarioReader } from './scenario-reader.ts';
import { scenarioSchema } from './scenario-schema.ts';
import type { Scenario } from './scenario.ts';

export type ParsedScenario =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly issues: readonly ScenarioIssue[] };

export const scenarioLengthMax = 200_000;

export function parseScenario(text: string): ParsedScenario {
  if (text.length > scenarioLengthMax) {
    return {
      ok: false,
      issues: [{ line: 1, column: 1, reason: `a scenario has at most ${scenarioLengthMax} characters` }],
    };
  }
  const file = new YamlFile(text);
  if (file.issues.length > 0) return { ok: false, issues: inOrder(file.issues) };
  let value: unknown;
  try {
    value = file.value;
  } catch (error) {
    return { ok: false, issues: [{ line: 1, column: 1, reason: (error as Error).message }] };
  }
  const form = v.safeParse(scenarioSchema, value);
  if (!form.success) return { ok: false, issues: inOrder(formIssues(file, form.issues)) };
  const reader = new ScenarioReader(file, form.output, castOf(form.output));
  const scenario = reader.read();
  return reader.issues.length > 0 ? { ok: false, issues: inOrder(reader.issues) } : { ok: true, scenario };
}

function inOrder(issues: readonly ScenarioIssue[]): readonly ScenarioIssue[] {
  return [...issues].sort((a, b) => a.line - b.line || a.column - b.column);
}
