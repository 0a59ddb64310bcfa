/** A classic group as DescribeGroups, ListGroups and the window show it. */
import type { GroupId } from '../../base/ids.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { DescribeGroupsResponseInput, ListGroupsResponseInput } from '../../protocol/index.ts';
import type { Deadlines } from '../deadlines.ts';
import type { ClassicGroup } from './classic/classic-group.ts';
import { metadataOf, noAssignment } from './classic/classic-member.ts';
import { heartbeatKey, joinKey, syncKey } from './classic/context.ts';
import type { DurableGroups } from './durable-groups.ts';
import type { GroupSample } from './group-sample.ts';
import type { ForeignGroupKind } from './records/group-record.ts';

/** Empty lists let everything pass; what they name is compared without regard to case. */
export interface GroupFilter {
  readonly states: readonly string[];
  readonly types: readonly string[];
}

export function describeGroup(
  groupId: GroupId,
  group: ClassicGroup | null,
  foreign: ForeignGroupKind | null,
): DescribeGroupsResponseInput['groups'][number] {
  if (group === null) {
    return {
      errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
      errorMessage: foreign === null ? `Group ${groupId} not found.` : `Group ${groupId} is not a classic group.`,
      groupId,
      groupState: 'Dead',
      protocolType: '',
      protocolData: '',
      members: [],
    };
  }
  const stable = group.isIn('Stable');
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: stable ? (group.protocolName ?? '') : '',
    members: group.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: (stable ? metadataOf(member, group.protocolName) : null) ?? noAssignment,
      memberAssignment: member.assignment,
    })),
  };
}

export function listGroup(group: ClassicGroup, filter: GroupFilter): ListGroupsResponseInput['groups'][number] | null {
  const passes = (wanted: readonly string[], value: string): boolean =>
    wanted.length === 0 || wanted.some((text) => text.trim().toLowerCase() === value.toLowerCase());
  if (!passes(filter.states, group.state) || !passes(filter.types, 'classic')) return null;
  return {
    groupId: group.groupId,
    protocolType: group.protocolType ?? '',
    groupState: group.state,
    groupType: 'classic',
  };
}

export function sampleGroup(group: ClassicGroup, state: DurableGroups, timers: Deadlines): GroupSample {
  const { groupId } = group;
  const waiting = group.isIn('PreparingRebalance') ? joinKey(groupId) : syncKey(groupId);
  return {
    id: groupId,
    type: 'classic',
    state: group.state,
    generation: group.generation,
    protocolType: group.protocolType,
    protocol: group.protocolName,
    leader: group.leaderId,
    topics: [...(group.subscribedTopics ?? [])],
    members: group.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      sessionTimeoutMs: member.sessionTimeoutMs,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      protocols: member.protocols.map(({ name }) => name),
      assignment: member.assignment,
      awaiting: member.awaitingJoin !== null ? 'join' : member.awaitingSync !== null ? 'sync' : null,
      sessionDeadline: timers.deadlineOf(heartbeatKey(groupId, member.memberId)),
    })),
    pendingMembers: [...group.pendingJoin],
    rebalanceDeadline: timers.deadlineOf(waiting),
    offsets: [...state.offsetsOf(groupId)].flatMap(([topic, partitions]) =>
      [...partitions].map(([partition, { offset, commitTimestamp }]) => ({
        topic,
        partition,
        offset,
        committedAt: commitTimestamp,
      })),
    ),
  };
}
