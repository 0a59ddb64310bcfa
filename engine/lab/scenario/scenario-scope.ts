/**
 * The values of a scenario's functions, from what the window shows (a snapshot) and what was asked besides (the ledger,
 * the list of rebalances). What nobody has told yet is unknown; so is what cannot be counted for certain.
 */
import type { ExpressionFunction, ExpressionScope, Value } from '../../base/expression/index.ts';
import type { ConsumerView, ProducerView } from '../../contract/clients.ts';
import type { GroupView, PartitionGap, RebalanceView } from '../../contract/groups.ts';
import type { LedgerSummary } from '../../contract/ledger.ts';
import type { LabSnapshot, PartitionView, ReplicaLog } from '../../contract/snapshot.ts';
import { functionNames, stateNames, type FunctionName } from './functions.ts';

export interface Told {
  readonly snapshot: LabSnapshot;
  /** Null when it was not asked for or did not answer. */
  readonly ledger: LedgerSummary | null;
  /** Of each group that was asked for, newest first. */
  readonly rebalances: ReadonlyMap<string, readonly RebalanceView[]>;
  /** Lab time since the first step began. */
  readonly timeMs: number;
  /** By the names that `as` gave: the ids of the faults. */
  readonly faults: ReadonlyMap<string, number>;
  readonly remembered: ReadonlyMap<string, Value>;
}

/** `names`: everything in the file that an expression may name; each stands for itself. */
export function scopeOf(told: Told, names: readonly string[]): ExpressionScope {
  const own = Object.fromEntries([...stateNames, ...names].map((name) => [name, name]));
  return {
    names: {
      ...own,
      time: Math.round(told.timeMs),
      controller: told.snapshot.quorum?.leader ?? null,
      ...Object.fromEntries(told.remembered),
    },
    functions: functionsOf(told),
  };
}

function functionsOf(told: Told): Readonly<Record<FunctionName, ExpressionFunction>> {
  const { snapshot, ledger, rebalances } = told;
  const partition = (name: Value): PartitionView | null =>
    snapshot.partitions.find((each) => `${each.topic}-${each.partition}` === name) ?? null;
  const producer = (name: Value): ProducerView | null => snapshot.producers.find((each) => each.id === name) ?? null;
  const consumer = (name: Value): ConsumerView | null => snapshot.consumers.find((each) => each.id === name) ?? null;
  const group = (name: Value): GroupView | null => snapshot.groups.find((each) => each.id === name) ?? null;
  const replica = (name: Value = null, node: Value | undefined): ReplicaLog | null => {
    const of = partition(name);
    return of?.logs.find((log) => log.node === (node ?? of.leader)) ?? null;
  };
  const past = (name: Value): readonly RebalanceView[] | null =>
    typeof name === 'string' ? (rebalances.get(name) ?? null) : null;
  const fate = (name: Value, count: 'lost' | 'duplicated' | 'unread'): number | null => countOf(ledger, name, count);
  return {
    state: (whose = null) => processState(snapshot, whose),
    fenced: (node = null) => snapshot.brokers.find((each) => each.id === node)?.registration?.fenced ?? null,
    leader: (name = null) => leaderOf(partition(name)),
    hasLeader: (name = null) => {
      const of = partition(name);
      return of === null ? null : of.leader !== -1;
    },
    epoch: (name = null) => partition(name)?.leaderEpoch ?? null,
    replicas: (name = null) => partition(name)?.replicas ?? null,
    isr: (name = null) => sorted(partition(name)?.isr),
    elr: (name = null) => sorted(partition(name)?.elr),
    hw: (name, node) => replica(name, node)?.highWatermark ?? null,
    leo: (name, node) => replica(name, node)?.logEndOffset ?? null,
    logStart: (name, node) => replica(name, node)?.logStartOffset ?? null,
    sent: (name = null) => producer(name)?.totals.sent ?? null,
    acked: (name = null) => producer(name)?.totals.acknowledged ?? null,
    failed: (name = null) => producer(name)?.totals.failed ?? null,
    retries: (name = null) => producer(name)?.totals.retries ?? null,
    lastError: (name = null) => {
      const client = producer(name) ?? consumer(name);
      return client === null ? null : ((client.failure ?? client.lastError)?.code ?? 'none');
    },
    consumed: (name = null) => consumedBy(snapshot, name),
    owned: (name = null) => {
      const of = consumer(name);
      return of === null ? null : of.partitions.map((each) => `${each.topic}-${each.partition}`);
    },
    lag: (name = null) => lagOf(snapshot, group(name)),
    members: (name = null) => group(name)?.members.length ?? null,
    generation: (name = null) => group(name)?.generation ?? null,
    groupState: (name = null) => group(name)?.state ?? null,
    owner: (name = null, of = null) => ownerOf(group(name), of),
    committed: (name = null, of = null) =>
      group(name)?.offsets.find((each) => `${each.topic}-${each.partition}` === of)?.offset ?? null,
    rebalances: (name = null) => {
      const known = past(name);
      return known === null ? null : (known.find((each) => each.endedMs !== null)?.number ?? 0);
    },
    gaps: (name = null, of) => overGaps(past(name), of, () => 1),
    gapMs: (name = null, of) => overGaps(past(name), of, ({ fromMs, toMs }) => (toMs ?? fromMs) - fromMs),
    fault: (name = null) => {
      const id = typeof name === 'string' ? told.faults.get(name) : undefined;
      return id === undefined ? 'none' : (snapshot.faults.find((each) => each.id === id)?.state ?? null);
    },
    lost: (name = null) => fate(name, 'lost'),
    duplicated: (name = null) => fate(name, 'duplicated'),
    unread: (name = null) => fate(name, 'unread'),
    min: (a = null, b = null) => (a === null || b === null ? null : Math.min(number(a), number(b))),
    max: (a = null, b = null) => (a === null || b === null ? null : Math.max(number(a), number(b))),
    abs: (a = null) => (a === null ? null : Math.abs(number(a))),
    length: (of = null) => {
      if (of === null) return null;
      if (typeof of !== 'object') throw new Error('its argument is a list');
      return of.length;
    },
  } satisfies Readonly<Record<(typeof functionNames)[number], ExpressionFunction>>;
}

