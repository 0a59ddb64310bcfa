/**
 * Groups for a node's sample: the coordinator's picture with its deadlines in lab time and its members' assignments
 * read. An assignment that cannot be read, or of a group that is not of consumers, is empty.
 */
import type { AssignedPartitions } from '../base/telemetry.ts';
import { assignedPartitionsOf, type GroupCoordinator, type GroupSample as Coordinated } from '../coordinator/index.ts';
import type { Clock } from '../env/index.ts';
import type { GroupSample, NodeSample } from './sample.ts';

/** Assignments stay the same bytes for a whole generation. */
const decoded = new WeakMap<Uint8Array, readonly AssignedPartitions[]>();

export function groupSamples(coordinator: GroupCoordinator, clock: Clock): Pick<NodeSample, 'groups' | 'groupsGone'> {
  const { groups, gone } = coordinator.takeTouched();
  if (groups.length === 0) return { groups: [], groupsGone: gone };
  const offsetMs = clock.precise() - clock.monotonic();
  return { groups: groups.map((group) => inLabTime(group, offsetMs)), groupsGone: gone };
}

function inLabTime(group: Coordinated, offsetMs: number): GroupSample {
  const labMs = (deadline: number | null): number | null =>
    deadline === null ? null : Math.round(deadline + offsetMs);
  const { rebalanceDeadline, members, ...rest } = group;
  return {
    ...rest,
    rebalanceDeadlineMs: labMs(rebalanceDeadline),
    members: members.map(({ sessionDeadline, assignment, ...member }) => ({
      ...member,
      sessionDeadlineMs: labMs(sessionDeadline),
      assignment: group.protocolType === 'consumer' ? partitionsOf(assignment) : [],
    })),
  };
}

function partitionsOf(assignment: Uint8Array): readonly AssignedPartitions[] {
  const known = decoded.get(assignment);
  if (known !== undefined) return known;
  const partitions = assignedPartitionsOf(assignment) ?? [];
  decoded.set(assignment, partitions);
  return partitions;
}
