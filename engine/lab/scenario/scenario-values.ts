/** Evaluates a scenario's formulas against the lab as it is now, asking the ledger and the groups where a formula needs them. */
import { evaluate, type ExpressionScope, type Value } from '../../base/expression/index.ts';
import type { RebalanceView } from '../../contract/groups.ts';
import type { LabHost } from '../../contract/host.ts';
import type { LedgerPart, LedgerSummary } from '../../contract/ledger.ts';
import type { PropertyName, PropertyView } from '../../contract/verdicts.ts';
import { evidenceOf, needsOf } from './formula-values.ts';
import { scopeOf } from './scenario-scope.ts';
import type { Formula } from './scenario.ts';

const rebalancesMax = 100;

export interface FormulaValue {
  readonly value: Value;
  /** The calls in it with their values, or why it has none. */
  readonly evidence: string;
}

export class ScenarioValues {
  readonly #host: LabHost;
  readonly #names: readonly string[];
  readonly #timeMs: () => number;
  readonly #remembered = new Map<string, Value>();
  readonly #faults = new Map<string, number>();

  constructor(host: LabHost, names: readonly string[], timeMs: () => number) {
    this.#host = host;
    this.#names = names;
    this.#timeMs = timeMs;
  }

  remember(name: string, value: Value): void {
    this.#remembered.set(name, value);
  }

  /** The id of the fault that `as` gave the name to. */
  nameFault(name: string, id: number): void {
    this.#faults.set(name, id);
  }

  faultOf(name: string): number | null {
    return this.#faults.get(name) ?? null;
  }

  /** With `waitMs` the ledger reads everything that was acknowledged until now, for so much wall time at the most. */
  async evaluate(formulas: readonly Formula[], waitMs = 0): Promise<readonly FormulaValue[]> {
    const scope = await this.#scope(formulas, waitMs);
    return formulas.map((formula) => {
      try {
        const value = evaluate(formula.expression, scope);
        return { value, evidence: evidenceOf(formula, scope, new Set(this.#remembered.keys())) };
      } catch (error) {
        return { value: null, evidence: (error as Error).message };
      }
    });
  }

  async #scope(formulas: readonly Formula[], waitMs: number): Promise<ExpressionScope> {
    const { ledger, groups } = needsOf(formulas);
    const asked = new Map<string, readonly RebalanceView[]>();
    for (const group of groups) {
      const answer = await this.#host.queries.rebalances({ group, limit: rebalancesMax });
      if (answer.ok) asked.set(group, answer.value.rebalances);
    }
    const summary = ledger ? await this.#ledger(waitMs) : null;
    const told = { ledger: summary, rebalances: asked, faults: this.#faults, remembered: this.#remembered };
    return scopeOf({ ...told, snapshot: this.#host.snapshot(), timeMs: this.#timeMs() }, this.#names);
  }

  /** What was acknowledged before the question is looked at; what running producers send meanwhile may not be. */
  async #ledger(waitMs: number): Promise<LedgerSummary | null> {
    if (waitMs > 0) await this.#host.queries.ledgerSummary({ waitMs });
    const answer = await this.#host.queries.ledgerSummary({});
    return answer.ok ? answer.value : null;
  }

  /** Of one producer, or of all; null when the ledger does not answer or does not know the producer. */
  async property(property: PropertyName, producer: string | null, waitMs: number): Promise<PropertyView | null> {
    const ledger = await this.#ledger(waitMs);
    const part: LedgerPart | null | undefined =
      producer === null ? ledger : ledger?.producers.find((each) => each.producer === producer);
    return part?.properties.find((each) => each.property === property) ?? null;
  }
}