function number(value: Value): number {
  if (typeof value === 'number') return value;
  throw new Error('its arguments are numbers');
}

function sorted(nodes: readonly number[] | undefined): readonly number[] | null {
  return nodes === undefined ? null : [...nodes].sort((a, b) => a - b);
}

/** Unknown while there is none, so that "another leader than before" waits until there is one. */
function leaderOf(partition: PartitionView | null): number | null {
  return partition === null || partition.leader === -1 ? null : partition.leader;
}

function processState({ brokers, producers, consumers }: LabSnapshot, whose: Value): string | null {
  if (typeof whose === 'number') return brokers.find((each) => each.id === whose)?.process ?? null;
  return (producers.find((each) => each.id === whose) ?? consumers.find((each) => each.id === whose))?.state ?? null;
}

/** Of a consumer, or of all lab consumers of a group together. */
function consumedBy({ consumers }: LabSnapshot, name: Value): number | null {
  const meant = consumers.filter((each) => each.id === name || each.settings.group === name);
  return meant.length === 0 ? null : meant.reduce((sum, each) => sum + each.consumed, 0);
}

/** Records between what the group has committed (nothing: the beginning) and the high watermarks of its topics. */
function lagOf({ partitions }: LabSnapshot, group: GroupView | null): number | null {
  if (group === null) return null;
  let lag = 0;
  for (const partition of partitions) {
    if (!group.topics.includes(partition.topic)) continue;
    const log = partition.logs.find((each) => each.node === partition.leader);
    const end = log?.highWatermark ?? null;
    const isOf = (each: { topic: string; partition: number }): boolean =>
      each.topic === partition.topic && each.partition === partition.partition;
    const from = group.offsets.find(isOf)?.offset ?? log?.logStartOffset ?? null;
    if (end === null || from === null) return null;
    lag += Math.max(0, end - from);
  }
  return lag;
}

/** By the name of the lab client, else by the member's label; `none` for a partition that nobody has. */
function ownerOf(group: GroupView | null, partition: Value): string | null {
  if (group === null) return null;
  const owner = group.members.find((member) =>
    member.assignment.some(({ topic, partitions }) => partitions.some((each) => `${topic}-${each}` === partition)),
  );
  return owner === undefined ? 'none' : (owner.client ?? owner.label);
}

/** Summed over the gaps of all rebalances, of one partition or of all; unknown while one runs. */
function overGaps(
  rebalances: readonly RebalanceView[] | null,
  partition: Value | undefined,
  of: (gap: PartitionGap) => number,
): number | null {
  if (rebalances === null) return null;
  const isMeant = (gap: PartitionGap): boolean =>
    partition === undefined || `${gap.topic}-${gap.partition}` === partition;
  const gaps = rebalances.flatMap((each) => each.gaps).filter(isMeant);
  if (rebalances.some((each) => each.endedMs === null) || gaps.some((gap) => gap.toMs === null)) return null;
  return gaps.reduce((sum, gap) => sum + of(gap), 0);
}

/** Unknown while the ledger cannot say that it has looked at everything that was acknowledged, but for the newest. */
function countOf(ledger: LedgerSummary | null, name: Value, count: 'lost' | 'duplicated' | 'unread'): number | null {
  const part = ledger?.producers.find((each) => each.producer === name);
  if (part === undefined) return null;
  if (count === 'unread') return part.funnel.unread;
  const property = count === 'lost' ? 'no-acked-record-lost' : 'no-record-duplicated';
  const verdict = part.properties.find((each) => each.property === property)?.verdict ?? 'unknown';
  return verdict === 'unknown' ? null : part.funnel[count];
}
