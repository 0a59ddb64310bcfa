/** What each kind of diagram is told as; `space-time` makes an answer of it. */
import type {
  LaneId,
  SpaceTimeBudget,
  SpaceTimeLane,
  SpaceTimeMark,
  SpaceTimeRecord,
  SpaceTimeWait,
  WireCall,
} from '../../contract/wire.ts';

export interface Story {
  readonly originMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly calls: readonly WireCall[];
  /** Without numbers, which follow from the times. */
  readonly marks: readonly Omit<SpaceTimeMark, 'number'>[];
  readonly waits: readonly SpaceTimeWait[];
  readonly budgets: readonly SpaceTimeBudget[];
  readonly record: SpaceTimeRecord | null;
  readonly roles: ReadonlyMap<LaneId, Pick<SpaceTimeLane, 'role' | 'epoch'>>;
}

export type Roles = Map<LaneId, Pick<SpaceTimeLane, 'role' | 'epoch'>>;

export type BudgetPart = SpaceTimeBudget['parts'][number];

/** Parts one after the other from `fromMs`; each ends at its moment, unknown ones are put to the next. */
export function budgetParts(
  fromMs: number,
  ends: readonly {
    readonly kind: BudgetPart['kind'];
    readonly atMs: number | null;
    readonly config?: BudgetPart['config'];
  }[],
): BudgetPart[] {
  const parts: BudgetPart[] = [];
  let at = fromMs;
  for (const { kind, atMs, config = null } of ends) {
    if (atMs === null) continue;
    const ms = Math.max(0, atMs - at);
    parts.push({ kind, ms, config });
    at = Math.max(at, atMs);
  }
  return parts;
}

/** One that takes no time is no wait. */
export function wait(
  kind: SpaceTimeWait['kind'],
  lane: LaneId,
  fromMs: number | null,
  toMs: number | null,
): SpaceTimeWait[] {
  return fromMs === null || toMs === null || toMs - fromMs < 0.005 ? [] : [{ kind, lane, fromMs, toMs }];
}
