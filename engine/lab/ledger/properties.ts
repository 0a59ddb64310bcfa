/**
 * Verdicts from what the ledger knows. Three answers each; `unknown` says what is missing. Pure functions of plain data,
 * so that a recorded ledger answers as the living one did.
 *
 * Reasons and their arguments (the window's catalogues have the sentences):
 *
 *     no-acked-record-lost            acked-lost {records, acked} | all-found {records, unread} | not-read-yet {records}
 *                                     | left-out {records} | acks-0-promises-nothing {lost} | nothing-acked
 *     no-record-duplicated            written-twice {records} | once-each {records, retried} | not-read-yet | left-out | nothing-sent
 *     high-watermark-never-retreats   retreated {partition, from, to, epoch} | never-back {partitions} | no-samples
 *     min-isr-at-each-ack             isr-below-min {acks} | isr-at-least-min {acks} | isr-not-known {acks}
 *                                     | acks-1-promises-nothing | acks-0-promises-nothing | nothing-acked
 *     one-owner-per-generation        two-owners {conflicts} | one-owner {generations, first, last} | no-group
 *     consumed-at-least-once          passed-over {records} | each-read {records, fresh} | not-consumed-yet {records} | no-group
 */
import { freshMs, type LedgerFunnel } from '../../contract/ledger.ts';
import type { PropertyName, PropertyView, Verdict } from '../../contract/verdicts.ts';
import type { CellState } from './cells.ts';
import type { Example, LedgerState } from './ledger-state.ts';
import type { CountName } from './ledger-record.ts';

export interface LedgerScope {
  readonly topic?: string | undefined;
  readonly partition?: number | undefined;
  readonly producer?: string | undefined;
}

/** What a scope has of a state. */
export interface Scoped {
  readonly state: LedgerState;
  readonly cells: readonly CellState[];
  readonly scope: LedgerScope;
  /** Nothing is forgiven for being new. */
  readonly strict: boolean;
}

const examplesShown = 5;

export function scoped(state: LedgerState, scope: LedgerScope, strict: boolean): Scoped {
  const { topic, partition, producer } = scope;
  const cells = state.cells.filter(
    (cell) =>
      (topic === undefined || cell.topic === topic) &&
      (topic === undefined || partition === undefined || cell.partition === partition) &&
      (producer === undefined || cell.producer === producer),
  );
  return { state, cells, scope, strict };
}

export function funnelOf(cells: readonly CellState[]): LedgerFunnel {
  const sum = (name: CountName): number => total(cells, ({ counts }) => counts[name]);
  return {
    sent: sum('sent'),
    acked: sum('acked'),
    failed: sum('failed'),
    replicated: sum('replicated'),
    readable: sum('readable'),
    consumed: sum('consumed'),
    committed: sum('committed'),
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    deleted: sum('deleted'),
    inFlight: sum('inFlight'),
    unanswered: sum('unanswered'),
    unread: sum('unread'),
    leftOut: total(cells, ({ leftOut }) => leftOut),
  };
}

export function propertiesOf(of: Scoped): readonly PropertyView[] {
  return [
    noAckedRecordLost(of),
    noRecordDuplicated(of),
    highWatermarkNeverRetreats(of),
    minIsrAtEachAck(of),
    oneOwnerPerGeneration(of),
    consumedAtLeastOnce(of),
  ];
}

function total(cells: readonly CellState[], of: (cell: CellState) => number): number {
  return cells.reduce((sum, cell) => sum + of(cell), 0);
}

interface Judged {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly args?: PropertyView['args'];
  readonly checked?: number;
  readonly violations?: number;
  readonly examples?: readonly Example[];
}

function view(property: PropertyName, judged: Judged): PropertyView {
  const { verdict, reason, args = {}, checked = 0, violations = 0, examples = [] } = judged;
  const first = examples.reduce<number | null>((min, { atMs }) => Math.min(min ?? atMs, atMs), null);
  return {
    property,
    verdict,
    checked,
    violations,
    brokenMs: violations === 0 ? null : first,
    reason,
    args,
    examples: examples.slice(0, examplesShown).map(({ text }) => text),
  };
}

