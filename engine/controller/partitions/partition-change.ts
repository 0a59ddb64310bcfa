/**
 * What becomes of one partition when its ISR, its replicas or the brokers around it change: the leader elected, the
 * ELR kept, the reassignment completed, as one record or none. The rules are those of Kafka's `PartitionChangeBuilder`
 * and `PartitionReassignmentReplicas`, with KIP-966 (eligible leader replicas) and the last known leader.
 *
 * Order of the rules, which matters: complete a reassignment, compute the ELR, elect, then note what differs.
 *
 * Invariants of the outcome: leader is in the ISR or -1; ISR and ELR share no replica; an unclean leader is alone in
 * the ISR and recovering.
 */
import type { NodeId, PartitionIndex, Uuid } from '../../base/ids.ts';
import { leaderRecoveryStateCode, noLeader, noLeaderChange } from '../../metadata/index.ts';
import type { LeaderRecoveryState, PartitionRegistration, RecordOf } from '../../metadata/index.ts';

/** `preferred`: the first replica if it can; `online`: keep the leader if it can; `unclean`: rather lose records than be offline. */
export type Election = 'preferred' | 'online' | 'unclean';

export interface PartitionChange {
  readonly topicId: Uuid;
  readonly partitionId: PartitionIndex;
  readonly partition: PartitionRegistration;
  /** Alive, not shutting down, its directory online. */
  readonly isAcceptableLeader: (broker: NodeId) => boolean;
  /** Effective `min.insync.replicas`: never above the number of replicas. */
  readonly minIsr: number;
  readonly elrEnabled: boolean;
  readonly election: Election;
  /** Directory of a replica that has none yet. */
  readonly defaultDirectory: (broker: NodeId) => Uuid;
  readonly targetIsr?: readonly NodeId[];
  readonly targetReplicas?: readonly NodeId[];
  readonly targetRemoving?: readonly NodeId[];
  readonly targetAdding?: readonly NodeId[];
  readonly targetRecoveryState?: LeaderRecoveryState;
  /** Replicas whose logs cannot be trusted any more: they leave the ELR too. */
  readonly uncleanShutdown?: readonly NodeId[];
  /** Directories that replicas have reported. */
  readonly directories?: ReadonlyMap<NodeId, Uuid>;
}

export type PartitionChangeRecord = RecordOf<'PartitionChangeRecord'>;

interface Target {
  isr: readonly NodeId[];
  replicas: readonly NodeId[];
  removing: readonly NodeId[];
  adding: readonly NodeId[];
  elr: readonly NodeId[];
}

interface Elected {
  readonly leader: NodeId;
  readonly unclean: boolean;
}

/** The record that makes the change, or null when there is nothing to change. */
export function decidePartitionChange(change: PartitionChange): PartitionChangeRecord | null {
  const { partition } = change;
  const target = completeReassignment({
    isr: change.targetIsr ?? partition.isr,
    replicas: change.targetReplicas ?? partition.replicas,
    removing: change.targetRemoving ?? partition.removingReplicas,
    adding: change.targetAdding ?? partition.addingReplicas,
    elr: partition.elr,
  });
  target.elr = eligibleAfter(change, target);
  const elected = elect(change, target);
  const leaderChanges = elected.leader !== partition.leader;
  if (target.elr.includes(elected.leader)) {
    target.isr = [elected.leader];
    target.elr = target.elr.filter((replica) => replica !== elected.leader);
  }
  const { unclean } = elected;
  if (unclean) {
    target.isr = [elected.leader];
    target.elr = [];
  }
  const isrChanges = !same(target.isr, partition.isr) && (target.isr.length > 0 || change.elrEnabled);
  const leader = leaderChanges ? elected.leader : keepsEpoch(partition, target) ? noLeaderChange : partition.leader;
  const isr = unclean || isrChanges ? target.isr : null;
  const record: PartitionChangeRecord = {
    type: 'PartitionChangeRecord',
    version: 2,
    partitionId: change.partitionId,
    topicId: change.topicId,
    isr,
    leader,
    replicas: differing(target.replicas, partition.replicas),
    removingReplicas: differing(target.removing, partition.removingReplicas),
    addingReplicas: differing(target.adding, partition.addingReplicas),
    leaderRecoveryState: recoveryState(change, unclean),
    directories: directories(change, target),
    eligibleLeaderReplicas: differing(change.elrEnabled ? target.elr : [], partition.elr),
    lastKnownElr: lastKnownLeader(change, leader, isr),
  };
  return changesNothing(record) ? null : record;
}

