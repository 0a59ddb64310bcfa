/**
 * A rebalance for the eye: what it cost (partition-seconds in which nobody consumed), the lanes of its gap chart, its
 * table of assignments, who holds everybody up. Pure; the story itself comes from the host.
 */
import type { MemberAssignment, RebalanceMember, RebalanceView } from '../../engine/contract/groups.ts';

/** `orders-0`. */
export type PartitionName = string;
export type OwnersByPartition = ReadonlyMap<PartitionName, string>;

export function ownersOf(assignments: readonly MemberAssignment[] | null): OwnersByPartition {
  const owners = new Map<PartitionName, string>();
  for (const { label, partitions } of assignments ?? []) {
    for (const { topic, partitions: each } of partitions)
      for (const index of each) owners.set(`${topic}-${index}`, label);
  }
  return owners;
}

/** All that the rebalance was about, by topic and partition. */
export function partitionsOf(story: RebalanceView): readonly PartitionName[] {
  const names = new Set([story.before, story.planned, story.after].flatMap((each) => [...ownersOf(each).keys()]));
  for (const { topic, partition } of story.gaps) names.add(`${topic}-${partition}`);
  return [...names].sort(comparePartitions);
}

function comparePartitions(a: PartitionName, b: PartitionName): number {
  const [topicA, topicB] = [a, b].map((name) => name.slice(0, name.lastIndexOf('-')));
  if (topicA !== topicB) return (topicA ?? '') < (topicB ?? '') ? -1 : 1;
  return indexOf(a) - indexOf(b);
}
const indexOf = (name: PartitionName): number => Number(name.slice(name.lastIndexOf('-') + 1));

export interface Cost {
  /** Summed over partitions; what still runs counts up to now. */
  readonly partitionMs: number;
  readonly silent: number;
  readonly partitions: number;
  readonly longestMs: number;
  readonly running: boolean;
}

export function costOf(story: RebalanceView, nowMs: number): Cost {
  let partitionMs = 0;
  const silence = new Map<PartitionName, number>();
  let running = false;
  for (const { topic, partition, fromMs, toMs } of story.gaps) {
    const ms = Math.max(0, (toMs ?? nowMs) - fromMs);
    const name = `${topic}-${partition}`;
    partitionMs += ms;
    silence.set(name, (silence.get(name) ?? 0) + ms);
    running ||= toMs === null;
  }
  const partitions = partitionsOf(story).length;
  return { partitionMs, silent: silence.size, partitions, longestMs: Math.max(0, ...silence.values()), running };
}

/** The moment that the story is told for: now while something of it goes on, else its end, which stands. */
export function momentOf({ endedMs, gaps }: RebalanceView, nowMs: number): number {
  if (endedMs === null || gaps.some(({ toMs }) => toMs === null)) return nowMs;
  return Math.max(endedMs, ...gaps.map(({ toMs }) => toMs ?? endedMs));
}

/** Cooperative members keep what they may keep; all others give everything up first. */
export function isCooperative(story: RebalanceView): boolean {
  return story.protocol === 'cooperative-sticky';
}

/** Why it began, as far as two rebalances can be compared by it. */
function causeOf({ before, reason }: RebalanceView): 'first' | 'join' | 'leave' | 'expiry' | 'change' {
  if (before.length === 0) return 'first';
  if (reason.startsWith('Adding new member')) return 'join';
  if (reason.includes('LeaveGroup')) return 'leave';
  return reason.includes('heartbeat expiration') ? 'expiry' : 'change';
}

/**
 * The one to lay beside it: of the other kind and for the same cause, else of the other kind, else for the same cause; of
 * these the newest. Null when there is none with a gap.
 */