function examplesOf({ state, scope }: Scoped, kind: Example['kind']): readonly Example[] {
  return state.examples
    .filter(
      (each) =>
        each.kind === kind &&
        (scope.topic === undefined || each.topic === null || each.topic === scope.topic) &&
        (scope.partition === undefined || each.partition === null || each.partition === scope.partition) &&
        (scope.producer === undefined || each.producer === null || each.producer === scope.producer),
    )
    .sort((a, b) => a.atMs - b.atMs);
}

/** Acknowledged records that could not be read yet and have waited for longer than is forgiven. */
function isReadingBehind({ cells, state, strict }: Scoped): boolean {
  return cells.some(
    ({ counts, unreadSinceMs }) =>
      counts.unread > 0 && (strict || unreadSinceMs === null || unreadSinceMs < state.atMs - freshMs),
  );
}

function noAckedRecordLost(of: Scoped): PropertyView {
  const property = 'no-acked-record-lost';
  const promised = of.cells.filter(({ acks }) => acks !== '0');
  const { acked } = funnelOf(promised);
  const unread = funnelOf(promised).unread;
  const violations = total(promised, ({ counts }) => counts.lostAcked);
  const leftOut = total(of.cells, (cell) => cell.leftOut);
  const checked = Math.max(0, acked - unread - total(promised, (cell) => cell.leftOut));
  if (violations > 0) {
    const examples = examplesOf(of, 'lost');
    return view(property, {
      verdict: 'broken',
      reason: 'acked-lost',
      args: { records: violations, acked },
      checked,
      violations,
      examples,
    });
  }
  if (acked === 0) {
    const { sent, lost } = funnelOf(of.cells);
    const silent = of.cells.some(({ acks }) => acks === '0') && sent > 0;
    return silent
      ? view(property, { verdict: 'unknown', reason: 'acks-0-promises-nothing', args: { lost } })
      : view(property, { verdict: 'unknown', reason: 'nothing-acked' });
  }
  if (leftOut > 0)
    return view(property, { verdict: 'unknown', reason: 'left-out', args: { records: leftOut }, checked });
  if (isReadingBehind({ ...of, cells: promised })) {
    return view(property, { verdict: 'unknown', reason: 'not-read-yet', args: { records: unread }, checked });
  }
  return view(property, { verdict: 'holds', reason: 'all-found', args: { records: checked, unread }, checked });
}

function noRecordDuplicated(of: Scoped): PropertyView {
  const property = 'no-record-duplicated';
  const { sent, duplicated, unread, inFlight, leftOut } = funnelOf(of.cells);
  const checked = Math.max(0, sent - unread - inFlight - leftOut);
  const retried = total(of.cells, (cell) => cell.retried);
  if (duplicated > 0) {
    const examples = examplesOf(of, 'duplicated');
    return view(property, {
      verdict: 'broken',
      reason: 'written-twice',
      args: { records: duplicated },
      checked,
      violations: duplicated,
      examples,
    });
  }
  if (sent === 0) return view(property, { verdict: 'unknown', reason: 'nothing-sent' });
  if (leftOut > 0)
    return view(property, { verdict: 'unknown', reason: 'left-out', args: { records: leftOut }, checked });
  if (isReadingBehind(of))
    return view(property, { verdict: 'unknown', reason: 'not-read-yet', args: { records: unread }, checked });
  return view(property, { verdict: 'holds', reason: 'once-each', args: { records: checked, retried }, checked });
}

/** Partitions that a producer of the scope wrote. */
function partitionsOf({ state, cells }: Scoped): LedgerState['partitions'] {
  const written = new Set(cells.map(({ topic, partition }) => `${topic}-${partition}`));
  return state.partitions.filter(({ topic, partition }) => written.has(`${topic}-${partition}`));
}

