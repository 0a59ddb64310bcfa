/** What all lab consumers of a group have in common; null where they differ or where there is none. */
import type { Assignor, ConsumerView } from '../../../engine/contract/clients.ts';
import type { GroupView } from '../../../engine/contract/groups.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';

export const assignors: readonly Assignor[] = ['range', 'roundrobin', 'sticky', 'cooperative-sticky'];

export function labConsumersOf(snapshot: LabSnapshot, group: string): readonly ConsumerView[] {
  return snapshot.consumers.filter(({ settings }) => settings.group === group);
}

/** The one that the group uses where it is theirs, else the first of all their preferences. */
export function assignorOf(group: GroupView, consumers: readonly ConsumerView[]): Assignor | null {
  const used = assignors.find((each) => each === group.protocol);
  if (used !== undefined) return used;
  const first = new Set(consumers.map(({ settings }) => settings.assignors[0]));
  return first.size === 1 ? ([...first][0] ?? null) : null;
}

export function staticOf(consumers: readonly ConsumerView[]): boolean | 'mixed' {
  const with_ = consumers.filter(({ settings }) => settings.instanceId !== null).length;
  if (with_ === 0) return false;
  return with_ === consumers.length ? true : 'mixed';
}

/** Whether the broker that coordinates the group runs. */
export function coordinatorAnswers(snapshot: LabSnapshot, group: GroupView): boolean {
  return snapshot.brokers.find(({ id }) => id === group.coordinator)?.process === 'running';
}