/** A reassignment is complete when the ISR holds all replicas that are to stay. */
function completeReassignment(target: Target): Target {
  if (target.removing.length === 0 && target.adding.length === 0) return target;
  const staying = (replicas: readonly NodeId[]) => replicas.filter((replica) => !target.removing.includes(replica));
  const isr = staying(target.isr);
  const replicas = staying(target.replicas);
  if (isr.length === 0 || replicas.length === 0) return target;
  if (!replicas.every((replica) => isr.includes(replica))) return target;
  return { ...target, isr, replicas, removing: [], adding: [] };
}

/** Who left the ISR below min.insync.replicas stays eligible, unless its log was lost. */
function eligibleAfter(change: PartitionChange, target: Target): readonly NodeId[] {
  if (!change.elrEnabled || target.isr.length >= change.minIsr) return [];
  const candidates = new Set([...target.elr, ...change.partition.isr]);
  return [...candidates]
    .filter((replica) => !target.isr.includes(replica) && !change.uncleanShutdown?.includes(replica))
    .sort((a, b) => a - b);
}

function elect(change: PartitionChange, target: Target): Elected {
  const current = change.partition.leader;
  const valid = (replica: NodeId): boolean =>
    (target.isr.includes(replica) || (target.isr.length === 0 && target.elr.includes(replica))) &&
    change.isAcceptableLeader(replica);
  const preferred = target.replicas[0];
  if (change.election === 'preferred' && preferred !== undefined && valid(preferred)) return clean(preferred);
  if (valid(current)) return clean(current);
  const online = target.replicas.find(valid);
  if (online !== undefined) return clean(online);
  const lastKnown = lastKnownElectable(change, target);
  if (lastKnown !== null) return { leader: lastKnown, unclean: true };
  if (change.election === 'unclean') {
    const any = target.replicas.find(change.isAcceptableLeader);
    if (any !== undefined) return { leader: any, unclean: true };
  }
  return clean(noLeader);
}

function clean(leader: NodeId): Elected {
  return { leader, unclean: false };
}

/** The last leader may lead again when nobody else could have got further. */
function lastKnownElectable(change: PartitionChange, target: Target): NodeId | null {
  if (!change.elrEnabled || target.elr.length > 0 || target.isr.length > 0) return null;
  const [last, ...more] = change.partition.lastKnownElr;
  if (last === undefined || more.length > 0) return null;
  return change.isAcceptableLeader(last) ? last : null;
}

/** A replica that leaves the assignment must be fenced off by a new leader epoch. */
function keepsEpoch(partition: PartitionRegistration, target: Target): boolean {
  return partition.replicas.every((replica) => target.replicas.includes(replica));
}

function recoveryState(change: PartitionChange, unclean: boolean): number {
  const { partition } = change;
  const wanted = change.targetRecoveryState ?? partition.leaderRecoveryState;
  if (wanted !== partition.leaderRecoveryState) return leaderRecoveryStateCode(wanted);
  if (unclean && partition.leaderRecoveryState !== 'recovering') return leaderRecoveryStateCode('recovering');
  return -1;
}

function directories(change: PartitionChange, target: Target): readonly Uuid[] | null {
  if (target.replicas.length === 0) return null;
  const { partition } = change;
  const wanted = target.replicas.map((replica) => {
    const at = partition.replicas.indexOf(replica);
    return change.directories?.get(replica) ?? partition.directories[at] ?? change.defaultDirectory(replica);
  });
  return differing(wanted, partition.directories);
}

/** Remembered when a partition first loses its leader, forgotten when it has one again. Null: no change. */
function lastKnownLeader(
  change: PartitionChange,
  leader: NodeId,
  isr: readonly NodeId[] | null,
): readonly NodeId[] | null {
  const { partition } = change;
  if (!change.elrEnabled) return null;
  const known = partition.lastKnownElr;
  if (isr !== null && isr.length === 0 && !(known.length === 1 && known[0] === partition.leader)) {
    return [partition.leader];
  }
  const hasLeader = leader >= 0 || (partition.leader !== noLeader && leader !== noLeader);
  return hasLeader && known.length > 0 ? [] : null;
}

function changesNothing(record: PartitionChangeRecord): boolean {
  return (
    record.isr === null &&
    record.eligibleLeaderReplicas === null &&
    record.lastKnownElr === null &&
    record.leader === noLeaderChange &&
    record.replicas === null &&
    record.removingReplicas === null &&
    record.addingReplicas === null &&
    record.leaderRecoveryState === -1 &&
    record.directories === null
  );
}

function differing<T>(wanted: readonly T[], current: readonly T[]): readonly T[] | null {
  return same(wanted, current) ? null : wanted;
}

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