function highWatermarkNeverRetreats(of: Scoped): PropertyView {
  const property = 'high-watermark-never-retreats';
  const watched = partitionsOf(of).filter(({ highWatermark }) => highWatermark !== null);
  const checked = total2(watched, ({ samples }) => samples);
  const retreats = watched.flatMap(({ topic, partition, retreats: all }) =>
    all.map((retreat) => ({ ...retreat, partition: `${topic}-${partition}` })),
  );
  const [first] = [...retreats].sort((a, b) => a.atMs - b.atMs);
  if (first !== undefined) {
    const { partition, from, to, epoch } = first;
    const examples = retreats.map(({ atMs, ...each }) => ({
      kind: 'lost' as const,
      atMs,
      producer: null,
      topic: null,
      partition: null,
      text: `${each.partition}: ${each.from} > ${each.to} (epoch ${each.epoch})`,
    }));
    return view(property, {
      verdict: 'broken',
      reason: 'retreated',
      args: { partition, from, to, epoch },
      checked,
      violations: retreats.length,
      examples,
    });
  }
  if (watched.length === 0) return view(property, { verdict: 'unknown', reason: 'no-samples' });
  return view(property, { verdict: 'holds', reason: 'never-back', args: { partitions: watched.length }, checked });
}

function total2<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

function minIsrAtEachAck(of: Scoped): PropertyView {
  const property = 'min-isr-at-each-ack';
  const isr = (name: keyof CellState['isr']): number => total(of.cells, (cell) => cell.isr[name]);
  const checked = isr('checked');
  const violations = isr('below');
  const unknown = isr('unknown');
  if (violations > 0) {
    const examples = examplesOf(of, 'below-min-isr');
    return view(property, {
      verdict: 'broken',
      reason: 'isr-below-min',
      args: { acks: violations },
      checked,
      violations,
      examples,
    });
  }
  if (unknown > 0)
    return view(property, { verdict: 'unknown', reason: 'isr-not-known', args: { acks: unknown }, checked });
  if (checked > 0)
    return view(property, { verdict: 'holds', reason: 'isr-at-least-min', args: { acks: checked }, checked });
  const written = of.cells.filter(({ counts }) => counts.sent > 0);
  const modest = written.find(({ acks }) => acks !== 'all');
  if (modest === undefined) return view(property, { verdict: 'unknown', reason: 'nothing-acked' });
  return view(property, { verdict: 'unknown', reason: `acks-${modest.acks}-promises-nothing` });
}

function oneOwnerPerGeneration(of: Scoped): PropertyView {
  const property = 'one-owner-per-generation';
  const reading = new Set(partitionsOf(of).flatMap(({ groups }) => groups));
  const everything = of.scope.topic === undefined && of.scope.producer === undefined;
  const groups = of.state.groups.filter(({ group }) => everything || reading.has(group));
  const generations = groups.flatMap((group) => group.generations);
  const violations = total2(groups, ({ conflicts }) => conflicts);
  const checked = generations.length;
  if (violations > 0) {
    const examples = examplesOf(of, 'two-owners');
    return view(property, {
      verdict: 'broken',
      reason: 'two-owners',
      args: { conflicts: violations },
      checked,
      violations,
      examples,
    });
  }
  if (checked === 0) return view(property, { verdict: 'unknown', reason: 'no-group' });
  const args = { generations: checked, first: Math.min(...generations), last: Math.max(...generations) };
  return view(property, { verdict: 'holds', reason: 'one-owner', args, checked });
}

function consumedAtLeastOnce(of: Scoped): PropertyView {
  const property = 'consumed-at-least-once';
  const groups = of.cells.flatMap((cell) => cell.groups);
  const owed = total2(groups, (group) => group.owed);
  const read = total2(groups, (group) => group.read);
  const violations = total2(groups, (group) => group.passed);
  const waiting = owed - read - violations;
  const checked = read + violations;
  if (violations > 0) {
    const examples = examplesOf(of, 'passed-over');
    return view(property, {
      verdict: 'broken',
      reason: 'passed-over',
      args: { records: violations },
      checked,
      violations,
      examples,
    });
  }
  if (groups.length === 0) return view(property, { verdict: 'unknown', reason: 'no-group' });
  const late = of.cells.some(
    ({ owedSinceMs }) => owedSinceMs !== null && (of.strict || owedSinceMs < of.state.atMs - freshMs),
  );
  if (waiting > 0 && late)
    return view(property, { verdict: 'unknown', reason: 'not-consumed-yet', args: { records: waiting }, checked });
  return view(property, { verdict: 'holds', reason: 'each-read', args: { records: read, fresh: waiting }, checked });
}
