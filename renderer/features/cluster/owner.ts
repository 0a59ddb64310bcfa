/** What the cell right of a partition tells: who reads it, how far behind, and what holds it up. */
import type { BrokerView, PartitionView } from '../../../engine/contract/snapshot.ts';
import type { GroupView } from '../../../engine/contract/groups.ts';
import { recordsBehind, type Ownership } from '../../model/ownership.ts';
import { isSilent, partitionHealth } from '../../model/replica.ts';

/** A box stays marked for so long after its member got the partition, a leader after it moved. */
export const newForMs = 10_000;

export type OwnerBox = 'plain' | 'revoked' | 'assigned' | 'nobody';

/**
 * - `blocked`: it read all that is committed, and the high watermark stands
 * - `no-answer`: the partition has no leader that answers, so the lag cannot be told
 * - `unheard`: the coordinator is silent: what it said is as old as it is
 */
export type OwnerTrouble = 'no-answer' | 'no-owner' | 'revoked' | 'dropped' | 'frozen' | 'blocked' | 'unheard' | null;

export interface OwnerPicture {
  readonly label: string | null;
  readonly box: OwnerBox;
  /** Records; null when it cannot be told. */
  readonly lag: number | null;
  readonly committed: number | null;
  readonly position: number | null;
  readonly trouble: OwnerTrouble;
  /** The end of a count-down (`dropped`) or the beginning of an age (`unheard`); null otherwise. */
  readonly atMs: number | null;
  /** Kafka's name of the member's error, while it has no answer; null otherwise. */
  readonly error: string | null;
}

export function ownerPicture(
  owner: Ownership,
  group: GroupView,
  partition: PartitionView,
  brokers: ReadonlyMap<number, BrokerView>,
  nowMs: number,
): OwnerPicture {
  const health = partitionHealth(partition, brokers, null);
  const unreachable = health.state === 'unreachable' || health.state === 'offline';
  const lag = unreachable ? null : recordsBehind(owner, partition);
  const { trouble, atMs } = troubleOf();
  return {
    label: owner.label,
    box: boxOf(owner, nowMs),
    lag,
    committed: owner.committed,
    position: owner.position,
    trouble,
    atMs,
    error: unreachable && owner.error !== null && nowMs - owner.error.atMs < newForMs ? owner.error.code : null,
  };

  function troubleOf(): { readonly trouble: OwnerTrouble; readonly atMs: number | null } {
    const { clientState } = owner;
    if (owner.state === 'nobody') return { trouble: 'no-owner', atMs: null };
    if (clientState === 'killed' || clientState === 'failed' || clientState === 'stopped') {
      return { trouble: 'dropped', atMs: owner.sessionDeadlineMs };
    }
    if (clientState === 'frozen') return { trouble: 'frozen', atMs: owner.sessionDeadlineMs };
    if (owner.state === 'revoked') return { trouble: 'revoked', atMs: null };
    if (unreachable) return { trouble: 'no-answer', atMs: null };
    if (health.state === 'stands' && lag === 0) return { trouble: 'blocked', atMs: null };
    if (isSilent(brokers.get(group.coordinator))) return { trouble: 'unheard', atMs: group.sampledMs };
    return { trouble: null, atMs: null };
  }
}

function boxOf(owner: Ownership, nowMs: number): OwnerBox {
  if (owner.state === 'nobody') return 'nobody';
  if (owner.state === 'revoked') return 'revoked';
  return owner.newSinceMs !== null && nowMs - owner.newSinceMs < newForMs ? 'assigned' : 'plain';
}