export function comparable(story: RebalanceView, history: readonly RebalanceView[]): RebalanceView | null {
  const others = history.filter((each) => each.number !== story.number && each.gaps.length > 0);
  const isOther = (each: RebalanceView): boolean => isCooperative(each) !== isCooperative(story);
  const isSame = (each: RebalanceView): boolean => causeOf(each) === causeOf(story);
  return (
    others.find((each) => isOther(each) && isSame(each)) ??
    others.find((each) => isOther(each) && causeOf(each) !== 'first') ??
    others.find(isSame) ??
    others[0] ??
    null
  );
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a chart of the story has to show: from the first silence to some time after the last one. */
export function spanOf(story: RebalanceView, nowMs: number): Span {
  const fromMs = Math.min(0, ...story.gaps.map((gap) => gap.fromMs - story.startedMs));
  const ends = story.gaps.map((gap) => (gap.toMs ?? nowMs) - story.startedMs);
  const toMs = Math.max((story.endedMs ?? nowMs) - story.startedMs, ...ends, 1);
  const room = (toMs - fromMs) * 0.06;
  return { fromMs: fromMs - room * 1.5, toMs: toMs + room * 2 };
}

/** Both on one scale, so that lengths can be compared. */
export function unionOf(a: Span, b: Span | null): Span {
  return b === null ? a : { fromMs: Math.min(a.fromMs, b.fromMs), toMs: Math.max(a.toMs, b.toMs) };
}

/** At round moments, at most about eight. */
export function ticksOf({ fromMs, toMs }: Span): readonly number[] {
  const rough = (toMs - fromMs) / 7;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? power * 10;
  const ticks: number[] = [];
  for (let at = Math.ceil(fromMs / step) * step + 0; at <= toMs; at += step) ticks.push(at);
  return ticks;
}

export interface Stretch {
  readonly kind: 'owned' | 'assigned' | 'nobody';
  readonly label: string | null;
  /** From the start of the rebalance. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Nobody yet: it goes on. */
  readonly open: boolean;
}
export interface Lane {
  readonly name: PartitionName;
  readonly stretches: readonly Stretch[];
}

/** A lane for each partition, those that fell silent first where there are more than `max`. */
export function lanesOf(story: RebalanceView, span: Span, nowMs: number, max: number) {
  const names = partitionsOf(story);
  const silent = new Set(story.gaps.map(({ topic, partition }) => `${topic}-${partition}`));
  const worst = names.length <= max ? names : [...names].sort((a, b) => Number(silent.has(b)) - Number(silent.has(a)));
  const shown = worst.slice(0, max).sort(comparePartitions);
  return { lanes: shown.map((name) => laneOf(story, name, span, nowMs)), hidden: names.length - shown.length };
}

function laneOf(story: RebalanceView, name: PartitionName, span: Span, nowMs: number): Lane {
  const { startedMs } = story;
  const before = ownersOf(story.before).get(name) ?? null;
  const after = ownersOf(story.after).get(name) ?? null;
  const gaps = story.gaps
    .filter(({ topic, partition }) => `${topic}-${partition}` === name)
    .sort((a, b) => a.fromMs - b.fromMs);
  const endMs = story.endedMs === null ? nowMs - startedMs : span.toMs;
  const stretches: Stretch[] = [];
  let owner = before;
  let atMs = span.fromMs;
  for (const gap of gaps) {
    const fromMs = gap.fromMs - startedMs;
    push(stretches, owner, before, atMs, fromMs);
    const toMs = (gap.toMs ?? nowMs) - startedMs;
    stretches.push({ kind: 'nobody', label: null, fromMs, toMs, open: gap.toMs === null });
    owner = gap.to;
    atMs = toMs;
  }
  if (gaps.length === 0 && after !== before && story.endedMs !== null) {
    const movedMs = story.endedMs - startedMs;
    push(stretches, before, before, atMs, movedMs);
    push(stretches, after, before, movedMs, endMs);
  } else push(stretches, owner, before, atMs, Math.max(endMs, atMs));
  return { name, stretches };
}

function push(to: Stretch[], owner: string | null, before: string | null, fromMs: number, toMs: number): void {
  if (owner === null || toMs <= fromMs) return;
  to.push({ kind: owner === before ? 'owned' : 'assigned', label: owner, fromMs, toMs, open: false });
}

export interface AssignmentCell {
  readonly partition: PartitionName;
  readonly label: string | null;
  readonly state: 'plain' | 'revoked' | 'assigned';
}
export interface AssignmentRow {
  readonly stage: 'before' | 'planned' | 'after';
  readonly generation: number | null;
  readonly cells: readonly AssignmentCell[];
  readonly revoked: number;
  readonly assigned: number;
}

/** Before, as the leader planned it, and after; a plan that came true as it stood is not told twice. */
export function assignmentRows(story: RebalanceView): readonly AssignmentRow[] {
  const partitions = partitionsOf(story);
  const before = ownersOf(story.before);
  const planned = story.planned === null ? null : ownersOf(story.planned);
  const after = story.after === null ? null : ownersOf(story.after);
  const generations = story.phases
    .filter(({ state }) => state === 'CompletingRebalance')
    .map((each) => each.generation);
  const rows = [rowOf('before', story.fromGeneration, partitions, before, before)];
  const asPlanned = planned !== null && after !== null && partitions.every((p) => planned.get(p) === after.get(p));
  if (planned !== null && !asPlanned) {
    rows.push(rowOf('planned', generations[0] ?? story.toGeneration, partitions, before, planned));
  }
  if (after !== null) rows.push(rowOf('after', story.toGeneration, partitions, before, after));
  return rows;
}

function rowOf(
  stage: AssignmentRow['stage'],
  generation: number | null,
  partitions: readonly PartitionName[],
  was: OwnersByPartition,
  now: OwnersByPartition,
): AssignmentRow {
  const cells = partitions.map((partition): AssignmentCell => {
    const had = was.get(partition) ?? null;
    const has = now.get(partition) ?? null;
    if (has === had) return { partition, label: has, state: 'plain' };
    if (has === null) return { partition, label: had, state: 'revoked' };
    return { partition, label: has, state: 'assigned' };
  });
  const count = (state: AssignmentCell['state']): number => cells.filter((cell) => cell.state === state).length;
  return { stage, generation, cells, revoked: count('revoked'), assigned: count('assigned') };
}

/** The one member that everybody waits for; null when there are several, or none. */
export function lastAwaited(story: RebalanceView): RebalanceMember | null {
  const awaited = story.members.filter(({ state, deadlineMs }) => state === 'awaited' && deadlineMs !== null);
  return awaited.length === 1 ? (awaited[0] ?? null) : null;
}

/** A lab client's former self, whose place the client has taken since: `c2′`. */
export function isFormer(label: string): boolean {
  return label.endsWith('′');
}

/** Steps that a running rebalance still has before it. */
export function phasesAhead(story: RebalanceView): readonly ('CompletingRebalance' | 'Stable')[] {
  if (story.endedMs !== null) return [];
  const last = story.phases.at(-1)?.state;
  if (last === 'PreparingRebalance') return ['CompletingRebalance', 'Stable'];
  return last === 'CompletingRebalance' ? ['Stable'] : [];
}

/** How wide a phase is drawn: by its length, but so that its name can be read and none fills the bar. */
export function phaseWeight(lengthMs: number, totalMs: number): number {
  return 12 + 60 * Math.min(1, lengthMs / Math.max(totalMs, 1));
}
